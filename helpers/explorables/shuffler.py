"""Embaralhador: o que a atenção perde sem posições, letra por letra de banana."""

import functools
from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from helpers.attention import causal_mask
from helpers.decoder import Decoder
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.spaces import plane
from helpers.plots.svg import Px
from helpers.spoken import decimal, percent
from helpers.studies.thread import Thread, load_thread

TEXT = words("w4")

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
LEFT, STEP = 112, 52  # primeira letra e distância entre duas, em px
BOX = 44
PLANE_X, PLANE_Y, PLANE = 444, 42, 188  # canto e lado do plano das saídas, em px
SIDES = ((17, 0), (-17, 0), (0, -17), (0, 17), (17, -14), (-17, -14), (17, 14), (-17, 14))
TOP_Y, BOTTOM_Y = 74, 214  # topo das letras de cima e das de baixo, em px
HEIGHT = 330


def shuffle_frame(
    letters: Sequence[str],
    order: Sequence[int],
    before: Sequence[int],
    after: Sequence[int],
    told: str,
    points: Sequence[Sequence[Px]],
    kept: str,
) -> str:
    """Um quadro: a palavra em cima, embaralhada embaixo, e as saídas de uma e de outra no plano.

    Parâmetros:
        order: que letra da palavra ocupa cada lugar embaixo.
        before: número do vetor que sai de cada letra, na palavra; iguais, o mesmo número.
        after: o mesmo, para cada lugar da palavra embaralhada.
        points: lugar de cada saída no plano: primeiro as da palavra, depois as da embaralhada.
        kept: quanto da variação o plano guarda, como se lê.

    Erros:
        ValueError: se `order` não for uma permutação das letras, ou faltar um ponto.
    """
    if sorted(order) != list(range(len(letters))):
        raise ValueError(f"order={list(order)} não é uma permutação de {len(letters)} letras.")
    if len(points) != 2 * len(letters):
        raise ValueError(f"Há {len(points)} pontos e {len(letters)} letras; são dois por letra.")
    parts = [
        svg.text(8, TOP_Y - 42, "Na ordem da palavra", "s b"),
        svg.text(8, BOTTOM_Y - 14, "Embaralhada", "s b"),
        svg.text(8, TOP_Y + 28, "letra", "m"),
        svg.text(8, TOP_Y - 16, "vetor que sai", "m"),
        svg.text(8, BOTTOM_Y + 28, "letra", "m"),
        svg.text(8, BOTTOM_Y + 78, "vetor que sai", "m"),
        svg.text(8, HEIGHT - 12, told, "s"),
    ]
    marks = _marks(letters)
    for place, source in enumerate(order):
        same = after[place] == before[source]
        style = "l1" if same else "l2 dash"
        middle = BOX / 2
        start, end = _x(source) + middle, _x(place) + middle
        parts.append(svg.line(start, TOP_Y + BOX, end, BOTTOM_Y, style))
    for place in range(len(letters)):
        parts.append(_letter(marks[place], _x(place), TOP_Y))
        parts.append(_tag(before[place], _x(place), TOP_Y - 32))
        parts.append(_letter(marks[order[place]], _x(place), BOTTOM_Y))
        parts.append(_tag(after[place], _x(place), BOTTOM_Y + 62))
    parts += _plane([*before, *after], points, len(letters), kept)
    return svg.document("".join(parts), HEIGHT)


def _plane(numbers: Sequence[int], points: Sequence[Sequence[Px]], n: int, kept: str) -> list[str]:
    """As saídas como pontos: círculo, as da palavra; quadrado, as da embaralhada."""
    reach = max((abs(one) for point in points for one in point), default=0.0) or 1.0
    middle, scale = PLANE / 2, (PLANE / 2 - 26) / reach
    spots = [
        (round(PLANE_X + middle + x * scale), round(PLANE_Y + middle - y * scale))
        for x, y in points
    ]
    bottom = PLANE_Y + PLANE
    parts = [
        svg.text(PLANE_X, PLANE_Y - 10, "Saídas num plano (PCA)", "s b"),
        svg.box(PLANE_X, PLANE_Y, PLANE, PLANE, "line"),
        svg.text(PLANE_X, bottom + 20, f"guarda {kept} da variação", "s"),
        _dot(PLANE_X + 7, bottom + 39, True),
        svg.text(PLANE_X + 22, bottom + 44, "na palavra", "m"),
        _dot(PLANE_X + 7, bottom + 61, False),
        svg.text(PLANE_X + 22, bottom + 66, "embaralhada", "m"),
    ]
    # Quadrados embaixo: quando as duas saídas são a mesma, o círculo aparece dentro.
    for i in [*range(n, 2 * n), *range(n)]:
        mark = _dot(*spots[i], i < n)
        if mark not in parts:
            parts.append(mark)
    return parts + _labels(dict(zip(numbers, spots, strict=True)))


def _dot(x: Px, y: Px, in_word: bool) -> str:
    if in_word:
        return f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="4.5" class="p1"/>'
    return svg.box(x - 7, y - 7, 14, 14, "c2", 2)


def _labels(spots: dict[int, tuple[int, int]]) -> list[str]:
    """Número de cada saída, do lado do ponto em que há mais lugar."""
    taken = list(spots.values())
    parts = []
    for number, (x, y) in spots.items():
        around = [(x + dx, y + dy) for dx, dy in SIDES]
        others = [one for one in taken if one != (x, y)]
        best = max(around, key=functools.partial(_room, others=others))
        taken.append(best)
        parts.append(svg.text(best[0], best[1] + 5, str(number), "kc"))
    return parts


def _room(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> Px:
    """Distância ao vizinho mais próximo; a partir de 14 px, tanto faz."""
    near = (max(abs(place[0] - x), abs(place[1] - y)) for x, y in others)
    return min(14, min(near, default=14))


def _x(place: int) -> Px:
    return LEFT + place * STEP


def _marks(letters: Sequence[str]) -> list[str]:
    """Letras repetidas ganham um número pequeno: a₁, a₂, a₃."""
    digits = "₀₁₂₃₄₅₆₇₈₉"
    marks = []
    for i, letter in enumerate(letters):
        nth = list(letters[: i + 1]).count(letter)
        marks.append(letter + digits[nth] if list(letters).count(letter) > 1 else letter)
    return marks


def _letter(mark: str, x: Px, y: Px) -> str:
    return svg.box(x, y, BOX, BOX) + svg.text(x + BOX / 2, y + 28, mark, "k")


def _tag(number: int, x: Px, y: Px) -> str:
    """Vetor de saída: um número por vetor diferente."""
    return svg.box(x + 4, y, BOX - 8, 24, "soft") + svg.text(x + BOX / 2, y + 17, f"{number}", "kc")


class Shuffler:
    """Uma camada de atenção do modelo, com e sem treino, sobre as letras de banana."""

    def __init__(self, thread: Thread) -> None:
        """Guarda o modelo treinado, um recém-sorteado e os ids das letras."""
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
        """Devolve a maior diferença entre a saída de uma letra antes e depois da troca."""
        before = self.outputs(WORD, positions, mask, model)[list(ORDERS[order])]
        return (self.outputs(order, positions, mask, model) - before).abs().max().item()

    def plane(self, order: str, positions: bool, mask: bool, model: str) -> tuple[list, float]:
        """Põe as saídas da palavra e as da embaralhada no plano de maior variação.

        Retorna:
            Os pontos, um par por saída, e a parte da variação que o plano guarda.
        """
        outputs = torch.cat([self.outputs(w, positions, mask, model) for w in (WORD, order)])
        points, kept = plane(outputs, range(len(outputs)))
        return points.tolist(), kept

    def keeps_last(self, order: str, positions: bool, mask: bool, model: str) -> bool:
        """Diz se a palavra mudou e a sua última letra sai como saía na ordem certa."""
        before, after = self.numbered(order, positions, mask, model)
        return order != WORD and after[-1] == before[ORDERS[order][-1]]

    def frame(self, order: str, positions: bool, mask: bool, model: str) -> Frame:
        """O quadro: a palavra, a embaralhada, as saídas de cada letra e o plano delas."""
        state = (order, positions, mask, model)
        before, after = self.numbered(*state)
        gap = decimal(self.gap(*state))
        points, share = self.plane(*state)
        kept = percent(share)
        told = f"maior diferença na saída de uma letra: {gap}"
        drawing = shuffle_frame(WORD, ORDERS[order], before, after, told, points, kept)
        wide = 6 * STEP
        drawing = svg.over(
            drawing,
            svg.zone((LEFT - 4, TOP_Y - 4, wide, BOX + 8), order=WORD),
            svg.zone((LEFT - 4, BOTTOM_Y - 4, wide, BOX + 8), order=following(ORDERS, order)),
            svg.zone((LEFT - 4, TOP_Y + BOX + 8, wide, BOTTOM_Y - TOP_Y - BOX - 16), mask=not mask),
            svg.zone((LEFT - 4, BOTTOM_Y + 56, wide, 36), positions=not positions),
            svg.zone((PLANE_X, PLANE_Y, PLANE, PLANE), model=following(MODELS, model)),
        )
        sentence = f"{_sentence(*state, before, after, gap)} O plano guarda {kept} da variação."
        return Frame(drawing, sentence, _table(order, before, after))


@opens
def shuffler(thread: Thread | None = None) -> Flipper:
    """Embaralhador: ordem das letras, posições, máscara e modelo.

    Parâmetros:
        thread: de onde vem o modelo; sem valor, o do curso.
    """
    machine = Shuffler(thread or load_thread())
    switch = ("com", "sem")
    return Flipper(
        machine.frame,
        [
            Axis("order", "ordem", tuple(ORDERS), kind="buttons"),
            Axis("positions", "posições", (True, False), switch, kind="buttons"),
            Axis("mask", "máscara", (True, False), switch, kind="buttons"),
            Axis("model", "modelo", tuple(MODELS), tuple(MODELS.values()), kind="buttons"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=TEXT.challenges(
            {
                "nada_muda": lambda **state: state["order"] != WORD and machine.gap(**state) < SAME,
                "ultima": lambda **state: (
                    state["mask"] and not state["positions"] and machine.keeps_last(**state)
                ),
            }
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


def _table(order: str, before: list[int], after: list[int]) -> Numbers:
    rows = tuple(
        (str(place), WORD[source], str(before[source]), str(after[place]))
        for place, source in enumerate(ORDERS[order])
    )
    return Numbers(("lugar", "letra", "vetor em banana", "vetor agora"), rows)
