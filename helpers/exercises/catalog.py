"""Fichas do catálogo: exercício, erro conhecido, palpite e pergunta de quiz.

Aqui só há dados; quem confere é `checking`, quem escreve as células é `rendering`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


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
        diagnosis: o que foi calculado, por que parece certo e o que olhar em seguida.
    """

    name: str
    answer: object
    diagnosis: str


@dataclass(frozen=True)
class Hint:
    """Guarda uma dica, que fica dobrada até ser aberta.

    Parâmetros:
        title: o que a dica oferece, sem entregar a resposta.
        text: a dica, em Markdown.
    """

    title: str
    text: str


@dataclass(frozen=True)
class Exercise:
    """Reúne tudo o que se sabe de um exercício.

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
        solution: função (ou valor) correta.
        form: forma da resposta.
        wrong: erros conhecidos, cada um com o seu diagnóstico.
        kind: "function" ou "value".
        make_cases: devolve as entradas de teste; as fixas vêm primeiro.
        solution_code: só para valores: código que calcula a resposta em `<name>_solution`.
        tolerance: folga com que números são comparados; 1e-5 aceita contas em float32.
    """

    id: str
    title: str
    difficulty: int
    importance: int
    minutes: tuple[int, int]
    statement: str
    done_when: str
    hints: tuple[Hint, ...]
    name: str
    stub: str
    solution: object
    form: Form
    wrong: tuple[KnownWrong, ...]
    kind: Literal["function", "value"] = "function"
    make_cases: Callable[[], tuple[Case, ...]] = field(default=tuple)
    solution_code: str = ""
    tolerance: float = 1e-9


@dataclass(frozen=True)
class Prediction:
    """Guarda uma pergunta que se responde antes do experimento.

    Parâmetros:
        id: lição e nome, como "01.aaa".
        question: a pergunta.
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
        text: a alternativa.
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
        text: a pergunta.
        options: alternativas, em ordem.
    """

    id: str
    text: str
    options: tuple[Option, ...]
