"""Comando `executar`: sincroniza texto e notebook, roda tudo e guarda saídas limpas.

Ferramenta de quem escreve o curso. Rodar duas vezes seguidas não muda um byte.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

from helpers.cli import kernel, pairs

ROOT = Path(__file__).resolve().parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


class Stop(Exception):
    """Interrompe o comando com uma mensagem para quem o chamou."""


def main(args: list[str] | None = None, notebooks: Path | None = None) -> int:
    """Executa os notebooks pedidos e devolve 0, ou 1 se algum falhou.

    Parâmetros:
        args: argumentos da linha de comando, sem o nome do programa.
        notebooks: pasta dos notebooks; por padrão, a do projeto.
    """
    options = _parser().parse_args(args)
    folder = notebooks or ROOT / "notebooks"
    try:
        _demand_jupytext()
        chosen = _choose(options.notebook, folder)
    except Stop as stop:
        print(f"[FALHA] {stop}", file=sys.stderr)
        return 1
    failures = 0
    for path in chosen:
        try:
            report = process(path, origin=options.de)
        except (Stop, kernel.ExecutionFailure, ValueError) as problem:
            failures += 1
            print(f"[FALHA] {path.stem}: {problem}", file=sys.stderr)
        else:
            print(f"[OK] {path.stem}: {report}")
    if folder == ROOT / "notebooks" and _write_answer_key():
        print("[OK] docs/enganos.md: regravado")
    return 1 if failures else 0


def _write_answer_key() -> bool:
    """Grava a página dos enganos a partir do catálogo; diz se ela mudou."""
    from helpers.exercises.answer_key import answer_key_markdown

    path, text = ROOT / "docs" / "enganos.md", answer_key_markdown()
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def process(path: Path, origin: str | None = None) -> str:
    """Sincroniza, preenche, executa, limpa e grava um par; devolve uma frase sobre o que mudou.

    Parâmetros:
        path: caminho do .ipynb, exista ele ou não.
        origin: "texto" ou "notebook" para impor um lado; None deixa o conteúdo decidir.
    """
    import nbformat

    notebook = synchronise(path, origin)
    pairs.fill_exercises(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory(prefix="executar-") as scratch:
        kernel.run(notebook, path.parent, Path(scratch))
    warnings = clean(notebook)
    notebook.metadata[pairs.SYNC_KEY] = pairs.fingerprint(notebook)
    nbformat.validate(notebook)
    changed = [
        target.name
        for target, content in (
            (pairs.paired_text(path), pairs.write_text(notebook)),
            (path, nbformat.writes(notebook, version=4).rstrip("\n") + "\n"),
        )
        if _write(target, content)
    ]
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    report = f"{total} células executadas; " + (
        f"gravado: {', '.join(changed)}" if changed else "nada mudou"
    )
    return "\n     ".join([report, *warnings])


def synchronise(path: Path, origin: str | None = None):
    """Devolve o notebook a executar, com as fontes do lado certo e identidades estáveis.

    Parâmetros:
        path: caminho do .ipynb.
        origin: lado imposto, ou None.

    Erros:
        Stop: se escolher um lado fizesse perder trabalho do outro.
    """
    import nbformat

    text_path = pairs.paired_text(path)
    former = nbformat.read(path, as_version=4) if path.exists() else None
    text = pairs.read_text(text_path.read_text(encoding="utf-8")) if text_path.exists() else None
    side = origin or _decide(path, text, former)
    source = former if side == "notebook" else text
    if source is None:
        raise Stop(f"não há {'notebook' if side == 'notebook' else 'texto'} de onde partir")
    # Passar pelo texto também quando a origem é o notebook: o que não cabe no texto não é fonte.
    notebook = pairs.read_text(pairs.write_text(source))
    pairs.adopt(notebook, former, path.stem)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": dict(pairs.KERNEL), "language_info": dict(pairs.LANGUAGE)}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _decide(path: Path, text, former) -> str:
    """Compara cada lado com a última sincronização; na dúvida, para em vez de perder trabalho."""
    if former is None:
        return "texto"
    if text is None:
        raise Stop(
            f"falta {pairs.paired_text(path).name} em texto/. "
            f"Para criá-lo do notebook: python -m helpers executar {path.stem} --de notebook"
        )
    in_text, in_notebook = pairs.fingerprint(text), pairs.fingerprint(former)
    last = former.metadata.get(pairs.SYNC_KEY)
    if in_text == in_notebook or in_notebook == last:
        return "texto"
    what = (
        "o notebook mudou e o texto não"
        if in_text == last
        else "o texto e o notebook mudaram desde a última sincronização"
    )
    raise Stop(
        f"{what}. Escolha o lado que vale (o outro é sobrescrito): "
        f"python -m helpers executar {path.stem} --de notebook, ou --de texto"
    )


def clean(notebook) -> list[str]:
    """Tira das saídas o que muda de máquina para máquina; devolve avisos sobre o que sobrou.

    Parâmetros:
        notebook: notebook executado, alterado no lugar.
    """
    warnings = []
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = dict(pairs.KERNEL)
    notebook.metadata["language_info"] = dict(pairs.LANGUAGE)
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        kept = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                warnings.append(f"célula {number} escreveu em stderr: {output.text.strip()[:200]}")
                continue
            _clean_output(output)
            kept.append(output)
        cell.outputs = kept
        if _ADDRESS.search(str(kept)):
            warnings.append(f"célula {number} mostra um endereço de memória, que muda a cada vez")
    return warnings


def _clean_output(output) -> None:
    if "data" in output:
        # A vista de um widget guardada sem o núcleo abre como `model not found`.
        output.data.pop(WIDGET_VIEW, None)
        output.metadata.pop(WIDGET_VIEW, None)
    if output.output_type == "error":
        # O rastro traz caminhos desta máquina; quem lê precisa do nome e da mensagem.
        output.traceback = [f"{output.ename}: {output.evalue}"]


def _write(target: Path, content: str) -> bool:
    """Grava de uma vez, e só se mudou; uma queda no meio não deixa arquivo pela metade."""
    if target.exists() and target.read_bytes() == content.encode("utf-8"):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8"))
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def _choose(names: list[str], folder: Path) -> list[Path]:
    stems = {p.stem for p in folder.glob("*.ipynb")} | {p.stem for p in folder.glob("texto/*.md")}
    if not stems:
        raise Stop(f"não há notebooks em {folder}")
    chosen = []
    for name in names or sorted(stems):
        wanted = Path(name).stem
        found = sorted(stem for stem in stems if stem == wanted or stem.startswith(f"{wanted}_"))
        if len(found) != 1:
            raise Stop(f"não sei qual notebook é {name!r}; há: {', '.join(sorted(stems))}")
        chosen.append(folder / f"{found[0]}.ipynb")
    return chosen


def _demand_jupytext() -> None:
    try:
        import jupytext  # noqa: F401
    except ImportError as error:
        raise Stop(
            "falta o jupytext, que só quem escreve o curso usa. Instale com: "
            "pip install -r tests/requirements.txt"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers executar",
        description="Sincroniza texto e notebook, executa do zero e guarda as saídas.",
    )
    parser.add_argument("notebook", nargs="*", help="01, 01_tokenizacao_bpe ou o caminho")
    parser.add_argument(
        "--de",
        choices=("texto", "notebook"),
        help="lado cujas fontes valem, mesmo que o outro também tenha mudado",
    )
    return parser
