"""O que se move: o que uma posição recebe das outras, e o que muda sem uma seta."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from helpers import heads
from helpers.explorables.kit.columns import (
    PANEL_H,
    Bet,
    bet_panel,
    column_places,
    compare_bets,
    ribbon,
    thickness,
    token_axis,
)
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.token_names import token_labels, unique_labels
from helpers.explorables.kit.words import words
from helpers.hooks import run_with_edits
from helpers.plots import svg
from helpers.plots.svg import Px, number
from helpers.spoken import decimal
from helpers.studies.thread import Thread, load_thread

TEXT = words("f06")

VIEWS = {"weight": "peso A", "norm": "‖A v W_O‖", "cut": "corte a maior seta"}
MEASURES = ("weight", "norm")
TOP, BOTTOM = 62, 250  # o fluxo de quem recebe, e o de quem é lido


def moved_frame(
    labels: Sequence[str],
    values: Any,
    chosen: int,
    peak: Px,
    unit: str,
    bet: Bet,
    cut: int | None = None,
) -> str:
    """Uma posição que recebe, em cima, e as setas de tudo o que ela lê, de baixo.

    Parâmetros:
        values: quanto chega de cada posição; zero onde a máscara esconde.
        chosen: quem recebe.
        peak: o valor da seta mais grossa; o mesmo em todos os quadros de uma medida.
        bet: a aposta do modelo nessa posição, com e sem a seta cortada.
        cut: de onde sai a seta cortada; sem valor, nenhuma.
    """
    array = np.asarray(values, dtype=float)
    xs = column_places(len(labels))
    room = xs[1] - xs[0] - 4 if len(xs) > 1 else 100
    parts = [svg.text(8, 18, f"quem recebe: {labels[chosen]}", "s b")]
    parts.append(svg.text(svg.WIDTH - 8, 18, unit, "m", "end"))
    for j in range(len(xs)):
        parts.append(
            svg.line(xs[j], TOP + 6, xs[j], BOTTOM - 6, "line" if j <= chosen else "hatch")
        )
    order = sorted(range(chosen + 1), key=lambda j: -array[j])
    for j in order:
        ends = (xs[j], BOTTOM - 8, xs[chosen], TOP + 14)
        if j == cut:
            parts.append(severed(*ends))
        elif array[j] > 0.004 * peak:
            parts.append(ribbon(*ends, thickness(array[j] / peak)))
    parts.append(svg.box(xs[chosen] - 16, TOP - 16, 32, 30, "c3"))
    parts.append(svg.text(xs[chosen], TOP + 4, "+", "t b", "middle"))
    for j, label in enumerate(labels):
        parts.append(svg.text(xs[j], BOTTOM + 18, svg.short(label, room), "kc"))
        if j > chosen:
            parts.append(svg.text(xs[j], BOTTOM + 40, "∅", "m", "middle"))
        elif j == cut:
            parts.append(svg.text(xs[j], BOTTOM + 40, "cortada", "s b", "middle"))
        else:
            style = "s b" if j == order[0] else "s"
            parts.append(svg.text(xs[j], BOTTOM + 40, decimal(float(array[j])), style, "middle"))
    tall = BOTTOM + 68 - TOP
    columns = (svg.zone((x - room / 2, TOP - 20, room, tall), token=j) for j, x in enumerate(xs))
    parts.append(svg.zones(columns))
    parts.append(bet_panel(bet, BOTTOM + 56, "" if cut is None else "sem a seta"))
    return svg.document("".join(parts), BOTTOM + 56 + PANEL_H)


def severed(x1: Px, y1: Px, x2: Px, y2: Px) -> str:
    """O lugar de uma seta cortada: a mesma curva, fina e tracejada, de outra cor."""
    a, b, y, z, m = (number(v) for v in (x1, x2, y1, y2, (y1 + y2) / 2))
    return f'<path d="M{a} {y}C{a} {m} {b} {m} {b} {z}" class="l2 dash"/>'


def busiest_layer(thread: Thread) -> int:
    """Camada em que peso e norma mais discordam sobre a maior origem."""
    weights = heads.attention_patterns(thread.model, thread.tokens)[:, 0]
    norms = heads.contribution_norms(thread.model, thread.tokens)[:, 0]
    return int((weights.argmax(-1) != norms.argmax(-1)).float().mean((1, 2)).argmax())


@torch.no_grad()
def without_arrow(
    thread: Thread, layer: int, head: int, query: int, key: int
) -> Float[Tensor, " d_vocab"]:
    """Probabilidades do próximo token em `query`, com uma única seta a menos no modelo.

    O peso cortado vira zero e não é repartido entre os outros. Tudo o que vem depois é calculado
    de novo.

    Parâmetros:
        layer: a camada da seta.
        head: a cabeça, contada de 0.
        query: quem recebe.
        key: de quem.
    """

    def cut(pattern):
        pattern = pattern.clone()
        pattern[:, head, query, key] = 0
        return pattern

    name = f"blocks.{layer}.attn.hook_pattern"
    return run_with_edits(thread.model, thread.tokens, {name: cut})[0, query].softmax(-1)


@dataclass(frozen=True)
class Arrivals:
    """O que chega em cada posição, numa camada: dá o quadro de cada (token, cabeça, vista).

    Parâmetros:
        values: peso e norma do que se move, `[head query key]` cada um.
        bets: o que muda na aposta sem a maior seta, por (token, cabeça).
    """

    layer: int
    labels: list[str]
    values: dict[str, Tensor]
    bets: dict[tuple[int, int], Bet]

    def _top(self, measure: str, token: int, head: int) -> int:
        """De que posição vem a maior seta."""
        return int(self.values[measure][head, token].argmax())

    def differs(self, token: int, head: int) -> bool:
        """Se, na cabeça `head`, a posição que `token` mais olha não é a que mais escreve nela."""
        return self._top("weight", token, head) != self._top("norm", token, head)

    def _sentence(self, token: int, head: int, view: str) -> str:
        """O quadro em palavras."""
        names, who = unique_labels(self.labels), f"Bloco {self.layer}, cabeça {head}."
        seen, written = (names[self._top(measure, token, head)] for measure in MEASURES)
        if view == "cut":
            left = 1 - float(self.values["weight"][head, token, self._top("norm", token, head)])
            return (
                f"{who} Cortada a seta de “{written}” até “{names[token]}”, os pesos que "
                f"sobram somam {decimal(left)}. {self.bets[token, head].told()}"
            )
        verdict = (
            f"A origem mais olhada, “{seen}”, não é a que mais escreve, “{written}”."
            if self.differs(token, head)
            else f"A origem mais olhada é também a que mais escreve: “{seen}”."
        )
        largest = self._top(view, token, head)
        return (
            f"{who} Quem recebe: “{names[token]}”. Maior {VIEWS[view]}: “{names[largest]}”, "
            f"{decimal(float(self.values[view][head, token, largest]))}. {verdict}"
        )

    def frame(self, token: int, head: int, view: str) -> Frame:
        """O quadro: setas até `token` na cabeça `head`, frase e as duas medidas em números."""
        measure = "norm" if view == "cut" else view
        picture = moved_frame(
            self.labels,
            self.values[measure][head, token].tolist(),
            token,
            float(self.values[measure].max()),
            f"bloco {self.layer}, {VIEWS[measure]}",
            self.bets[token, head],
            cut=self._top(measure, token, head) if view == "cut" else None,
        )
        names = unique_labels(self.labels)
        rows = [
            (names[j], *(decimal(float(self.values[m][head, token, j]), 3) for m in MEASURES))
            for j in range(max(0, token - 11), token + 1)
        ]
        table = Numbers(("origem", *(VIEWS[m] for m in MEASURES)), tuple(rows))
        return Frame(picture, self._sentence(token, head, view), table)


@opens
def moving_information(thread: Thread | None = None, layer: int | None = None) -> Flipper:
    """O que chega: setas de todas as origens até quem recebe, e a maior delas cortada.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
        layer: a camada; sem valor, aquela em que as duas medidas mais discordam.
    """
    thread = thread or load_thread()
    layer = busiest_layer(thread) if layer is None else layer
    labels = token_labels(thread)
    values = {
        "weight": heads.attention_patterns(thread.model, thread.tokens)[layer, 0],
        "norm": heads.contribution_norms(thread.model, thread.tokens)[layer, 0],
    }
    axes = [
        token_axis(labels),
        Axis("head", "cabeça", tuple(range(thread.model.config.n_heads))),
        Axis("view", "ver", tuple(VIEWS), tuple(VIEWS.values()), kind="buttons"),
    ]
    bets = _bets(thread, layer, values["norm"].argmax(-1), axes)
    arrivals = Arrivals(layer, labels, values, bets)
    start = {"token": thread.at("pão")}
    return Flipper(
        arrivals.frame,
        axes,
        **TEXT.heading(),
        question=TEXT.opening(changed=sum(map(_loses, bets.values())), total=len(bets)),
        challenges=_goals(arrivals.differs, bets),
        start=start if start["token"] in axes[0].values else {},
    )


def _bets(thread, layer, sources, axes) -> dict[tuple[int, int], Bet]:
    """O que muda na aposta quando se corta a seta mais grossa de cada (destino, cabeça)."""
    with torch.no_grad():
        whole = thread.model(thread.tokens)[0].softmax(-1)
    found = {}
    for token in axes[0].values:
        for head in axes[1].values:
            key = int(sources[head, token])
            after = without_arrow(thread, layer, head, token, key)
            found[token, head] = compare_bets(thread, whole[token], after)
    return found


def _loses(bet: Bet) -> bool:
    """Se, sem a seta, a primeira aposta passa a ser outra."""
    return bet.winner != bet.favourite


def _goals(differs: Callable[[int, int], bool], bets: dict[tuple[int, int], Bet]):
    """Desafios que o quadro inicial não cumpre e que algum quadro cumpre."""
    most = max(bets, key=lambda at: abs(bets[at].after - bets[at].before))
    return TEXT.challenges(
        {
            "discordam": lambda token, head, view: view == "norm" and differs(token, head),
            "pesa": lambda token, head, view: view == "cut" and (token, head) == most,
        }
    )
