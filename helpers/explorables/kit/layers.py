"""Explorável de camadas: muitos estados, feitos de poucas peças.

O Python manda as peças do desenho, as frases e uma linha de números por estado; o navegador os
junta, em `layers.js`. Aqui se faz a mesma junção, para a frase e o retrato guardados no notebook.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import traitlets

from helpers.explorables.kit.base import Explorable, load_css, load_js
from helpers.explorables.kit.flipper import Stepped
from helpers.explorables.kit.frames import (
    MAX_BYTES,
    Axis,
    Challenge,
    Frame,
    Numbers,
    Opening,
    lead,
    still,
)
from helpers.spoken import decimal

_SLOT = re.compile(r"\{(a?)(\d+)(:?)\}")
Row = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """Uma camada do desenho: a peça de cada combinação do que está em `on`.

    Parâmetros:
        on: de que depende: nomes de controles, ou um número, o lugar na linha do estado; sem nada,
            a peça é uma só, de chave vazia.
        parts: peça de cada combinação de posições, como `"0,3"`; a que faltar não desenha nada.
    """

    on: tuple[str | int, ...]
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Caption:
    """O que se diz de um estado: a frase e a tabela, com lugar para os números da linha.

    `{2}` é o número 2 da linha; `{2:}`, o mesmo em centésimos, com vírgula; `{a1}` é o rótulo do
    valor do controle 1.
    """

    sentence: str
    table: Numbers


class Layered(Stepped, Explorable):
    """Explorável que se compõe no navegador: milhares de estados pesam como alguns quadros."""

    _esm = (
        load_js("spoken.js", "board.js", "flipper.js", "layers.js")
        + "\nexport default { render: renderLayers };"
    )
    _css = load_css("flipper.css")
    layers = traitlets.List().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    at = traitlets.List().tag(sync=True)
    said = traitlets.List().tag(sync=True)

    def __init__(
        self,
        axes: Sequence[Axis],
        layers: Sequence[Layer],
        rows: Sequence[Row],
        said: Sequence[Caption],
        label: str,
        *,
        name: str,
        title: str,
        question: Opening,
        challenges: Sequence[Challenge] = (),
        start: dict[str, Any] | None = None,
    ) -> None:
        """Guarda as peças e se põe no começo.

        Parâmetros:
            axes: os controles, na ordem da tela.
            layers: as camadas, da de baixo à de cima; a primeira abre o SVG e a última o fecha.
            rows: os números de cada estado, com o último controle correndo mais depressa; o
                primeiro número diz qual de `said` o conta.
            said: o que se diz dos estados.
            name: nome curto, como o `Flipper` o recebe.
            title: frase no topo.
            challenges: desafios cumpridos quando se chega a certos estados.
            start: estado inicial; sem valor, o primeiro de cada eixo.

        Erros:
            ValueError: se as linhas não forem uma por estado, ou pesarem demais.
        """
        super().__init__(label=label, title=title)
        self._name, self.question = name, question.sent()
        self._put(axes, challenges, start or {})
        count = 1
        for axis in axes:
            count *= len(axis.values)
        if len(rows) != count:
            raise ValueError(f"São {count} estados e {len(rows)} linhas; dê uma a cada um.")
        names = [axis.name for axis in axes]
        self.layers = [
            {
                "on": [-1 - one if isinstance(one, int) else names.index(one) for one in layer.on],
                "parts": {key: lead(part, axes) for key, part in layer.parts.items()},
            }
            for layer in layers
        ]
        # Linhas iguais viajam uma vez.
        places: dict[Row, int] = {}
        self.at = [places.setdefault(tuple(row), len(places)) for row in rows]
        self.rows = list(map(list, places))
        self.said = [
            {
                "sentence": one.sentence,
                "table": [list(one.table.header), *map(list, one.table.rows)],
            }
            for one in said
        ]
        sent = json.dumps([self.layers, self.rows, self.at, self.said], ensure_ascii=False)
        size = len(sent.replace(", ", ",").encode())
        if size > MAX_BYTES:
            raise ValueError(f"As camadas pesam {size} bytes; o limite é {MAX_BYTES}.")
        self.recall()
        self.settle(self._name)

    def _again(self, first: dict[str, Any], here: dict[str, Any]) -> None:
        self.layers = [
            {
                "on": layer["on"],
                "parts": {k: still(p, self._axes, self._fixed) for k, p in layer["parts"].items()},
            }
            for layer in self.layers
        ]
        stay = {name: here[name] for name in self._fixed}
        self._put(self._axes, self._goals, first | stay, here)

    def row(self) -> list[int]:
        """Os números do estado que está na tela."""
        index = 0
        for axis, place in zip(self._axes, self._places(), strict=True):
            index = index * len(axis.values) + place
        return self.rows[self.at[index]]

    def frame(self) -> Frame:
        """Quadro que está na tela, igual ao que o navegador compõe."""
        row, places = self.row(), self._places()
        drawn = []
        for layer in self.layers:
            at = (row[-1 - i] if i < 0 else places[i] for i in layer["on"])
            drawn.append(layer["parts"].get(",".join(map(str, at)), ""))
        said = self.said[row[0]]
        header, *lines = [tuple(map(self._filled, line)) for line in said["table"]]
        table = Numbers(header, tuple(lines))
        return Frame(self._filled("".join(drawn)), self._filled(said["sentence"]), table)

    def _places(self) -> list[int]:
        return list(map(int, self.key.split(",")))

    def _filled(self, text: str) -> str:
        return _SLOT.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        axis, i, cents = found[1], int(found[2]), found[3]
        if axis:
            return self._axes[i].labels[self._places()[i]]
        value = self.row()[i]
        return decimal(value / 100) if cents else str(value)
