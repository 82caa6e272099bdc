"""Folheador com caixa de texto: o kernel desenha todos os quadros do texto digitado, uma vez.

Depois da resposta as teclas folheiam no navegador, como em qualquer folheador. Se o texto não
serve, ou se algo falha, a mensagem aparece no explorável e os quadros de antes continuam.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import regex
import traitlets

from helpers.explorables.kit.base import load_css, load_js, report_errors
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import SKIP, Axis, Challenge, Draw

LONGEST = 200  # letras do texto que a linha de estado leva
MAX_TYPED = 20_000  # letras que a caixa aceita; acima disso ela avisa


@dataclass(frozen=True)
class Scene:
    """O que um texto pede: como desenhar, com que controles, um aviso e desafios."""

    draw: Draw
    axes: Sequence[Axis]
    note: str = ""
    challenges: Sequence[Challenge] = ()


def check_text(text: Any) -> str:
    """O texto, se houver o que desenhar nele.

    Erros:
        ValueError: se não for texto, estiver vazio, só tiver espaços ou metade de um caractere.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        raise ValueError(f"Recebi {kind}; escreva um texto entre aspas, como 'pão de queijo'.")
    if not text:
        raise ValueError("O texto está vazio: escreva ao menos uma letra.")
    if not text.strip():
        raise ValueError("O texto só tem espaços: escreva ao menos uma letra.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(
            "O texto tem metade de um caractere (um surrogate): apague-o e escreva de novo."
        )
    return text


def crop(text: str, letters: int, size: int) -> tuple[str, str]:
    """O começo do texto que cabe no desenho, e o aviso do que ficou de fora.

    Parâmetros:
        letters: máximo de letras (grafemas: letra com seus acentos, emoji inteiro).
        size: máximo de bytes.
    """
    found = regex.findall(r"\X", text)
    kept, used = [], 0
    for letter in found[:letters]:
        used += len(letter.encode())
        if used > size and kept:
            break
        kept.append(letter)
    if len(kept) == len(found):
        return text, ""
    first = "a primeira letra" if len(kept) == 1 else f"as primeiras {len(kept)} letras"
    return "".join(kept), f"mostrando {first} de {len(found)}"


class LiveFlipper(Flipper):
    """Folheador em que se escreve: cada texto novo traz seus eixos e seus quadros."""

    _esm = load_js("board.js", "flipper.js", "live.js")
    _css = load_css("flipper.css", "live.css")
    text = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    limit = traitlets.Int(MAX_TYPED).tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)  # {"turn": 3, "text": "…"}, escrito pelo navegador
    answered = traitlets.Int(0).tag(sync=True)  # turno já atendido, escrito pelo kernel

    def __init__(
        self, prepare: Callable[[str], Scene], text: str, label: str, **options: Any
    ) -> None:
        """Desenha os quadros do primeiro texto.

        Parâmetros:
            prepare: função pura: do texto à cena; recusa um texto com ValueError em português.
            options: o que mais o `Flipper` aceita (`name`, `title`, `question`, `start`).

        Erros:
            ValueError: se o texto inicial não servir.
        """
        scene = prepare(check_text(text))
        self._prepare, self._first = prepare, text
        super().__init__(scene.draw, scene.axes, label, challenges=scene.challenges, **options)
        if not self.text:
            self.text, self.note = text, scene.note
        self.observe(self._answer, names=["asked"])

    @report_errors
    def write(self, text: Any) -> None:
        """Troca o texto; se ele não servir, diz por quê e guarda os quadros de antes."""
        self._show(text)
        self.message = ""
        if self.question:
            self.guess = SKIP  # o palpite era sobre o texto de antes

    def _show(self, text: Any) -> None:
        scene = self._prepare(check_text(text))
        # Quem trocou de regra quer continuar nela com o texto novo; o passo volta ao início.
        here = self.values()
        keep = {
            axis.name: here[axis.name]
            for axis in scene.axes
            if axis.kind == "buttons" and here.get(axis.name) in axis.values
        }
        self._load(scene.draw, scene.axes, scene.challenges, {}, keep)
        self.text, self.note = text, scene.note

    def _answer(self, change: dict[str, Any]) -> None:
        with self.hold_sync():  # uma mensagem só: o navegador não vê a resposta pela metade
            self.write(change["new"].get("text"))
            # Também depois de um erro: o navegador precisa saber que houve resposta.
            self.answered = change["new"].get("turn", 0)
        self.remember()

    def state(self) -> str:
        """Estado numa linha, com o texto no fim: `w1-texto:regra=maior par,passo=2,texto='pão'`."""
        return f"{super().state()},texto={self.text[:LONGEST]!r}"

    def beginning(self) -> str:
        """O texto que a célula pediu."""
        return self._first

    def open_at(self, state: str) -> None:
        """Vai ao texto e ao estado que uma linha diz, como a que `state()` devolve.

        Parâmetros:
            state: a linha; sem `texto=`, o texto fica como está.

        Erros:
            ValueError: se a linha não disser um estado deste explorável, ou o texto não servir.
        """
        line, said, text = state.partition(",texto=") if isinstance(state, str) else (state, "", "")
        if said:
            try:
                written = ast.literal_eval(text)
            except (SyntaxError, ValueError):
                raise ValueError(
                    f"Depois de texto= vem um texto entre aspas; veio {text}."
                ) from None
            if written != (self.text or self._first):
                self._show(written)
        super().open_at(line)
