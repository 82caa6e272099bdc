"""A pasta de um modelo: os pesos e o tokenizador com que ele lê."""

from __future__ import annotations

from pathlib import Path

from helpers.bpe import Tokenizer
from helpers.checkpoint import CheckpointError
from helpers.decoder import Decoder

TOKENIZER = "tokenizador.json"


def save_model(folder: str | Path, model: Decoder, tokenizer: Tokenizer) -> None:
    """Grava o decoder e o tokenizador na pasta, cada arquivo trocado de uma vez.

    Parâmetros:
        folder: a pasta; é criada se não existir.
    """
    model.save(folder)
    tokenizer.save(Path(folder) / TOKENIZER)


def load_model(folder: str | Path) -> tuple[Decoder, Tokenizer]:
    """Lê o decoder e o tokenizador de uma pasta gravada por `save_model`.

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
