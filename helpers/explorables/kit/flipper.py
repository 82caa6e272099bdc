"""Folheador: Python desenha um quadro por estado e o navegador só troca de quadro.

Por isso a tecla responde na hora, e continua respondendo com o kernel desligado.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import traitlets

from helpers.explorables.kit.base import Explorable, load_css, load_js
from helpers.explorables.kit.frames import (
    Axis,
    Challenge,
    Draw,
    Frame,
    Opening,
    draw_all,
    pack,
    state_key,
    state_values,
    states,
    without,
)
from helpers.explorables.kit.memory import Remembering, read_state


class Stepped(Remembering):
    """O que falta a um `Explorable` para ter estados contados: um valor por eixo, um quadro cada.

    Quem herda define `frame()`.
    """

    axes = traitlets.List().tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Unicode("").tag(sync=True)
    _axes: tuple[Axis, ...] = ()
    _hidden: frozenset[str] = frozenset()  # controles que quem ensina escondeu
    _fixed: frozenset[str] = frozenset()  # os escondidos e os travados

    def _put(
        self,
        axes: Sequence[Axis],
        challenges: Sequence[Challenge],
        first: dict[str, Any],
        keep: dict[str, Any] | None = None,
    ) -> None:
        """Troca os eixos e os desafios, e vai ao começo."""
        self._axes, self._goals = tuple(axes), tuple(challenges)
        first = {axis.name: axis.values[0] for axis in axes} | first
        self.challenges = [
            {
                "text": goal.text,
                "keys": [key for key, values in states(axes) if goal.met(**values)],
            }
            for goal in challenges
        ]
        self.axes = [
            {
                "name": a.name,
                "label": a.label,
                "labels": list(a.labels),
                "kind": "hidden" if a.name in self._hidden else a.kind,
                "fixed": a.name in self._fixed or len(a.labels) < 2,
            }
            for a in axes
        ]
        self.start, self.key = state_key(axes, first), state_key(axes, first | (keep or {}))

    def fix(self, hide: Sequence[str], lock: Sequence[str], given: bool) -> None:
        """Esconde controles e trava outros: nem o desenho os muda.

        Parâmetros:
            hide: rótulos dos que somem da tela.
            lock: rótulos dos que ficam à vista, parados.
            given: se eles param no estado de agora; senão, no do início.

        Erros:
            ValueError: se um controle não existir.
        """
        known = {axis.label: axis.name for axis in self._axes if axis.kind != "hidden"}
        self._hidden, self._fixed = self.held(known, hide, lock)
        first = state_values(self._axes, self.start)
        place = self.values() if given else first
        here = self.values() | {name: place[name] for name in self._fixed}
        self.key = state_key(self._axes, here)
        self._again(first, here)

    def _again(self, first: dict[str, Any], here: dict[str, Any]) -> None:
        """Refaz o que o navegador recebe, agora que há controles parados.

        Parâmetros:
            first: o valor inicial de cada eixo.
            here: o de agora.
        """
        raise NotImplementedError(f"{type(self).__name__} precisa dizer o que os controles mudam.")

    def states(self) -> Iterator[dict[str, Any]]:
        """Todos os estados possíveis, um dicionário de valores por vez."""
        for _, values in states(self._axes):
            yield values

    def values(self) -> dict[str, Any]:
        """Valor atual de cada eixo."""
        return state_values(self._axes, self.key)

    def frame(self) -> Frame:
        """Quadro que está na tela."""
        raise NotImplementedError(f"{type(self).__name__} precisa dar o seu quadro em frame().")

    def move(self, **state: Any) -> Frame:
        """Quadro do estado pedido, depois de ir até ele.

        Parâmetros:
            state: valores dos eixos que mudam, como `rule="last_seen", step=2`.

        Erros:
            ValueError: se o eixo ou o valor não existir.
        """
        unknown = set(state) - {axis.name for axis in self._axes}
        if unknown:
            known = [axis.name for axis in self._axes]
            raise ValueError(f"Eixo desconhecido: {sorted(unknown)}; há {known}.")
        self.key = state_key(self._axes, self.values() | state)
        reached = {i for i, goal in enumerate(self.challenges) if self.key in goal["keys"]}
        self.done = sorted(reached | set(self.done))
        return self.frame()

    def sentence(self) -> str:
        """Frase do quadro que está na tela."""
        return self.frame().sentence

    def picture_svg(self) -> str:
        """Desenho do quadro que está na tela."""
        return self.frame().svg

    def state(self) -> str:
        """Estado numa linha, como `w1:regra=maior par,passo=2`."""
        places = map(int, self.key.split(","))
        pairs = zip(self._axes, places, strict=True)
        return f"{self._name}:" + ",".join(f"{axis.label}={axis.labels[i]}" for axis, i in pairs)

    def open_at(self, state: str) -> None:
        """Vai ao estado que uma linha diz, como a que `state()` devolve.

        Parâmetros:
            state: a linha; o controle que ela não disser fica como no início.

        Erros:
            ValueError: se a linha for de outro explorável ou não disser um estado deste.
        """
        told = read_state(state, self._name, [(axis.label, axis.labels) for axis in self._axes])
        places = [told.get(i, int(at)) for i, at in enumerate(self.start.split(","))]
        self.key = ",".join(map(str, places))


class Flipper(Stepped, Explorable):
    """Explorável de estados contados: eixos escolhem, quadros prontos aparecem.

    O quadro de cada estado nasce na construção, então um `draw` que falha em algum estado
    falha aqui, e não na frente de quem estuda.
    """

    _esm = load_js("board.js", "own_text.js", "flipper.js")
    _esm += "\nexport default { render: renderFlipper };"
    _css = load_css("flipper.css", "live.css")
    frames = traitlets.Dict().tag(sync=True)
    parts = traitlets.List().tag(sync=True)

    def __init__(
        self,
        draw: Draw,
        axes: Sequence[Axis],
        label: str,
        *,
        name: str = "",
        title: str = "",
        question: Opening | None = None,
        challenges: Sequence[Challenge] = (),
        start: dict[str, Any] | None = None,
        own: dict[str, Any] | None = None,
    ) -> None:
        """Desenha todos os quadros e se põe no primeiro.

        Parâmetros:
            draw: função pura: um valor por eixo, devolve um `Frame`.
            axes: os controles, na ordem da tela; no máximo quatro.
            name: nome curto usado em `state()`, como "w1"; sem valor, o rótulo.
            title: frase no topo; sem valor, o rótulo.
            challenges: desafios cumpridos quando se chega a certos estados.
            start: estado inicial; sem valor, o primeiro de cada eixo.
            own: o que `own_box` dá a um explorável que aceita texto próprio.

        Erros:
            ValueError: se houver controles ou quadros demais, ou peso demais.
        """
        if len(axes) > 4:
            raise ValueError(f"São {len(axes)} controles; cabem 4. Uma ideia por explorável.")
        self._name = name or label
        super().__init__(label=label, title=title or label)
        if question is not None:
            self.question = question.sent()
        self._load(draw, axes, challenges, start or {})
        self.offer_own(own or {})
        self.recall()
        self.settle(self._name)

    def _load(
        self,
        draw: Draw,
        axes: Sequence[Axis],
        challenges: Sequence[Challenge],
        start: dict[str, Any],
        keep: dict[str, Any] | None = None,
    ) -> None:
        """Troca eixos e quadros de uma vez; se o desenho falhar, o que havia fica."""
        drawn = draw_all(draw, axes)
        here = self.values() if self._fixed else {}
        stay = {
            a.name: here[a.name]
            for a in axes
            if a.name in self._fixed and here.get(a.name) in a.values
        }
        shown = {key: without(frame, axes, self._fixed) for key, frame in drawn.items()}
        packed, parts = pack(shown, axes)
        self._draw, self._drawn = draw, drawn
        # Num pacote só: o navegador nunca vê eixos novos com quadros velhos.
        with self.hold_sync():
            self.parts = parts
            self._put(axes, challenges, start | stay, keep)
            self.frames = packed

    def _again(self, first: dict[str, Any], here: dict[str, Any]) -> None:
        self._load(self._draw, self._axes, self._goals, first, here)

    def frame(self) -> Frame:
        """Quadro que está na tela."""
        return self._drawn[self.key]
