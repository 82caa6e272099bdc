"""Letra, byte, pedaço: o mesmo texto visto como letras, como bytes e como tokens."""

import functools
import unicodedata
from collections.abc import Callable, Sequence

import regex

from helpers import bpe
from helpers.explorables.kit.frames import Axis, Frame, Numbers, Opening, following
from helpers.explorables.kit.live import LiveFlipper, Scene, check_text, crop
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import listing

TEXT = words("w2")

FORMS = ("NFC", "NFD")
MAX_LETTERS = 30
MAX_BYTES = 42  # duas linhas do desenho
SAMPLE = (
    "ação, maçã, pão, coração, não, mão, irmão, João, feijão, avião, canção, lição, "
    "atenção, oração, nação, emoção, manhã, lã, romã, órgão, café, você, avó, avô. "
    "O João deu um pão e uma maçã para a irmã. A lição não tem canção: só atenção e emoção."
)
LEFT = 104  # começo das fileiras; à esquerda ficam os nomes e os totais
ROOM = svg.WIDTH - LEFT - 12
NARROW, WIDE = 24, 46  # menor e maior largura de um byte, em px
ROW = 40
GAP = 8
TOP = 14
BLOCK = 3 * ROW + 2 * GAP + 20  # altura de uma linha de texto: as três fileiras e o respiro

Run = tuple[int, int]  # primeiro byte e byte seguinte ao último


def runs(pieces: Sequence[bytes]) -> list[Run]:
    """Faixa de bytes de cada pedaço.

    Parâmetros:
        pieces: pedaços na ordem; juntos, são o texto inteiro.
    """
    found, start = [], 0
    for piece in pieces:
        found.append((start, start + len(piece)))
        start += len(piece)
    return found


def is_half(piece: bytes) -> bool:
    """Se o pedaço, sozinho, não forma letras inteiras em UTF-8."""
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def cell_width(n_bytes: int) -> int:
    """Largura de um byte, para `n_bytes`: folgada em texto curto, a menor se é preciso quebrar."""
    return max(NARROW, min(WIDE, ROOM // max(1, n_bytes)))


def line_breaks(letters: Sequence[bytes], cell: int) -> list[Run]:
    """Faixa de bytes de cada linha do desenho; a quebra cai entre letras sempre que dá.

    Parâmetros:
        cell: largura de um byte.
    """
    fit = ROOM // cell
    lines, start, end = [], 0, 0
    for _, stop in runs(letters):
        while stop - start > fit:
            # Uma letra maior que a linha (um emoji de família) é cortada onde a linha acaba.
            cut = end if end > start else start + fit
            lines.append((start, cut))
            start, end = cut, cut
        end = stop
    return [*lines, (start, end)]


def letters_frame(
    letters: Sequence[bytes], pieces: Sequence[bytes], cell: int = WIDE, n_lines: int = 0
) -> str:
    """Três fileiras: letras, bytes em hexadecimal e pedaços, os que são meia letra hachurados.

    Parâmetros:
        cell: largura de um byte.
        n_lines: linhas reservadas; 0 reserva as que o texto ocupa.
    """
    lines = line_breaks(letters, cell)
    data = b"".join(letters)
    names = ("letra", len(letters)), ("byte", len(data)), ("pedaço", len(pieces))
    parts = []
    for i, (name, count) in enumerate(names):
        label = f"{count} {name}{'' if count == 1 else 's'}"
        parts.append(svg.text(LEFT - 12, TOP + i * (ROW + GAP) + 25, label, "s", "end"))
    for row, line in enumerate(lines):
        y = TOP + row * BLOCK
        parts.append(_row(letters, lines, line, y, cell, _letter_style))
        parts.append(_bytes_row(data, letters, line, y + ROW + GAP, cell))
        parts.append(_row(pieces, lines, line, y + 2 * (ROW + GAP), cell, _piece_style))
    height = TOP + max(n_lines, len(lines)) * BLOCK
    return svg.document("".join(parts) + _legend(height), height + 18)


def _legend(y: Px) -> str:
    return (
        svg.box(LEFT, y - 9, 26, 16, "c2", 2)
        + svg.text(LEFT + 34, y + 4, "letra de vários bytes", "m")
        + svg.box(LEFT + 212, y - 9, 26, 16, "line", 2)
        + svg.hatch(LEFT + 212, y - 9, 26, 16, 6)
        + svg.text(LEFT + 246, y + 4, "meia letra", "m")
        + svg.text(LEFT + 346, y + 4, "· é o espaço", "m")
    )


def _letter_style(letter: bytes) -> str:
    return "c2" if len(letter) > 1 else "box"


def _piece_style(piece: bytes) -> str:
    return "box" if is_half(piece) else "c1"


def _within(piece: Run, line: Run, cell: int) -> tuple[Px, Px] | None:
    """Esquerda e largura da parte do pedaço que cai nesta linha."""
    a, b = max(piece[0], line[0]), min(piece[1], line[1])
    return (LEFT + (a - line[0]) * cell + 1, (b - a) * cell - 3) if a < b else None


def _row(
    pieces: Sequence[bytes],
    lines: Sequence[Run],
    line: Run,
    y: Px,
    cell: int,
    style_of: Callable[[bytes], str],
) -> str:
    """Fileira de caixas, cada uma com a largura dos seus bytes, e seus rótulos."""
    groups: dict[str, list[tuple[Px, Px]]] = {}
    hatches, labels = [], []
    for piece, run in zip(pieces, runs(pieces), strict=True):
        place = _within(run, line, cell)
        if place is None:
            continue
        x, w = place
        groups.setdefault(style_of(piece), []).append(place)
        if style_of is _piece_style and is_half(piece):
            hatches.append(svg.hatch(x, y, w, ROW, 10))
        # Na quebra de linha o rótulo fica na parte mais larga.
        widest = max(filter(None, (_within(run, other, cell) for other in lines)), key=_width)
        if place == widest:
            # O halo abre espaço na hachura, para o rótulo se ler.
            halo = " halo" if is_half(piece) else ""
            labels.append(_label(svg.token_label(piece), x + w / 2, y, w, halo))
    rows = (svg.boxes(places, y, ROW, style) for style, places in sorted(groups.items()))
    return "".join([*rows, *hatches, *labels])


def _width(place: tuple[Px, Px]) -> Px:
    return place[1]


def _label(label: str, middle: Px, y: Px, width: Px, halo: str) -> str:
    """Rótulo no centro da caixa; meia letra de um byte só aparece sem ⟨⟩ e menor."""
    if label.startswith("⟨") and svg.label_width(label) > width:
        return svg.text(middle, y + 25, label.strip("⟨⟩"), "kc b" + halo)
    while svg.label_width(label) > width + 2 and len(label) > 1:
        label = label[:-2] + "…"
    return svg.text(middle, y + 26, label, "k" + halo)


def _bytes_row(data: bytes, letters: Sequence[bytes], line: Run, y: Px, cell: int) -> str:
    """Fileira de bytes em hexadecimal; os de letras longas pintados de laranja."""
    groups: dict[str, list[tuple[Px, Px]]] = {}
    for letter, run in zip(letters, runs(letters), strict=True):
        place = _within(run, line, cell)
        if place is not None:
            groups.setdefault(_letter_style(letter), []).append(place)
    rows = [svg.boxes(places, y, ROW, style) for style, places in sorted(groups.items())]
    # Um só elemento de texto para a linha: cada dígito tem o seu lugar na lista de x.
    places = []
    for i in range(line[0], line[1]):
        x = LEFT + (i - line[0] + 0.5) * cell - 0.5
        places += [svg.number(x - 4.5), svg.number(x + 4.5)]
    digits = data[line[0] : line[1]].hex()
    return "".join(rows) + (
        f'<text x="{" ".join(places)}" y="{svg.number(y + 25)}" class="kc">{digits}</text>'
    )


@functools.cache
def sample_tokenizer() -> bpe.Tokenizer:
    """Tokenizador de exemplo, treinado em palavras com til e cedilha."""
    return bpe.train(SAMPLE, min_freq=2)


def split_letters(text: str) -> list[bytes]:
    """Bytes de cada letra, com seus acentos: `\\X` da biblioteca `regex`."""
    return [letter.encode() for letter in regex.findall(r"\X", text)]


def merge_levels(tokenizer: bpe.Tokenizer) -> tuple[int, ...]:
    """Quantas fusões usar em cada posição da barra: nenhuma, poucas, mais, todas."""
    total = len(tokenizer.merges)
    return tuple(sorted({0, min(2, total), total // 4, total}))


def shortened(tokenizer: bpe.Tokenizer, n_merges: int) -> bpe.Tokenizer:
    """O mesmo tokenizador, só com as primeiras fusões.

    Parâmetros:
        n_merges: quantas fusões ficam.
    """
    return bpe.Tokenizer(tokenizer.merges[:n_merges], tokenizer.pattern)


def letters_sentence(text: str, form: str, n_merges: int, pieces: list[bytes]) -> str:
    """Frase do quadro: o texto, a forma (NFC ou NFD), `n_merges` fusões e o que elas dão."""
    n_letters, n_bytes = len(split_letters(text)), len(text.encode())
    halves = sum(map(is_half, pieces))
    tail = {0: "nenhum é meia letra", 1: "1 pedaço é meia letra"}
    shown = svg.token_label(unicodedata.normalize("NFC", text).encode()).replace("·", " ")
    merges = "sem fusões" if n_merges == 0 else f"com {_count(n_merges, 'fusão', 'fusões')}"
    return (
        f"“{shown}” em {form}, {merges}: {_count(n_letters, 'letra', 'letras')}, "
        f"{_count(n_bytes, 'byte', 'bytes')}, {_count(len(pieces), 'pedaço', 'pedaços')}; "
        f"{tail.get(halves, f'{halves} pedaços são meia letra')}."
    )


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def letters_table(text: str) -> Numbers:
    """Uma linha por letra: código e bytes; no máximo 12."""
    found = regex.findall(r"\X", text)
    rows = []
    for letter in found[: 12 if len(found) <= 12 else 11]:
        codes = " ".join(f"U+{ord(code):04X}" for code in letter)
        rows.append((svg.token_label(letter.encode()), codes, letter.encode().hex(" ")))
    if len(found) > 12:
        rows.append(("…", f"e mais {len(found) - 11} letras", ""))
    return Numbers(("letra", "códigos", "bytes"), tuple(rows))


def letters_scene(text: str, tokenizer: bpe.Tokenizer) -> Scene:
    """Cena de um texto: forma × número de fusões."""
    shown, note = crop(unicodedata.normalize("NFC", text), MAX_LETTERS, MAX_BYTES)
    texts = {form: unicodedata.normalize(form, shown) for form in FORMS}
    cell = cell_width(max(len(one.encode()) for one in texts.values()))
    lines = max(len(line_breaks(split_letters(one), cell)) for one in texts.values())
    levels = merge_levels(tokenizer)
    shorter = {n: shortened(tokenizer, n) for n in levels}

    def frame(form: str, merges: int) -> Frame:
        one = texts[form]
        pieces = shorter[merges].pieces(one)
        drawing = letters_frame(split_letters(one), pieces, cell, lines)
        areas = [
            [(2, TOP + line * BLOCK + i * (ROW + GAP), 636, ROW) for line in range(lines)]
            for i in range(3)
        ]
        drawing = svg.over(
            drawing,
            svg.zone(*areas[0], form=following(FORMS, form)),
            svg.zone(*areas[1], merges=levels[0]),
            svg.zone(*areas[2], merges=following(levels, merges)),
        )
        return Frame(drawing, letters_sentence(one, form, merges, pieces), letters_table(one))

    axes = [
        Axis("form", "forma", FORMS, kind="buttons"),
        Axis("merges", "fusões", levels),
    ]
    goals = TEXT.challenges(
        {
            "inteiras": lambda form, merges: (
                not any(map(is_half, shorter[merges].pieces(texts[form])))
            ),
            "mais_pedacos": lambda form, merges: merges == levels[-1] and form == "NFD",
        }
    )
    return Scene(frame, axes, note, goals)


def bytes_question(text: str) -> Opening | None:
    """Pergunta de abertura: quantos bytes tem o texto; sem acentos não há o que perguntar."""
    nfc, nfd = (unicodedata.normalize(form, text) for form in FORMS)
    n_letters, n_nfc, n_nfd = len(split_letters(nfc)), len(nfc.encode()), len(nfd.encode())
    if len({n_letters, n_nfc, n_nfd}) < 3:
        return None
    long = dict.fromkeys(one.decode() for one in split_letters(nfc) if len(one) > 1)
    which = f"{listing(list(long))} {'gasta' if len(long) == 1 else 'gastam'} mais de um byte"
    return TEXT.opening(text=text, letters=n_letters, nfc=n_nfc, nfd=n_nfd, which=which)


@opens
def letters_bytes_pieces(text: str = "ação", tokenizer: bpe.Tokenizer | None = None) -> LiveFlipper:
    """Letra, byte, pedaço: três fileiras alinhadas do texto que se quiser.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
        tokenizer: tokenizador; sem valor, um de exemplo, treinado em palavras com til e cedilha.
    """
    cutter = tokenizer or sample_tokenizer()
    return LiveFlipper(
        lambda typed: letters_scene(typed, cutter),
        text,
        **TEXT.heading(),
        question=bytes_question(check_text(text)),
    )
