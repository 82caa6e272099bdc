"""O que se move: o que uma posição recebe das outras, e o que muda sem uma seta."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from helpers import heads
from helpers.explorables.kit.columns import (
    PANEL_H,
    Bet,
    bet_panel,
    bet_sentence,
    column_places,
    compare_bets,
    ribbon,
    thickness,
    token_axis,
)
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.own_page import own_box
from helpers.explorables.kit.token_names import token_labels, unique_labels
from helpers.explorables.kit.words import words
from helpers.hooks import run_with_edits
from helpers.plots import svg
from helpers.plots.svg import Px, number
from helpers.spoken import decimal
from helpers.studies.thread import Thread, load_thread

TEXT = words("f06")

VIEWS = {"weight": "peso A", "norm": "‖A v W_O‖", "cut": "corte a maior seta"}
MOST_COLUMNS = 12  # tokens de um texto próprio que cabem lado a lado
TOP, BOTTOM = 62, 250  # o fluxo de quem recebe, e o de quem é lido


def moved_frame(
    labels: Sequence[str],
    values: Sequence[float],
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
    xs = column_places(len(labels))
    room = xs[1] - xs[0] - 4 if len(xs) > 1 else 100
    parts = [svg.text(8, 18, f"quem recebe: {labels[chosen]}", "s b")]
    parts.append(svg.text(svg.WIDTH - 8, 18, unit, "m", "end"))
    for j in range(len(xs)):
        parts.append(
            svg.line(xs[j], TOP + 6, xs[j], BOTTOM - 6, "line" if j <= chosen else "hatch")
        )
    order = sorted(range(chosen + 1), key=lambda j: -values[j])
    for j in order:
        ends = (xs[j], BOTTOM - 8, xs[chosen], TOP + 14)
        if j == cut:
            parts.append(severed(*ends))
        elif values[j] > 0.004 * peak:
            parts.append(ribbon(*ends, thickness(values[j] / peak)))
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
            parts.append(svg.text(xs[j], BOTTOM + 40, decimal(values[j]), style, "middle"))
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
class ArrowsSeen:
    """O que chega em cada posição, numa camada: disto se faz o quadro de cada uma.

    Parâmetros:
        labels: o texto de cada token.
        names: o mesmo, sem repetição.
        values: por medida, o que se move, `[head query key]`.
        peaks: por medida, o valor da seta mais grossa.
    """

    layer: int
    labels: list[str]
    names: list[str]
    values: dict[str, list[list[list[float]]]]
    peaks: dict[str, float]


def _top(seen: ArrowsSeen, measure: str, token: int, head: int) -> int:
    """De que posição vem a maior seta."""
    row = seen.values[measure][head][token]
    return row.index(max(row))


def differs(seen: ArrowsSeen, token: int, head: int) -> bool:
    """Se, na cabeça `head`, a posição que `token` mais olha não é a que mais escreve nela."""
    return _top(seen, "weight", token, head) != _top(seen, "norm", token, head)


def _sentence(seen: ArrowsSeen, bet: Bet, token: int, head: int, kind: str) -> str:
    """O quadro em palavras."""
    names = seen.names
    who = f"Bloco {seen.layer}, cabeça {head}."
    looked, written = _top(seen, "weight", token, head), _top(seen, "norm", token, head)
    if kind == "cut":
        left = 1 - seen.values["weight"][head][token][written]
        return (
            f"{who} Cortada a seta de “{names[written]}” até “{names[token]}”, os pesos que "
            f"sobram somam {decimal(left)}. {bet_sentence(bet)}"
        )
    verdict = f"A origem mais olhada é também a que mais escreve: “{names[looked]}”."
    if looked != written:
        verdict = (
            f"A origem mais olhada, “{names[looked]}”, não é a que mais escreve, "
            f"“{names[written]}”."
        )
    largest = _top(seen, kind, token, head)
    return (
        f"{who} Quem recebe: “{names[token]}”. Maior {VIEWS[kind]}: “{names[largest]}”, "
        f"{decimal(seen.values[kind][head][token][largest])}. {verdict}"
    )


def view(seen: ArrowsSeen, bet: Bet, token: int, head: int, kind: str) -> Frame:
    """O quadro: setas até `token` na cabeça `head`, frase e as duas medidas em números.

    Parâmetros:
        bet: a aposta nesta posição, com e sem a maior seta desta cabeça.
        kind: o que se vê, uma chave de `VIEWS`.
    """
    measure = "norm" if kind == "cut" else kind
    picture = moved_frame(
        seen.labels,
        seen.values[measure][head][token],
        token,
        seen.peaks[measure],
        f"bloco {seen.layer}, {VIEWS[measure]}",
        bet,
        _top(seen, measure, token, head) if kind == "cut" else None,
    )
    rows = [
        (
            seen.names[j],
            decimal(seen.values["weight"][head][token][j], 3),
            decimal(seen.values["norm"][head][token][j], 3),
        )
        for j in range(max(0, token - 11), token + 1)
    ]
    table = Numbers(("origem", VIEWS["weight"], VIEWS["norm"]), tuple(rows))
    return Frame(picture, _sentence(seen, bet, token, head, kind), table)


#: O que o navegador usa para desenhar os textos próprios.
OWN = (view,)


def read_layer(thread: Thread, layer: int) -> ArrowsSeen:
    """O que se move numa camada do modelo, na frase do fio.

    Parâmetros:
        layer: a camada, a partir de 0.
    """
    values = {
        "weight": heads.attention_patterns(thread.model, thread.tokens)[layer, 0],
        "norm": heads.contribution_norms(thread.model, thread.tokens)[layer, 0],
    }
    labels = token_labels(thread)
    peaks = {name: float(one.max()) for name, one in values.items()}
    sent = {name: one.tolist() for name, one in values.items()}
    return ArrowsSeen(layer, labels, list(unique_labels(labels)), sent, peaks)


@opens
def moving_information(thread: Thread | None = None, layer: int | None = None) -> Flipper:
    """O que chega: setas de todas as origens até quem recebe, e a maior delas cortada.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
        layer: a camada; sem valor, aquela em que as duas medidas mais discordam.
    """
    thread = thread or load_thread()
    layer = busiest_layer(thread) if layer is None else layer
    seen = read_layer(thread, layer)
    axes = [
        token_axis(seen.labels),
        Axis("head", "cabeça", tuple(range(thread.model.config.n_heads))),
        Axis("kind", "ver", tuple(VIEWS), tuple(VIEWS.values()), kind="buttons"),
    ]
    bets = _bets(thread, seen, axes)
    start = {"token": thread.at("pão")}

    def draw(token: int, head: int, kind: str) -> Frame:
        return view(seen, bets[token, head], token, head, kind)

    return Flipper(
        draw,
        axes,
        **TEXT.heading(),
        question=TEXT.opening(changed=sum(map(_loses, bets.values())), total=len(bets)),
        challenges=_goals(functools.partial(differs, seen), bets),
        start=start if start["token"] in axes[0].values else {},
        own=own_box("streams", MOST_COLUMNS, layer=layer),
    )


def _bets(thread: Thread, seen: ArrowsSeen, axes: Sequence[Axis]) -> dict[tuple[int, int], Bet]:
    """O que muda na aposta quando se corta a seta mais grossa de cada (destino, cabeça)."""
    with torch.no_grad():
        whole = thread.model(thread.tokens)[0].softmax(-1)
    found = {}
    for token in axes[0].values:
        for head in axes[1].values:
            key = _top(seen, "norm", token, head)
            after = without_arrow(thread, seen.layer, head, token, key)
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
            "discordam": lambda token, head, kind: kind == "norm" and differs(token, head),
            "pesa": lambda token, head, kind: kind == "cut" and (token, head) == most,
        }
    )
