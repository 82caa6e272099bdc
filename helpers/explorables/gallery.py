"""Galeria de cabeças: para onde cada cabeça olha, quanto traz de lá, e o que o acaso daria."""

import functools

import numpy as np
import torch
from jaxtyping import Float

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.head_facts import course_thread, model_scores
from helpers.heads import attention_patterns, contribution_norms
from helpers.plots import svg
from helpers.plots.gallery import MAX_TOKENS, Note, gallery_picture
from helpers.plots.matrix import said
from helpers.thread import MARK, SENTENCE, WORD
from helpers.training import END

MEASURES = {"weight": "peso α", "share": "parte de ‖α v W_O‖"}
PROMPTS = {SENTENCE: WORD, "Ana tem um livro. Ana leu o livro.": "leu"}
MARGIN = 0.05  # abaixo disto, uma nota não se destaca da referência
#: Nota da cabeça -> como ela se chama na tela.
NOTES = {
    "previous_token": "token anterior",
    "first_token": "primeiro token",
    "duplicate_token": "token repetido",
}


@functools.cache
def read_prompt(
    prompt: str,
) -> tuple[list[str], dict[str, Float[np.ndarray, "layer head query key"]]]:
    """Devolve os tokens de uma frase e, de cada medida, os números de todas as cabeças.

    Parâmetros:
        prompt: a frase; o que passar de `MAX_TOKENS` fica de fora.
    """
    thread = course_thread()
    end = thread.tokenizer.special_tokens[END]
    ids = [end, *thread.tokenizer.encode(prompt)][:MAX_TOKENS]
    tokens = torch.tensor([ids])
    pattern = attention_patterns(thread.model, tokens)[:, 0]
    norms = contribution_norms(thread.model, tokens)[:, 0]
    share = norms / norms.sum(-1, keepdim=True)
    pieces = [MARK, *(svg.token_label(thread.tokenizer.decode([i]).encode()) for i in ids[1:])]
    return pieces, {"weight": pattern.numpy(), "share": share.numpy()}


def notes_of(layer: int, head: int) -> list[Note]:
    """Devolve as notas de uma cabeça, cada uma com a maior das suas referências.

    Parâmetros:
        layer: a camada.
        head: a cabeça.
    """
    found = []
    for key, name in NOTES.items():
        score = model_scores()[key]
        chance = max(
            score.uniform,
            score.position[layer, head].item(),
            score.random[:, layer, head].max().item(),
        )
        found.append(Note(name, score.value[layer, head].item(), chance))
    return found


def asker_of(prompt: str) -> int:
    """Devolve a linha em destaque: o último token da palavra que pergunta.

    Parâmetros:
        prompt: chave de `PROMPTS`.
    """
    thread = course_thread()
    end = prompt.index(PROMPTS[prompt]) + len(PROMPTS[prompt])
    ids = thread.tokenizer.encode(prompt)
    place = next(i for i in range(1, len(ids) + 1) if len(thread.tokenizer.decode(ids[:i])) >= end)
    return min(place, MAX_TOKENS - 1)


def gallery_sentence(prompt: str, measure: str, layer: int, head: int) -> str:
    """Devolve a frase do quadro: quem pergunta, de onde lê mais e a nota que mais se destaca.

    Parâmetros:
        prompt: chave de `PROMPTS`.
        measure: chave de `MEASURES`.
        layer: a camada.
        head: a cabeça.
    """
    pieces, values = read_prompt(prompt)
    asker = asker_of(prompt)
    row = values[measure][layer, head, asker]
    order = np.argsort(-row, kind="stable")[:2]
    most = " e ".join(f"{pieces[j]} ({row[j]:.0%})" for j in order.tolist())
    verb = "olha mais para" if measure == "weight" else "recebe mais de"
    best = max(notes_of(layer, head), key=lambda note: note.value - note.chance)
    if best.value > best.chance + MARGIN:
        kind = (
            f"Nas histórias, a nota de {best.name} é {said(best.value)}; a maior referência dá "
            f"{said(best.chance)}."
        )
    else:
        kind = f"Nas histórias, nenhuma nota passa da maior referência em {said(MARGIN)}."
    return f"Camada {layer}, cabeça {head}: {pieces[asker]} {verb} {most}. {kind}"


def gallery_table(prompt: str, layer: int, head: int) -> Table:
    """Devolve a tabela da linha em destaque: de cada token, o peso e a parte da contribuição.

    Parâmetros:
        prompt: chave de `PROMPTS`.
        layer: a camada.
        head: a cabeça.
    """
    pieces, values = read_prompt(prompt)
    asker = asker_of(prompt)
    rows = [
        (pieces[j], *(said(values[name][layer, head, asker, j].item()) for name in MEASURES))
        for j in range(asker + 1)
    ]
    return Table((f"{pieces[asker]} lê", *MEASURES.values()), tuple(rows))


def gallery_frame(prompt: str, measure: str, layer: int, head: int) -> Frame:
    """Devolve o quadro de uma cabeça.

    Parâmetros:
        prompt: chave de `PROMPTS`.
        measure: chave de `MEASURES`.
        layer: a camada.
        head: a cabeça.
    """
    pieces, values = read_prompt(prompt)
    drawing = gallery_picture(
        values[measure],
        pieces,
        layer,
        head,
        asker_of(prompt),
        notes_of(layer, head),
        MEASURES[measure],
    )
    sentence = gallery_sentence(prompt, measure, layer, head)
    return Frame(drawing, sentence, gallery_table(prompt, layer, head))


def rest_question() -> Prediction:
    """Devolve a pergunta de abertura, com a resposta contada no modelo."""
    pieces, values = read_prompt(SENTENCE)
    strongest = values["weight"][:, :, asker_of(SENTENCE)].argmax(-1)
    count, total = int((strongest == 0).sum()), strongest.size
    options = ("menos de um terço", "de um a dois terços", "mais de dois terços")
    answer = options[min(2, 3 * count // total)]
    told = f"são {count} de {total}; percorra as cabeças e confira."
    return Prediction(
        f"De {total} cabeças, em quantas {WORD} olha mais para {pieces[0]}, a marca de começo?",
        options,
        answer,
        tuple(f"{'Isso' if option == answer else 'Não'}: {told}" for option in options),
    )


def head_gallery(name: str = "w10") -> Flipper:
    """Galeria de cabeças: todas as do modelo do curso, em duas frases e duas medidas.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    n_layers, n_heads = model_scores()["previous_token"].value.shape
    best = divmod(int(model_scores()["previous_token"].value.argmax()), n_heads)

    def disagrees(prompt: str, measure: str, layer: int, head: int) -> bool:
        weight, share = (read_prompt(prompt)[1][one][layer, head] for one in MEASURES)
        return measure == "share" and bool((weight.argmax(-1) != share.argmax(-1)).any())

    return show(
        name,
        Flipper(
            gallery_frame,
            [
                Axis("layer", "camada", tuple(range(n_layers))),
                Axis("head", "cabeça", tuple(range(n_heads))),
                Axis("measure", "casas", tuple(MEASURES), tuple(MEASURES.values()), kind="buttons"),
                Axis("prompt", "frase", tuple(PROMPTS), kind="buttons"),
            ],
            "Galeria de cabeças",
            name="w10",
            title="Galeria de cabeças: para onde cada uma olha?",
            question=rest_question(),
            challenges=(
                Challenge(
                    "Ache a cabeça com a maior nota de token anterior.",
                    lambda prompt, measure, layer, head: (layer, head) == best,
                ),
                Challenge(
                    "Ache uma cabeça em que alguma linha olha mais para um token e recebe mais "
                    "de outro, e veja as casas da contribuição.",
                    disagrees,
                ),
            ),
            start={"layer": 0, "head": int(best == (0, 0))},
        ),
    )
