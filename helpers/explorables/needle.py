"""Agulha na tabela: multiplicar pelo one-hot é ler uma linha; o id é só o endereço."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots import needle as draw
from helpers.plots import svg
from helpers.plots.matrix import said
from helpers.thread import Thread, load_thread

MAX_TOKENS = 8
COLUMNS = 8
TABLES = {
    "kept": "como no modelo",
    "both": "ids e linhas trocados",
    "ids": "só os ids trocados",
}


@dataclass(frozen=True)
class Reading:
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
        """Guarda a tabela e escolhe os tokens, sem repetição.

        Parâmetros:
            thread: a frase do curso e o modelo.
        """
        self.table = thread.model.embed.W_E.detach()
        distinct = dict(zip(thread.ids, thread.pieces, strict=True))
        self.labels = {
            token_id: svg.token_label(piece.encode())
            for token_id, piece in list(distinct.items())[:MAX_TOKENS]
        }
        self.ids = sorted(self.labels)
        # Cada token passa ao endereço do seguinte; o último, ao do primeiro.
        self.new_id = dict(zip(self.ids, [*self.ids[1:], self.ids[0]], strict=True))

    def read(self, token: int, table: str) -> Reading:
        """Lê o vetor de um token com os ids e as linhas de um dos estados.

        Parâmetros:
            token: id do token no modelo.
            table: uma das chaves de `TABLES`.
        """
        address = token if table == "kept" else self.new_id[token]
        weights = self.table
        owners = {token_id: token_id for token_id in self.ids}
        if table == "both":
            owners = {new: old for old, new in self.new_id.items()}
            weights = weights.clone()
            weights[list(owners)] = self.table[list(owners.values())]
        one_hot = F.one_hot(torch.tensor(address), len(weights)).to(weights.dtype)
        product = one_hot @ weights
        return Reading(
            address,
            self.ids.index(address),
            owners[address],
            weights[self.ids, :COLUMNS].numpy(),
            tuple(f"{row} {self.labels[owners[row]]}" for row in self.ids),
            product[:COLUMNS].numpy(),
            (product - weights[address]).abs().max().item(),
        )


def needle_in_the_table(thread: Thread | None = None, name: str = "w3") -> Flipper:
    """Agulha na tabela: token da frase, etapa da conta e arrumação de ids e linhas.

    Parâmetros:
        thread: a frase e o modelo; sem valor, os do curso.
        name: nome na lista de exploráveis vivos.
    """
    needle = Needle(thread or load_thread())
    n_rows, n_columns = needle.table.shape
    shown = needle.table[needle.ids, :COLUMNS].abs().max().item()
    cropped = f"recorte: {len(needle.ids)} de {n_rows} linhas, {COLUMNS} de {n_columns} colunas"

    def frame(token: int, stage: str, table: str) -> Frame:
        reading = needle.read(token, table)
        drawing = draw.needle_frame(
            reading.values,
            reading.names,
            reading.lit,
            stage,
            peak=shown,
            cropped=cropped,
            verdict=_verdict(needle, token, reading),
        )
        return Frame(drawing, _sentence(needle, token, stage, table, reading), _table(reading))

    tokens = tuple(needle.labels)
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("token", "token", tokens, tuple(needle.labels[token] for token in tokens)),
                Axis("stage", "etapa", draw.STAGES, kind="buttons"),
                Axis("table", "tabela", tuple(TABLES), tuple(TABLES.values()), kind="buttons"),
            ],
            "Agulha na tabela",
            name="w3",
            title="Agulha na tabela: o que sobra de one-hot vezes W_E?",
            question=_question(n_rows),
            challenges=(
                Challenge(
                    "Faça sair o vetor de outro token.",
                    lambda token, stage, table: stage == "linha" and table == "ids",
                ),
                Challenge(
                    "Mude o id do token e receba o vetor certo assim mesmo.",
                    lambda token, stage, table: stage == "linha" and table == "both",
                ),
            ),
        ),
    )


def _question(n_rows: int) -> Prediction:
    return Prediction(
        f"A tabela tem {n_rows} linhas. Depois de multiplicar por um one-hot, quantas sobram?",
        ("uma", "metade", "todas"),
        "uma",
        (
            "É a linha do único 1; as outras foram multiplicadas por zero.",
            "O one-hot tem um 1 só, e não metade de uns.",
            "Todas entram na conta, mas quase todas com peso zero.",
        ),
    )


def _verdict(needle: Needle, token: int, reading: Reading) -> str:
    gap = f"Diferença para a linha lida: {said(reading.gap, 1)}."
    if reading.owner == token:
        return f"{gap} É o vetor de {needle.labels[token]}."
    owner = needle.labels[reading.owner]
    return f"{gap} Mas este vetor é de {owner}, e não de {needle.labels[token]}!"


def _sentence(needle: Needle, token: int, stage: str, table: str, reading: Reading) -> str:
    head = f"{needle.labels[token]}, id {reading.address}, {TABLES[table]}."
    if stage == "one-hot":
        zeros = len(needle.table) - 1
        return f"{head} O one-hot tem um 1 no endereço {reading.address} e {zeros} zeros."
    if stage == "multiplicar":
        rest = len(needle.table) - 1
        return f"{head} A linha {reading.address} é multiplicada por 1 e as outras {rest}, por 0."
    start = draw.numbers(reading.product[:3].tolist())
    return f"{head} Sai a linha {reading.address}: {start}… {_verdict(needle, token, reading)}"


def _table(reading: Reading) -> Table:
    rows = tuple(
        (str(column), said(float(product), 3), said(float(row), 3))
        for column, (product, row) in enumerate(
            zip(reading.product, reading.values[reading.lit], strict=True)
        )
    )
    return Table(("coluna", "one-hot × W_E", "linha lida"), rows)
