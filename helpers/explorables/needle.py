"""Agulha na tabela: multiplicar pelo one-hot é ler uma linha; o id é só o endereço."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.matrix import grid
from helpers.plots.svg import Px
from helpers.spoken import decimal
from helpers.studies.thread import Thread, load_thread

TEXT = words("w3")

MAX_TOKENS = 8
COLUMNS = 8
TABLES = {
    "kept": "como no modelo",
    "both": "ids e linhas trocados",
    "ids": "só os ids trocados",
}
CELL_W, CELL_H = 47, 24
KEYS_X, TABLE_X = 196, 246  # coluna do one-hot e primeira coluna da tabela, em px
TOP = 62
STAGES = ("one-hot", "multiplicar", "linha")


def needle_frame(
    values: np.ndarray,
    rows: Sequence[str],
    lit: int,
    stage: str,
    *,
    peak: float,
    cropped: str,
    verdict: str,
    tokens: Sequence[int] = (),
) -> str:
    """Um quadro: o one-hot em pé, a tabela ao lado e, embaixo, o que sai.

    Parâmetros:
        rows: nome de cada linha: id e dono do vetor.
        lit: a linha que o one-hot liga.
        stage: uma de `STAGES`.
        peak: valor absoluto da tinta mais forte, igual em todos os quadros.
        cropped: que parte da tabela está no desenho.
        tokens: que token se procura em cada linha, para ela levar até ele; sem valor, não leva.
        verdict: o que se lê sob o resultado, na última etapa.

    Erros:
        ValueError: se a etapa não existir ou os nomes não forem um por linha.
    """
    if stage not in STAGES:
        raise ValueError(f"stage={stage!r} não existe; há {', '.join(STAGES)}.")
    n_rows, n_columns = values.shape
    if len(rows) != n_rows:
        raise ValueError(f"Há {len(rows)} nomes e {n_rows} linhas; é um por linha.")
    width, height = n_columns * CELL_W, n_rows * CELL_H
    bottom = TOP + height
    parts = [
        svg.text(KEYS_X + 28, TOP - 10, "one-hot", "s b", "end"),
        svg.text(TABLE_X + width / 2, TOP - 10, "W_E", "s b", "middle"),
        svg.text(svg.WIDTH - 8, 20, cropped, "m", "end"),
        *(_name(rows[i], i, lit) for i in range(n_rows)),
        *(_key(i, lit) for i in range(n_rows)),
    ]
    shown = values.copy()
    if stage != "one-hot":
        shown[np.arange(n_rows) != lit] = 0
        parts += _dead(lit, n_rows, width)
    corner = (TABLE_X, TOP)
    parts.append(grid(shown, *corner, cell=(CELL_W, CELL_H), places=-1, peak=peak, row=lit))
    if stage != "one-hot":
        line = values[lit : lit + 1]
        place = (TABLE_X, TOP + lit * CELL_H)
        parts.append(grid(line, *place, cell=(CELL_W, CELL_H), places=2, peak=1e9))
    if stage == "linha":
        parts.append(svg.line(TABLE_X, bottom + 12, TABLE_X + width, bottom + 12))
        parts.append(svg.text(TABLE_X - 8, bottom + 38, "soma", "s b", "end"))
        line = values[lit : lit + 1]
        place = (TABLE_X, bottom + 20)
        parts.append(grid(line, *place, cell=(CELL_W, CELL_H), places=2, peak=peak, row=0))
        parts.append(svg.text(8, bottom + 70, verdict, "s"))
    elif stage == "multiplicar":
        told = "cada linha vezes o seu 0 ou 1: as de 0 somem"
        parts.append(svg.text(8, bottom + 70, told, "s"))
    else:
        parts.append(svg.text(8, bottom + 70, "um 1 no endereço do token; zeros no resto", "s"))
    wide = TABLE_X + width - 4
    lines = (svg.zone((4, _y(i), wide, CELL_H), token=token) for i, token in enumerate(tokens))
    parts.append(svg.zones(lines))
    return svg.document("".join(parts), bottom + 82)


def _y(i: int) -> Px:
    return TOP + i * CELL_H


def _name(name: str, i: int, lit: int) -> str:
    return svg.text(KEYS_X - 10, _y(i) + 17, name, "ks b" if i == lit else "ks", "end")


def _key(i: int, lit: int) -> str:
    style = "c1" if i == lit else "box"
    value = svg.text(KEYS_X + 14, _y(i) + 17, str(int(i == lit)), "kc")
    return svg.box(KEYS_X, _y(i) + 1, 28, CELL_H - 2, style) + value


def _dead(lit: int, n_rows: int, width: Px) -> list[str]:
    """Hachura sobre as linhas multiplicadas por zero."""
    above, below = lit * CELL_H, (n_rows - lit - 1) * CELL_H
    parts = []
    if above:
        parts.append(svg.hatch(TABLE_X, TOP, width, above, 18))
    if below:
        parts.append(svg.hatch(TABLE_X, _y(lit + 1), width, below, 18))
    return parts


def numbers(values: Sequence[float], places: int = 2) -> str:
    """Números separados por ponto e vírgula, com `places` casas."""
    return "; ".join(decimal(float(value), places) for value in values)


@dataclass(frozen=True)
class Lookup:
    """O que se leu da tabela para um token.

    Parâmetros:
        address: o id com que se procurou.
        lit: o lugar dessa linha no recorte.
        owner: o token a que o vetor lido pertence no modelo.
        values: o recorte da tabela, como está neste estado.
        names: id e dono de cada linha do recorte.
        product: as primeiras colunas do one-hot vezes a tabela inteira.
        gap: maior diferença entre o produto e a linha lida.
    """

    address: int
    lit: int
    owner: int
    values: np.ndarray
    names: tuple[str, ...]
    product: np.ndarray
    gap: float


class Needle:
    """A frase do curso, a tabela do modelo e as três arrumações de ids e linhas."""

    def __init__(self, thread: Thread) -> None:
        """Guarda a tabela e escolhe os tokens, sem repetição."""
        self.table = thread.model.embed.W_E.detach()
        distinct = dict(zip(thread.ids, thread.pieces, strict=True))
        self.labels = {
            token_id: svg.token_label(piece.encode())
            for token_id, piece in list(distinct.items())[:MAX_TOKENS]
        }
        self.ids = sorted(self.labels)
        # Cada token passa ao endereço do seguinte; o último, ao do primeiro.
        self.new_id = dict(zip(self.ids, [*self.ids[1:], self.ids[0]], strict=True))

    def seekers(self) -> list[int]:
        """Com os ids trocados, o token que procura em cada linha."""
        old_id = {new: old for old, new in self.new_id.items()}
        return [old_id[row] for row in self.ids]

    def read(self, token: int, table: str) -> Lookup:
        """Lê o vetor de um `token` com os ids e as linhas de um dos estados de `TABLES`."""
        address = token if table == "kept" else self.new_id[token]
        weights = self.table
        owners = {token_id: token_id for token_id in self.ids}
        if table == "both":
            owners = {new: old for old, new in self.new_id.items()}
            weights = weights.clone()
            weights[list(owners)] = self.table[list(owners.values())]
        one_hot = F.one_hot(torch.tensor(address), len(weights)).to(weights.dtype)
        product = one_hot @ weights
        return Lookup(
            address,
            self.ids.index(address),
            owners[address],
            weights[self.ids, :COLUMNS].numpy(),
            tuple(f"{row} {self.labels[owners[row]]}" for row in self.ids),
            product[:COLUMNS].numpy(),
            (product - weights[address]).abs().max().item(),
        )


@opens
def needle_in_the_table(thread: Thread | None = None) -> Flipper:
    """Agulha na tabela: token da frase, etapa da conta e arrumação de ids e linhas.

    Parâmetros:
        thread: a frase e o modelo; sem valor, os do curso.
    """
    needle = Needle(thread or load_thread())
    n_rows, n_columns = needle.table.shape
    shown = needle.table[needle.ids, :COLUMNS].abs().max().item()
    cropped = f"recorte: {len(needle.ids)} de {n_rows} linhas, {COLUMNS} de {n_columns} colunas"

    def frame(token: int, stage: str, table: str) -> Frame:
        reading = needle.read(token, table)
        drawing = needle_frame(
            reading.values,
            reading.names,
            reading.lit,
            stage,
            peak=shown,
            cropped=cropped,
            verdict=_verdict(needle, token, reading),
            tokens=needle.ids if table == "kept" else needle.seekers(),
        )
        return Frame(drawing, _sentence(needle, token, stage, table, reading), _table(reading))

    tokens = tuple(needle.labels)
    return Flipper(
        frame,
        [
            Axis("token", "token", tokens, tuple(needle.labels[token] for token in tokens)),
            Axis("stage", "etapa", STAGES, kind="buttons"),
            Axis("table", "tabela", tuple(TABLES), tuple(TABLES.values()), kind="buttons"),
        ],
        **TEXT.heading(),
        question=TEXT.opening(n_rows=n_rows),
        challenges=TEXT.challenges(
            {
                "outro": lambda token, stage, table: stage == "linha" and table == "ids",
                "certo": lambda token, stage, table: stage == "linha" and table == "both",
            }
        ),
    )


def _verdict(needle: Needle, token: int, reading: Lookup) -> str:
    gap = f"Diferença para a linha lida: {decimal(reading.gap, 1)}."
    if reading.owner == token:
        return f"{gap} É o vetor de {needle.labels[token]}."
    owner = needle.labels[reading.owner]
    return f"{gap} Mas este vetor é de {owner}, e não de {needle.labels[token]}!"


def _sentence(needle: Needle, token: int, stage: str, table: str, reading: Lookup) -> str:
    head = f"{needle.labels[token]}, id {reading.address}, {TABLES[table]}."
    if stage == "one-hot":
        zeros = len(needle.table) - 1
        return f"{head} O one-hot tem um 1 no endereço {reading.address} e {zeros} zeros."
    if stage == "multiplicar":
        rest = len(needle.table) - 1
        return f"{head} A linha {reading.address} é multiplicada por 1 e as outras {rest}, por 0."
    start = numbers(reading.product[:3].tolist())
    return f"{head} Sai a linha {reading.address}: {start}… {_verdict(needle, token, reading)}"


def _table(reading: Lookup) -> Numbers:
    rows = tuple(
        (str(column), decimal(float(product), 3), decimal(float(row), 3))
        for column, (product, row) in enumerate(
            zip(reading.product, reading.values[reading.lit], strict=True)
        )
    )
    return Numbers(("coluna", "one-hot × W_E", "linha lida"), rows)
