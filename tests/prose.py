"""Separa a prosa do código: o que se lê em Markdown, docstrings, mensagens e comentários."""

import ast
import functools
import io
import re
import tokenize
import warnings
from pathlib import Path

from helpers.cli import pairs

ROOT = Path(__file__).resolve().parents[1]
TEXTS = sorted((ROOT / "notebooks" / "texto").glob("*.md"))
ANNEXES = sorted((ROOT / "notebooks" / "anexos" / "texto").glob("*.md"))
NOTEBOOKS = [path.parents[1] / f"{path.stem}.ipynb" for path in TEXTS + ANNEXES]
DOCS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*.md")])
LESSON_DATA = [
    *sorted((ROOT / "data" / "licoes").glob("*.toml")),
    ROOT / "data" / "exploraveis.toml",
]
MODULES = sorted((ROOT / "helpers").rglob("*.py"))

_FENCE = re.compile(r"^ *(```+|~~~+)(.*)$")
_CLEAN = (
    re.compile(r"`+[^`\n]*`+"),  # código
    re.compile(r'"[\w.+-]+"'),  # valor literal; a prosa usa aspas curvas
    re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL),  # fórmula
    re.compile(r"\]\([^)\n]*\)"),  # destino de link
    re.compile(r"https?://\S+"),
    re.compile(r"%\(\w+\)[a-z]"),  # lugar de um valor
    re.compile(r"(?<!\w)--?[a-z][\w-]*"),  # opção de linha de comando
    re.compile(r"(?<![\w/])[\w.-]+/[\w./*-]*"),  # caminho
    re.compile(r"\b\w+(?:\.\w+)+\b"),  # arquivo.ext, modulo.nome
    re.compile(r"</?[a-zA-Z][^>]*>"),  # HTML
    re.compile(r"^ *\[[^\]]+\]: \S+$", re.MULTILINE),  # link por referência
)
_CODE_SIGNS = re.compile(r"[{};=\\^]|::|--\w|\bvar\(|^\W*$|\w:\d|\d(px|em)\b|/\w+/|\w\(\)")


@functools.cache
def notebook_of(path):
    """Devolve o notebook que um texto descreve, lido uma vez: não o mude."""
    return pairs.read_text(path.read_text(encoding="utf-8"))


def is_python(info):
    """Diz se a cerca abre uma célula de código."""
    return info.strip().startswith("{code-cell}")


def split_markdown(text):
    """Separa um texto em pedaços (linha, tipo, conteúdo), com tipo prosa, python ou outro."""
    lines = text.split("\n")
    start = 0
    if lines and lines[0] == "---" and "---" in lines[1:]:
        start = lines.index("---", 1) + 1
    pieces, current, kind, begin, fence = [], [], "prosa", start + 1, None
    for number, line in enumerate(lines[start:], start + 1):
        match = _FENCE.match(line)
        if fence is None and match:
            pieces.append((begin, kind, "\n".join(current)))
            fence, current, begin = match[1], [], number + 1
            kind = "python" if is_python(match[2]) else "outro"
        elif fence is not None and match and match[1].startswith(fence) and not match[2].strip():
            pieces.append((begin, kind, "\n".join(current)))
            fence, current, kind, begin = None, [], "prosa", number + 1
        else:
            current.append(line)
    pieces.append((begin, kind, "\n".join(current)))
    return [piece for piece in pieces if piece[2].strip()]


def cell_code(content):
    """Tira o cabeçalho de rótulos de uma célula de código; devolve (linhas tiradas, código)."""
    lines = content.split("\n")
    skip = 0
    if lines[0] == "---" and "---" in lines[1:]:
        skip = lines.index("---", 1) + 1
    else:
        while skip < len(lines) and re.match(r":\w+: ", lines[skip]):
            skip += 1
    return skip, "\n".join(lines[skip:])


def blank(text, pattern):
    """Apaga o que casa com o padrão sem mudar a conta das linhas."""
    return pattern.sub(lambda m: " " + "\n" * m[0].count("\n"), text)


def bare(text):
    """Tira de um trecho de Markdown o código, as fórmulas, os endereços e o HTML."""
    for pattern in _CLEAN:
        text = blank(text, pattern)
    return text


def markdown_prose(text):
    """Devolve (linha, frase) de tudo o que se lê num arquivo Markdown, células inclusive."""
    found, in_sources = [], False
    for begin, kind, content in split_markdown(text):
        if kind == "python":
            skip, code = cell_code(content)
            found += [(begin + skip + line - 1, said) for line, said in python_prose(code)]
        elif kind == "prosa":
            for number, line in enumerate(bare(content).split("\n"), begin):
                if re.match(r"#+ ", line):
                    # Referências trazem títulos e nomes em outras línguas.
                    in_sources = line.strip("# ").strip() == "Fontes"
                if line.strip() and not line.startswith("+++") and not in_sources:
                    found.append((number, line))
    return found


def python_prose(source):
    """Devolve (linha, frase) das docstrings, mensagens e comentários de um código."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    nodes = list(ast.walk(tree))
    docstrings, found = set(), []
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                docstrings.add(id(node.body[0].value))
                found += _docstring_prose(text, node.body[0].lineno)
    not_said = {id(c) for node in nodes for c in _not_said(node)}
    inside = {id(v) for n in nodes if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "0" for v in node.values)
            found += _message(node.lineno, "".join(str(part) for part in parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            skipped = id(node) in inside | docstrings | not_said
            found += [] if skipped else _message(node.lineno, node.value)
    return found + _comments(source)


# Quem recebe estes textos é o programa, e não uma pessoa: procuram, cortam, comparam.
_SEARCHES = {"split", "startswith", "endswith", "removeprefix", "removesuffix", "compile"}
_SEARCHES |= {"match", "search", "sub", "findall", "finditer", "fullmatch", "count", "index"}


def _not_said(node):
    """Percorre as strings de um nó que não são mensagens: formas, chaves, padrões, comparações."""
    parts = []
    if isinstance(node, ast.Subscript):
        parts = [node.slice]
    elif isinstance(node, ast.Dict):
        parts = [key for key in node.keys if key is not None]
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _SEARCHES:
        parts = [node.func.value, *node.args]
    for part in parts:
        yield from (c for c in ast.walk(part) if isinstance(c, ast.Constant))


def _message(line, text):
    if _is_code(text):
        return [(line + offset - 1, said) for offset, said in python_prose(text)]
    text = bare(text)
    return [
        (line + offset, part)
        for offset, part in enumerate(text.split("\n"))
        if len(re.findall(r"\w\s+\w", part)) >= 1 and not _CODE_SIGNS.search(part)
    ]


def _is_code(text):
    """Reconhece um trecho de Python guardado numa string, como o início de um exercício."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "2x" e afins: é só um teste
            body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return any(not isinstance(n, ast.Expr) or isinstance(n.value, ast.Call) for n in body)


def _docstring_prose(text, begin):
    found, section, example = [], None, False
    for number, line in enumerate(text.split("\n"), begin):
        if match := re.match(r"^ *(Parâmetros|Retorna|Erros|Exemplo|Fonte):$", line):
            section = match[1]
        example = (example or ">>>" in line) and bool(line.strip())
        if example or section == "Fonte":
            continue
        if section in ("Parâmetros", "Erros"):
            line = re.sub(r"^( +)\*{0,2}\w+:", r"\1", line)
        line = bare(line)
        if line.strip():
            found.append((number, line))
    return found


def _comments(source):
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            text = re.sub(r"\[[\w ]+\]", " ", token.string.lstrip("#: "))  # formas
            if token.type == tokenize.COMMENT and not text.startswith(("noqa", "type:")):
                found += [(token.start[0], bare(text))]
    except (tokenize.TokenError, IndentationError):
        pass
    return [(line, text) for line, text in found if not _CODE_SIGNS.search(text)]


def toml_prose(text):
    """Devolve (linha, frase) dos textos entre aspas de um arquivo TOML."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith(("#", "[", "id = ")):
            for double, single in re.findall(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'', line):
                # `{x}` é um número que o código põe ali.
                yield number, bare(re.sub(r"\{[^{}]*\}", "0", double or single))


@functools.cache
def everything():
    """Devolve (arquivo, linha, frase) de toda a prosa do projeto, lida uma vez."""
    return tuple(_everything())


def _everything():
    for path in [*TEXTS, *ANNEXES, *DOCS]:
        if path.exists():
            for line, said in markdown_prose(path.read_text(encoding="utf-8")):
                yield path, line, said
    for path in LESSON_DATA:
        for line, said in toml_prose(path.read_text(encoding="utf-8")):
            yield path, line, said
    for path in MODULES:
        for line, said in python_prose(path.read_text(encoding="utf-8")):
            yield path, line, said
