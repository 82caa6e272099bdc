"""Lê, copia, compara e mostra respostas sem confiar no que elas fazem.

A leitura tem dois passos: `read` troca o que veio por tipos simples, seja qual for a biblioteca;
`fit` exige a forma pedida. Entre um e outro dá para ver que os valores estão certos e só a forma
não está. Nada aqui chama `__eq__` de um objeto de quem estuda; `__repr__`, só com rede de proteção.
"""

import copy
import inspect
import itertools
import math
import re
import reprlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from helpers.exercises.catalog import Form
from helpers.exercises.errors import phrases

SHOWN_CHARACTERS = 280
MOST_LEAVES = 20_000  # números de uma resposta; as certas têm menos de mil
DEEPEST = 12
# Uma conta em float32 erra umas poucas unidades no sétimo algarismo do maior número dela.
FLOAT32 = 1e-5
_FLOAT32_STEP = 4 * 2.0**-23
Number = int | float
_FIXED = frozenset([type(None), bool, int, float, str, bytes])  # não mudam: a cópia os divide
_REGISTERS = (dict, OrderedDict, set)
_NAMES = {
    "NoneType": "None",
    "bool": "um booleano",
    "int": "um inteiro",
    "float": "um número com vírgula",
    "complex": "um número complexo",
    "str": "um texto",
    "bytes": "bytes",
    "list": "uma lista",
    "tuple": "uma tupla",
    "dict": "um dicionário",
    "set": "um conjunto",
    "frozenset": "um conjunto",
    "function": "uma função",
    "builtin_function_or_method": "uma função ou método sem chamar",
    "method": "um método sem chamar",
    "generator": "um gerador",
    "coroutine": "uma corrotina",
    "Tensor": "um tensor",
    "ndarray": "um arranjo do numpy",
}
_WANTED = {
    "int": "um inteiro",
    "number": "um número",
    "text": "um texto",
    "bytes": "bytes",
    "sequence": "uma lista",
}


class UnreadableAnswer(Exception):
    """Avisa que a resposta não tem a forma pedida; a mensagem é para quem estuda.

    Parâmetros:
        essence: o que há de igual em duas recusas; vazia, a própria mensagem. Lista, tupla e tensor
            no mesmo lugar errado são o mesmo engano.
    """

    def __init__(self, told: str, essence: str = "") -> None:
        super().__init__(told)
        self.essence = essence or told


class _Tuple(tuple):
    """Os itens de uma tupla, de um tensor ou de outra coisa que não era uma lista."""

    said = "uma tupla"


@dataclass(frozen=True)
class Odd:
    """Guarda o que não é número, texto, bytes nem sequência.

    Parâmetros:
        kind: nome do tipo, como "dict", "set", "generator" ou "NoneType".
        said: o tipo em português, com artigo.
        items: o que há dentro, quando se pode ler; de um dicionário, os valores.
    """

    kind: str
    said: str
    items: tuple[object, ...] | None = None


class _Shower(reprlib.Repr):
    """Escreve qualquer objeto em poucas palavras, mesmo os hostis."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = 12
        self.maxstring = self.maxother = 90
        self.maxlevel = 4

    def repr_dict(self, x: dict, level: int) -> str:
        # O `reprlib` ordena as chaves; aqui a ordem do dicionário faz parte da lição.
        if level <= 0:
            return "{…}"
        shown = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in itertools.islice(x.items(), self.maxdict)
        ]
        return "{" + ", ".join(shown + ["…"] * (len(x) > self.maxdict)) + "}"

    def repr_instance(self, x: object, level: int) -> str:
        text = re.sub(r" at 0x[0-9A-Fa-f]+", "", str(repr(x)))
        half = self.maxother // 2
        return text if len(text) <= self.maxother else f"{text[:half]}…{text[-half:]}"

    def repr1(self, x: object, level: int) -> str:
        try:
            return super().repr1(x, level)
        except Exception:
            return f"<{type_name(x)} que não sabe se mostrar>"


def show(value: object) -> str:
    """Devolve o valor escrito em até `SHOWN_CHARACTERS` caracteres, sem endereços de memória.

    Parâmetros:
        value: qualquer objeto.
    """
    text = _Shower().repr(value)
    half = SHOWN_CHARACTERS // 2
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:half]} … {text[-half:]}"


def show_apart(one: object, other: object) -> tuple[str, str]:
    """Devolve dois valores já lidos, com os algarismos que bastam para ver a diferença.

    Parâmetros:
        one: resposta normalizada.
        other: outra.
    """
    pairs = [(show(_rounded(one, n)), show(_rounded(other, n))) for n in (6, 9, 12, 17)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def type_name(value: object) -> str:
    """Devolve o nome do tipo, mesmo quando a classe dele se recusa a dizê-lo.

    Parâmetros:
        value: qualquer objeto.
    """
    try:
        return str(type.__dict__["__name__"].__get__(type(value)))
    except Exception:
        return "objeto"


def describe_type(value: object) -> str:
    """Devolve o tipo do valor em português, com artigo.

    Parâmetros:
        value: qualquer objeto.
    """
    name = type_name(value)
    return _NAMES.get(name, f"um objeto do tipo `{name}`")


def copy_input(value: object) -> object:
    """Devolve uma cópia funda da entrada; o que não se copia passa como está.

    Parâmetros:
        value: argumento de um caso de teste.
    """
    try:
        return _copy(value, {})
    except Exception:
        return value


def _copy(value: object, memo: dict[int, object]) -> object:
    """Copia como `deepcopy`, que em listas, tensores e modelos custa dez vezes isto."""
    kind = type(value)
    if kind in _FIXED:
        return value
    if id(value) in memo:
        return memo[id(value)]
    if kind is list:
        memo[id(value)] = twin = value.copy()
        if not _FIXED.issuperset(map(type, value)):
            twin[:] = [_copy(item, memo) for item in value]
    elif kind in (dict, OrderedDict):
        memo[id(value)] = twin = kind()
        for key, item in value.items():
            twin[_copy(key, memo)] = item if type(item) in _FIXED else _copy(item, memo)
    elif kind is tuple and _FIXED.issuperset(map(type, value)):
        twin = value
    elif is_tensor(value) and not value.requires_grad:
        memo[id(value)] = twin = value.clone()
    elif is_module(value):
        memo[id(value)] = twin = kind.__new__(kind)
        kept = vars(twin)
        for name, item in vars(value).items():
            if type(item) in _FIXED:
                kept[name] = item
            elif type(item) in _REGISTERS and not item:  # quase tudo o que uma peça traz
                kept[name] = type(item)()
            else:
                kept[name] = _copy(item, memo)
    else:
        twin = copy.deepcopy(value, memo)
    return twin


def is_tensor(value: object) -> bool:
    """Diz se o valor é um tensor do PyTorch, e não de uma classe derivada.

    Parâmetros:
        value: argumento de um caso de teste.
    """
    return (type(value).__module__, type(value).__name__) == ("torch", "Tensor")


def is_module(value: object) -> bool:
    """Diz se o valor é um modelo do PyTorch, cujos pesos se podem olhar.

    Parâmetros:
        value: argumento de um caso de teste.
    """
    bases = [(base.__module__, base.__name__) for base in type(value).__mro__]
    return ("torch.nn.modules.module", "Module") in bases


def unchanged(before: object, after: object) -> bool:
    """Diz se a resposta deixou a entrada como estava, sem chamar código alheio.

    Parâmetros:
        before: argumento de um caso; só se olha por dentro dos tipos embutidos, dos tensores e dos
            modelos, que são os pesos que têm.
        after: a cópia dele que a resposta recebeu.
    """
    kind = type(before)
    if kind is not type(after):
        return False
    if kind in (list, tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    if kind is dict:
        pairs = zip(before.items(), after.items(), strict=False)
        return len(before) == len(after) and all(unchanged(old, new) for old, new in pairs)
    if kind in (int, float, str, bytes, bool):
        return before == after or before != before
    if is_tensor(before):
        alike = (before.dtype, before.shape) == (after.dtype, after.shape)
        return alike and bool(before.eq(after).all())
    if is_module(before):
        return unchanged(dict(before.state_dict()), dict(after.state_dict()))
    return True


# --- ler o que veio -------------------------------------------------------------------------------


def read(value: object) -> object:
    """Troca o que veio por números, textos, bytes, tuplas deles e, no resto, `Odd`.

    Parâmetros:
        value: o que veio de quem estuda.

    Erros:
        UnreadableAnswer: a resposta é grande demais ou aninhada demais para ser esta.
    """
    return _read(value, DEEPEST, itertools.count())


def normalize(value: object, form: Form) -> object:
    """Devolve a resposta em tipos simples: int, float, str, bytes ou tupla deles.

    Parâmetros:
        value: o que veio de quem estuda.
        form: a forma esperada.

    Erros:
        UnreadableAnswer: a forma não é a pedida; a mensagem diz o que veio e o que falta.
    """
    return fit(read(value), form)


def _read(value: object, depth: int, seen: Iterator[int]) -> object:
    if next(seen) > MOST_LEAVES:
        raise UnreadableAnswer(f"A resposta tem mais de {MOST_LEAVES} itens: é grande demais.")
    if type(value).__module__.split(".")[0] in ("numpy", "torch") and hasattr(value, "tolist"):
        _require_small(value)
        name, value = describe_type(value), value.tolist()
        if isinstance(value, list):
            found = _Tuple(_read(item, depth - 1, seen) for item in value)
            found.said = name
            return found
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        return str.__getitem__(value, slice(None))
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if (number := _number(value)) is not None:
        return number
    items = _items(value)
    if items is None:
        return _odd(value, depth, seen)
    if not depth:
        raise UnreadableAnswer(f"Há listas dentro de listas em mais de {DEEPEST} níveis.")
    kind = _Tuple if isinstance(value, tuple) else tuple
    return kind(_read(item, depth - 1, seen) for item in items)


def _require_small(array: object) -> None:
    size = math.prod(tuple(getattr(array, "shape", ())))
    if size > MOST_LEAVES:
        shape = list(array.shape)
        raise UnreadableAnswer(f"Veio {describe_type(array)} de forma {shape}: é grande demais.")


def _number(value: object) -> Number | None:
    if isinstance(value, int):
        return int.__add__(value, 0)
    if isinstance(value, float):
        return float.__add__(value, 0.0)
    if isinstance(value, Fraction | Decimal):
        whole = int(value) if math.isfinite(value) else None
        return whole if whole == value else float(value)
    if type(value).__module__ == "numpy" and hasattr(value, "__float__"):
        return float(value)  # o de precisão estendida, que o `tolist` deixa como está
    return None


def _items(value: object) -> Iterable[object] | None:
    if isinstance(value, list):
        return list.__getitem__(value, slice(None))
    if isinstance(value, tuple):
        return tuple.__getitem__(value, slice(None))
    if type(value).__name__ in ("range", "deque", "array", "UserList", "dict_values", "dict_keys"):
        return value  # têm ordem e podem ser percorridos mais de uma vez
    return None


def _odd(value: object, depth: int, seen: Iterator[int]) -> Odd:
    items = None
    if type(value) in (set, frozenset) or inspect.isgenerator(value) or _is_lazy(value):
        items = tuple(_read(item, depth - 1, seen) for item in value) if depth else None
    elif isinstance(value, dict):
        items = tuple(_read(item, depth - 1, seen) for item in dict.values(value)) if depth else ()
    return Odd(type_name(value), describe_type(value), items)


def _is_lazy(value: object) -> bool:
    return type(value) in (map, filter, zip, reversed, enumerate)


# --- exigir a forma -------------------------------------------------------------------------------


def fit(tree: object, form: Form, place: str = "") -> object:
    """Devolve o que `read` leu, na forma pedida.

    Parâmetros:
        tree: o que veio, já em tipos simples.
        form: a forma esperada.
        place: onde se está dentro da resposta, como "[0][2]".

    Erros:
        UnreadableAnswer: a forma não é a pedida; a mensagem diz o que veio e o que falta.
    """
    if form.kind == "sequence":
        return _fit_sequence(tree, form, place)
    if form.kind in ("int", "number"):
        return _fit_number(tree, form, place)
    if form.kind == "text" and isinstance(tree, bytes) and place:  # um pedaço, numa lista deles
        return tree.decode("utf-8", errors="replace")
    if isinstance(tree, str if form.kind == "text" else bytes):
        return tree
    raise _mismatch(tree, form, place)


def _fit_number(tree: object, form: Form, place: str) -> Number:
    if not isinstance(tree, int | float):  # `True` vale 1, como em Python
        raise _mismatch(tree, form, place)
    if isinstance(tree, int):
        return int(tree)
    if form.kind == "number" or not math.isfinite(tree):
        return tree
    if tree == int(tree):
        return int(tree)
    raise _mismatch(tree, form, place, "Aqui só cabe um inteiro.")


def _fit_sequence(tree: object, form: Form, place: str) -> tuple[object, ...]:
    if not isinstance(tree, tuple):
        raise _mismatch(tree, form, place)
    if form.length is not None and len(tree) != form.length:
        came = "veio 1 item" if len(tree) == 1 else f"vieram {len(tree)} itens"
        label = f" ({form.label})" if form.label else ""
        raise _refusal(place, f"{came}, e se pedem {form.length}{label}.")
    forms = form.items * len(tree) if len(form.items) == 1 else form.items
    return tuple(
        fit(item, item_form, f"{place}[{index}]")
        for index, (item, item_form) in enumerate(zip(tree, forms, strict=True))
    )


def _mismatch(tree: object, form: Form, place: str, hint: str = "") -> UnreadableAnswer:
    hint = hint or _hint(tree, form, place)
    kind = "vários itens" if isinstance(tree, tuple) else said(tree)
    return _refusal(
        place,
        f"veio {said(tree)} onde se espera {wanted(form)}. {hint}".strip(),
        f"{place}: {kind}, e não {wanted(form)}",
    )


def said(tree: object) -> str:
    """Devolve em português o tipo do que `read` leu, com artigo.

    Parâmetros:
        tree: o que veio, já em tipos simples.
    """
    if isinstance(tree, Odd):
        return tree.said
    return getattr(tree, "said", "uma lista") if isinstance(tree, tuple) else describe_type(tree)


def wanted(form: Form) -> str:
    """Devolve em português o que se espera, com artigo e, entre parênteses, o que é.

    Parâmetros:
        form: a forma esperada.
    """
    if re.match(r"uma? ", form.label):
        return form.label
    base = f"uma lista de {form.length} itens" if form.length else _WANTED[form.kind]
    return f"{base} ({form.label})" if form.label else base


def _refusal(place: str, text: str, essence: str = "") -> UnreadableAnswer:
    where = place[1:-1] if place.count("[") == 1 else place
    told = f"No item {where}: {text}" if place else text[0].upper() + text[1:]
    return UnreadableAnswer(told, essence)


def _hint(tree: object, form: Form, place: str) -> str:
    hints = phrases()["forma"]
    if isinstance(tree, Odd):
        return hints.get(f"{tree.kind}_dentro" if place else "", hints.get(tree.kind, ""))
    return hints.get(f"{type(tree).__name__}_{form.kind}", "")


# --- comparar -------------------------------------------------------------------------------------


def equal(left: object, right: object, tolerance: float = FLOAT32, floor: float = 0.0) -> bool:
    """Diz se duas respostas normalizadas são iguais; números, a menos da folga.

    Parâmetros:
        left: resposta já normalizada.
        right: resposta já normalizada.
        tolerance: folga entre números com vírgula, relativa e absoluta.
        floor: folga absoluta maior que essa, quando a entrada tem números grandes.
    """
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            equal(a, b, tolerance, floor) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, float) or isinstance(right, float):
        both = isinstance(left, int | float) and isinstance(right, int | float)
        return both and close(left, right, tolerance, floor)
    return type(left) is type(right) and left == right


def close(left: Number, right: Number, tolerance: float = FLOAT32, floor: float = 0.0) -> bool:
    """Diz se dois números são iguais a menos da folga; NaN é igual a NaN.

    Parâmetros:
        right: outro.
        tolerance: folga relativa e absoluta.
        floor: folga absoluta maior que essa.
    """
    try:
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return math.isclose(left, right, rel_tol=tolerance, abs_tol=max(tolerance, floor))
    except OverflowError:  # um inteiro grande demais para virar float
        return False


def float32_error(values: object) -> float:
    """Devolve quanto uma conta em float32 com esses números pode errar: depende do maior deles.

    Parâmetros:
        values: argumentos de um caso; inteiros são contagens ou ids, e não entram.
    """
    return _FLOAT32_STEP * max(map(abs, _floats(values)), default=0.0)


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        if math.isfinite(value):
            yield value
    elif type(value) in (list, tuple):
        for item in value:
            yield from _floats(item)
    elif is_tensor(value) and value.is_floating_point() and value.numel():
        peak = float(value.detach().abs().max())
        yield from _floats(peak)


def leaves(tree: object) -> Iterator[object]:
    """Percorre os valores de uma resposta já lida, sem as listas em volta.

    Parâmetros:
        tree: o que `read` ou `fit` devolveu.
    """
    if isinstance(tree, tuple):
        for item in tree:
            yield from leaves(item)
    else:
        yield tree


def shape(tree: object) -> tuple[int, ...] | None:
    """Devolve a forma de uma resposta já lida, ou `None` se as linhas têm tamanhos diferentes.

    Parâmetros:
        tree: o que `read` ou `fit` devolveu.
    """
    if not isinstance(tree, tuple):
        return ()
    inner = {shape(item) for item in tree} or {()}
    if len(inner) > 1 or None in inner:
        return None
    return (len(tree), *inner.pop())


class _Short(float):
    """Um número que se mostra com menos algarismos."""

    def __new__(cls, value: Number, digits: int) -> "_Short":
        return super().__new__(cls, f"{value:.{digits}g}")


def _rounded(tree: object, digits: int) -> object:
    if isinstance(tree, tuple):
        return [_rounded(item, digits) for item in tree]
    return _Short(tree, digits) if isinstance(tree, float) else tree
