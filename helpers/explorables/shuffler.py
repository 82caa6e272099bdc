"""Embaralhador: o que a atenção perde sem posições, letra por letra de banana."""

import functools

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from helpers.attention import causal_mask
from helpers.decoder import Decoder
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots import shuffler as draw
from helpers.plots.matrix import said
from helpers.plots.spaces import plane
from helpers.thread import Thread, load_thread

WORD = "banana"
#: Que letra de banana ocupa cada lugar.
ORDERS = {
    "banana": (0, 1, 2, 3, 4, 5),
    "nabana": (2, 3, 0, 1, 4, 5),
    "nanaba": (4, 1, 2, 3, 0, 5),
    "ananab": (5, 4, 3, 2, 1, 0),
    "aaannb": (1, 3, 5, 2, 4, 0),
}
MODELS = {"trained": "treinado", "born": "sorteado"}
SAME = 1e-4  # duas contas do mesmo número diferem bem menos que isto

Rows = Float[Tensor, "pos d_model"]


class Shuffler:
    """Uma camada de atenção do modelo, com e sem treino, sobre as letras de banana."""

    def __init__(self, thread: Thread) -> None:
        """Guarda o modelo treinado, um recém-sorteado e os ids das letras.

        Parâmetros:
            thread: de onde vêm o modelo e o tokenizador.
        """
        born = Decoder(thread.model.config, generator=torch.Generator().manual_seed(0)).eval()
        self.models = {"trained": thread.model, "born": born}
        vocab = thread.tokenizer.vocab
        self.ids: Integer[Tensor, " pos"] = torch.tensor([vocab[w.encode()] for w in WORD])
        self.outputs = functools.cache(self._outputs)

    @torch.no_grad()
    def _outputs(self, order: str, positions: bool, mask: bool, model: str) -> Rows:
        """Calcula o que sai da primeira camada de atenção, com a entrada somada."""
        decoder = self.models[model]
        tokens = self.ids[list(ORDERS[order])][None]
        x = decoder.embed(tokens)
        if positions:
            x = x + decoder.pos_embed(tokens)
        block = decoder.blocks[0]
        allowed = causal_mask(len(WORD)) if mask else None
        return (x + block.attn(block.ln1(x), mask=allowed))[0]

    def numbered(
        self, order: str, positions: bool, mask: bool, model: str
    ) -> tuple[list[int], list[int]]:
        """Dá um número a cada vetor diferente; iguais ganham o mesmo.

        Parâmetros:
            order: uma das chaves de `ORDERS`.
            positions: se as posições são somadas.
            mask: se a máscara causal esconde o futuro.
            model: uma das chaves de `MODELS`.

        Retorna:
            Os números da palavra na ordem certa e os da palavra embaralhada.
        """
        seen: list[Tensor] = []
        found = []
        for word in (WORD, order):
            for row in self.outputs(word, positions, mask, model):
                known = (i for i, one in enumerate(seen) if (row - one).abs().max() < SAME)
                place = next(known, len(seen))
                if place == len(seen):
                    seen.append(row)
                found.append(place + 1)
        return found[: len(WORD)], found[len(WORD) :]

    def gap(self, order: str, positions: bool, mask: bool, model: str) -> float:
        """Devolve a maior diferença entre a saída de uma letra antes e depois da troca.

        Parâmetros:
            order: uma das chaves de `ORDERS`.
            positions: se as posições são somadas.
            mask: se a máscara causal esconde o futuro.
            model: uma das chaves de `MODELS`.
        """
        before = self.outputs(WORD, positions, mask, model)[list(ORDERS[order])]
        return (self.outputs(order, positions, mask, model) - before).abs().max().item()

    def plane(self, order: str, positions: bool, mask: bool, model: str) -> tuple[list, float]:
        """Põe as saídas da palavra e as da embaralhada no plano de maior variação.

        Parâmetros:
            order: uma das chaves de `ORDERS`.
            positions: se as posições são somadas.
            mask: se a máscara causal esconde o futuro.
            model: uma das chaves de `MODELS`.

        Retorna:
            Os pontos, um par por saída, e a parte da variação que o plano guarda.
        """
        outputs = torch.cat([self.outputs(w, positions, mask, model) for w in (WORD, order)])
        points, kept = plane(outputs, range(len(outputs)))
        return points.tolist(), kept


def shuffler(thread: Thread | None = None, name: str = "w4") -> Flipper:
    """Embaralhador: ordem das letras, posições, máscara e modelo.

    Parâmetros:
        thread: de onde vem o modelo; sem valor, o do curso.
        name: nome na lista de exploráveis vivos.
    """
    machine = Shuffler(thread or load_thread())

    def frame(order: str, positions: bool, mask: bool, model: str) -> Frame:
        state = (order, positions, mask, model)
        before, after = machine.numbered(*state)
        gap = said(machine.gap(*state), 2)
        told = f"maior diferença na saída de uma letra: {gap}"
        points, share = machine.plane(*state)
        kept = f"{100 * share:.0f}%"
        drawing = draw.shuffle_frame(WORD, ORDERS[order], before, after, told, points, kept)
        sentence = f"{_sentence(*state, before, after, gap)} O plano guarda {kept} da variação."
        return Frame(drawing, sentence, _table(order, before, after))

    def last_is_kept(order: str, mask: bool, model: str) -> bool:
        before, after = machine.numbered(order, False, mask, model)
        return order != WORD and after[-1] == before[ORDERS[order][-1]]

    return show(
        name,
        Flipper(
            frame,
            [
                Axis("order", "ordem", tuple(ORDERS), kind="buttons"),
                Axis("positions", "posições", (True, False), ("com", "sem"), kind="buttons"),
                Axis("mask", "máscara", (True, False), ("com", "sem"), kind="buttons"),
                Axis("model", "modelo", tuple(MODELS), tuple(MODELS.values()), kind="buttons"),
            ],
            "Embaralhador",
            name="w4",
            title="Embaralhador: a atenção percebe a troca?",
            question=Prediction(
                "Sem posições e sem máscara, embaralhamos banana. Quantas letras mudam de saída?",
                ("nenhuma", "as que mudaram de lugar", "todas"),
                "nenhuma",
                (
                    "Cada letra vê o mesmo conjunto de letras, esteja onde estiver.",
                    "Sem posições, nada diz a uma letra onde ela está.",
                    "Para isso alguma conta teria de usar a ordem, e nenhuma usa.",
                ),
            ),
            challenges=(
                Challenge(
                    "Embaralhe sem que nenhuma letra mude de saída.",
                    lambda order, positions, mask, model: (
                        order != WORD and machine.gap(order, positions, mask, model) < SAME
                    ),
                ),
                Challenge(
                    "Sem posições e com máscara, embaralhe sem mudar a saída da última letra.",
                    lambda order, positions, mask, model: (
                        mask and not positions and last_is_kept(order, mask, model)
                    ),
                ),
            ),
        ),
    )


def _sentence(
    order: str,
    positions: bool,
    mask: bool,
    model: str,
    before: list[int],
    after: list[int],
    gap: str,
) -> str:
    kept = sum(after[place] == before[source] for place, source in enumerate(ORDERS[order]))
    have = {True: "com", False: "sem"}
    head = f"{order}, {have[positions]} posições, {have[mask]} máscara, modelo {MODELS[model]}"
    distinct = len(set(after))
    told = f"{kept} de 6 letras saem com o mesmo vetor que em banana"
    many = f"{distinct} vetor diferente" if distinct == 1 else f"{distinct} vetores diferentes"
    letters_a = {after[place] for place, source in enumerate(ORDERS[order]) if WORD[source] == "a"}
    tail = " Os três a são um só." if len(letters_a) == 1 else ""
    return f"{head}: {told}; há {many} para 6 letras. Maior diferença: {gap}.{tail}"


def _table(order: str, before: list[int], after: list[int]) -> Table:
    rows = tuple(
        (str(place), WORD[source], str(before[source]), str(after[place]))
        for place, source in enumerate(ORDERS[order])
    )
    return Table(("lugar", "letra", "vetor em banana", "vetor agora"), rows)
