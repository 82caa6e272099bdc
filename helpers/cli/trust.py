"""Passa a confiança do JupyterLab de um notebook para a versão atualizada dele.

O JupyterLab só mostra as saídas de um arquivo que ele mesmo salvou. A versão atualizada leva as
saídas da anterior, e nenhuma outra: se confiava numa, confia na outra. Roda dentro do ambiente.
"""

import contextlib
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Assina os arquivos atualizados cujos anteriores já eram assinados.

    Parâmetros:
        arguments: a pasta em que o Jupyter guarda as assinaturas, vazia para a da pessoa; depois,
            aos pares, o arquivo anterior e o atualizado.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    data, *files = arguments
    notary = NotebookNotary(**({"data_dir": data} if data else {}))
    for former, updated in zip(files[::2], files[1::2], strict=True):
        with contextlib.suppress(OSError, ValueError):
            if notary.check_signature(nbformat.reads(_text(former), as_version=4)):
                notary.sign(nbformat.reads(_text(updated), as_version=4))
    return 0


def _text(path):
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
