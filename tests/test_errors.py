"""Os erros do Python e do PyTorch em português, com a linha de quem estuda."""

import math
import re

import numpy as np
import pytest
import torch

from helpers.exercises.errors import code_of, explain_error, phrases, stub_reached


def explained(function):
    try:
        function()
    except BaseException as error:
        return explain_error(error, function)
    raise AssertionError("a função não parou")


def _raise(error):
    def answer():
        raise error

    return answer


def _recursive():
    return _recursive()


TOLD = {
    "IndexError": (lambda: [][1], "um índice passou do fim"),
    "KeyError": (lambda: {}["a"], "a chave não está no dicionário (no original: 'a')"),
    "ZeroDivisionError": (lambda: 1 / 0, "divisão por zero"),
    "OverflowError": (lambda: math.exp(1000), "`math.exp` vai até uns 709"),
    "MemoryError": (_raise(MemoryError()), "mais memória do que pode"),
    "RecursionError": (_recursive, "sem parar, ou vezes demais"),
    "AssertionError": (_raise(AssertionError("x")), "um `assert` seu não era verdade"),
    "ModuleNotFoundError": (lambda: __import__("nao_ha"), "não há módulo chamado `nao_ha`"),
    "ImportError": (_raise(ImportError("y")), "não achei no módulo"),
    "NameError": (lambda: nao_ha, "o nome `nao_ha` não foi definido"),  # noqa: F821
    "AttributeError": (lambda: [].shape, "um valor do tipo `list` não tem `.shape`"),
    "UnicodeDecodeError": (lambda: b"\xc3".decode(), "sozinhos, não formam UTF-8"),
    "StopIteration": (lambda: next(iter([])), "um iterador que já acabou"),
    "SystemExit": (_raise(SystemExit(1)), "tire o `exit()`"),
    "FileNotFoundError": (lambda: __import__("os").stat("nao_ha"), "não precisa de arquivo nenhum"),
    "ExceptionGroup": (
        _raise(ExceptionGroup("g", [ValueError(1), KeyError(2)])),
        "de uma vez: `ValueError`, `KeyError`",
    ),
    "JSONDecodeError": (lambda: __import__("json").loads("{"), "um valor que ela não aceita"),
    "Feio": (_raise(type("Feio", (Exception,), {"__str__": lambda s: 1 / 0})()), "própria"),
}


@pytest.mark.parametrize("name", TOLD)
def test_each_kind_of_error_says_what_it_means(name):
    function, told = TOLD[name]
    text = explained(function)
    assert text.startswith(f"`{name}`: ")
    assert told in text


FORMS = [
    (lambda: 1 + [], "`+` não funciona entre `int` e `list`"),
    (lambda: [1] + 1, "`+` só junta `list` com `list`, e veio `int`"),
    (lambda: None + 1, "há um `None` onde devia haver um valor"),
    (lambda: [3].sort()[0], "há um `None` onde devia haver um valor"),
    (lambda: 1 < "a", "`<` não compara `int` com `str`"),
    (lambda: list(3), "não dá para percorrer um valor do tipo `int`"),
    (lambda: eval("[3][0][0]"), "não dá para pôr `[...]` em um valor do tipo `int`"),
    (lambda: [3][0](), "não dá para chamar com `(...)` um valor do tipo `int`"),
    (lambda: b"a".__setitem__(0, 1), "um valor do tipo `bytes` não tem `.__setitem__`"),
    (lambda: [1].__getitem__("a"), "o índice precisa ser um inteiro, e veio `str`"),
    (lambda: len(3), "um valor do tipo `int` não tem `len(...)`"),
    (lambda: {[]: 1}, "um valor do tipo `list` não serve de chave"),
    (lambda: (lambda x: x)(), "faltou passar 'x'"),
    (lambda: (lambda x: x)(1, 2), "a função aceita 1 argumentos e recebeu 2"),
    (lambda: b"a" + "b", "`+` só junta `bytes` com `bytes`, e veio `str`"),
    (lambda: b"".join(["a"]), "tipo que ela não aceita"),
    (lambda: [1] * 1.5, "só se multiplica por um inteiro"),
    (lambda: range(1.5), "aqui só cabe um inteiro, e veio `float`"),
    (lambda: (lambda a, b: a)(*[1]), "faltou passar 'b'"),
    (lambda: exec("a, b = [1]"), "esperavam-se 2 valores à esquerda do `=`, e vieram 1"),
    (lambda: exec("a, b = [1, 2, 3]"), "esperavam-se 2 valores à esquerda do `=`, e vieram mais"),
    (lambda: max([]), "`max` de uma sequência vazia não existe"),
    (lambda: [1].index(2), "o item procurado não está na lista"),
    (lambda: int("x"), "esse texto não é um número"),
    (lambda: math.log(0), "`log` de zero ou negativo"),
    (lambda: 10.0**400, "grande demais para caber"),
    (lambda: int(math.inf), "infinito não vira inteiro"),
    (lambda: torch.ones(2, 3) @ torch.ones(2, 4), "as colunas da primeira (3) precisam ser tantas"),
    (lambda: torch.ones(3) + torch.ones(4), "um tensor tem 3 e o outro 4"),
    (lambda: torch.ones(3).reshape(2, 2), "3 números não cabem na forma [2, 2]"),
    (lambda: torch.ones(3).view(2, 2), "3 números não cabem na forma [2, 2]"),
    (lambda: torch.ones(2, 3).T.view(6), "use `.reshape(...)`"),
    (lambda: torch.ones(3).sum(1), "o tensor só tem as dimensões de -1 a 0, e pediu-se a 1"),
    (lambda: torch.ones(3)[5], "a dimensão 0 tem 3 itens, e pediu-se o de índice 5"),
    (lambda: torch.ones(2)[0, 0], "há mais índices do que dimensões"),
    (lambda: torch.ones(2, 2).double() @ torch.ones(2, 2), "dois tipos de número"),
    (lambda: torch.tensor([1, 2]).softmax(0), "não existe para um tensor de inteiros: passe por"),
    (lambda: torch.tensor([1, 2]).mean(), "pede um tensor de números com vírgula"),
    (lambda: torch.tensor([1]).div_(2), "não cabe em um tensor Long"),
    (lambda: torch.ones(2, requires_grad=True).numpy(), "use `.detach()` antes"),
    (lambda: torch.ones(2, requires_grad=True).add_(1), "faça uma cópia com `.clone()`"),
    (lambda: torch.ones(1).sum().backward(), "não há gradiente a calcular"),
    (lambda: float(torch.ones(2)), "só um tensor de um número vira um número"),
    (lambda: bool(torch.ones(2) > 0), "use `.all()` ou `.any()`"),
    (lambda: bool(np.ones(2) > 0), "use `.all()` ou `.any()`"),
    (lambda: torch.tensor([[1, 2], [3]]), "as linhas têm tamanhos diferentes"),
    (lambda: np.array([[1, 2], [3]]), "as linhas têm tamanhos diferentes"),
    (lambda: torch.stack([[1.0]]), "aqui só cabem tensores, e veio `list`"),
    (lambda: torch.softmax([1.0], 0), "aqui só cabem tensores, e veio `list`"),
    (lambda: torch.cat([torch.ones(2, 2), torch.ones(2, 3)]), "as outras dimensões precisam"),
    (lambda: torch.empty(10**15), "não cabe na memória"),
    (lambda: np.ones(3) + np.ones(4), "as formas (3,) (4,)  não combinam"),
]


@pytest.mark.parametrize(("function", "told"), FORMS, ids=[told[:30] for _, told in FORMS])
def test_common_messages_are_translated(function, told):
    assert told in explained(function)


def test_input_is_named_and_its_parts_are_in_place():
    for message in phrases()["original"]:
        wanted = set(re.findall(r"\{(\d)\}", message["diz"]))
        groups = re.compile(message["padrao"]).groups
        assert all(int(number) < groups for number in wanted), message
    stdin = type("StdinNotImplementedError", (NotImplementedError,), {})
    told = explained(_raise(stdin("raw_input was called")))
    assert "tire o `input`" in told
    assert "Na linha" in told


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize("error", [ValueError(), Mute()], ids=["sem texto", "que não se mostra"])
def test_error_without_words_is_told_without_the_original(error):
    assert "original" not in explained(_raise(error))


def test_line_is_left_out_when_there_is_none_to_show():
    for function in (len, blank):  # sem código; com código, e o erro não saiu dele
        assert explain_error(ValueError("x"), function).endswith("(no original: x)")
    scope = {}
    exec(compile("def answer():\n    raise ValueError('x')", "<sem texto>", "exec"), scope)
    assert explained(scope["answer"]).endswith("\nNa linha 2 da sua célula")


def test_line_shown_is_the_students_even_when_the_error_is_deeper():
    def answer():
        return torch.tensor([1, 2]).softmax(0)

    text = explained(answer)
    assert re.search(
        r"Na linha \d+ da sua célula: `return torch.tensor\(\[1, 2\]\)\.softmax\(0\)`", text
    )


def blank():
    raise NotImplementedError


class Callable:
    def __call__(self):
        raise NotImplementedError


class Module(torch.nn.Module):
    def forward(self):
        raise NotImplementedError


def uses_a_blank():
    return blank()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (blank, ""),
        (lambda: blank(), "blank"),
        (uses_a_blank, "blank"),
        (Callable(), ""),
        (Callable().__call__, ""),
        (Module(), ""),
        (lambda: torch.tensor([1]).softmax(0), None),
        (_raise(NotImplementedError("ainda não")), None),
        (lambda: torch.nn.Module()(), None),
        (len, None),
        (lambda: 1 / 0, None),
    ],
)
def test_only_the_bare_raise_of_the_course_is_a_blank(function, expected):
    with pytest.raises((NotImplementedError, ZeroDivisionError, TypeError)) as caught:
        function()
    assert stub_reached(caught.value, function) == expected
    assert stub_reached(NotImplementedError(), function) is None  # não saiu de lugar nenhum


def test_code_is_found_behind_partials_methods_and_objects():
    from functools import partial

    assert code_of(blank) is blank.__code__
    assert code_of(partial(blank)) is blank.__code__
    assert code_of(Callable()) is Callable.__call__.__code__
    assert code_of(Module()) is Module.forward.__code__
    assert code_of(len) is None
    assert code_of(3) is None
