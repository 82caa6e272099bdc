"""De fluxo em fluxo: por que colunas passou o que chegou, no modelo inteiro e quebrado."""

import copy
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers import heads
from helpers.decoder import Decoder
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
from helpers.explorables.kit.frames import Axis, Challenge, Frame, Numbers, Opening
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.token_names import token_labels, unique_labels
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.spoken import percent
from helpers.studies.thread import Thread, load_thread
from helpers.without import no_residual

TEXT = words("f09")

CUTS = (0.5, 0.25)
PER_LAYER = 9  # setas por camada: com mais, o desenho vira um novelo

LAYER_H = 74  # altura de uma camada, em px

Arrow = tuple[int, int, float]


def streams_frame(
    labels: Sequence[str],
    arrows: Sequence[Sequence[Arrow]],
    chosen: int,
    title: str,
    note: str,
    bet: Bet,
    broken: str = "",
    silent: int | None = None,
    stumps: bool = False,
) -> str:
    """Colunas de fluxo que sobem pelas camadas, com as setas que levam à posição escolhida.

    Parâmetros:
        arrows: por camada, de baixo para cima, as setas (de, para, parte da maior, de 0 a 1).
        chosen: a posição de que se procura a origem.
        note: o que se lê no canto de cima.
        bet: a aposta nessa posição, no modelo inteiro e neste.
        broken: nome curto da quebra; vazio no modelo inteiro.
        silent: o bloco cuja atenção não escreve; sem valor, nenhum.
        stumps: se as colunas estão cortadas em cada bloco, por falta da soma.
    """
    xs = column_places(len(labels), left=86)
    room = xs[1] - xs[0] - 4 if len(xs) > 1 else 100
    height = 40 + LAYER_H * len(arrows)
    parts = [svg.text(8, 18, title, "s b")]
    parts.append(svg.text(svg.WIDTH - 8, 18, note, "m", "end"))
    if stumps:
        # Um toco em cada altura: o fluxo não passa de um bloco ao outro.
        heights = [height - LAYER_H * layer for layer in range(len(arrows) + 1)]
        parts += [svg.line(x, y - 8, x, y + 8) for x in xs for y in heights]
    else:
        parts += [svg.line(x, 34, x, height + 12) for x in xs]
    for layer, found in enumerate(arrows):
        low = height - LAYER_H * layer
        parts.append(svg.text(2, low - LAYER_H / 2 + 14, f"bloco {layer}", "m"))
        if layer == silent:
            parts.append(svg.text(2, low - LAYER_H / 2 + 32, "calado", "s b"))
        for source, target, share in found:
            wide = thickness(share)
            ends = (xs[source], low, xs[target], low - LAYER_H + 22)
            parts.append(ribbon(*ends, wide))
    parts.append(svg.box(xs[chosen] - 8, 26, 16, 16, "c3"))
    for x, label in zip(xs, labels, strict=True):
        parts.append(svg.text(x, height + 30, svg.short(label, room), "kc"))
    columns = (svg.zone((x - room / 2, 24, room, height + 14), token=j) for j, x in enumerate(xs))
    parts.append(svg.zones(columns))
    parts.append(bet_panel(bet, height + 44, broken))
    return svg.document("".join(parts), height + 44 + PANEL_H)


def broken_models(model: Decoder) -> dict[str, Decoder]:
    """O modelo e suas quebras, cada uma numa cópia: o original não muda.

    Retorna:
        `whole`; `attn0`, `attn1`… com a atenção daquele bloco sem escrever; `no_sums`, em que cada
        parte toma o lugar do fluxo; `shuffled`, com os pesos embaralhados.
    """
    found = {"whole": model}
    for layer in range(len(model.blocks)):
        found[f"attn{layer}"] = mute = copy.deepcopy(model)
        with torch.no_grad():
            mute.blocks[layer].attn.W_O.zero_()
    found["no_sums"] = cut = copy.deepcopy(model)
    for block in cut.blocks:
        block.residual = no_residual
    found["shuffled"] = heads.shuffled_weights(model, torch.Generator().manual_seed(0))
    return found


def moved_between(model: Decoder, tokens: Tensor) -> Float[Tensor, "layer query key"]:
    """Norma do que cada posição recebe de cada outra, somadas as cabeças, por camada."""
    config = model.config
    return torch.stack(
        [
            sum(
                heads.contributions(model, tokens, layer, head)[0] for head in range(config.n_heads)
            ).norm(dim=-1)
            for layer in range(config.n_layers)
        ]
    )


def arrows_into(moved: Tensor, token: int, cut: float) -> list[list[Arrow]]:
    """Setas que levam a uma posição, seguidas de cima para baixo, por camada de baixo para cima.

    Parâmetros:
        moved: normas do que se move, `[layer query key]`.
        token: a posição em que se chega, no alto.
        cut: menor tamanho de seta que se segue, como parte da maior que chega ao mesmo lugar;
            em cada camada ficam no máximo `PER_LAYER`. Uma camada em que nada chega não tem setas.
    """
    reached, found = {token}, []
    for layer in reversed(moved):
        arrows = []
        for target in sorted(reached):
            row = layer[target, : target + 1]
            largest = float(row.max())
            for source in range(target):
                if largest > 0 and float(row[source]) >= cut * largest:
                    arrows.append((source, target, float(row[source]) / largest))
        arrows = sorted(arrows, key=lambda arrow: -arrow[2])[:PER_LAYER]
        reached |= {source for source, _, _ in arrows}
        found.append(sorted(arrows))
    return found[::-1]


class Paths:
    """O modelo e as suas quebras: dá o quadro de cada (token, modelo, corte das setas)."""

    def __init__(self, thread: Thread) -> None:
        self.labels = token_labels(thread)
        self.names = unique_labels(self.labels)
        self.models = broken_models(thread.model)
        self.titles = _titles(len(thread.model.blocks))
        self.axis = token_axis(self.labels)
        self._moved = {kind: moved_between(one, thread.tokens) for kind, one in self.models.items()}
        self.bets = _bets(thread, self.models, self.axis.values)

    def arrows(self, token: int, model: str, cut: float) -> list[list[Arrow]]:
        """As setas de um quadro, por camada: as que chegam a `token`, até `cut` da maior."""
        return arrows_into(self._moved[model], token, cut)

    def n_origins(self, token: int, model: str, cut: float) -> int:
        """De quantas outras posições saem setas até `token`, com o mesmo `cut`."""
        found = self.arrows(token, model, cut)
        return len({source for layer in found for source, _, _ in layer} - {token})

    def frame(self, token: int, model: str, cut: float) -> Frame:
        """O quadro: setas até `token`, frase e o tamanho de cada seta; `cut` é um de `CUTS`."""
        found = self.arrows(token, model, cut)
        name, title = self.titles[model]
        drawing = streams_frame(
            self.labels,
            found,
            token,
            title,
            f"setas de pelo menos {percent(cut)} da maior",
            self.bets[token, model],
            broken="" if model == "whole" else name,
            silent=int(model[4:]) if model.startswith("attn") else None,
            stumps=model == "no_sums",
        )
        sentence = self._sentence(token, model, cut, [len(layer) for layer in found])
        return Frame(drawing, sentence, _table(found, self.names))

    def _sentence(self, token: int, model: str, cut: float, counts: list[int]) -> str:
        bet, title = self.bets[token, model], self.titles[model][1]
        told = ", ".join(f"bloco {layer}: {n}" for layer, n in enumerate(counts))
        said = (
            f"{title}. Setas até “{self.names[token]}”: {sum(counts)} ({told}). Outras posições de "
            f"que elas saem: {self.n_origins(token, model, cut)}. "
        )
        if model == "whole":
            return f"{said}O modelo aposta em “{bet.favourite}”, com {percent(bet.before)}."
        more = " Um modelo que não aprendeu nada também desenha setas."
        return said + bet.told() + (more if model == "shuffled" else "")

    def challenges(self) -> tuple[Challenge, ...]:
        """Onde uma atenção a menos mais pesa, e quem recebe de mais posições ao acaso."""
        attention = [at for at in self.bets if at[1].startswith("attn")]
        worst = min(attention, key=lambda at: self.bets[at].after - self.bets[at].before)
        most = max(self.n_origins(t, "shuffled", c) for t in self.axis.values for c in CUTS)
        return TEXT.challenges(
            {
                "pesa": lambda token, model, cut: (token, model) == worst,
                "acaso": lambda token, model, cut: (
                    model == "shuffled" and self.n_origins(token, model, cut) == most
                ),
            }
        )


@opens
def streams_through_layers(thread: Thread | None = None) -> Flipper:
    """De fluxo em fluxo: por que colunas passou o que chegou à posição escolhida.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
    """
    thread = thread or load_thread()
    paths, start = Paths(thread), thread.at("pão")
    buttons = tuple(name for name, _ in paths.titles.values())
    cuts = tuple(f"de {percent(cut)} ou mais" for cut in CUTS)
    return Flipper(
        paths.frame,
        [
            paths.axis,
            Axis("model", "modelo", tuple(paths.models), buttons, "buttons"),
            Axis("cut", "setas", CUTS, cuts, "buttons"),
        ],
        **TEXT.heading(),
        question=_question(paths.bets, paths.names, start),
        challenges=paths.challenges(),
        start={"token": start} if start in paths.axis.values else {},
    )


def _titles(n_layers: int) -> dict[str, tuple[str, str]]:
    """Rótulo do botão e título do desenho de cada modelo."""
    found = {"whole": ("inteiro", "Modelo inteiro")}
    for layer in range(n_layers):
        found[f"attn{layer}"] = (f"sem atenção {layer}", f"Sem a atenção do bloco {layer}")
    found["no_sums"] = ("sem as somas", "Sem as somas do fluxo")
    return found | {"shuffled": ("embaralhado", "Pesos embaralhados")}


@torch.no_grad()
def _bets(thread, models, places) -> dict[tuple[int, str], Bet]:
    """O que cada quebra faz com a aposta, em cada posição."""
    probabilities = {kind: model(thread.tokens)[0].softmax(-1) for kind, model in models.items()}
    return {
        (token, kind): compare_bets(thread, probabilities["whole"][token], found[token])
        for token in places
        for kind, found in probabilities.items()
    }


def _table(arrows, names) -> Numbers:
    """Setas de cada bloco, com o tamanho de cada uma, como texto."""
    rows = []
    for layer, found in enumerate(arrows):
        told = ", ".join(f"{names[a]} → {names[b]} {percent(share)}" for a, b, share in found)
        rows.append((str(layer), told or "nenhuma"))
    return Numbers(("bloco", "setas, como parte da maior que chega ao mesmo lugar"), tuple(rows))


def _question(bets, names, start) -> Opening:
    """Pergunta sobre o quadro inicial; a certa e os comentários são contados no modelo."""
    last = max(int(kind[4:]) for _, kind in bets if kind.startswith("attn"))
    after = [bets[start, kind].after for kind in ("attn0", f"attn{last}", "no_sums")]
    whole = bets[start, "whole"]
    return TEXT.opening(
        right=after.index(min(after)),
        name=names[start],
        favourite=whole.favourite,
        last=last,
        whole=whole.before,
        **dict(zip(("without_first", "without_last", "without_sums"), after, strict=True)),
    )
