"""Lê, copia, compara e mostra respostas sem confiar no que elas fazem.

Nada aqui chama `__eq__` de um objeto de quem estuda, e `__repr__` só com rede de proteção.
"""

import copy
import inspect
import itertools
import math
import re
import reprlib

from helpers.exercises.catalog import Form

SHOWN_CHARACTERS = 280
_NAMES = {
    "NoneType": "None",
    "bool": "um booleano",
    "int": "um inteiro",
    "float": "um número com vírgula",
    "str": "um texto",
    "bytes": "bytes",
    "list": "uma lista",
    "tuple": "uma tupla",
    "dict": "um dicionário",
    "set": "um conjunto",
    "function": "uma função",
    "generator": "um gerador",
    "coroutine": "uma corrotina",
}
_WANTED = {
    "int": "um inteiro",
    "number": "um número",
    "text": "um texto",
    "bytes": "bytes",
    "sequence": "uma lista",
}


class UnreadableAnswer(Exception):
    """Avisa que a resposta não tem a forma pedida; a mensagem é para quem estuda."""


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
        try:
            text = repr(x)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return f"<{type(x).__name__} que não sabe se mostrar>"
        text = re.sub(r" at 0x[0-9A-Fa-f]+", "", str(text))
        half = self.maxother // 2
        return text if len(text) <= self.maxother else f"{text[:half]}…{text[-half:]}"


def show(value: object) -> str:
    """Devolve o valor escrito em até `SHOWN_CHARACTERS` caracteres, sem endereços de memória.

    Parâmetros:
        value: qualquer objeto.
    """
    try:
        text = _Shower().repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        text = f"<{type(value).__name__} que não sabe se mostrar>"
    half = SHOWN_CHARACTERS // 2
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:half]} … {text[-half:]}"


def describe_type(value: object) -> str:
    """Devolve o tipo do valor em português, com artigo.

    Parâmetros:
        value: qualquer objeto.
    """
    name = type(value).__name__
    return _NAMES.get(name, f"um objeto do tipo `{name}`")


def copy_input(value: object) -> object:
    """Devolve uma cópia funda da entrada; o que não se copia passa como está.

    Parâmetros:
        value: argumento de um caso de teste.
    """
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def is_tensor(value: object) -> bool:
    """Diz se o valor é um tensor do PyTorch, e não de uma classe derivada.

    Parâmetros:
        value: argumento de um caso de teste.
    """
    return (type(value).__module__, type(value).__name__) == ("torch", "Tensor")


def freeze(value: object) -> object:
    """Devolve um retrato do valor, comparável com `==` sem chamar código alheio.

    Parâmetros:
        value: argumento de um caso; só tipos embutidos e tensores são olhados por dentro.
    """
    kind = type(value)
    if kind in (list, tuple):
        return (kind.__name__, tuple(freeze(item) for item in value))
    if kind is dict:
        return ("dict", tuple((freeze(k), freeze(v)) for k, v in value.items()))
    if kind in (int, float, str, bytes, bool, type(None)):
        return (kind.__name__, value)
    if is_tensor(value):
        return ("tensor", str(value.dtype), tuple(value.shape), value.tolist())
    return ("objeto", id(value))


def normalize(value: object, form: Form) -> object:
    """Devolve a resposta em tipos simples: int, float, str, bytes ou tupla deles.

    Parâmetros:
        value: o que veio de quem estuda.
        form: a forma esperada.

    Erros:
        UnreadableAnswer: a forma não é a pedida; a mensagem diz o que veio e o que falta.
    """
    value = _from_array(value)
    if form.kind == "sequence":
        return _normalize_sequence(value, form)
    if form.kind in ("int", "number"):
        return _normalize_number(value, form)
    if isinstance(value, str) and form.kind == "text":
        return str.__getitem__(value, slice(None))
    if isinstance(value, bytes | bytearray):
        return _normalize_bytes(bytes(value), form)
    hints = {
        str: "Veio um texto: use `.encode('utf-8')`, ou `b` antes das aspas.",
        int: "Pegar um item de `bytes` dá um inteiro; `bytes([n])` faz dele um byte de novo.",
    }
    hint = next((text for kind, text in hints.items() if isinstance(value, kind)), "")
    raise _mismatch(value, form, hint if form.kind == "bytes" else "")


def equal(left: object, right: object, tolerance: float = 1e-9) -> bool:
    """Diz se duas respostas normalizadas são iguais; números, a menos da folga.

    Parâmetros:
        left: resposta já normalizada.
        right: resposta já normalizada.
        tolerance: folga entre números, relativa e absoluta.
    """
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            equal(a, b, tolerance) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, float) or isinstance(right, float):
        both = isinstance(left, int | float) and isinstance(right, int | float)
        try:
            return both and math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)
        except OverflowError:  # um inteiro grande demais para virar float
            return False
    return type(left) is type(right) and left == right


def _from_array(value: object) -> object:
    """Troca escalares e arranjos de numpy e torch por objetos de Python."""
    library = type(value).__module__.split(".")[0]
    if library in ("numpy", "torch") and hasattr(value, "tolist"):
        return value.tolist()
    return value


def _mismatch(value: object, form: Form, hint: str = "") -> UnreadableAnswer:
    wanted = form.label or _WANTED[form.kind]
    text = f"Veio {describe_type(value)} onde se espera {wanted}. {hint}"
    return UnreadableAnswer(text.strip())


def _normalize_bytes(value: bytes, form: Form) -> str | bytes:
    if form.kind == "bytes":
        return value
    if form.kind == "text":
        return value.decode("utf-8", errors="replace")
    raise _mismatch(value, form)


def _normalize_number(value: object, form: Form) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch(
            value, form, "`True` e `False` não são números aqui." * (type(value) is bool)
        )
    if isinstance(value, int):
        return int.__add__(value, 0)
    number = float.__add__(value, 0.0)
    if math.isnan(number):
        raise UnreadableAnswer("Veio NaN (“não é um número”): alguma conta ficou sem sentido.")
    if math.isinf(number):
        raise UnreadableAnswer("Veio infinito: alguma divisão teve denominador perto de zero.")
    if form.kind == "int":
        if not number.is_integer():
            raise _mismatch(value, form, "Aqui só cabe um inteiro.")
        return int(number)
    return number


def _normalize_sequence(value: object, form: Form) -> tuple[object, ...]:
    if isinstance(value, list):
        items = list.__getitem__(value, slice(None))
    elif isinstance(value, tuple):
        items = tuple.__getitem__(value, slice(None))
    else:
        raise _mismatch(value, form, _sequence_hint(value))
    if form.length is not None and len(items) != form.length:
        raise UnreadableAnswer(
            f"{_counted(len(items))} onde se esperam {form.length} ({form.label})."
        )
    forms = form.items * len(items) if len(form.items) == 1 else form.items
    normalized = []
    for index, (item, item_form) in enumerate(zip(items, forms, strict=True)):
        try:
            normalized.append(normalize(item, item_form))
        except UnreadableAnswer as error:
            raise UnreadableAnswer(f"No item {index}: {error}") from None
    return tuple(normalized)


def _counted(n: int) -> str:
    return "Veio 1 item" if n == 1 else f"Vieram {n} itens"


def _sequence_hint(value: object) -> str:
    if inspect.isgenerator(value):
        return "Há um `yield` (ou parênteses no lugar de colchetes) na sua função?"
    if not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        return "Embrulhe com `list(...)`."
    return ""
