"""Que conta leva da resposta certa à errada: um sinal, um fator, uma ordem, um item a menos.

Cada relação é calculada, e só é dita quando vale em todos os casos que falham; os textos estão em
`data/conferencia.toml`.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise, product

from helpers import spoken
from helpers.exercises.contrast import dimensions
from helpers.exercises.errors import phrases
from helpers.exercises.near import (
    Diagnosis,
    Facts,
    Tree,
    are_numbers,
    brackets,
    number_pairs,
    placed,
)
from helpers.exercises.running import parameter_names, slack
from helpers.exercises.untrusted import Number, UnreadableAnswer, close, equal, leaves, read, shape

MOST_PARTS = 6  # de uma resposta que se lê por partes
MOST_TIMES = 64  # vezes que uma parcela se repete
SMALLEST_GAP = 1e-2
FEWEST = 3  # números que precisam concordar para que uma relação não seja coincidência
Found = tuple[str, dict[str, object]]


def relation(facts: Facts) -> Diagnosis | None:
    """Devolve a relação entre o resultado e o esperado, se há uma em todos os casos que falham.

    Parâmetros:
        facts: o que se sabe da resposta; todo caso que falha precisa ter um valor.
    """
    if any(facts.got[i].kind != "value" for i in facts.failing):
        return None
    for find in _FINDERS:
        if found := find(facts):
            name, parts = found
            text = phrases()["relacao"][name].format(**{"onde": _where(facts), **parts})
            return Diagnosis(f"geral.{name}", text[0].upper() + text[1:])
    return None


def _non_finite(facts: Facts) -> Found | None:
    """NaN e infinito: diz o que veio, e só fala de máscara quando o desenho é o dela."""
    masked, kinds, hit = True, set(), []
    for i in facts.failing:
        pairs = number_pairs(facts.expected[i].value, facts.got[i].value) or ()
        odd = [(e, g) for e, g in pairs if not math.isfinite(g)]
        kinds |= {"nan" if math.isnan(g) else "mais" if g > 0 else "menos" for _, g in odd}
        masked &= all(e == 0 for e, _ in odd)
        hit += [i] * bool(odd)
    if not hit:
        return None
    parts = {} if len(hit) == len(facts.failing) else {"onde": f"em {len(hit)} dos casos"}
    if kinds == {"menos"} and masked:
        if all(v in (0, 1) for i in hit for v in leaves(facts.expected[i].value)):
            return "mascara_somada", parts
        logarithm = all(_is_logarithm(facts, i) for i in hit)
        return ("logaritmo" if logarithm else "scores_mascarados"), parts
    if "nan" in kinds:
        return "nan", parts
    return ("mais_infinito" if kinds == {"mais"} else "menos_infinito"), parts


def _is_logarithm(facts: Facts, index: int) -> bool:
    pairs = number_pairs(facts.expected[index].value, facts.got[index].value)
    return all(g < 700 and facts.close(index, math.exp(g), e) for e, g in pairs)


def _given_back(facts: Facts) -> Found | None:
    for position, name in enumerate(parameter_names(facts.exercise.solution)):
        given = [(i, _simple(facts.cases[i].args, position)) for i in facts.failing]
        same = [i for i, v in given if v is not None and facts.close(i, v, facts.got[i].value)]
        items = sum(len(list(leaves(value))) for _, value in given)
        if len(same) == len(given) and items >= FEWEST:
            return "devolve_a_entrada", {"nome": name}
    return None


def _always_the_same(facts: Facts) -> Found | None:
    values = [seen.value for seen in facts.got]
    wanted = [seen.value for seen in facts.expected]
    if len(values) < 5 or any(seen.kind != "value" for seen in facts.got):
        return None
    constant = all(equal(values[0], value) for value in values)
    return (
        ("sempre_igual", {}) if constant and not all(equal(wanted[0], w) for w in wanted) else None
    )


def _reshaped(facts: Facts) -> Found | None:
    for name, change in _SHAPES.items():
        if _holds(facts, change):
            return name, {}
    return None


def _holds(facts: Facts, change: Callable[[Tree], Tree | None]) -> bool:
    """Diz se mudar o esperado dá o recebido em todos os casos que falham."""
    moved = 0
    for i in facts.failing:
        changed = change(facts.expected[i].value)
        if changed is None or not facts.close(i, changed, facts.got[i].value):
            return False
        moved += max(1, len(list(leaves(changed))))
    return moved >= FEWEST


def _reverse(tree: Tree) -> Tree | None:
    return tree[::-1] if isinstance(tree, tuple) else None


def _transpose(tree: Tree) -> Tree | None:
    size = shape(tree)
    return tuple(zip(*tree, strict=True)) if size and len(size) == 2 else None


def _sorted(tree: Tree) -> Tree | None:
    return tuple(sorted(tree)) if _is_flat(tree) else None


def _falling(tree: Tree) -> Tree | None:
    return tuple(sorted(tree, reverse=True)) if _is_flat(tree) else None


def _without_repeats(tree: Tree) -> Tree | None:
    return tuple(dict.fromkeys(tree)) if _is_flat(tree) else None


def _without_zeros(tree: Tree) -> Tree | None:
    return tuple(x for x in tree if x) if _is_flat(tree) and are_numbers(tree) else None


def _sums(tree: Tree) -> Tree | None:
    return tuple(accumulate(tree)) if _is_flat(tree) and are_numbers(tree) else None


def _differences(tree: Tree) -> Tree | None:
    if not (_is_flat(tree) and are_numbers(tree)):
        return None
    return (*tree[:1], *(b - a for a, b in pairwise(tree)))


def _part(start: int | None, stop: int | None) -> Callable[[Tree], Tree | None]:
    return lambda tree: tree[start:stop] if isinstance(tree, tuple) and tree else None


def _columns(start: int | None, stop: int | None) -> Callable[[Tree], Tree | None]:
    def cut(tree: Tree) -> Tree | None:
        size = shape(tree)
        wide = size is not None and len(size) == 2 and size[1] > 1
        return tuple(row[start:stop] for row in tree) if wide else None

    return cut


def _turned(by: int) -> Callable[[Tree], Tree | None]:
    return lambda tree: (*tree[by:], *tree[:by]) if isinstance(tree, tuple) and tree else None


_SHAPES: dict[str, Callable[[Tree], Tree | None]] = {
    "ordem_inversa": _reverse,
    "transposto": _transpose,
    "crescente": _sorted,
    "decrescente": _falling,
    "sem_o_ultimo": _part(None, -1),
    "sem_o_primeiro": _part(1, None),
    "so_o_primeiro": _part(None, 1),
    "so_o_ultimo": _part(-1, None),
    "sem_a_ultima_coluna": _columns(None, -1),
    "sem_a_primeira_coluna": _columns(1, None),
    "girado_para_tras": _turned(1),
    "girado_para_a_frente": _turned(-1),
    "sem_repeticoes": _without_repeats,
    "sem_os_zeros": _without_zeros,
    "acumulado": _sums,
    "diferencas": _differences,
}


def _by_number(facts: Facts) -> Found | None:
    """Relações número a número: sinal, complemento, raiz, fator, constante, arredondamento."""
    table = {i: number_pairs(facts.expected[i].value, facts.got[i].value) for i in facts.failing}
    if not all(table.values()):
        return _extra_items(facts)
    for name, change in _NUMBERS.items():
        if _agrees(facts, table, change):
            return name, {}
    for digits in range(7):
        # A folga é a de guardar em float32 um número já arredondado; inteiros coincidem por acaso.
        few = 2 if digits else FEWEST
        if _agrees(facts, table, lambda e, n=digits: round(e, n), tolerance=1e-7, fewest=few):
            return "arredondado", {"quanto": _PLACES_SAID.get(digits, f"com {digits} casas")}
    return _scaled(facts, table) or _shifted(facts, table) or _permuted(facts)


_PLACES_SAID = {0: "sem casas", 1: "com uma casa", 2: "com duas casas", 3: "com três casas"}
_NUMBERS: dict[str, Callable[[Number], Number]] = {
    "sinal_trocado": lambda e: -e,
    "complemento": lambda e: 1 - e,
    "sem_sinal": abs,
    "parte_inteira": math.trunc,
    "para_baixo": math.floor,
    "negativos_zerados": lambda e: max(e, 0),
    "inverso": lambda e: 1 / e,
    "quadrado": lambda e: e * e,
    "raiz": math.sqrt,
    "logaritmo": math.log,
    "exponencial": math.exp,
}


def _agrees(
    facts: Facts,
    table: dict[int, list],
    change: Callable[[Number], Number],
    tolerance: float | None = None,
    fewest: int = FEWEST,
) -> bool:
    moved, values = 0, set()
    for i, pairs in table.items():
        floor = slack(facts.exercise, facts.cases[i]) if tolerance is None else 0.0
        wide = tolerance or facts.exercise.tolerance
        for e, g in pairs:
            try:
                changed = change(e)
            except (ArithmeticError, ValueError):
                return False
            if not close(changed, g, wide, floor):
                return False
            if not close(changed, e, wide, floor):
                moved += 1
                values.add(e)
    # Um valor só, repetido, não prova uma conta: de 0 para 1 vai-se por muitos caminhos.
    return moved >= fewest and len(values) > 1


def _scaled(facts: Facts, table: dict[int, list]) -> Found | None:
    factors = {i: _factor(pairs) for i, pairs in table.items()}
    if None in factors.values():
        return _rows_scaled(facts)
    known = list(factors.values())
    if all(math.isclose(factor, 1, rel_tol=1e-4) for factor in known):
        return None  # “vezes 1” não é um engano
    if not all(_agrees_one(facts, i, pairs, factors[i]) for i, pairs in table.items()):
        return _rows_scaled(facts)
    tiny = facts.exercise.tolerance  # perto de zero, qualquer fator serve
    if sum(abs(e) > tiny for pairs in table.values() for e, _ in pairs) < FEWEST:
        return None
    if all(math.isclose(factor, known[0], rel_tol=1e-4) for factor in known):
        return "fator", {"fator": _factor_said(known[0])}
    for what, sizes in _sizes(facts):
        for said, power in (("o", 1), ("a raiz do", 0.5)):
            if all(
                math.isclose(f, n**power, rel_tol=1e-4) for f, n in zip(known, sizes, strict=True)
            ):
                return "fator_tamanho", {"quanto": f"vezes {said} {what}"}
            if all(sizes) and all(
                math.isclose(f, n**-power, rel_tol=1e-4) for f, n in zip(known, sizes, strict=True)
            ):
                return "fator_tamanho", {
                    "quanto": f"dividido {'pelo' if said == 'o' else 'pela raiz do'} {what}"
                }
    if not all(len(pairs) > 1 for pairs in table.values()):
        return None
    totals = [math.fsum(e for e, _ in pairs) for pairs in table.values()]
    return ("sem_dividir_pela_soma" if all(close(t, 1.0) for t in totals) else "proporcional"), {}


def _rows_scaled(facts: Facts) -> Found | None:
    """Cada linha de uma tabela vezes um fator só dela."""
    sums = []
    for i in facts.failing:
        expected, got = facts.expected[i].value, facts.got[i].value
        size = shape(expected)
        if size is None or len(size) != 2 or size != shape(got) or size[1] < 2:
            return None
        for row, other in zip(expected, got, strict=True):
            pairs = list(zip(row, other, strict=True))
            factor = _factor(pairs)
            if factor is None or not _agrees_one(facts, i, pairs, factor):
                return None
            sums.append(math.fsum(row))
    if len(sums) < FEWEST:
        return None
    return (
        "linhas_sem_dividir" if all(close(total, 1.0) for total in sums) else "linhas_proporcionais"
    ), {}


def _agrees_one(facts: Facts, index: int, pairs: list, factor: Number) -> bool:
    floor = slack(facts.exercise, facts.cases[index])
    return all(close(e * factor, g, facts.exercise.tolerance, floor) for e, g in pairs)


def _factor(pairs: list) -> Number | None:
    biggest = max(pairs, key=lambda pair: abs(pair[0]))
    if not biggest[0] or not math.isfinite(biggest[1]) or not biggest[1]:
        return None
    return biggest[1] / biggest[0]


def _factor_said(factor: Number) -> str:
    if close(factor, math.log(2), 1e-4) or close(factor, 1 / math.log(2), 1e-4):
        how = "vezes o" if factor < 1 else "dividido pelo"
        return f"{how} logaritmo natural de 2: bits e nats diferem por esse fator"
    up = factor if abs(factor) >= 1 else 1 / factor
    number = spoken.decimal(up, 4).rstrip("0").rstrip(",")
    return f"{'vezes' if abs(factor) >= 1 else 'dividido por'} {number}"


def _sizes(facts: Facts) -> Iterator[tuple[str, list[int]]]:
    """Tamanhos e inteiros da entrada, caso a caso, com o nome de cada um."""
    names = parameter_names(facts.exercise.solution)
    for position, name in enumerate(names):
        given = [facts.cases[i].args[position] for i in facts.failing]
        if all(type(value) is int for value in given):
            yield f"valor de `{name}`", given
        measured = [dimensions(value) for value in given]
        if all(measured):
            yield f"tamanho de `{name}`", [size[0] for size in measured]
            if all(len(size) > 1 for size in measured):
                yield f"número de colunas de `{name}`", [size[1] for size in measured]


def _shifted(facts: Facts, table: dict[int, list]) -> Found | None:
    gaps = [[g - e for e, g in pairs] for pairs in table.values()]
    if sum(map(len, gaps)) < FEWEST:
        return None
    if not any(abs(gap) > SMALLEST_GAP for row in gaps for gap in row):
        return None  # o que a folga entre as diferenças engole não é uma constante
    if all(close(gap, gaps[0][0], 1e-4) for row in gaps for gap in row):
        number = spoken.decimal(abs(gaps[0][0]), 4).rstrip("0").rstrip(",")
        return "constante", {"quanto": f"{'mais' if gaps[0][0] > 0 else 'menos'} {number}"}
    several = all(len(row) > 1 and all(close(gap, row[0], 1e-4) for gap in row) for row in gaps)
    return ("constante_do_caso", {}) if several else None


def _permuted(facts: Facts) -> Found | None:
    for i in facts.failing:
        one, other = list(leaves(facts.expected[i].value)), list(leaves(facts.got[i].value))
        if len(one) < 2 or not _sortable(one) or not _sortable(other):
            return None
        if not facts.close(i, tuple(sorted(one)), tuple(sorted(other))):
            return None
    return "outra_ordem", {}


def _extra_items(facts: Facts) -> Found | None:
    """Textos e bytes em outra ordem, e listas com um item a mais ou a menos."""
    if all(_one_more(facts, i, slice(None, -1)) for i in facts.failing):
        return "sobra_no_fim", {}
    if all(_one_more(facts, i, slice(1, None)) for i in facts.failing):
        return "sobra_no_comeco", {}
    return _permuted(facts)


def _one_more(facts: Facts, index: int, kept: slice) -> bool:
    expected, got = facts.expected[index].value, facts.got[index].value
    if not isinstance(expected, tuple) or not isinstance(got, tuple):
        return False
    return len(got) == len(expected) + 1 and facts.close(index, expected, got[kept])


def _some(facts: Facts) -> Found | None:
    """Diz que faltam ou sobram itens, quando os outros estão certos e na ordem."""
    pairs = {i: (facts.expected[i].value, facts.got[i].value) for i in facts.failing}
    for name, one, other in (("faltam_itens", 1, 0), ("sobram_itens", 0, 1)):
        if all(_inside(facts, i, pair[one], pair[other]) for i, pair in pairs.items()):
            found = [item for pair in pairs.values() for item in pair[one]]
            return (name, {}) if len(found) >= FEWEST else None
    return None


def _texts(facts: Facts) -> Found | None:
    """Textos: caracteres que faltam ou sobram, e pedaços que já não dão o texto de antes."""
    pairs = [(facts.expected[i].value, facts.got[i].value) for i in facts.failing]
    if all(isinstance(item, str) for pair in pairs for item in pair):
        for name, one, other in (("faltam_letras", 1, 0), ("sobram_letras", 0, 1)):
            if all(_letters_inside(pair[one], pair[other]) for pair in pairs):
                return name, {}
        return None
    glued = [(_glue(e), _glue(g)) for e, g in pairs]
    if not all(one and one == _glue(facts.cases[i].args[0]) for i, (one, _) in _at(facts, glued)):
        return None  # não é um corte da própria entrada
    if all(one == other for one, other in glued):
        return "outros_cortes", {}
    return ("texto_mudou", {}) if all(one != other for one, other in glued) else None


def _at(facts: Facts, items: list) -> Iterator[tuple[int, tuple]]:
    return zip(facts.failing, items, strict=True)


def _letters_inside(few: str, many: str) -> bool:
    rest = iter(many)
    return len(few) < len(many) and all(letter in rest for letter in few)


def _glue(value: object) -> bytes | None:
    """Os bytes de um texto, ou de uma lista de pedaços dele; `None` do que não é isso."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, bytes):
        return value
    if not isinstance(value, list | tuple):
        return None
    pieces = [_glue(item) for item in value if isinstance(item, str | bytes)]
    return b"".join(pieces) if len(pieces) == len(value) else None


def _other_size(facts: Facts) -> Found | None:
    """Tabelas e vetores de outro tamanho: diz que eixo é, quando é sempre o mesmo."""
    sizes = [(shape(facts.expected[i].value), shape(facts.got[i].value)) for i in facts.failing]
    if not all(one and other and len(one) == len(other) <= 2 for one, other in sizes):
        return None
    items = (leaf for i in facts.failing for leaf in leaves(facts.got[i].value))
    if not are_numbers(list(items)) or any(one == other for one, other in sizes):
        return None
    one, other = sizes[0]
    parts = {"veio": brackets(other), "espera": brackets(one)}
    if len(one) == 1:
        return "outro_tamanho", parts
    rows, columns = ({a[axis] != b[axis] for a, b in sizes} for axis in (0, 1))
    if rows == {False}:
        return "outras_colunas", parts
    return ("outras_linhas" if columns == {False} else "outra_forma"), parts


def _all_alike(facts: Facts) -> Found | None:
    """Diz que as linhas, ou as colunas, são todas iguais, e que as esperadas não são."""
    for name, turn in (("linhas_iguais", lambda tree: tree), ("colunas_iguais", _transpose)):
        pairs = [(turn(facts.expected[i].value), turn(facts.got[i].value)) for i in facts.failing]
        rows = [(e, g) for e, g in pairs if _is_table(e) and _is_table(g) and len(g) > 1]
        alike = all(_alike_rows(g) for _, g in rows) and len(rows) == len(pairs)
        if alike and len(rows) >= FEWEST and not any(_alike_rows(e) for e, _ in rows):
            return name, {}
    return None


def _items_alike(facts: Facts) -> Found | None:
    pairs = [(facts.expected[i].value, facts.got[i].value) for i in facts.failing]
    flat = all(_is_flat(e) and _is_flat(g) and are_numbers(g) for e, g in pairs)
    if not flat or len(pairs) < FEWEST or not all(_alike_rows(g) for _, g in pairs):
        return None
    return None if any(_alike_rows(e) for e, _ in pairs) else ("itens_iguais", {})


def _is_table(tree: Tree | None) -> bool:
    return isinstance(tree, tuple) and bool(tree) and isinstance(tree[0], tuple)


def _alike_rows(rows: Tree) -> bool:
    return all(equal(rows[0], row) for row in rows)


def _side(facts: Facts) -> Found | None:
    """Contagens: sempre a mais, ou sempre a menos."""
    form = facts.exercise.form
    if form.kind != "int" or form.label or len(facts.failing) < FEWEST:
        return None  # um inteiro com nome, como o número de uma linha, não é uma contagem
    gaps = [facts.got[i].value - facts.expected[i].value for i in facts.failing]
    if all(gap > 0 for gap in gaps):
        return "conta_a_mais", {}
    return ("conta_a_menos", {}) if all(gap < 0 for gap in gaps) else None


def _inside(facts: Facts, index: int, few: Tree, many: Tree) -> bool:
    if not isinstance(few, tuple) or not isinstance(many, tuple) or len(few) >= len(many):
        return False
    rest = iter(many)
    return all(any(facts.close(index, item, other) for other in rest) for item in few)


def _by_place(facts: Facts) -> Found | None:
    """Onde as diferenças estão, quando o lugar é o mesmo em todos os casos que falham."""
    wrong: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for i in facts.failing:
        expected, got = facts.expected[i].value, facts.got[i].value
        size = shape(expected)
        if not size or size != shape(got) or len(size) > 2 or math.prod(size) < 2:
            return None
        pairs = zip(placed(expected), placed(got), strict=True)
        wrong += [(_path(w), size) for (w, e), (_, g) in pairs if not facts.close(i, e, g)]
    if len(facts.failing) < FEWEST:
        return None
    for name, belongs in _PLACES.items():
        if all(belongs(path, size) for path, size in wrong):
            return f"so_{name}", {}
    return None


_PLACES: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "a_primeira": lambda path, size: path[0] == 0 and len(size) == 1,
    "a_ultima": lambda path, size: path[0] == size[0] - 1 and len(size) == 1,
    "a_primeira_linha": lambda path, size: path[0] == 0 and len(size) == 2,
    "a_ultima_linha": lambda path, size: path[0] == size[0] - 1 and len(size) == 2,
    "a_primeira_coluna": lambda path, size: len(size) == 2 and path[1] == 0,
    "a_ultima_coluna": lambda path, size: len(size) == 2 and path[1] == size[1] - 1,
    "a_diagonal": lambda path, size: len(size) == 2 and path[0] == path[1],
    "acima_da_diagonal": lambda path, size: len(size) == 2 and path[0] < path[1],
    "abaixo_da_diagonal": lambda path, size: len(size) == 2 and path[0] > path[1],
}


# --- itens, partes, parcelas e tamanhos -----------------------------------------------------------


def _by_end(facts: Facts) -> Found | None:
    """Listas que param antes do fim, ou que passam dele."""
    trees = [(i, facts.expected[i].value, facts.got[i].value) for i in facts.failing]
    if len(trees) < FEWEST or not all(isinstance(t, tuple) for _, *pair in trees for t in pair):
        return None
    if all(0 < len(g) < len(e) and facts.close(i, e[: len(g)], g) for i, e, g in trees):
        return "para_antes", {}
    if all(len(g) > len(e) > 0 and facts.close(i, e, g[: len(e)]) for i, e, g in trees):
        return "vai_alem", {}
    return None


def _by_part(facts: Facts) -> Found | None:
    """Em respostas de umas poucas partes, quais estão certas em todos os casos que falham."""
    sizes = {len(t) if isinstance(t := seen.value, tuple) else 0 for seen in facts.expected}
    sizes |= {len(t) if isinstance(t := facts.got[i].value, tuple) else 0 for i in facts.failing}
    n = sizes.pop()
    if sizes or not 2 <= n <= MOST_PARTS or len(facts.failing) < FEWEST:
        return None
    right = [
        part
        for part in range(n)
        if all(
            facts.close(i, facts.expected[i].value[part], facts.got[i].value[part])
            for i in facts.failing
        )
    ]
    wrong = [part for part in range(n) if part not in right]
    if not right or not wrong:
        return None
    verb = "está certa" if len(right) == 1 else "estão certas"
    found = {"n": n, "certas": f"{_ordinals(right)} {verb}", "erradas": _ordinals(wrong)}
    return "em_parte", found


def _by_asked_part(facts: Facts) -> Found | None:
    """As partes que o exercício pede pelo nome, como o peso e as duas médias, não são linhas."""
    asked = facts.exercise.form
    nested = any(item.kind == "sequence" for item in asked.items)
    return _by_part(facts) if asked.length and nested else None


def _ordinals(parts: list[int]) -> str:
    *first, last = [f"a {part + 1}.ª" for part in parts]
    return f"{', '.join(first)} e {last}" if first else last


def _by_term(facts: Facts) -> Found | None:
    """Uma conta com os inteiros da entrada a que falta, ou em que sobra, uma parcela."""
    table = {i: number_pairs(facts.expected[i].value, facts.got[i].value) for i in facts.failing}
    if not all(table.values()) or len(table) < 2 * FEWEST:
        return None
    places = {
        tuple(k for k, (e, g) in enumerate(pairs) if e != g)  # contas com inteiros são exatas
        for pairs in table.values()
    }
    if len(places) > 1 or len(place := places.pop()) != 1:
        return None
    gaps = [pairs[place[0]][1] - pairs[place[0]][0] for pairs in table.values()]
    for term, values in _terms(facts):
        factor = gaps[0] / values[0] if values[0] else 0
        whole = factor and factor == round(factor) and abs(factor) <= MOST_TIMES
        if whole and all(gap == factor * v for gap, v in zip(gaps, values, strict=True)):
            times = f"{abs(round(factor))} * " if abs(factor) > 1 else ""
            return f"parcela_a_{'mais' if factor > 0 else 'menos'}", {"parcela": times + term}
    return None


def _terms(facts: Facts) -> Iterator[tuple[str, list[int]]]:
    """Produtos dos inteiros da entrada, até o quadrado de cada um, dos mais simples em diante."""
    columns = zip(*(facts.cases[i].args for i in facts.failing), strict=True)
    names = parameter_names(facts.exercise.solution)
    named = [
        (name, column)
        for name, column in zip(names, columns, strict=False)
        if all(type(n) is int for n in column)
    ]
    for powers in sorted(product(range(3), repeat=len(named)), key=sum):
        if not any(powers):
            continue
        used = [(name, n) for (name, _), n in zip(named, powers, strict=True) if n]
        term = " * ".join(name if n == 1 else f"{name}**{n}" for name, n in used)
        rows = zip(*(given for _, given in named), strict=True)
        yield term, [math.prod(x**n for x, n in zip(row, powers, strict=True)) for row in rows]


def _ragged(facts: Facts) -> Found | None:
    """Tabelas cujas linhas têm tamanhos diferentes umas das outras."""
    pairs = [(shape(facts.expected[i].value), shape(facts.got[i].value)) for i in facts.failing]
    uneven = all(wanted is not None and came is None for wanted, came in pairs)
    return ("linhas_desiguais", {}) if uneven and len(pairs) >= FEWEST else None


# Dizem pouco: um engano quase igual diz mais.
BROAD = tuple(
    f"geral.{name}"
    for name in (
        "em_parte",
        "faltam_itens",
        "sobram_itens",
        "texto_mudou",
        "outros_cortes",
        "linhas_desiguais",
        "outro_tamanho",
        "outras_colunas",
        "outras_linhas",
        "outra_forma",
        "conta_a_mais",
        "conta_a_menos",
    )
)
_FINDERS: tuple[Callable[[Facts], Found | None], ...] = (
    _non_finite,
    _given_back,
    _reshaped,
    _always_the_same,
    _by_number,
    _by_asked_part,
    _by_place,
    _by_end,
    _some,
    _texts,
    _by_part,
    _by_term,
    _ragged,
    _other_size,
    _all_alike,
    _items_alike,
    _side,
)


# --- peças ----------------------------------------------------------------------------------------


def _where(facts: Facts) -> str:
    if len(facts.failing) == len(facts.cases):
        return "em todos os casos"
    n = len(facts.failing)
    return f"nos {n} casos que falham" if n > 1 else "no caso que falha"


def _simple(args: tuple[object, ...], position: int) -> Tree | None:
    if position >= len(args):
        return None
    try:
        return read(args[position])
    except UnreadableAnswer:
        return None


def _is_flat(tree: Tree) -> bool:
    return isinstance(tree, tuple) and len(tree) > 1 and _sortable(tree)


def _sortable(items: Sequence[object]) -> bool:
    kinds = {float if isinstance(item, int | float) else type(item) for item in items}
    return len(kinds) == 1 and kinds <= {float, str, bytes}


def _path(place: str) -> tuple[int, ...]:
    return tuple(map(int, place[1:-1].split("][")))
