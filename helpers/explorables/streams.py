"""O que se move: o que uma posição recebe das outras, e o que muda sem uma seta."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers import heads
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.token_names import token_labels, token_text, unique_labels
from helpers.hooks import run_with_edits
from helpers.plots import streams as draw
from helpers.plots.bets import Bet
from helpers.plots.figures import decimal
from helpers.thread import Thread, load_thread

VIEWS = {"weight": "peso α", "norm": "‖α v W_O‖", "cut": "corte a maior seta"}
MEASURES = ("weight", "norm")
SHOWN = 6  # posições de destino que cabem no controle


def token_axis(labels: Sequence[str]) -> Axis:
    """Controle que escolhe quem recebe, entre os últimos tokens.

    Parâmetros:
        labels: texto de cada token.
    """
    places = tuple(range(max(1, len(labels) - SHOWN), len(labels)))
    names = unique_labels(labels)
    return Axis("token", "quem recebe", places, tuple(names[i] for i in places))


def busiest_layer(thread: Thread) -> int:
    """Camada em que peso e norma mais discordam sobre a maior origem.

    Parâmetros:
        thread: o fio do curso.
    """
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
        thread: o fio do curso.
        layer: a camada da seta.
        head: a cabeça.
        query: quem recebe.
        key: de quem.
    """

    def cut(pattern):
        pattern = pattern.clone()
        pattern[:, head, query, key] = 0
        return pattern

    name = f"blocks.{layer}.attn.hook_pattern"
    return run_with_edits(thread.model, thread.tokens, {name: cut})[0, query].softmax(-1)


def compare_bets(
    thread: Thread, before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"]
) -> Bet:
    """Compara as probabilidades do próximo token antes e depois de uma quebra.

    Parâmetros:
        thread: o fio do curso.
        before: as do modelo inteiro.
        after: as do modelo quebrado, na mesma posição.
    """
    first, last = int(before.argmax()), int(after.argmax())
    return Bet(
        token_text(thread, first),
        float(before[first]),
        float(after[first]),
        token_text(thread, last),
        float(after[last]),
    )


def moving_information(
    thread: Thread | None = None, layer: int | None = None, name: str = "f06"
) -> Flipper:
    """O que chega: setas de todas as origens até quem recebe, e a maior delas cortada.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
        layer: a camada; sem valor, aquela em que as duas medidas mais discordam.
        name: nome na lista de exploráveis vivos.
    """
    thread = thread or load_thread()
    layer = busiest_layer(thread) if layer is None else layer
    labels = token_labels(thread)
    names = unique_labels(labels)
    values = {
        "weight": heads.attention_patterns(thread.model, thread.tokens)[layer, 0],
        "norm": heads.contribution_norms(thread.model, thread.tokens)[layer, 0],
    }
    peaks = {measure: float(value.max()) for measure, value in values.items()}
    top = {measure: value.argmax(-1) for measure, value in values.items()}
    axes = [
        token_axis(labels),
        Axis("head", "cabeça", tuple(range(thread.model.config.n_heads))),
        Axis("view", "ver", tuple(VIEWS), tuple(VIEWS.values()), kind="buttons"),
    ]
    bets = _bets(thread, layer, top["norm"], axes)

    def differs(token: int, head: int) -> bool:
        return bool(top["weight"][head, token] != top["norm"][head, token])

    def told(token: int, head: int, view: str) -> str:
        who = f"Bloco {layer}, cabeça {head}."
        best = {m: int(top[m][head, token]) for m in MEASURES}
        if view == "cut":
            key = best["norm"]
            left = 1 - float(values["weight"][head, token, key])
            return (
                f"{who} Cortada a seta de “{names[key]}” até “{names[token]}”, os pesos que "
                f"sobram somam {decimal(left)}. {bets[token, head].told()}"
            )
        row = values[view][head, token]
        largest = best[view]
        verdict = (
            f"A origem mais olhada, “{names[best['weight']]}”, não é a que mais escreve, "
            f"“{names[best['norm']]}”."
            if differs(token, head)
            else f"A origem mais olhada é também a que mais escreve: “{names[largest]}”."
        )
        return (
            f"{who} Quem recebe: “{names[token]}”. Maior {VIEWS[view]}: “{names[largest]}”, "
            f"{decimal(float(row[largest]))}. {verdict}"
        )

    def frame(token: int, head: int, view: str) -> Frame:
        measure = "norm" if view == "cut" else view
        row = values[measure][head, token]
        picture = draw.moved_frame(
            labels,
            row.tolist(),
            token,
            peaks[measure],
            f"bloco {layer}, {VIEWS[measure]}",
            bets[token, head],
            cut=int(row.argmax()) if view == "cut" else None,
        )
        rows = [
            (names[j], *(decimal(float(values[m][head, token, j]), 3) for m in MEASURES))
            for j in range(max(0, token - 11), token + 1)
        ]
        table = Table(("origem", *(VIEWS[m] for m in MEASURES)), tuple(rows))
        return Frame(picture, told(token, head, view), table)

    start = {"token": thread.at("pão")}
    question = Prediction(
        "Uma origem tem o maior peso de atenção. É dela que chega o vetor mais comprido?",
        ("sempre", "nem sempre", "nunca"),
        "nem sempre",
        (
            "O que chega é o peso vezes o valor projetado, e o valor pode ser pequeno.",
            "Peso grande com valor pequeno pode perder para peso médio com valor grande.",
            "Muitas vezes as duas medidas concordam; ande pelas cabeças.",
        ),
    )
    return show(
        name,
        Flipper(
            frame,
            axes,
            "O que se move",
            name="f06",
            title="O que se move: de onde vem o que esta posição recebe?",
            question=question,
            challenges=_goals(differs, bets),
            start=start if start["token"] in axes[0].values else {},
        ),
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


def _goals(differs: Callable[[int, int], bool], bets: dict[tuple[int, int], Bet]):
    """Desafios que o quadro inicial não cumpre e que algum quadro cumpre."""
    most = max(bets, key=lambda at: abs(bets[at].after - bets[at].before))
    return (
        Challenge(
            "Em ‖α v W_O‖, ache uma posição em que a mais olhada não é a que mais escreve.",
            lambda token, head, view: view == "norm" and differs(token, head),
        ),
        Challenge(
            "Corte setas até achar a que mais muda a aposta do modelo.",
            lambda token, head, view: view == "cut" and (token, head) == most,
        ),
    )
