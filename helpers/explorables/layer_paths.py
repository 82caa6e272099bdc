"""De fluxo em fluxo: por que colunas passou o que chegou, no modelo inteiro e quebrado."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor

from helpers import heads
from helpers.decoder import Decoder
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.streams import compare_bets, token_axis
from helpers.explorables.token_names import token_labels, unique_labels
from helpers.plots import streams as draw
from helpers.plots.bets import Bet
from helpers.thread import Thread, load_thread
from helpers.without import no_residual

CUTS = (0.5, 0.25)
PER_LAYER = 9  # setas por camada: com mais, o desenho vira um novelo

Arrow = tuple[int, int, float]


def broken_models(model: Decoder) -> dict[str, Decoder]:
    """O modelo e suas quebras, cada uma numa cópia: o original não muda.

    Parâmetros:
        model: o modelo treinado.

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
    """Norma do que cada posição recebe de cada outra, somadas as cabeças, por camada.

    Parâmetros:
        model: o decoder.
        tokens: os ids, um texto só.
    """
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


def streams_through_layers(thread: Thread | None = None, name: str = "f09") -> Flipper:
    """De fluxo em fluxo: por que colunas passou o que chegou à posição escolhida.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
        name: nome na lista de exploráveis vivos.
    """
    thread = thread or load_thread()
    labels = token_labels(thread)
    names = unique_labels(labels)
    models = broken_models(thread.model)
    moved = {kind: moved_between(model, thread.tokens) for kind, model in models.items()}
    titles = _titles(len(thread.model.blocks))
    axes = [
        token_axis(labels),
        Axis("model", "modelo", tuple(models), tuple(b for b, _ in titles.values()), "buttons"),
        Axis("cut", "setas", CUTS, tuple(f"de {cut:.0%} ou mais" for cut in CUTS), "buttons"),
    ]
    bets = _bets(thread, models, axes[0].values)

    def paths(token: int, model: str, cut: float) -> list[list[Arrow]]:
        return arrows_into(moved[model], token, cut)

    def origins(token: int, model: str, cut: float) -> int:
        return len({a for layer in paths(token, model, cut) for a, _, _ in layer} - {token})

    def frame(token: int, model: str, cut: float) -> Frame:
        found, bet = paths(token, model, cut), bets[token, model]
        title = titles[model][1]
        picture = draw.streams_frame(
            labels,
            found,
            token,
            title,
            f"setas de pelo menos {cut:.0%} da maior",
            bet,
            broken="" if model == "whole" else titles[model][0],
            silent=int(model[4:]) if model.startswith("attn") else None,
            stumps=model == "no_sums",
        )
        total = sum(map(len, found))
        counts = ", ".join(f"bloco {i}: {len(layer)}" for i, layer in enumerate(found))
        said = (
            f"{title}. Setas até “{names[token]}”: {total} ({counts}). Outras posições de que "
            f"elas saem: {origins(token, model, cut)}. "
        )
        said += (
            f"O modelo aposta em “{bet.favourite}”, com {bet.before:.0%}."
            if model == "whole"
            else bet.told()
        )
        if model == "shuffled":
            said += " Um modelo que não aprendeu nada também desenha setas."
        return Frame(picture, said, _table(found, names))

    start = {"token": thread.at("pão")}
    return show(
        name,
        Flipper(
            frame,
            axes,
            "De fluxo em fluxo",
            name="f09",
            title="De fluxo em fluxo: por onde passou o que chegou aqui?",
            question=_question(bets, names, start["token"]),
            challenges=_goals(bets, origins, axes),
            start=start if start["token"] in axes[0].values else {},
        ),
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


def _table(arrows, names) -> Table:
    """Setas de cada bloco, com o tamanho de cada uma, como texto."""
    rows = []
    for layer, found in enumerate(arrows):
        told = ", ".join(f"{names[a]} → {names[b]} {share:.0%}" for a, b, share in found)
        rows.append((str(layer), told or "nenhuma"))
    return Table(("bloco", "setas, como parte da maior que chega ao mesmo lugar"), tuple(rows))


def _question(bets, names, start) -> Prediction:
    """Pergunta sobre o quadro inicial; a certa e os comentários são contados no modelo."""
    last = max(int(kind[4:]) for _, kind in bets if kind.startswith("attn"))
    options = {
        "attn0": "a atenção do bloco 0",
        f"attn{last}": f"a atenção do bloco {last}",
        "no_sums": "as somas, deixando as setas",
    }
    after = {kind: bets[start, kind].after for kind in options}
    worst = min(after, key=after.__getitem__)
    whole = bets[start, "whole"]
    counted = "; ".join(f"sem {options[kind].split(',')[0]}, {p:.0%}" for kind, p in after.items())
    counted = f"Com o modelo inteiro a aposta é de {whole.before:.0%}; {counted}."
    return Prediction(
        f"Depois de “{names[start]}” o modelo aposta em “{whole.favourite}”. O que, se for tirado, "
        "mais derruba essa aposta?",
        tuple(options.values()),
        options[worst],
        (counted,) * len(options),
    )


def _goals(bets, origins, axes) -> tuple[Challenge, ...]:
    """Desafios: onde uma atenção a menos mais pesa, e quem recebe de mais posições ao acaso."""
    attention = [at for at in bets if at[1].startswith("attn")]
    worst = min(attention, key=lambda at: bets[at].after - bets[at].before)
    most = max(origins(t, "shuffled", c) for t in axes[0].values for c in CUTS)
    return (
        Challenge(
            "Tire a atenção de um só bloco e ache onde a aposta mais cai.",
            lambda token, model, cut: (token, model) == worst,
        ),
        Challenge(
            "Com os pesos embaralhados, ache quem recebe do maior número de posições.",
            lambda token, model, cut: model == "shuffled" and origins(token, model, cut) == most,
        ),
    )
