"""Exercício 05.converter: levar as linhas de uma matriz qkv de um arranjo ao outro."""

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_ROWS = Form("sequence", (Form("text"),), label="uma lista com o nome de cada linha")


def _to_separate(rows: list[str], n_heads: int) -> list[str]:
    """Devolve as linhas na outra ordem: todo q, todo k, todo v, e em cada um as cabeças."""
    d_head = len(rows) // (3 * n_heads)
    ordered = []
    for part in range(3):
        for head in range(n_heads):
            start = (3 * head + part) * d_head
            ordered.extend(rows[start : start + d_head])
    return ordered


def _blocks(rows: list[str], n_heads: int) -> list[list[list[str]]]:
    d_head = len(rows) // (3 * n_heads)
    found = [rows[i : i + d_head] for i in range(0, len(rows), d_head)]
    return [found[3 * head : 3 * head + 3] for head in range(n_heads)]


def _leaves_as_is(rows: list[str], n_heads: int) -> list[str]:
    return list(rows)


def _other_way(rows: list[str], n_heads: int) -> list[str]:
    d_head = len(rows) // (3 * n_heads)
    ordered = []
    for head in range(n_heads):
        for part in range(3):
            start = (part * n_heads + head) * d_head
            ordered += rows[start : start + d_head]
    return ordered


def _every_third(rows: list[str], n_heads: int) -> list[str]:
    return [row for part in range(3) for row in rows[part::3]]


def _keys_first(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)
    return [row for part in (1, 0, 2) for head in blocks for row in head[part]]


def _only_queries(rows: list[str], n_heads: int) -> list[str]:
    return [row for head in _blocks(rows, n_heads) for row in head[0]]


def _heads_backwards(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)[::-1]
    return [row for part in range(3) for head in blocks for row in head[part]]


def _place_by_place(rows: list[str], n_heads: int) -> list[str]:
    blocks = _blocks(rows, n_heads)
    d_head = len(rows) // (3 * n_heads)
    return [blocks[h][part][i] for part in range(3) for i in range(d_head) for h in range(n_heads)]


def _sorts(rows: list[str], n_heads: int) -> list[str]:
    return sorted(rows)


def _rows(n_heads: int, d_head: int) -> list[str]:
    return [f"{p}{head}.{i}" for head in range(n_heads) for p in "qkv" for i in range(d_head)]


def _cases() -> tuple[Case, ...]:
    sizes = [(2, 2), (2, 1), (1, 3), (3, 2), (4, 3), (12, 1)]
    sizes += [(h, d) for h in (2, 3, 5) for d in (3, 4, 5)] + [(11, 2)]
    named = [Case((_rows(n_heads, d_head), n_heads)) for n_heads, d_head in sizes]
    # Sem a letra no nome: quem se guia por ele, e não pela posição, para aqui.
    plain = [([f"linha {i}" for i in range(3 * h * d)], h) for h, d in ((2, 2), (3, 1))]
    return (*named, *(Case(args) for args in plain))


LAYOUTS = Exercise(
    id="05.converter",
    title="o tradutor de arranjos (extra)",
    difficulty=3,
    importance=4,
    minutes=(10, 20),
    statement="""
Uma biblioteca guarda as linhas **por cabeça**: q, k e v da cabeça 0, depois q, k e v da cabeça 1…
A outra quer **tudo de q, tudo de k, tudo de v**, e dentro de cada parte as cabeças em ordem.

Escreva `my_to_separate(rows, n_heads)`. `rows` é a lista de linhas por cabeça; aqui cada linha é
só um nome, como `"k1.0"` (chave, cabeça 1, coordenada 0). Devolva uma lista nova na outra ordem.
Cada cabeça tem `len(rows) // (3 * n_heads)` linhas de cada tipo.

Trabalhe com **posições**: os nomes servem para você conferir, e nos pesos de verdade não existem.
""",
    done_when="Com uma cabeça só, nada muda; com duas, `k0` deixa de vir antes de `q1`.",
    hints=(
        Hint(
            "uma pergunta",
            "Com duas cabeças e `d_head` 2, em que posição da lista começa o k da cabeça 1?",
        ),
        Hint(
            "o plano",
            "1. `d_head = len(rows) // (3 * n_heads)`.\n"
            "2. O laço de fora escolhe a parte: 0 é q, 1 é k, 2 é v.\n"
            "3. O laço de dentro escolhe a cabeça.\n"
            "4. O bloco começa em `(3 * head + part) * d_head` e tem `d_head` linhas.",
        ),
        Hint(
            "por que `sorted` quase funciona?",
            "Pela ordem alfabética, k vem antes de q. E com doze cabeças `q10` vem antes de `q2`.",
        ),
        Hint(
            "a saída esperada",
            "`['q0.0', 'k0.0', 'v0.0', 'q1.0', 'k1.0', 'v1.0']` com 2 cabeças vira "
            "`['q0.0', 'q1.0', 'k0.0', 'k1.0', 'v0.0', 'v1.0']`.",
        ),
    ),
    name="my_to_separate",
    stub='''
def my_to_separate(rows: list[str], n_heads: int) -> list[str]:
    """Devolve as linhas em outra ordem: todo q, todo k, todo v."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_to_separate,
    form=_ROWS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "nao_muda_nada",
            _leaves_as_is,
            "Seu resultado é igual ao de quem **não troca a ordem**. Nada reclama: o número de "
            "linhas é o mesmo. Mas o modelo vai usar como chave da cabeça 0 o que era outra coisa.",
        ),
        KnownWrong(
            "sentido_contrario",
            _other_way,
            "Seu resultado é igual ao de quem traduz **no sentido contrário**: a entrada é tratada "
            "como se já fosse q, k, v separados. Troque quem está no laço de fora.",
        ),
        KnownWrong(
            "de_tres_em_tres",
            _every_third,
            "Seu resultado é igual ao de quem pula **de três em três linhas**. Funciona quando "
            "`d_head` é 1; nos outros casos o bloco de cada tipo tem `d_head` linhas seguidas.",
        ),
        KnownWrong(
            "chaves_primeiro",
            _keys_first,
            "Seu resultado é igual ao de quem põe as **chaves antes das consultas**. A ordem das "
            "três partes é uma convenção, e a pedida aqui é q, k, v.",
        ),
        KnownWrong(
            "so_as_consultas",
            _only_queries,
            "Seu resultado é igual ao de quem só junta as **consultas**. Faltam dois terços das "
            "linhas: procure um `return` cedo demais ou o laço das três partes.",
        ),
        KnownWrong(
            "cabecas_ao_contrario",
            _heads_backwards,
            "Seu resultado é igual ao de quem percorre as cabeças **da última para a primeira**. "
            "Cada bloco está inteiro, mas trocou de dono. Comece em `head = 0`.",
        ),
        KnownWrong(
            "coordenada_por_fora",
            _place_by_place,
            "Seu resultado é igual ao de quem põe a **coordenada por fora da cabeça**: coordenada "
            "0 de todas, depois a 1 de todas. Uma cabeça é um bloco de linhas seguidas.",
        ),
        KnownWrong(
            "ordem_alfabetica",
            _sorts,
            "Seu resultado é igual ao de quem usa a **ordem alfabética** dos nomes. Nos "
            "pesos de verdade não há nomes, só posições. Calcule onde cada bloco começa.",
        ),
    ),
)
