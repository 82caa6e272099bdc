"""Comando `executar`: sincroniza texto e notebook, roda tudo e guarda saídas limpas.

Ferramenta de quem escreve o curso. Rodar duas vezes seguidas não muda um byte: a saída que a régua
dos testes aceita fica como estava, e a que nunca sai duas vezes igual (tempos) também, enquanto o
código dela e o das células acima forem os mesmos.
"""

import argparse
import contextlib
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers.cli import budget, headers, kernel, outputs, pairs
from helpers.files import replace_file

ROOT = Path(__file__).resolve().parents[2]
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


class Refusal(Exception):
    """Interrompe o comando com uma mensagem para quem o chamou."""


def main(args: list[str] | None = None, notebooks: Path | None = None) -> int:
    """Executa os notebooks pedidos e devolve 0, ou 1 se algum falhou.

    Parâmetros:
        args: argumentos da linha de comando, sem o nome do programa.
        notebooks: pasta dos notebooks; por padrão, a do projeto.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers executar")
    add_arguments(parser)
    options = parser.parse_args(args)
    folder = notebooks or ROOT / "notebooks"
    try:
        _demand_jupytext()
        chosen = _choose(options.notebook, folder)
    except Refusal as stop:
        print(f"[FALHA] {stop}", file=sys.stderr)
        return 1
    failures = 0
    for path in chosen:
        try:
            report = process(path, origin=options.de, run=not options.so_texto)
        except (Refusal, kernel.ExecutionFailure, ValueError) as problem:
            failures += 1
            print(f"[FALHA] {path.stem}: {problem}", file=sys.stderr)
        else:
            print(f"[OK] {path.stem}: {report}")
    if folder == ROOT / "notebooks":
        try:
            for name in write_pages():
                print(f"[OK] {name}: regravado")
        except ValueError as problem:
            failures += 1
            print(f"[FALHA] páginas geradas: {problem}", file=sys.stderr)
    return 1 if failures else 0


def write_pages() -> list[str]:
    """Regrava as páginas que saem das lições e do catálogo; devolve as que mudaram."""
    from helpers.cli.bibliography import bibliography_markdown
    from helpers.exercises.answer_key import answer_key_markdown

    pages = {
        "docs/enganos.md": answer_key_markdown(),
        "docs/cobertura.md": headers.coverage_markdown(ROOT),
        "docs/fontes.md": bibliography_markdown(ROOT),
        "README.md": headers.readme(ROOT),
    }
    return [name for name, text in pages.items() if _write(ROOT / name, text)]


def process(path: Path, origin: str | None = None, run: bool = True) -> str:
    """Sincroniza, preenche, executa, limpa e grava um par; devolve uma frase sobre o que mudou.

    Parâmetros:
        path: caminho do .ipynb, exista ele ou não.
        origin: "texto" ou "notebook" para impor um lado; None deixa o conteúdo decidir.
        run: se executa; sem executar, o código tem de ser o mesmo, e as saídas ficam.

    Erros:
        Refusal: se um lado perderia trabalho, ou se é preciso executar e não se pediu.
    """
    import nbformat

    former = nbformat.read(path, as_version=4) if path.exists() else None
    notebook = synchronise(path, origin)
    pairs.fill_exercises(notebook)
    budget.write_time(notebook)
    if run:
        for cell in _codes(notebook):
            cell.outputs, cell.execution_count = [], None
        with tempfile.TemporaryDirectory(prefix="executar-") as scratch, _on_disk(path, notebook):
            kernel.run(notebook, path.parent, Path(scratch))
        warnings = clean(notebook)
        keep_outputs(notebook, former)
    else:
        copy_outputs(notebook, former)
        warnings = []
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
    done = f"{len(_codes(notebook))} células executadas" if run else "nada executado"
    report = f"{done}; " + (f"gravado: {', '.join(changed)}" if changed else "nada mudou")
    return "\n     ".join([report, *warnings])


@contextlib.contextmanager
def _on_disk(path: Path, notebook) -> Iterator[None]:
    """Põe no disco, enquanto roda, um notebook que ainda não existe: quem retoma o procura lá."""
    import nbformat

    is_new = not path.exists()
    if is_new:
        _write(path, nbformat.writes(notebook, version=4))
    try:
        yield
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def synchronise(path: Path, origin: str | None = None):
    """Devolve o notebook a executar, com as fontes do lado certo e identidades estáveis.

    Parâmetros:
        path: caminho do .ipynb.
        origin: lado imposto, ou None.

    Erros:
        Refusal: se escolher um lado fizesse perder trabalho do outro.
    """
    import nbformat

    text_path = pairs.paired_text(path)
    former = nbformat.read(path, as_version=4) if path.exists() else None
    text = pairs.read_text(text_path.read_text(encoding="utf-8")) if text_path.exists() else None
    side = origin or _decide(path, text, former)
    source = former if side == "notebook" else text
    if source is None:
        raise Refusal(f"não há {'notebook' if side == 'notebook' else 'texto'} de onde partir")
    # Passar pelo texto também quando a origem é o notebook: o que não cabe no texto não é fonte.
    notebook = pairs.read_text(pairs.write_text(source))
    pairs.adopt(notebook, former, path.stem)
    lesson = {k: v for k, v in notebook.metadata.items() if k == pairs.LESSON_KEY}
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": dict(pairs.KERNEL), "language_info": dict(pairs.LANGUAGE), **lesson}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _decide(path: Path, text, former) -> str:
    """Compara cada lado com a última sincronização; na dúvida, para em vez de perder trabalho."""
    if former is None:
        return "texto"
    if text is None:
        raise Refusal(
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
    raise Refusal(
        f"{what}. Escolha o lado que vale (o outro é sobrescrito): "
        f"python -m helpers executar {path.stem} --de notebook, ou --de texto"
    )


def keep_outputs(notebook, former) -> None:
    """Fica com as saídas guardadas onde nada mudou de verdade.

    Até a primeira célula cujo código mudou, vale a guardada se a régua dos testes não vê diferença
    (os bytes de um desenho podem variar sem que ele varie) ou se a célula não se compara.

    Parâmetros:
        notebook: notebook executado e limpo, alterado no lugar.
        former: o que estava guardado, ou None.
    """
    for cell, old in zip(_codes(notebook), _codes(former), strict=False):
        if cell.source != old.source or old.execution_count is None:
            return
        if _is_same(cell, old):
            cell.outputs = old.outputs


def _is_same(cell, old) -> bool:
    tags = cell.metadata.get("tags", [])
    if outputs.UNSTABLE in tags:
        return True
    if outputs.differences(old.outputs, cell.outputs, outputs.tolerance_of(cell)):
        return False
    return outputs.UNSTABLE_PICTURE in tags or outputs.look_alike(old.outputs, cell.outputs)


def copy_outputs(notebook, former) -> None:
    """Traz as saídas guardadas para um notebook cujo código não mudou.

    Parâmetros:
        notebook: notebook sincronizado, alterado no lugar.
        former: o que estava guardado, ou None.

    Erros:
        Refusal: se alguma célula de código mudou, nasceu ou sumiu.
    """
    if former is None:
        raise Refusal("ainda não foi executado; rode sem --so-texto")
    before, after = _codes(former), _codes(notebook)
    old_sources = [cell.source for cell in before]
    changed = [
        number
        for number, cell in enumerate(after, 1)
        if old_sources[number - 1 : number] != [cell.source]
    ]
    if changed or len(before) != len(after):
        first = changed[0] if changed else len(after) + 1
        raise Refusal(
            f"o código mudou a partir da {first}ª célula de código, e as saídas guardadas são do "
            "código de antes; rode sem --so-texto"
        )
    for cell, old in zip(after, before, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count


def _codes(notebook) -> list:
    cells = notebook.cells if notebook is not None else []
    return [cell for cell in cells if cell.cell_type == "code"]


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
        output.data.pop(outputs.WIDGET_VIEW, None)
        output.metadata.pop(outputs.WIDGET_VIEW, None)
    if output.output_type == "error":
        # O rastro traz caminhos desta máquina; quem lê precisa do nome e da mensagem.
        output.traceback = [f"{output.ename}: {output.evalue}"]


def _write(target: Path, content: str) -> bool:
    """Grava de uma vez, e só se mudou; uma queda no meio não deixa arquivo pela metade."""
    if target.exists() and target.read_bytes() == content.encode("utf-8"):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, content)
    return True


def _choose(names: list[str], folder: Path) -> list[Path]:
    stems = {p.stem for p in folder.glob("*.ipynb")} | {p.stem for p in folder.glob("texto/*.md")}
    for pattern in ("anexos/*.ipynb", "anexos/texto/*.md"):
        stems |= {f"anexos/{path.stem}" for path in folder.glob(pattern)}
    if not stems:
        raise Refusal(f"não há notebooks em {folder}")
    chosen = []
    for name in names or sorted(stems):
        path = Path(name)
        wanted = f"anexos/{path.stem}" if path.parent.name == "anexos" else path.stem
        found = sorted(stem for stem in stems if stem == wanted or stem.startswith(f"{wanted}_"))
        if len(found) != 1:
            raise Refusal(f"não sei qual notebook é {name!r}; há: {', '.join(sorted(stems))}")
        chosen.append(folder / f"{found[0]}.ipynb")
    return chosen


def _demand_jupytext() -> None:
    try:
        import jupytext  # noqa: F401
    except ImportError as error:
        raise Refusal(
            "falta o jupytext, que só quem escreve o curso usa. Instale com: "
            "pip install -r tests/requirements.txt"
        ) from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Acrescenta os argumentos do comando a um analisador.

    Parâmetros:
        parser: o analisador do comando.
    """
    parser.add_argument("notebook", nargs="*", help="01, 01_tokenizacao_bpe ou o caminho")
    parser.add_argument(
        "--de",
        choices=("texto", "notebook"),
        help="lado cujas fontes valem, mesmo que o outro também tenha mudado",
    )
    parser.add_argument(
        "--so-texto",
        action="store_true",
        help="acerta os pares sem executar; só serve se nenhuma célula de código mudou",
    )
