"""Desligue uma cabeça: o que o modelo apostaria sem ela, no texto de quem estuda."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.explorables.base import show
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.head_facts import course_thread, head_means, model_ablations
from helpers.explorables.live import LiveFlipper, Scene
from helpers.heads import ablate
from helpers.plots import svg
from helpers.plots.matrix import said
from helpers.plots.switches import switches_picture
from helpers.training import END

PROMPT = "Maria entregou um pão para o João. Agora o pão é do"
MODES = {"zero": "zero", "mean": "a média"}
N_SHOWN = 5
MAX_TOKENS = 40

Head = tuple[int, int]


def removals() -> dict[str, list[Head]]:
    """Devolve o que se pode desligar: nada, cada cabeça, cada camada, tudo."""
    config = course_thread().model.config
    layers, heads = range(config.n_layers), range(config.n_heads)
    found: dict[str, list[Head]] = {"nenhuma": []}
    found |= {f"{layer}.{head}": [(layer, head)] for layer in layers for head in heads}
    found |= {f"camada {layer}": [(layer, head) for head in heads] for layer in layers}
    return found | {"todas": [(layer, head) for layer in layers for head in heads]}


def next_probabilities(
    ids: Sequence[int], removed: Sequence[Head], mode: str
) -> Float[Tensor, " d_vocab"]:
    """Devolve a probabilidade de cada próximo token, sem algumas cabeças.

    Parâmetros:
        ids: o texto, com a marca de começo.
        removed: as cabeças desligadas.
        mode: chave de `MODES`: pelo que se troca o que elas leram.
    """
    means = head_means() if mode == "mean" else None
    logits = ablate(course_thread().model, torch.tensor([list(ids)]), list(removed), means)
    return logits[0, -1].softmax(-1)


def read_typed(text: str) -> tuple[list[int], str]:
    """Devolve os ids do fim de um texto, com a marca de começo, e o aviso do que não coube.

    Parâmetros:
        text: texto já conferido.
    """
    thread = course_thread()
    ids = thread.tokenizer.encode(text.rstrip())
    note = "" if len(ids) <= MAX_TOKENS else f"lendo os últimos {MAX_TOKENS} de {len(ids)} tokens"
    return [thread.tokenizer.special_tokens[END], *ids[-MAX_TOKENS:]], note


def label(token: int) -> str:
    """Devolve como um token aparece na tela.

    Parâmetros:
        token: o id.
    """
    thread = course_thread()
    if token == thread.tokenizer.special_tokens[END]:
        return "¶"
    piece = svg.token_label(thread.tokenizer.decode_bytes([token]))
    return piece if len(piece) <= 10 else f"{piece[:9]}…"


def switches_scene(text: str) -> Scene:
    """Devolve a cena de um texto: o que desligar e pelo que trocar.

    Parâmetros:
        text: texto já conferido.
    """
    ids, note = read_typed(text)
    before = next_probabilities(ids, [], "zero")
    top = before.topk(N_SHOWN).indices.tolist()
    choices = removals()
    change = model_ablations().overall.change.mean.numpy()

    def frame(removed: str, mode: str) -> Frame:
        after = next_probabilities(ids, choices[removed], mode)
        first, second = ([probs[token].item() for token in top] for probs in (before, after))
        winner = int(after.argmax())
        pieces = [label(token) for token in top]
        rows = [
            (piece, said(one, 3), said(other, 3))
            for piece, one, other in zip(pieces, first, second, strict=True)
        ]
        return Frame(
            switches_picture(change, choices[removed], pieces, first, second),
            switches_sentence(removed, mode, pieces[0], first[0], second[0], label(winner)),
            Table(("token", "com todas", "sem as desligadas"), tuple(rows)),
        )

    axes = [
        Axis("removed", "desligar (camada.cabeça)", tuple(choices), kind="buttons"),
        Axis("mode", "trocar por", tuple(MODES), tuple(MODES.values()), kind="buttons"),
    ]
    return Scene(frame, axes, note, _challenges(ids, before, choices))


def switches_sentence(
    removed: str, mode: str, favourite: str, before: float, after: float, winner: str
) -> str:
    """Devolve a frase do quadro: o que se desligou e o que houve com o favorito.

    Parâmetros:
        removed: o que se desligou, chave de `removals()`.
        mode: chave de `MODES`.
        favourite: o token mais provável com todas as cabeças.
        before: a probabilidade dele com todas.
        after: a probabilidade dele sem as desligadas.
        winner: o mais provável sem as desligadas.
    """
    if removed == "nenhuma":
        return f"Com todas as cabeças, o favorito é {favourite}, com {said(before)}."
    what = {"todas": "cabeça nenhuma"}.get(removed, f"a {removed}")
    if "." in removed:
        layer, head = removed.split(".")
        what = f"a cabeça {head} da camada {layer}"
    kept = "continua o favorito" if winner == favourite else f"perde o lugar para {winner}"
    return (
        f"Sem {what} (no lugar, {MODES[mode]}), {favourite} vai de {said(before)} a "
        f"{said(after)} e {kept}."
    )


def _challenges(ids, before, choices):
    favourite = int(before.argmax())
    results = {
        (name, mode): next_probabilities(ids, removed, mode)
        for name, removed in choices.items()
        for mode in MODES
    }
    alone = {key: after for key, after in results.items() if "." in key[0]}
    worst = min(alone, key=lambda key: alone[key][favourite].item())
    helped = max(alone, key=lambda key: alone[key][favourite].item())
    return (
        Challenge(
            "Ache a cabeça sozinha que mais derruba o favorito.",
            lambda removed, mode: (removed, mode) == worst,
        ),
        Challenge(
            "Ache a cabeça que, desligada, mais ajuda (ou menos atrapalha) o favorito.",
            lambda removed, mode: (removed, mode) == helped,
        ),
    )


def opening_question() -> Prediction:
    """Devolve a pergunta de abertura, com a resposta contada no modelo."""
    ids, _ = read_typed(PROMPT)
    favourite = int(next_probabilities(ids, [], "zero").argmax())
    singles = [removed for name, removed in removals().items() if "." in name]
    lost = sum(
        int(next_probabilities(ids, removed, "zero").argmax()) != favourite for removed in singles
    )
    options = ("nenhuma", "uma ou duas", "de três a seis", "mais de seis")
    answer = options[(lost > 0) + (lost > 2) + (lost > 6)]
    told = f"são {lost} de {len(singles)}. Desligue uma por uma e confira."
    return Prediction(
        "Quantas cabeças, desligadas sozinhas, mudam o token mais provável desta frase?",
        options,
        answer,
        tuple(f"{'Isso' if option == answer else 'Não'}: {told}" for option in options),
    )


def switch_off_heads(text: str = PROMPT, name: str = "w14") -> LiveFlipper:
    """Desligue uma cabeça: escreva um começo de frase e veja as apostas mudarem.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
        name: nome na lista de exploráveis vivos.
    """
    return show(
        name,
        LiveFlipper(
            switches_scene,
            text,
            "Desligue uma cabeça",
            name="w14",
            title="Desligue uma cabeça: quem faz falta?",
            question=opening_question() if text == PROMPT else None,
        ),
    )
