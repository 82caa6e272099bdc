"""O ambiente conferido de dentro do notebook, com o que fazer quando algo falta."""

import html
from typing import Any

from helpers.cli.environment import ROOT
from helpers.cli.inside import Check, data_files, lab_settings, packages, torch_works


class EnvironmentReport:
    """Lista de conferências que se mostra no fim da célula.

    Quando está tudo bem o texto não cita versões: é o mesmo em qualquer computador.
    """

    def __init__(self, checks: list[Check]) -> None:
        """Guarda as conferências.

        Parâmetros:
            checks: resultado de cada conferência, na ordem em que será mostrado.
        """
        self.checks = checks

    @property
    def failures(self) -> list[Check]:
        """As conferências que falharam."""
        return [check for check in self.checks if not check.ok]

    def lines(self) -> list[str]:
        """Devolve o relatório, uma linha por conferência."""
        lines = []
        for check in self.checks:
            lines.append(f"[OK]    {check.name}" if check.ok else f"[FALHA] {check.name}")
            if not check.ok:
                lines.append(f"        {check.detail}. O que fazer: {check.next_step}.")
        count = len(self.failures)
        problems = "1 problema" if count == 1 else f"{count} problemas"
        return [*lines, f"{problems} acima." if count else "Tudo certo: pode seguir."]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        text = repr(self)
        return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def environment_report() -> EnvironmentReport:
    """Devolve o estado do ambiente: pacotes, PyTorch, JupyterLab e textos do curso."""
    stale = [check for check in packages(ROOT) if not check.ok]
    summary = [Check("pacotes nas versões do curso", True, "")]
    renamed = {
        "torch": "PyTorch faz contas",
        "JupyterLab": "JupyterLab em português, sem avisos",
        "dados": "textos do curso intactos",
    }
    others = [check for group in (torch_works, lab_settings, data_files) for check in group(ROOT)]
    named = [
        Check(renamed[check.name], check.ok, check.detail, check.next_step) for check in others
    ]
    return EnvironmentReport([*(stale or summary), *named])
