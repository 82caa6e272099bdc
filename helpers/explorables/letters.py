"""Letra, byte, pedaço: o mesmo texto visto como letras, como bytes e como tokens."""

import functools
import unicodedata

import regex

from helpers import bpe
from helpers.explorables.base import show
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.explorables.live import LiveFlipper, Scene, check_text, crop
from helpers.explorables.merge_steps import listing
from helpers.plots import letters as draw
from helpers.plots import svg

FORMS = ("NFC", "NFD")
MAX_LETTERS = 30
MAX_BYTES = 42  # duas linhas do desenho
SAMPLE = (
    "ação, maçã, pão, coração, não, mão, irmão, João, feijão, avião, canção, lição, "
    "atenção, oração, nação, emoção, manhã, lã, romã, órgão, café, você, avó, avô. "
    "O João deu um pão e uma maçã para a irmã. A lição não tem canção: só atenção e emoção."
)


@functools.cache
def sample_tokenizer() -> bpe.Tokenizer:
    """Tokenizador de exemplo, treinado em palavras com til e cedilha."""
    return bpe.train(SAMPLE, min_freq=2)


def split_letters(text: str) -> list[bytes]:
    """Bytes de cada letra, com seus acentos: `\\X` da biblioteca `regex`.

    Parâmetros:
        text: qualquer texto.
    """
    return [letter.encode() for letter in regex.findall(r"\X", text)]


def merge_levels(tokenizer: bpe.Tokenizer) -> tuple[int, ...]:
    """Quantas fusões usar em cada posição da barra: nenhuma, poucas, mais, todas.

    Parâmetros:
        tokenizer: tokenizador inteiro.
    """
    total = len(tokenizer.merges)
    return tuple(sorted({0, min(2, total), total // 4, total}))


def shortened(tokenizer: bpe.Tokenizer, n_merges: int) -> bpe.Tokenizer:
    """O mesmo tokenizador, só com as primeiras fusões.

    Parâmetros:
        tokenizer: tokenizador inteiro.
        n_merges: quantas fusões ficam.
    """
    return bpe.Tokenizer(tokenizer.merges[:n_merges], tokenizer.pattern)


def letters_sentence(text: str, form: str, n_merges: int, pieces: list[bytes]) -> str:
    """Frase com os três totais e as meias letras.

    Parâmetros:
        text: texto já na forma dada.
        form: NFC ou NFD.
        n_merges: fusões em uso.
        pieces: bytes de cada token.
    """
    n_letters, n_bytes = len(split_letters(text)), len(text.encode())
    halves = sum(map(draw.is_half, pieces))
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


def letters_table(text: str) -> Table:
    """Uma linha por letra: código e bytes; no máximo 12.

    Parâmetros:
        text: texto já na forma dada.
    """
    found = regex.findall(r"\X", text)
    rows = []
    for letter in found[: 12 if len(found) <= 12 else 11]:
        codes = " ".join(f"U+{ord(code):04X}" for code in letter)
        rows.append((svg.token_label(letter.encode()), codes, letter.encode().hex(" ")))
    if len(found) > 12:
        rows.append(("…", f"e mais {len(found) - 11} letras", ""))
    return Table(("letra", "códigos", "bytes"), tuple(rows))


def letters_scene(text: str, tokenizer: bpe.Tokenizer) -> Scene:
    """Cena de um texto: forma × número de fusões.

    Parâmetros:
        text: texto já conferido.
        tokenizer: tokenizador inteiro.
    """
    shown, note = crop(unicodedata.normalize("NFC", text), MAX_LETTERS, MAX_BYTES)
    texts = {form: unicodedata.normalize(form, shown) for form in FORMS}
    cell = draw.cell_width(max(len(one.encode()) for one in texts.values()))
    lines = max(len(draw.line_breaks(split_letters(one), cell)) for one in texts.values())
    levels = merge_levels(tokenizer)
    shorter = {n: shortened(tokenizer, n) for n in levels}

    def frame(form: str, merges: int) -> Frame:
        one = texts[form]
        pieces = shorter[merges].pieces(one)
        drawing = draw.letters_frame(split_letters(one), pieces, cell, lines)
        return Frame(drawing, letters_sentence(one, form, merges, pieces), letters_table(one))

    axes = [
        Axis("form", "forma", FORMS, kind="buttons"),
        Axis("merges", "fusões", levels),
    ]
    goals = (
        Challenge(
            "Faça sumir toda meia letra.",
            lambda form, merges: not any(map(draw.is_half, shorter[merges].pieces(texts[form]))),
        ),
        Challenge(
            "Com todas as fusões, ache a forma que dá mais pedaços.",
            lambda form, merges: merges == levels[-1] and form == "NFD",
        ),
    )
    return Scene(frame, axes, note, goals)


def bytes_question(text: str) -> Prediction | None:
    """Pergunta de abertura: quantos bytes tem o texto; sem acentos não há o que perguntar.

    Parâmetros:
        text: texto inicial.
    """
    nfc, nfd = (unicodedata.normalize(form, text) for form in FORMS)
    n_letters, n_nfc, n_nfd = len(split_letters(nfc)), len(nfc.encode()), len(nfd.encode())
    if len({n_letters, n_nfc, n_nfd}) < 3:
        return None
    long = dict.fromkeys(one.decode() for one in split_letters(nfc) if len(one) > 1)
    which = f"{listing(list(long))} {'gasta' if len(long) == 1 else 'gastam'} mais de um byte"
    options = {
        n_letters: f"{n_letters} é o número de letras, mas {which}.",
        n_nfc: f"Cada letra simples gasta 1 byte; {which}.",
        n_nfd: f"{n_nfd} é o que ele gasta em NFD, com os acentos à parte.",
    }
    return Prediction(
        f"Quantos bytes tem “{text}”, escrito do jeito usual (NFC)?",
        tuple(map(str, sorted(options))),
        str(n_nfc),
        tuple(options[count] for count in sorted(options)),
    )


def letters_bytes_pieces(
    text: str = "ação", tokenizer: bpe.Tokenizer | None = None, name: str = "w2"
) -> LiveFlipper:
    """Letra, byte, pedaço: três fileiras alinhadas do texto que se quiser.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
        tokenizer: tokenizador; sem valor, um de exemplo, treinado em palavras com til e cedilha.
        name: nome na lista de exploráveis vivos.
    """
    cutter = tokenizer or sample_tokenizer()
    return show(
        name,
        LiveFlipper(
            lambda typed: letters_scene(typed, cutter),
            text,
            "Letra, byte, pedaço",
            name="w2",
            title="Letra, byte, pedaço: o que o modelo recebe?",
            question=bytes_question(check_text(text)),
        ),
    )
