"""O que se move: a informação que uma posição recebe das outras, numa cabeça e na pilha inteira."""

from collections.abc import Sequence

import torch

from helpers import heads
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots import streams as draw
from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.thread import Thread, load_thread

MEASURES = {"weight": "peso α", "norm": "‖α v W_O‖"}
SHOWN = 10  # posições de destino que cabem no controle
CUTS = (0.8, 0.5, 0.25)
PER_LAYER = 9  # setas por camada: com mais, o desenho vira um novelo


def token_labels(thread: Thread) -> list[str]:
    """Texto de cada token da frase, com o espaço visível.

    Parâmetros:
        thread: o fio do curso.
    """
    return [thread.pieces[0], *(token_text(thread, token) for token in thread.ids[1:])]


def token_text(thread: Thread, token: int) -> str:
    """Texto de um id: espaço vira ·, e byte que não é letra aparece entre ⟨ ⟩.

    Parâmetros:
        thread: o fio do curso.
        token: o id.
    """
    return svg.token_label(thread.tokenizer.decode_bytes([token]))


def unique_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Rótulos sem repetição: a segunda ocorrência ganha um número.

    Parâmetros:
        labels: texto de cada token.
    """
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]}º)")
    return tuple(found)


def _token_axis(labels: Sequence[str], first: int) -> Axis:
    places = tuple(range(max(first, len(labels) - SHOWN), len(labels)))
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


def moving_information(
    thread: Thread | None = None, layer: int | None = None, name: str = "f06"
) -> Flipper:
    """O que chega: setas de todas as origens até quem recebe, por peso ou por tamanho.

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

    def differs(token: int, head: int) -> bool:
        return bool(top["weight"][head, token] != top["norm"][head, token])

    def frame(token: int, head: int, measure: str) -> Frame:
        row = values[measure][head, token]
        picture = draw.moved_frame(
            labels, row.tolist(), token, peaks[measure], f"bloco {layer}, {MEASURES[measure]}"
        )
        best = [names[int(top[m][head, token])] for m in MEASURES]
        verdict = (
            f"A origem mais olhada, “{best[0]}”, não é a que mais escreve, “{best[1]}”."
            if differs(token, head)
            else f"A origem mais olhada é também a que mais escreve: “{best[0]}”."
        )
        largest = int(row.argmax())
        said = (
            f"Bloco {layer}, cabeça {head}. Quem recebe: “{names[token]}”. "
            f"Maior {MEASURES[measure]}: “{names[largest]}”, "
            f"{decimal(float(row[largest]))}. {verdict}"
        )
        rows = [
            (names[j], *(decimal(float(values[m][head, token, j]), 3) for m in MEASURES))
            for j in range(max(0, token - 11), token + 1)
        ]
        return Frame(picture, said, Table(("origem", *MEASURES.values()), tuple(rows)))

    axes = [
        _token_axis(labels, first=1),
        Axis("head", "cabeça", tuple(range(thread.model.config.n_heads))),
        Axis("measure", "medida", tuple(MEASURES), tuple(MEASURES.values()), kind="buttons"),
    ]
    start = {"token": thread.at("entregou")}
    if not any(axes[0].index(start["token"]) == i for i in range(len(axes[0].values))):
        start = {}
    goals = _moved_goals(differs, values, start, axes[0].values)
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
            challenges=goals,
            start=start,
        ),
    )


def _moved_goals(differs, values, start, places):
    """Desafios que nenhum quadro inicial já cumpre e que algum quadro cumpre."""
    norms = values["norm"][:, list(places)]
    strongest = divmod(int(norms.amax(-1).argmax()), len(places))
    far = strongest if (places[strongest[1]], strongest[0]) != (start.get("token"), 0) else None
    goals = [
        Challenge(
            "Na medida ‖α v W_O‖, ache uma posição em que a mais olhada não é a que mais escreve.",
            lambda token, head, measure: measure == "norm" and differs(token, head),
        )
    ]
    if far is not None:
        head_best, token_best = strongest[0], places[strongest[1]]
        goals.append(
            Challenge(
                "Ache a cabeça e a posição da seta mais grossa deste bloco.",
                lambda token, head, measure: (
                    measure == "norm" and (head, token) == (head_best, token_best)
                ),
            )
        )
    return tuple(goals)


def moved_between(thread: Thread, shuffled: bool = False) -> torch.Tensor:
    """Norma do que cada posição recebe de cada outra, somadas as cabeças, por camada.

    Parâmetros:
        thread: o fio do curso.
        shuffled: se o modelo é o de pesos embaralhados.

    Retorna:
        Normas, `[layer query key]`.
    """
    model = thread.model
    if shuffled:
        model = heads.shuffled_weights(model, torch.Generator().manual_seed(0))
    config = model.config
    return torch.stack(
        [
            sum(
                heads.contributions(model, thread.tokens, layer, head)[0]
                for head in range(config.n_heads)
            ).norm(dim=-1)
            for layer in range(config.n_layers)
        ]
    )


def arrows_into(moved: torch.Tensor, token: int, cut: float) -> list[list[tuple[int, int, float]]]:
    """Setas que levam a uma posição, seguidas de cima para baixo, por camada de baixo para cima.

    Parâmetros:
        moved: normas do que se move, `[layer query key]`.
        token: a posição em que se chega, no alto.
        cut: menor tamanho de seta que se segue, como parte da maior que chega ao mesmo lugar;
            em cada camada ficam no máximo `PER_LAYER`.
    """
    reached, found = {token}, []
    for layer in reversed(moved):
        arrows = []
        for target in sorted(reached):
            row = layer[target, : target + 1]
            for source in range(target):
                share = float(row[source] / row.max())
                if share >= cut:
                    arrows.append((source, target, share))
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
    moved = {kind: moved_between(thread, kind == "shuffled") for kind in ("trained", "shuffled")}

    def paths(token: int, cut: float, weights: str) -> list[list[tuple[int, int, float]]]:
        return arrows_into(moved[weights], token, cut)

    def origins(token: int, cut: float, weights: str) -> set[int]:
        return {token} | {a for layer in paths(token, cut, weights) for a, _, _ in layer}

    def frame(token: int, cut: float, weights: str) -> Frame:
        found = paths(token, cut, weights)
        total = sum(map(len, found))
        note = f"setas de pelo menos {cut:.0%} da maior"
        picture = draw.streams_frame(labels, found, token, note)
        kind = "Pesos treinados" if weights == "trained" else "Pesos embaralhados"
        counts = ", ".join(f"bloco {i}: {len(layer)}" for i, layer in enumerate(found))
        said = (
            f"{kind}. Até “{names[token]}” chegam {total} setas ({counts}), "
            f"vindas de {len(origins(token, cut, weights)) - 1} outras posições."
        )
        if weights == "shuffled":
            said += " Um modelo que não aprendeu nada também desenha setas."
        return Frame(picture, said)

    axes = [
        _token_axis(labels, first=2),
        Axis("cut", "corte", CUTS, tuple(f"{cut:.0%}" for cut in CUTS), kind="buttons"),
        Axis(
            "weights",
            "pesos",
            ("trained", "shuffled"),
            ("treinados", "embaralhados"),
            kind="buttons",
        ),
    ]
    last = len(labels) - 1
    start = thread.at("pão")
    most = max(len(origins(t, CUTS[-1], "trained")) for t in axes[0].values)
    question = Prediction(
        "Embaralhamos todos os pesos do modelo. As setas entre os fluxos somem?",
        ("somem", "continuam, em outros lugares", "ficam iguais"),
        "continuam, em outros lugares",
        (
            "A atenção sempre distribui peso 1, com ou sem treino: sempre há setas.",
            "Por isso uma seta sozinha não explica nada: é preciso a comparação.",
            "Os pesos mudaram; de onde vem o que chega muda junto.",
        ),
    )
    challenges = (
        Challenge(
            "Com os pesos treinados, ache quem recebe do maior número de posições.",
            lambda token, cut, weights: (
                weights == "trained" and len(origins(token, cut, weights)) == most
            ),
        ),
        Challenge(
            "Veja o último token com os pesos embaralhados e o corte mais baixo.",
            lambda token, cut, weights: (token, cut, weights) == (last, CUTS[-1], "shuffled"),
        ),
    )
    return show(
        name,
        Flipper(
            frame,
            axes,
            "De fluxo em fluxo",
            name="f09",
            title="De fluxo em fluxo: por onde passou o que chegou aqui?",
            question=question,
            challenges=challenges,
            start={"token": start},
        ),
    )
