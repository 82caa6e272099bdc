"""O que se move: o que uma posição recebe das outras, e o que muda sem uma seta."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Arrivals:
    """O que chega em cada posição, numa camada: dá o quadro de cada (token, cabeça, vista).

    Parâmetros:
        layer: a camada.
        labels: texto de cada token.
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
        """Se a posição mais olhada não é a que mais escreve.

        Parâmetros:
            token: quem recebe.
            head: a cabeça.
        """
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
        """O quadro: setas, frase e as duas medidas em números.

        Parâmetros:
            token: quem recebe.
            head: a cabeça.
            view: uma chave de `VIEWS`.
        """
        measure = "norm" if view == "cut" else view
        picture = draw.moved_frame(
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
        table = Table(("origem", *(VIEWS[m] for m in MEASURES)), tuple(rows))
        return Frame(picture, self._sentence(token, head, view), table)


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
    return show(
        name,
        Flipper(
            arrivals.frame,
            axes,
            "O que se move",
            name="f06",
            title="O que se move: de onde vem o que esta posição recebe?",
            question=_question(),
            challenges=_goals(arrivals.differs, bets),
            start=start if start["token"] in axes[0].values else {},
        ),
    )


def _question() -> Prediction:
    return Prediction(
        "Uma origem tem o maior peso de atenção. É dela que chega o vetor mais comprido?",
        ("sempre", "nem sempre", "nunca"),
        "nem sempre",
        (
            "O que chega é o peso vezes o valor projetado, e o valor pode ser pequeno.",
            "Peso grande com valor pequeno pode perder para peso médio com valor grande.",
            "Muitas vezes as duas medidas concordam; ande pelas cabeças.",
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
