"""O Markdown do curso aparece igual no JupyterLab, no GitHub e no papel, sem internet."""

import itertools
import re
from urllib.parse import unquote

import nbformat
import prose
import pytest

WORDS_PER_CELL = 160
LINES_PER_CELL = 25
FORBIDDEN_CODE = {
    r"\binteract\b": "`interact` esconde erros; use um explorável",
    r"\bipympl\b|%matplotlib widget": "`ipympl` troca o desenho do notebook inteiro",
    r"\bOutput\(": "`Output` engole erros e saídas",
    r"\bimport \*": "importe pelo nome: quem lê precisa saber de onde vem",
    r"!pip |%pip |!git |!wget ": "nada de instalar ou baixar dentro da lição",
}
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_CODE = re.compile(r"`+[^`\n]*`+")


def cells(text):
    """Separa um texto MyST em células: (linha, "prosa" ou "python", conteúdo)."""
    for begin, kind, content in prose.split_markdown(text):
        if kind != "prosa":
            yield begin, kind, content
            continue
        line = begin
        for part in re.split(r"^(\+\+\+.*)$", content, flags=re.MULTILINE):
            if part.strip() and not part.startswith("+++"):
                yield line, kind, part
            line += part.count("\n")


def problems(text, folder=prose.ROOT, is_notebook=True):
    """Devolve o que, num arquivo Markdown, não apareceria direito para quem lê."""
    found = []
    prose_text = []
    for begin, kind, content in cells(text):
        if kind == "python" and is_notebook:
            found += _code_problems(begin, content)
        elif kind == "prosa":
            prose_text.append(content)
            found += _prose_problems(begin, content, folder)
            if is_notebook and "<details>" not in content:
                size = _count_words(content)
                if size > WORDS_PER_CELL:
                    found.append(f"linha {begin}: {size} palavras; o limite é {WORDS_PER_CELL}")
    return [*found, *_heading_problems("\n".join(prose_text))]


def _count_words(content):
    """Conta as palavras de leitura corrida: tabelas e títulos se percorrem com os olhos."""
    lines = [x for x in prose.bare(content).split("\n") if not re.match(r" *[|#]", x)]
    return sum(bool(re.search(r"\w", word)) for word in " ".join(lines).split())


def _prose_problems(begin, content, folder):
    # As cercas de código já saíram; o código no meio da linha sai aqui.
    text = prose.blank(content, _CODE)
    if text.count("$$") % 2:
        yield f"linha {begin}: fórmula aberta com $$ e não fechada"
    for pattern, told in (
        (r"==[^=\n]+==", "==marca-texto== não existe no JupyterLab"),
        (r"\b[A-Za-z]:\\\w", "caminho de Windows"),
        (r"\{\{[<%]", "código curto do Hugo"),
        (r"!\[\[", "imagem no formato do Obsidian"),
        (r"</?(script|iframe|style)\b", "HTML que o JupyterLab retira"),
    ):
        for match in re.finditer(pattern, text):
            yield f"linha {begin + text[: match.start()].count(chr(10))}: {told}"
    for match in _IMAGE.finditer(text):
        yield from _image_problems(begin, match[1], match[2], folder)
    for match in _HTML_IMAGE.finditer(text):
        alt = re.search(r"""\balt=["']([^"']+)["']""", match[0])
        source = re.search(r"""\bsrc=["']([^"']+)["']""", match[0])
        yield from _image_problems(
            begin, alt[1] if alt else "", source[1] if source else "", folder
        )
    for match in _LINK.finditer(text):
        yield from _link_problems(begin, match[1], folder)


def _image_problems(begin, alt, target, folder):
    if not alt.strip():
        yield f"linha {begin}: imagem sem texto alternativo: {target}"
    if re.match(r"(https?:)?//", target):
        yield f"linha {begin}: imagem de fora: {target}"
    elif not (folder / unquote(target)).exists():
        yield f"linha {begin}: imagem que não existe: {target}"


def _link_problems(begin, target, folder):
    if re.match(r"(https?|mailto):", target) or target.startswith("#"):
        return
    if not (folder / unquote(target.split("#")[0])).exists():
        yield f"linha {begin}: link para arquivo que não existe: {target}"


def _heading_problems(text):
    levels = [(len(m[1]), m[2]) for m in re.finditer(r"^(#{1,6}) +(.+)$", text, re.MULTILINE)]
    if sum(level == 1 for level, _ in levels) != 1 or levels[0][0] != 1:
        yield "o texto começa com um único título #"
    for (before, _), (level, title) in itertools.pairwise(levels):
        if level > before + 1:
            yield f"o título “{title}” pula um nível"


def _code_problems(begin, content):
    skip, code = prose.cell_code(content)
    size = len(code.strip("\n").split("\n"))
    # Início, conferência e solução de um exercício vêm do catálogo, que tem seus testes.
    from_catalogue = re.search(
        r"^:?exercise: ", "\n".join(content.split("\n")[:skip]), re.MULTILINE
    )
    if size > LINES_PER_CELL and not from_catalogue:
        yield f"linha {begin}: célula de código com {size} linhas; o limite é {LINES_PER_CELL}"
    for pattern, told in FORBIDDEN_CODE.items():
        if re.search(pattern, code):
            yield f"linha {begin}: {told}"


ALL = [(p, True) for p in prose.TEXTS + prose.ANNEXES] + [
    (p, False) for p in prose.DOCS if p.exists()
]


@pytest.mark.parametrize(
    ("path", "is_notebook"), ALL, ids=[p.relative_to(prose.ROOT).as_posix() for p, _ in ALL]
)
def test_markdown_reads_well_everywhere(path, is_notebook):
    # Na lição, os links valem a partir do notebook, que mora uma pasta acima do texto.
    folder = path.parent.parent if is_notebook else path.parent
    found = problems(path.read_text(encoding="utf-8"), folder, is_notebook)
    found = [f for f in found if not _is_pending_notebook(f)]
    assert not found, "\n".join(found)


def _is_pending_notebook(problem):
    """Um notebook que tem texto mas ainda não foi executado vai existir."""
    match = re.search(r"não existe: (\w+)\.ipynb$", problem)
    return bool(match) and any(p.stem == match[1] for p in prose.TEXTS + prose.ANNEXES)


@pytest.mark.parametrize("path", prose.NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_figures_have_alternative_text(path):
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for tag in _HTML_IMAGE.findall(data.get("text/html", "")):
                assert re.search(r'\balt="[^"]{10,}"', tag), f"célula {number}"
            if "image/png" in data:
                plain = data.get("text/plain", "")
                assert not re.search(r"^<.*>$", plain), f"célula {number}: figura sem frase"


def clean(body):
    return "# Título\n\n" + body + "\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("$$x^2", "não fechada"),
        ("isto é ==importante==", "marca-texto"),
        ("![Uma curva](https://exemplo.br/a.png)", "imagem de fora"),
        ("![](README.md)", "sem texto alternativo"),
        ("![Uma curva](nada.png)", "imagem que não existe"),
        ('<img src="README.md">', "sem texto alternativo"),
        ('<img alt="curva" src="https://exemplo.br/a.png">', "imagem de fora"),
        (r"abra C:\curso\notebooks", "caminho de Windows"),
        ('{{< figure src="a.png" >}}', "Hugo"),
        ("![[curva.png]]", "Obsidian"),
        ("<script>alert(1)</script>", "JupyterLab retira"),
        ("[a lição](99_nada.ipynb)", "link para arquivo que não existe"),
        ("### Pula", "pula um nível"),
        ("# Outro", "único título"),
        ("palavra " * 161, "161 palavras"),
        ("```{code-cell}\n:tags: [experiment]\n\n" + "x = 1\n" * 26 + "```", "26 linhas"),
        ("```{code-cell}\nfrom ipywidgets import interact\n```", "`interact`"),
        ("```{code-cell}\n%matplotlib widget\n```", "`ipympl`"),
        ("```{code-cell}\nout = widgets.Output()\n```", "`Output`"),
        ("```{code-cell}\nfrom helpers.bpe import *\n```", "pelo nome"),
        ("```{code-cell}\n!pip install torch\n```", "instalar"),
    ],
)
def test_bad_markdown_is_reported(body, told):
    found = problems(clean(body))
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize(
    "body",
    [
        "$$x^2$$ e $y$",
        "`==isto==` é código, `C:\\curso` também",
        "```\n==isto== {{< x >}} C:\\curso $$\n```",
        "![Uma curva](README.md)",
        "[a casa](README.md#comece) e [fora](https://exemplo.br)",
        "## Dois\n\n### Três\n\n## Dois de novo",
        "palavra " * 160,
        "palavra " * 90 + '\n\n+++ {"tags": ["E-01"]}\n\n' + "palavra " * 90,
        "```{code-cell}\n:tags: [experiment]\n\n" + "x = 1\n" * 25 + "```",
        "```{code-cell}\n# um comentário com ==\nx == 1\n```",
    ],
)
def test_good_markdown_passes(body):
    assert not problems(clean(body))
