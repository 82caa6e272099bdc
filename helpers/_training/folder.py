"""A pasta de um modelo: pesos, tokenizador e histórico, cada um no seu arquivo."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from helpers._training.run import Record
from helpers.bpe import Tokenizer
from helpers.checkpoint import CheckpointError, replace_file
from helpers.decoder import Decoder

TOKENIZER = "tokenizador.json"
HISTORY = "historico.csv"
_COLUMNS = ("passo", "perda", "taxa", "tokens", "norma_do_gradiente", "perda_de_validacao")


def save_model(folder: str | Path, model: Decoder, tokenizer: Tokenizer) -> None:
    """Grava o decoder e o tokenizador na pasta, cada arquivo trocado de uma vez.

    Parâmetros:
        folder: a pasta; é criada se não existir.
        model: o decoder.
        tokenizer: o tokenizador com que ele lê.
    """
    model.save(folder)
    tokenizer.save(Path(folder) / TOKENIZER)


def load_model(folder: str | Path) -> tuple[Decoder, Tokenizer]:
    """Lê o decoder e o tokenizador de uma pasta gravada por `save_model`.

    Parâmetros:
        folder: a pasta.

    Erros:
        CheckpointError: se um arquivo faltar, estiver cortado, ou os dois não combinarem.
    """
    model = Decoder.load(folder)
    try:
        tokenizer = Tokenizer.load(Path(folder) / TOKENIZER)
    except FileNotFoundError:
        raise CheckpointError(f"falta {Path(folder) / TOKENIZER}; treine de novo") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(str(error)) from error
    if tokenizer.vocab_size != model.config.d_vocab:
        raise CheckpointError(
            f"{folder}: o tokenizador tem {tokenizer.vocab_size} tokens, e o modelo "
            f"{model.config.d_vocab}; os dois não são do mesmo treino"
        )
    return model, tokenizer


def save_history(folder: str | Path, records: Iterable[Record]) -> None:
    """Grava os registros em CSV, um por passo, trocando o arquivo de uma vez.

    Parâmetros:
        folder: a pasta do modelo.
        records: os registros, em ordem.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for r in records:
        measured = "" if r.validation is None else repr(r.validation)
        writer.writerow(
            [r.step, repr(r.loss), repr(r.lr), r.tokens, repr(r.grad_norm), measured],
        )
    replace_file(Path(folder) / HISTORY, text.getvalue().encode("utf-8"))


def load_history(folder: str | Path) -> list[Record]:
    """Lê os registros que `save_history` gravou; lista vazia se não há arquivo.

    Parâmetros:
        folder: a pasta do modelo.

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
