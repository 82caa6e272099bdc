"""Cartões: palpite antes do experimento, comparação depois, quiz e meu progresso.

O que fica guardado no notebook lista pergunta e opções, e não depende de quem respondeu.
"""

import html
from typing import Any

import traitlets

from helpers.exercises import guesses, progress, registry
from helpers.exercises.catalog import GuessQuestion, Question
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.summary import LessonSummary, summarize
from helpers.exercises.untrusted import show as written
from helpers.explorables.kit.base import Explorable, alive, load_css, load_js, report_errors

DELETE_LINE = (
    "Para recomeçar do zero, apague o arquivo `progresso.json` da pasta do curso. "
    "Ele só existe no seu computador."
)
_RUN_LINE = "Para responder, abra este notebook no JupyterLab e rode a célula."


class Still:
    """Cartão parado: texto e HTML, sem widget.

    Parâmetros:
        text: o que fica em `text/plain`.
        markup: o que fica em `text/html`, já escapado.
    """

    def __init__(self, text: str, markup: str) -> None:
        self.text = text
        self.markup = markup

    def __repr__(self) -> str:
        """Devolve o cartão em texto simples."""
        return self.text

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.markup}


def framed(markup: str) -> str:
    """Devolve o HTML dentro da moldura dos cartões.

    Parâmetros:
        markup: HTML já escapado.
    """
    return (
        "<div style='max-width:720px;border-left:6px solid #0072B2;padding:.4em .9em;"
        "color:var(--jp-ui-font-color1,#111);background:var(--jp-layout-color1,#fff)'>"
        f"{markup}</div>"
    )


def asked(prediction: GuessQuestion) -> tuple[str, str]:
    """Devolve o texto e o HTML de um palpite por responder.

    Parâmetros:
        prediction: a ficha do palpite.
    """
    lines = [f"Palpite: {plain(prediction.question)}"]
    lines += [f"  ( ) {plain(option)}" for option in prediction.options]
    body = f"<p><strong>Palpite.</strong> {inline_html(prediction.question)}</p>"
    if prediction.options:
        items = "".join(f"<li>{inline_html(option)}</li>" for option in prediction.options)
        body += f"<ul>{items}</ul>"
    else:
        span = f"um número inteiro, de {prediction.low} a {prediction.high}"
        lines.append(f"  ( ) {span}")
        body += f"<p>Resposta: {span}.</p>"
    return "\n".join(lines), framed(f"{body}<p><small>{_RUN_LINE}</small></p>")


def quiz_text(label: str, items: tuple[Question, ...]) -> str:
    """Devolve todas as perguntas e alternativas em texto simples.

    Parâmetros:
        label: título do quiz.
        items: as perguntas, em ordem.
    """
    lines = [f"{label}: {len(items)} perguntas"]
    for number, item in enumerate(items, start=1):
        lines.append(f"{number}. {plain(item.text)}")
        lines += [f"   ( ) {plain(option.text)}" for option in item.options]
    return "\n".join(lines)


def quiz_html(label: str, items: tuple[Question, ...]) -> str:
    """Devolve todas as perguntas e alternativas em HTML.

    Parâmetros:
        label: título do quiz.
        items: as perguntas, em ordem.
    """
    blocks = []
    for item in items:
        options = "".join(f"<li>{inline_html(option.text)}</li>" for option in item.options)
        blocks.append(f"<li><p>{inline_html(item.text)}</p><ul>{options}</ul></li>")
    title = f"<p><strong>{html.escape(label)}</strong></p>"
    body = f"<ol>{''.join(blocks)}</ol><p><small>{_RUN_LINE}</small></p>"
    return framed(title + body)


def summary_lines(summary: LessonSummary) -> list[str]:
    """Devolve o resumo da lição em linhas de texto.

    Parâmetros:
        summary: o que `summarize` devolveu.
    """
    lines = [f"Lição {summary.lesson}: {'; '.join(summary.sentences())}"]
    for line in summary.exercises:
        lines.append(f"  {line.mark} {plain(line.title)}: {line.status}{_attempts(line.attempts)}")
    return lines


def summary_html(summary: LessonSummary) -> str:
    """Devolve o resumo da lição em HTML: uma frase e uma tabela.

    Parâmetros:
        summary: o que `summarize` devolveu.
    """
    rows = "".join(
        f"<tr><td aria-hidden='true'>{line.mark}</td>"
        f"<th scope='row' style='text-align:left;font-weight:normal'>{inline_html(line.title)}</th>"
        f"<td style='text-align:left'>{line.status}{_attempts(line.attempts)}"
        f"{_kept(line.code)}</td></tr>"
        for line in summary.exercises
    )
    sentences = html.escape("; ".join(summary.sentences()))
    return f"<p><strong>Lição {summary.lesson}</strong>: {sentences}</p><table>{rows}</table>"


def _kept(code: str) -> str:
    if not code:
        return ""
    page = f"<pre style='white-space:pre-wrap'>{html.escape(code)}</pre>"
    return f"<details><summary>a sua resposta</summary>{page}</details>"


def _attempts(number: int) -> str:
    if not number:
        return ""
    return f" ({number} tentativa{'s' if number > 1 else ''})"


SKIPPED = "Tudo bem, sem palpite. Rode a próxima célula e veja o que acontece."
NOTED = "Palpite anotado: {guess}. Dá para mudar até ver o resultado."
CLOSED = "Seu palpite foi {guess}. O resultado já apareceu, e o palpite não muda mais."
TOO_LATE = "O resultado desta pergunta já apareceu: agora não seria mais um palpite."


class PredictCard(Explorable):
    """Cartão de palpite: opções ou um número, anotar e pular."""

    _esm = load_js("cards.js", "predict.js")
    _css = load_css("cards.css")
    card = traitlets.Dict().tag(sync=True)
    guess = traitlets.Int(None, allow_none=True).tag(sync=True)
    skipped = traitlets.Bool(False).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    closed = traitlets.Bool(False).tag(sync=True)  # o resultado já foi mostrado

    def __init__(self, prediction: GuessQuestion) -> None:
        self.prediction = prediction
        super().__init__(label="Palpite")
        self.card = {
            "question": inline_html(prediction.question),
            "options": [inline_html(option) for option in prediction.options],
            "low": prediction.low,
            "high": prediction.high,
        }
        entry = progress.load().guesses.get(prediction.id, {})
        self._final = entry.get("palpite")
        if not guesses.is_possible(prediction, self._final):
            self._final = None
        self.guess, self.closed = self._final, entry.get("visto", False)
        if self.closed or self.guess is not None:
            self.said = inline_html(self.sentence())
        self.observe(self._on_guess, names=["guess", "skipped"])
        self.settle(f"palpite {prediction.id}")

    def move(self, guess: int | None) -> str:
        """Anota um palpite, ou pula, e devolve a frase que aparece na tela.

        Parâmetros:
            guess: o número, ou a posição da opção; `None` pula a pergunta.
        """
        self.message = ""
        with self.hold_trait_notifications():
            self.guess = guess
            self.skipped = guess is None
        return self.message or self.sentence()

    def seal(self) -> None:
        """Fecha o cartão: o resultado foi mostrado, e o palpite fica como está."""
        self.closed, self.message = True, ""
        self.said = inline_html(self.sentence())

    def sentence(self) -> str:
        """Devolve o que a região viva diz agora."""
        if self.closed and self._final is None:
            return TOO_LATE
        if self.closed:
            return CLOSED.format(guess=self._named(self._final))
        if self.skipped:
            return SKIPPED
        if self.guess is None:
            return plain(self.prediction.question)
        return NOTED.format(guess=self._named(self.guess))

    def _named(self, guess: int) -> str:
        options = self.prediction.options
        return f"“{plain(options[guess])}”" if options else str(guess)

    def state(self) -> str:
        """Devolve o identificador do palpite e o que foi anotado."""
        return f"palpite {self.prediction.id}: {self.guess}"

    def still(self) -> dict[str, str]:
        """Devolve pergunta e opções, iguais para todo mundo."""
        text, markup = asked(self.prediction)
        return {"text/plain": text, "text/html": markup}

    @report_errors
    def _on_guess(self, _change: Any) -> None:
        if self.closed:
            self.guess, self.skipped = self._final, False
            notice = ""
        elif self.skipped:
            self._final = None
            notice = progress.forget("guess", self.prediction.id)
        elif self.guess is None:
            return
        elif not guesses.is_possible(self.prediction, self.guess):
            self.said = ""
            raise ValueError(_out_of_range(self.prediction, self.guess))
        else:
            self._final = self.guess
            notice = progress.record("guess", self.prediction.id, palpite=self.guess)
        self.message = ""
        self.said = inline_html(" ".join(part for part in (self.sentence(), notice) if part))


class QuizCard(Explorable):
    """Cartão de quiz: uma pergunta por vez, com a explicação da alternativa escolhida."""

    _esm = load_js("cards.js", "quiz.js")
    _css = load_css("cards.css")
    questions = traitlets.List().tag(sync=True)
    at = traitlets.Int(0).tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    first = traitlets.List(traitlets.Int()).tag(sync=True)  # primeira escolha desta vez
    ever = traitlets.List(traitlets.Int()).tag(sync=True)  # primeira escolha de todas

    def __init__(self, lesson: str, items: tuple[Question, ...]) -> None:
        self.lesson, self.items = lesson, items
        super().__init__(label=f"Quiz da lição {lesson}")
        self.questions = [_question_data(item) for item in items]
        answers = progress.load().quizzes.get(lesson, {}).get("respostas", {})
        self.ever = [_former_choice(item, answers) for item in items]
        self.restart()
        self.observe(self._on_first, names=["first"])
        self.settle(f"quiz {lesson}")

    def restart(self) -> None:
        """Apaga as respostas da tela e volta à primeira pergunta; a pontuação guardada fica."""
        self.at = 0
        self.chosen = [-1] * len(self.items)
        self.first = [-1] * len(self.items)

    def move(self, question: int, option: int) -> str:
        """Escolhe uma alternativa e devolve a explicação que aparece na tela.

        Parâmetros:
            question: posição da pergunta, a partir de 0.
            option: posição da alternativa, a partir de 0.
        """
        self.at = question
        self.chosen = [*self.chosen[:question], option, *self.chosen[question + 1 :]]
        if self.first[question] < 0:
            if self.ever[question] < 0:
                self.ever = [*self.ever[:question], option, *self.ever[question + 1 :]]
            self.first = [*self.first[:question], option, *self.first[question + 1 :]]
        return self.sentence()

    def score(self, picked: list[int]) -> int:
        """Devolve quantas das escolhas estão certas.

        Parâmetros:
            picked: uma alternativa por pergunta; −1 onde não há escolha.
        """
        pairs = zip(self.items, picked, strict=True)
        return sum(option >= 0 and item.options[option].right for item, option in pairs)

    def sentence(self) -> str:
        """Devolve a explicação da alternativa escolhida, ou a pergunta."""
        option = self.chosen[self.at]
        question = self.questions[self.at]
        return question["options"][option]["said"] if option >= 0 else question["plain"]

    def state(self) -> str:
        """Devolve a pergunta na tela e as alternativas escolhidas."""
        return f"quiz {self.lesson}: pergunta={self.at + 1}, escolhas={self.chosen}"

    def still(self) -> dict[str, str]:
        """Devolve todas as perguntas e alternativas, sem dizer qual é a certa."""
        return {
            "text/plain": quiz_text(self.label, self.items),
            "text/html": quiz_html(self.label, self.items),
        }

    @report_errors
    def _on_first(self, change: Any) -> None:
        notice = ""
        for item, ever, old, new in zip(
            self.items, self.ever, change["old"], change["new"], strict=True
        ):
            if new >= 0 and new != old:
                right = item.options[ever].right
                choice = {"pergunta": item.id, "opcao": ever, "certa": right}
                notice = progress.record("quiz", self.lesson, **choice)
        if any(new >= 0 for new in change["new"]) and -1 not in change["new"]:
            scores = {"acertos": self.score(change["new"]), "primeira": self.score(self.ever)}
            notice = progress.record("quiz", self.lesson, total=len(self.items), **scores)
        self.message = plain(notice)


def predict(prediction_id: object) -> PredictCard:
    """Devolve o cartão que pergunta antes do experimento.

    Parâmetros:
        prediction_id: lição e nome do palpite, como "01.aaa".

    Erros:
        registry.UnknownId: o palpite não existe; a mensagem lista os que existem.
    """
    return PredictCard(registry.get_prediction(_as_id(prediction_id)))


def reveal(prediction_id: object, value: object = None) -> Still:
    """Devolve o palpite ao lado do resultado, e fecha o palpite.

    Parâmetros:
        prediction_id: lição e nome do palpite, como "01.aaa".
        value: resultado medido na lição; sem ele, vale o da ficha.

    Erros:
        registry.UnknownId: o palpite não existe; a mensagem lista os que existem.
        ValueError: o resultado não serve para esta pergunta.
    """
    prediction = registry.get_prediction(_as_id(prediction_id))
    guess = progress.load().guesses.get(prediction.id, {}).get("palpite")
    known = guess if guesses.is_possible(prediction, guess) else None
    sentence = guesses.compare(prediction, known, value)
    notice = progress.record("guess", prediction.id, visto=True)
    for card in alive().values():
        if isinstance(card, PredictCard) and card.prediction.id == prediction.id:
            card.seal()
    sentence = " ".join(part for part in (sentence, notice) if part)
    return Still(plain(sentence), framed(f"<p>{inline_html(sentence)}</p>"))


def quiz(lesson: object) -> QuizCard:
    """Devolve o quiz que fecha a lição.

    Parâmetros:
        lesson: número com dois algarismos, como "01".

    Erros:
        ValueError: a lição não tem quiz.
    """
    lesson = _as_id(lesson)
    items = registry.quiz_questions(lesson)
    if not items:
        raise ValueError(f"A lição {lesson} não tem quiz.")
    return QuizCard(lesson, items)


def my_progress() -> Still:
    """Devolve o resumo de todas as lições: exercícios, palpites, desafios e quiz."""
    current = progress.load()
    lessons = [summarize(lesson, current) for lesson in registry.lessons()]
    last = [DELETE_LINE, current.notice] if current.notice else [DELETE_LINE]
    text = [line for summary in lessons for line in summary_lines(summary)]
    markup = "".join(map(summary_html, lessons))
    markup += "".join(f"<p>{inline_html(line)}</p>" for line in last)
    return Still("\n".join([*text, *map(plain, last)]), framed(markup))


def _as_id(given: object) -> str:
    """O que veio no lugar do identificador, para a mensagem que lista os que existem."""
    return given if isinstance(given, str) else written(given)


def _former_choice(item: Question, answers: dict[str, Any]) -> int:
    option = answers.get(item.id, {}).get("opcao", -1)
    return option if 0 <= option < len(item.options) else -1


def _out_of_range(prediction: GuessQuestion, guess: int) -> str:
    if prediction.options:
        return f"A opção {guess} não existe: são {len(prediction.options)}, contadas do zero."
    return (
        f"{guess} está fora do intervalo: escreva um número de {prediction.low} "
        f"a {prediction.high}."
    )


def _question_data(item: Question) -> dict[str, Any]:
    verdicts = {True: "Certo.", False: "Ainda não."}
    options = [
        {
            "html": inline_html(option.text),
            "right": option.right,
            "verdict": verdicts[option.right],
            "explanation": inline_html(option.explanation),
            "said": f"{verdicts[option.right]} {plain(option.explanation)}",
        }
        for option in item.options
    ]
    return {"html": inline_html(item.text), "plain": plain(item.text), "options": options}
