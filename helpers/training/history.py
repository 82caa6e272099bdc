"""O histórico de um treino, passo a passo, num CSV ao lado do modelo."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from helpers.checkpoint import CheckpointError
from helpers.files import replace_file
from helpers.training.run import Record

HISTORY = "historico.csv"
_COLUMNS = ("passo", "perda", "taxa", "tokens", "norma_do_gradiente", "perda_de_validacao")


def save_history(folder: str | Path, records: Iterable[Record]) -> None:
    """Grava os registros em CSV, um por passo, trocando o arquivo de uma vez."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for r in records:
        measured = "" if r.validation is None else repr(r.validation)
        writer.writerow(
            [r.step, repr(r.loss), repr(r.lr), r.tokens, repr(r.grad_norm), measured],
        )
    replace_file(Path(folder) / HISTORY, text.getvalue())


def load_history(folder: str | Path) -> list[Record]:
    """Lê os registros que `save_history` gravou; lista vazia se não há arquivo.

    Erros:
        CheckpointError: se o arquivo não for um histórico.
    """
    path = Path(folder) / HISTORY
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        return [_record(row) for row in rows[1:]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} não é um histórico de treino ({error})") from error


def _record(row):
    step, loss, lr, tokens, norm, validation = row
    measured = float(validation) if validation else None
    return Record(int(step), float(loss), float(lr), int(tokens), float(norm), measured)
