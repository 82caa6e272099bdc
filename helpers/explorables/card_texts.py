"""Texto e HTML dos cartões parados: o que fica guardado no notebook."""

import html
from typing import Any

from helpers.exercises.catalog import GuessQuestion, Question
from helpers.exercises.markup import inline_html, plain
from helpers.exercises.summary import LessonSummary

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


def frame(markup: str) -> str:
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
    return "\n".join(lines), frame(f"{body}<p><small>{_RUN_LINE}</small></p>")


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
    return frame(title + body)


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
