"""O que a docstring promete é o que a assinatura aceita, e os exemplos rodam."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "helpers").rglob("*.py"))
HEADINGS = ("Parâmetros", "Retorna", "Erros", "Exemplo", "Fonte")
FIRST_LINE_LIMIT = 100
_HEADING = re.compile(r"^([A-ZÀ-Ú][\w ]+):$")
_PARAMETER = re.compile(r"^    \*{0,2}(\w+): (\S.*)")
# "model: o decoder.": um artigo e uma palavra não dizem mais que o nome e a anotação.
_FILLER = re.compile(r"(?:o|a|os|as|um|uma) [^ ]+\.")
# Ligam as palavras de uma linha; sozinhas, não informam.
_LINKS = re.compile(
    r"\b(?:[oae]|as|os|uma?|d[eoa]s?|em|n[oa]s?|que|por|ao|à|quant[oa]s?|qua(?:l|is)|cada)\b"
)
#: O que cada nome já diz a quem lê o curso: dele não se pede linha, e a linha precisa dizer mais.
OBVIOUS = {
    name: set(words.split())
    for name, words in {
        "args": "argumentos",
        "cell": "célula",
        "cells": "células",
        "course": "pasta curso",
        "d_model": "largura vetor fluxo residual",
        "d_vocab": "tokens vocabulário",
        "folder": "pasta",
        "layer": "camada bloco",
        "lesson": "lição",
        "lr": "taxa aprendizado",
        "n_ctx": "posições janela",
        "n_heads": "cabeças atenção bloco camada",
        "n_layers": "camadas blocos",
        "n_pos": "posições tokens texto comprimento",
        "n_rows": "linhas",
        "n_stories": "histórias",
        "n_texts": "textos",
        "name": "nome",
        "options": "opções",
        "path": "arquivo caminho",
        "port": "porta",
        "question": "pergunta",
        "root": "pasta projeto",
        "seed": "semente sorteio sorteios",
        "steps": "passos",
        "temperature": "temperatura",
        "title": "título",
        "tokenizer": "tokenizador",
    }.items()
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(tree):
    """Percorre funções, classes e métodos que se usam de fora."""
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                is_function = isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
                if is_function and not method.name.startswith("_"):
                    yield f"{node.name}.{method.name}", method


def parameters(node):
    """Devolve os nomes que quem chama pode passar."""
    if isinstance(node, ast.ClassDef):
        return _class_parameters(node)
    arguments = node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [a.arg for a in (arguments.vararg, arguments.kwarg) if a]
    if names and names[0] in ("self", "cls"):
        names = names[1:]
    # O que começa com _ é para uso interno, como a memória de um cache.
    return [name for name in names if not name.startswith("_")]


def numbers(node):
    """Devolve os parâmetros de uma função que são um número e não dizem no nome o que contam.

    Dos que aceitam None é preciso dizer o que acontece sem valor, seja qual for o nome.
    """
    if isinstance(node, ast.ClassDef):
        return []
    arguments = node.args
    found = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return [
        a.arg
        for a in found
        if a.annotation
        and (match := re.fullmatch(r"(int|float)( \| None)?", ast.unparse(a.annotation)))
        and (match[2] or a.arg not in OBVIOUS)
    ]


def _class_parameters(node):
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return parameters(item)
    if any("dataclass" in ast.unparse(d) for d in node.decorator_list):
        fields = [i for i in node.body if isinstance(i, ast.AnnAssign)]
        return [i.target.id for i in fields if "ClassVar" not in ast.unparse(i.annotation)]
    return []


def documented(text):
    """Separa a docstring em (títulos na ordem, pares de parâmetro e o que se diz dele)."""
    headings, told, current = [], [], None
    for line in text.splitlines()[1:]:
        if match := _HEADING.match(line):
            current = match[1]
            headings.append(current)
        elif current == "Parâmetros" and (match := _PARAMETER.match(line)):
            told.append((match[1], match[2]))
        elif current == "Parâmetros" and told and line.startswith("     "):
            told[-1] = (told[-1][0], f"{told[-1][1]} {line.strip()}")
        elif line and not line.startswith(" "):
            current = None
    return headings, told


def says_nothing(name, told):
    """Diz se a linha de um parâmetro só repete o nome ou a anotação."""
    words = set(re.findall(r"\w+", _LINKS.sub("", told.lower())))
    return bool(_FILLER.fullmatch(told)) or words <= OBVIOUS.get(name, set())


def problems(source):
    """Devolve o que está errado nas docstrings de um módulo."""
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) else ["módulo: falta a docstring"]
    for name, node in public(tree):
        text = ast.get_docstring(node)
        if not text:
            found.append(f"{name}: falta a docstring")
            continue
        found += [f"{name}: {told}" for told in _docstring_problems(node, text)]
    return found


def _docstring_problems(node, text):
    first = text.splitlines()[0]
    if not first.endswith("."):
        yield "a primeira linha termina com ponto"
    if len(first) > FIRST_LINE_LIMIT:
        yield f"a primeira linha passa de {FIRST_LINE_LIMIT} caracteres"
    headings, told = documented(text)
    names = [name for name, _ in told]
    known = [h for h in headings if h in HEADINGS]
    for heading in headings:
        if heading not in HEADINGS:
            yield f"título desconhecido: {heading}"
    if known != sorted(set(known), key=HEADINGS.index):
        yield f"títulos fora de ordem ou repetidos: {known}"
    real = parameters(node)
    if not set(names) <= set(real) or len(set(names)) < len(names):
        yield f"documenta {names}, mas a assinatura tem {real}"
    for name, line in told:
        if says_nothing(name, line):
            yield f"{name}: diga mais que o nome e a anotação, ou nada"
    for name in numbers(node):
        if name not in names and not re.search(rf"`[^`]*\b{name}\b[^`]*`", text):
            yield f"diga a unidade ou o intervalo de {name}: um número não os diz"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_docstrings_match_signatures(path):
    assert not problems(path.read_text(encoding="utf-8"))


HEAD = '"""Módulo."""\n'


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1", "falta a docstring"),
        (HEAD + "def f():\n    pass", "f: falta a docstring"),
        (HEAD + 'class A:\n    """A."""\n    def m(self):\n        pass', "A.m: falta"),
        (HEAD + 'def f():\n    """Sem ponto"""', "termina com ponto"),
        (HEAD + f'def f():\n    """{"a" * 101}."""', "passa de 100"),
        (HEAD + 'def f(a: int):\n    """Faz."""', "unidade ou o intervalo de a"),
        (
            HEAD
            + 'def f(a: Path):\n    """Faz.\n\n    Parâmetros:\n        a: o arquivo.\n    """',
            "a: diga mais que o nome e a anotação, ou nada",
        ),
        (
            HEAD + 'class A:\n    """A.\n\n    Parâmetros:\n'
            '        n_heads: quantas cabeças.\n    """\n    def __init__(self, n_heads): pass',
            "n_heads: diga mais",
        ),
        (
            HEAD + 'def f(seed: int):\n    """F.\n\n    Parâmetros:\n'
            '        seed: a semente\n            do sorteio.\n    """',
            "seed: diga mais",
        ),
        (HEAD + 'def f(n_ctx: int | None = None):\n    """Faz."""', "o intervalo de n_ctx"),
        (HEAD + 'def f(a: float | None = None):\n    """Faz `b`."""', "o intervalo de a"),
        (
            HEAD + 'def f(a):\n    """Faz.\n\n    Parâmetros:\n        b: o quê.\n    """',
            "documenta ['b'], mas a assinatura tem ['a']",
        ),
        (
            HEAD + 'def f(a, *, c):\n    """Faz.\n\n    Parâmetros:\n        d: x.\n    """',
            "tem ['a', 'c']",
        ),
        (
            HEAD
            + 'def f():\n    """Faz.\n\n    Erros:\n        E: x.\n\n    Retorna:\n        y.\n'
            '    """',
            "fora de ordem",
        ),
        (HEAD + 'def f():\n    """Faz.\n\n    Args:\n        a: x.\n    """', "desconhecido: Args"),
    ],
)
def test_bad_docstring_is_reported(source, told):
    assert any(told in problem for problem in problems(source))


@pytest.mark.parametrize(
    "source",
    [
        'def f(a: str, b):\n    """O que a anotação e a frase dizem não se repete."""',
        'def f(n: int):\n    """Devolve os `n` maiores."""',
        'def f(n: int):\n    """Faz.\n\n    Parâmetros:\n        n: a partir de 1.\n    """',
        'def f(n_heads: int, seed: int = 0):\n    """O nome diz o que se conta."""',
        (
            'def f(seed: int):\n    """F.\n\n    Parâmetros:\n'
            '        seed: a semente\n            dos pesos.\n    """'
        ),
    ],
)
def test_what_is_already_said_need_not_be_repeated(source):
    assert not problems(HEAD + source)


def test_the_glossary_has_only_names_in_use():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]
    used = {name for tree in trees for _, node in public(tree) for name in parameters(node)}
    assert set(OBVIOUS) <= used


def test_good_docstring_passes():
    source = HEAD + (
        'def f(a, *rest, b=1, _cache=None, **more):\n    """Faz.\n\n'
        "    Uma observação: com dois-pontos.\n\n    Parâmetros:\n"
        "        a: um.\n            continua: aqui.\n        rest: outros.\n        b: dois.\n"
        '        more: mais.\n\n    Retorna:\n        Nada.\n    """'
    )
    assert not problems(source)


WITH_EXAMPLES = [p for p in FILES if ">>>" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_examples_run_as_written(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
