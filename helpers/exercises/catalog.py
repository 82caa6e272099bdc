"""Fichas do catálogo: cartão, resposta, exercício, palpite e pergunta de quiz.

O que se lê vem dos textos das lições (`lesson_text`) e de `data/licoes` (`lesson_data`); o código,
de `answers_NN`. `registry` junta as partes, e cada uma confere as próprias regras ao nascer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

FEWEST_WRONG = 4
FEWEST_CASES = 15
LONGEST_FIRST_CASE = 120  # caracteres: o primeiro caso que falha costuma ser o que se mostra


class CatalogError(ValueError):
    """Avisa quem escreve o curso do que falta numa ficha, e em que arquivo."""


@dataclass(frozen=True)
class Section:
    """Diz em que seção de que lição alguma coisa é ensinada.

    Parâmetros:
        lesson: número da lição, com dois algarismos.
        number: número da seção; `None` nas que não têm número.
        title: título, sem o número.
    """

    lesson: str
    number: int | None
    title: str


@dataclass(frozen=True)
class Case:
    """Guarda uma entrada de teste e, se for preciso, como mostrá-la.

    Parâmetros:
        args: argumentos com que a função é chamada.
        shown: texto que representa a entrada; vazio mostra os próprios argumentos.
    """

    args: tuple[object, ...]
    shown: str = ""


@dataclass(frozen=True)
class Form:
    """Diz que forma a resposta precisa ter.

    Parâmetros:
        kind: "int", "number", "text", "bytes" ou "sequence".
        items: só em "sequence": a forma de cada item; uma só vale para todos.
        length: só em "sequence": quantos itens são aceitos; `None` aceita qualquer número.
        label: como a forma é chamada nas mensagens.
    """

    kind: Literal["int", "number", "text", "bytes", "sequence"]
    items: tuple["Form", ...] = ()
    length: int | None = None
    label: str = ""


@dataclass(frozen=True)
class KnownWrong:
    """Guarda uma resposta errada já vista, com o diagnóstico que ela merece.

    Parâmetros:
        name: identificador do engano, único no exercício.
        answer: função (ou valor) que comete o engano.
        also: outros números que o cometem; vazio quando só `answer`.
        diagnosis: o que foi calculado, por que parece certo e o que olhar em seguida.
        see: seção que explica este engano; `None` vale a seção do exercício.
    """

    name: str
    answer: object
    diagnosis: str
    see: Section | None = None
    also: range = range(0)

    def covers(self, value: object) -> bool:
        """Diz se um número está em `also`, sem percorrê-la.

        Parâmetros:
            value: o que foi lido da resposta; o que não é um número inteiro não está.
        """
        whole = type(value) is int or (type(value) is float and value.is_integer())
        return whole and int(value) in self.also


@dataclass(frozen=True)
class Hint:
    """Guarda uma dica, que fica dobrada até ser aberta.

    Parâmetros:
        title: o que a dica oferece, sem entregar a resposta.
        text: a dica, em Markdown.
    """

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """Guarda o que se lê de um exercício: o cartão e a célula em que se escreve.

    Parâmetros:
        id: lição e nome, como "01.empate".
        title: título do cartão.
        difficulty: de 1 a 5.
        importance: de 1 a 5.
        minutes: menor e maior tempo esperado, em minutos.
        statement: enunciado, em Markdown.
        done_when: o que é verdade quando o exercício está pronto.
        hints: dicas, da pergunta à saída esperada.
        name: nome que quem estuda dá à resposta.
        stub: código inicial da célula.
        section: seção em que o cartão está; `None` antes da primeira.
    """

    id: str
    title: str
    difficulty: int
    importance: int
    minutes: tuple[int, int]
    statement: str
    done_when: str
    hints: tuple[Hint, ...]
    name: str = ""
    stub: str = ""
    section: Section | None = None


@dataclass(frozen=True)
class Answer:
    """Guarda o código de um exercício: solução, enganos e casos.

    Parâmetros:
        id: lição e nome, como "01.empate".
        solution: função (ou valor) correta.
        form: forma da resposta.
        wrong: respostas erradas já vistas, por nome; os diagnósticos estão em `data/licoes`. Um
            `range` vale qualquer dos seus números; ponha-o depois dos que têm nome próprio.
        cases: devolve as entradas de teste, as fixas primeiro; `None` quando se pede um valor.
        code: só para valores: código que calcula a resposta em `<nome>_solution`.
        tolerance: folga entre números com vírgula, relativa e absoluta; a de costume aceita contas
            feitas em float32.

    Erros:
        CatalogError: a ficha quebra uma regra; a mensagem diz qual, e o que fazer.
    """

    id: str
    solution: object
    form: Form
    wrong: Mapping[str, object]
    cases: Callable[[], tuple[Case, ...]] | None = None
    code: str = ""
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        """Confere as regras que não pedem que os casos sejam feitos."""
        if len(self.wrong) < FEWEST_WRONG:
            self._refuse(
                f"há {len(self.wrong)} enganos em `wrong`, e são precisos ao menos "
                f"{FEWEST_WRONG}. Escreva outras respostas erradas que alguém daria."
            )
        if (self.cases is None) != bool(self.code):
            self._refuse(
                "dê `cases`, se a resposta é uma função, ou `code`, se é um valor; um dos dois."
            )
        if self.cases is not None and not callable(self.solution):
            self._refuse(f"há `cases`, mas a solução não é uma função: {self.solution!r}.")

    @property
    def kind(self) -> Literal["function", "value"]:
        """Diz se a resposta é uma função ou um valor."""
        return "value" if self.cases is None else "function"

    def make_cases(self) -> tuple[Case, ...]:
        """Devolve as entradas de teste; nenhuma quando a resposta é um valor.

        Erros:
            CatalogError: há poucos casos, ou o primeiro é grande demais para se ler.
        """
        if self.cases is None:
            return ()
        cases = self.cases()
        if len(cases) < FEWEST_CASES:
            self._refuse(
                f"`cases` dá {len(cases)} casos, e são precisos ao menos {FEWEST_CASES}: com "
                "poucos, uma resposta errada passa."
            )
        first = cases[0].shown or ", ".join(map(repr, cases[0].args))
        if len(first) > LONGEST_FIRST_CASE:
            self._refuse(
                f"o primeiro caso ocupa {len(first)} caracteres, e cabem {LONGEST_FIRST_CASE}: é "
                "ele que quem erra vê. Comece por um menor, ou diga o que ele é em `shown`."
            )
        return cases

    def _refuse(self, told: str) -> None:
        raise CatalogError(f"helpers/exercises/answers_{self.id[:2]}.py, {self.id}: {told}")


@dataclass(frozen=True, kw_only=True)
class Exercise(Card):
    """Reúne tudo o que se sabe de um exercício: o que se lê e como se confere.

    Parâmetros:
        solution: função (ou valor) correta.
        form: forma da resposta.
        wrong: erros conhecidos, cada um com o seu diagnóstico.
        kind: "function" ou "value".
        make_cases: devolve as entradas de teste; as fixas vêm primeiro.
        solution_code: só para valores: código que calcula a resposta em `<name>_solution`.
        tolerance: folga entre números com vírgula, relativa e absoluta; a de costume aceita contas
            feitas em float32.
        seen: o que a solução e os enganos já fizeram em cada caso, enchido pela conferência.
    """

    solution: object
    form: Form
    wrong: tuple[KnownWrong, ...]
    kind: Literal["function", "value"] = "function"
    make_cases: Callable[[], tuple[Case, ...]] = field(default=tuple)
    solution_code: str = ""
    tolerance: float = 1e-5
    seen: dict[tuple[str, int], object] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """As entradas de teste, feitas uma vez: quem as usa recebe cópias."""
        return self.make_cases()


@dataclass(frozen=True)
class GuessQuestion:
    """Guarda uma pergunta que se responde antes do experimento.

    Parâmetros:
        id: lição e nome, como "01.aaa".
        answer: o resultado: um número, ou a posição da opção certa.
        options: opções, em ordem; vazio quando o palpite é um número.
        comments: uma frase por opção, dita quando ela foi o palpite.
        low: menor número aceito como palpite.
        high: maior número aceito como palpite.
        near: até que distância o palpite numérico é chamado de próximo.
        said: frases para palpite exato, próximo e distante, nesta ordem (só números).
        lesson_learned: o que o resultado ensina, com ou sem palpite.
    """

    id: str
    question: str
    answer: int
    options: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    low: int = 0
    high: int = 100
    near: int = 1
    said: tuple[str, ...] = ()
    lesson_learned: str = ""


@dataclass(frozen=True)
class Option:
    """Guarda uma alternativa de quiz e a explicação que ela recebe.

    Parâmetros:
        explanation: por que está certa, ou que engano ela revela.
        right: se é a correta.
    """

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """Guarda uma pergunta de quiz, com exatamente uma alternativa certa.

    Parâmetros:
        id: lição e nome, como "01.q_empate".
        options: alternativas, em ordem.
    """

    id: str
    text: str
    options: tuple[Option, ...]
