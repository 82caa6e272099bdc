"""Fusão a fusão: o treino do BPE passo a passo, com a regra de desempate na mão.

Dois exploráveis com o mesmo quadro: a palavra banana sob cada regra e um texto próprio.
"""

import functools
import unicodedata
from collections.abc import Mapping, Sequence

from helpers import bpe
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.live import LiveFlipper, Scene, crop
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.tape import (
    MARGIN,
    Pair,
    pair_label,
    tape,
    tape_height,
    tape_lines,
    word_label,
)
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import listing

TEXT = words("w1")
OWN_TEXT = words("w1-texto")

WORD = "banana"
RULES = {
    "largest_bytes": "maior par",
    "first_seen": "primeiro visto",
    "smallest_ids": "menor id",
    "last_seen": "último visto",
}
ROWS = 6  # linhas de cada coluna
ROW = 27
MAX_STEPS = 19  # estados por regra: com quatro regras, 76 quadros, ≤ 150 kB no pior texto
MAX_LETTERS = 24
MAX_SYMBOLS = 26  # bytes que cabem na fita


def merge_frame(
    symbols: Sequence[bytes],
    counts: Mapping[Pair, int],
    tied: Sequence[Pair],
    chosen: Pair | None,
    merges: Sequence[Pair],
    vocab: Sequence[bytes],
    *,
    lines: int = 1,
    rows: int = ROWS,
    ending: str = "não há mais pares",
) -> str:
    """Um passo do treino: fita em cima; embaixo, contagens, fusões em ordem e vocabulário.

    Parâmetros:
        tied: pares com a maior contagem.
        chosen: par que será fundido a seguir; `None` no fim.
        vocab: símbolos conhecidos, os mais novos no fim.
        lines: linhas reservadas para a fita; iguais em todos os quadros, para nada pular.
        rows: linhas reservadas para as colunas.
        ending: o que se lê no lugar das contagens quando não há par a fundir.
    """
    top = 8 + tape_height(lines)
    head = top + 20
    parts = [
        tape(symbols, 8 + tape_height(lines - tape_lines(symbols)) / 2, chosen, tied),
        svg.line(MARGIN, top, svg.WIDTH - MARGIN, top),
        svg.text(MARGIN, head + 4, "Pares", "s b"),
        svg.text(258, head + 4, "Fusões, em ordem", "s b"),
        svg.text(450, head + 4, f"Vocabulário: {len(vocab)}", "s b"),
        _counts_column(counts, tied, chosen, head + 14, ending),
        _merges_column(merges, head + 14),
        _vocab_column(vocab, len(merges), head + 14),
    ]
    return svg.document("".join(parts), head + 22 + rows * ROW)


def _counts_column(
    counts: Mapping[Pair, int],
    tied: Sequence[Pair],
    chosen: Pair | None,
    top: Px,
    ending: str,
) -> str:
    """Coluna dos pares: barra e número; empates unidos por um colchete."""
    if chosen is None and not tied:
        return svg.text(MARGIN, top + 20, ending, "s")
    shown = _shown(counts, chosen)
    most = max(counts.values())
    parts = []
    for row, (pair, count) in enumerate(shown):
        y = top + row * ROW
        if pair == chosen:
            parts.append(svg.box(MARGIN - 8, y + 2, 192, ROW - 4, "c1"))
        parts.append(svg.text(MARGIN, y + 19, svg.short(pair_label(pair), 86), "ks"))
        parts.append(svg.box(108, y + 9, 56 * count / most, 10, "p1" if pair == chosen else "ink"))
        parts.append(svg.text(172, y + 19, str(count), "s"))
    if len(counts) > len(shown):
        y = top + (ROWS - 1) * ROW + 19
        parts.append(svg.text(MARGIN, y, f"e mais {len(counts) - len(shown)} pares", "m"))
    ties = sum(pair in tied for pair, _ in shown)
    if ties > 1:
        y1, y2 = top + 6, top + ties * ROW - 6
        parts.append(f'<path d="M204 {y1:g}h7V{y2:g}h-7" class="l2"/>')
        parts.append(_tie_word((y1 + y2) / 2))
    return "".join(parts)


def _shown(counts: Mapping[Pair, int], chosen: Pair | None) -> list[tuple[Pair, int]]:
    """Os pares que cabem: os mais frequentes primeiro; entre iguais, a ordem do texto."""
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    if len(ranked) <= ROWS:
        return ranked
    shown = ranked[: ROWS - 1]
    if chosen is not None and chosen not in dict(shown):
        shown[-1] = (chosen, counts[chosen])
    return shown


def _tie_word(middle: Px) -> str:
    # Deitada ao lado do colchete: cabe mesmo quando o empate é de só dois pares.
    y = svg.number(middle)
    return (
        f'<text x="222" y="{y}" class="s middle" '
        f'transform="rotate(90 222 {y})" dy="3">empate</text>'
    )


def _merges_column(merges: Sequence[Pair], top: Px) -> str:
    """Coluna das fusões: as últimas, numeradas desde o começo."""
    if not merges:
        return svg.text(258, top + 19, "nenhuma ainda", "m")
    hidden = _folded(merges)
    parts = [svg.text(258, top + 19, f"… e {hidden} antes", "m")] if hidden else []
    for row, (left, right) in enumerate(merges[hidden:], start=1 if hidden else 0):
        label = f"{hidden + row + (0 if hidden else 1)}. {pair_label((left, right))} → "
        line = svg.short(label + svg.token_label(left + right), 176)
        newest = row == (1 if hidden else 0) + len(merges[hidden:]) - 1
        parts.append(svg.text(258, top + row * ROW + 19, line, "ks b" if newest else "ks"))
    return "".join(parts)


def _folded(merges: Sequence[Pair]) -> int:
    """Quantas fusões, das primeiras, a coluna resume numa linha só."""
    return len(merges) - ROWS + 1 if len(merges) > ROWS else 0


def _zones(step: bpe.Step, lines: int, others: Mapping[Pair, str]) -> list[str]:
    """Onde se aperta: cada fusão já feita, o par que vem a seguir, e os que outra regra escolheria.

    Parâmetros:
        lines: linhas reservadas para a fita.
        others: a regra que escolheria cada par.
    """
    height = tape_height(lines)
    top, hidden = 8 + height + 34, _folded(step.merges)
    done = range(hidden + 1, len(step.merges) + 1)
    rows = [(number, row) for row, number in enumerate(done, start=1 if hidden else 0)]
    found = [
        svg.zone((252, top + row * ROW, 190, ROW), step=number)
        for number, row in [*([(hidden, 0)] if hidden else []), *rows]
    ]
    ahead = [(2, 4, svg.WIDTH - 4, height)]
    for row, (pair, _) in enumerate(_shown(step.counts, step.chosen)):
        area = (MARGIN - 8, top + row * ROW, 210, ROW)
        if pair == step.chosen:
            ahead.append(area)
        elif pair in others:
            found.append(svg.zone(area, rule=others[pair]))
    return [*found, svg.zone(*ahead, step=step.index + 1)]


def _vocab_column(vocab: Sequence[bytes], n_learned: int, top: Px) -> str:
    """Coluna do vocabulário: fichas; o símbolo que acabou de nascer em verde."""
    parts, x, row = [], 450.0, 0
    right = svg.WIDTH - MARGIN
    for i, symbol in enumerate(vocab):
        label = svg.short(svg.token_label(symbol), right - 450 - 14)
        w = max(26.0, svg.label_width(label, 14) + 14)
        if x + w > right:
            x, row = 450.0, row + 1
        if row == ROWS - 1 and len(vocab) - i > 1:
            text = f"e mais {len(vocab) - i}"
            parts.append(svg.text(450, top + row * ROW + 19, text, "m"))
            break
        newest = n_learned > 0 and i == len(vocab) - 1
        parts.append(svg.box(x, top + row * ROW + 2, w, ROW - 5, "c3" if newest else "box"))
        parts.append(svg.text(x + w / 2, top + row * ROW + 18, label, "kc"))
        x += w + 5
    return "".join(parts)


def counts_table(step: bpe.Step) -> Numbers:
    """As maiores contagens de um passo, em ordem, com o empate escrito; no máximo oito."""
    ranked = sorted(step.counts.items(), key=lambda item: -item[1])[:8]
    rows = []
    for pair, count in ranked:
        notes = ["empate"] if len(step.tied) > 1 and pair in step.tied else []
        notes += ["escolhido"] if pair == step.chosen else []
        rows.append((pair_label(pair), str(count), ", ".join(notes)))
    rows = rows or [("nenhum", "0", "não há mais pares")]
    return Numbers(("par", "contagem", "situação"), tuple(rows))


def step_sentence(step: bpe.Step, rule: str, total: int) -> str:
    """Frase de um passo, de `total`: a palavra, o empate, a escolha ou o fim."""
    word = word_label(step.words[0]) if step.words else ""
    head = f"Regra do {RULES[rule]}, passo {step.index} de {total}: {word}."
    if step.chosen is None:
        learned = [svg.token_label(left + right) for left, right in step.merges]
        order = f" Aprendeu, nesta ordem: {listing(learned[:12])}." if learned else ""
        more = f" E mais {len(learned) - 12}." if len(learned) > 12 else ""
        return f"{head} Não há mais pares.{order}{more}"
    count, chosen = step.counts[step.chosen], pair_label(step.chosen)
    times = "1 vez" if count == 1 else f"{count} vezes"
    if len(step.tied) == 1:
        return f"{head} {chosen} aparece {times}: sem empate, é ele que se funde."
    tied = [pair_label(pair) for pair in step.tied]
    names = listing(tied) if len(tied) <= 4 else f"{len(tied)} pares"
    return f"{head} Empate: {names} aparecem {times} cada. A regra escolhe {chosen}."


def step_frame(
    runs: Mapping[str, Sequence[bpe.Step]], rule: str, at: int, lines: int = 1, rows: int = 4
) -> Frame:
    """Quadro do passo `at` de uma regra, com `lines` linhas de fita e `rows` de colunas.

    Parâmetros:
        runs: os passos de cada regra.
    """
    step, total = runs[rule][at], len(runs[rule]) - 1
    rivals = ((name, run[at]) for name, run in runs.items() if at < len(run))
    others = {one.chosen: name for name, one in rivals if one.chosen and one.merges == step.merges}
    drawing = merge_frame(
        step.words[0] if step.words else (),
        step.counts,
        step.tied,
        step.chosen,
        step.merges,
        step.vocab,
        lines=lines,
        rows=rows,
    )
    drawing = svg.over(drawing, *_zones(step, lines, others))
    return Frame(drawing, step_sentence(step, rule, total), counts_table(step))


@opens
def merge_by_merge() -> Flipper:
    """Fusão a fusão: a palavra banana, um passo por vez, sob cada regra de desempate."""
    runs = {rule: list(bpe.steps(WORD, tie_rule=rule)) for rule in RULES}
    total = max(len(run) for run in runs.values()) - 1

    def frame(rule: str, step: int) -> Frame:
        return step_frame(runs, rule, min(step, len(runs[rule]) - 1))

    letters = [bytes([value]) for value in WORD.encode()]
    question = TEXT.opening(svg.document(tape(letters, 4), tape_height(1) + 4))
    return Flipper(
        frame,
        [
            Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
            Axis("step", "passo", tuple(range(total + 1))),
        ],
        **TEXT.heading(),
        question=question,
        challenges=TEXT.challenges(
            {
                "ana": lambda rule, step: any(a + b == b"ana" for a, b in runs[rule][step].merges),
                "b_anana": lambda rule, step: runs[rule][step].words == ((b"b", b"anana"),),
            }
        ),
    )


@opens
def your_merges(text: str = "o pão do João") -> LiveFlipper:
    """Suas fusões: o treino do BPE no texto de quem estuda, passo a passo, sob cada regra.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
    """
    return LiveFlipper(
        merges_scene,
        text,
        **OWN_TEXT.heading(),
    )


def merges_scene(text: str) -> Scene:
    """Cena do treino num texto: regra × passo, com aviso do que não coube."""
    shown, note = crop(text, MAX_LETTERS, MAX_SYMBOLS)
    notes = [note] if note else []
    if unicodedata.normalize("NFC", shown) != shown:
        notes.append("o texto veio decomposto (NFD): o acento é um caractere à parte")
    runs = {rule: list(bpe.steps(shown, tie_rule=rule)) for rule in RULES}
    longest = max(map(len, runs.values()))
    n_steps = min(longest, MAX_STEPS)
    if longest > n_steps:
        notes.append(f"mostrando {n_steps - 1} de {longest - 1} fusões")
    lines = max(tape_lines(step.words[0]) for run in runs.values() for step in run)

    @functools.cache
    def reached(rule: str, step: int) -> Frame:
        return step_frame(runs, rule, step, lines, ROWS)

    def frame(rule: str, step: int) -> Frame:
        return reached(rule, min(step, len(runs[rule]) - 1))

    axes = [
        Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
        Axis("step", "passo", tuple(range(n_steps))),
    ]
    return Scene(frame, axes, "; ".join(notes))
