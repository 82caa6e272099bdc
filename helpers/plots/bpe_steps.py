"""Um passo do treino do BPE num quadro: fita, contagens, fusões em ordem e vocabulário."""

from collections.abc import Mapping, Sequence

from helpers.plots import svg
from helpers.plots.bpe import MARGIN, Pair, pair_label, tape, tape_height, tape_lines
from helpers.plots.svg import Px

ROWS = 6  # linhas de cada coluna
ROW = 27


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
        symbols: a fita neste passo.
        counts: contagem de cada par.
        tied: pares com a maior contagem.
        chosen: par que será fundido a seguir; `None` no fim.
        merges: fusões já feitas, em ordem.
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
    # Os mais frequentes primeiro; entre iguais, a ordem do texto.
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    hidden = max(0, len(ranked) - ROWS)
    shown = ranked[: ROWS - 1] if hidden else ranked
    if hidden and chosen is not None and chosen not in dict(shown):
        shown[-1] = (chosen, counts[chosen])
    most = ranked[0][1]
    parts = []
    for row, (pair, count) in enumerate(shown):
        y = top + row * ROW
        if pair == chosen:
            parts.append(svg.box(MARGIN - 8, y + 2, 192, ROW - 4, "c1"))
        parts.append(svg.text(MARGIN, y + 19, svg.short(pair_label(pair), 86), "ks"))
        parts.append(svg.box(108, y + 9, 56 * count / most, 10, "p1" if pair == chosen else "ink"))
        parts.append(svg.text(172, y + 19, str(count), "s"))
    if hidden:
        y = top + (ROWS - 1) * ROW + 19
        parts.append(svg.text(MARGIN, y, f"e mais {len(ranked) - len(shown)} pares", "m"))
    ties = sum(pair in tied for pair, _ in shown)
    if ties > 1:
        y1, y2 = top + 6, top + ties * ROW - 6
        parts.append(f'<path d="M204 {y1:g}h7V{y2:g}h-7" class="l2"/>')
        parts.append(_tie_word((y1 + y2) / 2))
    return "".join(parts)


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
    hidden = len(merges) - ROWS + 1 if len(merges) > ROWS else 0
    parts = [svg.text(258, top + 19, f"… e {hidden} antes", "m")] if hidden else []
    for row, (left, right) in enumerate(merges[hidden:], start=1 if hidden else 0):
        label = f"{hidden + row + (0 if hidden else 1)}. {pair_label((left, right))} → "
        line = svg.short(label + svg.token_label(left + right), 176)
        newest = row == (1 if hidden else 0) + len(merges[hidden:]) - 1
        parts.append(svg.text(258, top + row * ROW + 19, line, "ks b" if newest else "ks"))
    return "".join(parts)


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
