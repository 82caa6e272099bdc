"""O fio do curso: a mesma frase e os mesmos números, lição após lição.

O modelo embarcado lê uma frase só, e cada lição mostra uma etapa dessa leitura. `fio.json`, ao
lado do modelo, guarda com que números cada lição termina; a seguinte começa conferindo-os.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from helpers.bpe import END, Tokenizer
from helpers.checkpoint import CheckpointError, read_json
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.files import replace_file
from helpers.hooks import run_with_cache
from helpers.sampling import Sampler, generate
from helpers.saved_model import TOKENIZER, load_model

SENTENCE = "O João entregou um pão para Maria."
#: A palavra cujos números viajam.
WORD = "entregou"
MODEL_DIR: Path = DATA_DIR / "modelo"
NUMBERS = "fio.json"
#: Como se escreve, nos quadros, o token que separa as histórias.
MARK = "¶"
#: Arredondados a 3 casas, dois valores iguais diferem no máximo disto.
_TOLERANCE = 1.5e-3


@dataclass(frozen=True)
class Thread:
    """O modelo embarcado, a frase do curso e tudo o que ele calcula ao lê-la.

    Parâmetros:
        model: o decoder, em modo de avaliação.
        tokenizer: o tokenizador com que ele lê.
        ids: a marca de começo e os ids da frase.
        pieces: o texto de cada token; a marca aparece como `¶`.
        cache: as ativações, de lote 1, com os nomes de `hook_names`.
        numbers: de cada lição, os números com que ela termina.
    """

    model: Decoder
    tokenizer: Tokenizer
    ids: list[int]
    pieces: list[str]
    cache: dict[str, Tensor]
    numbers: dict[str, list[float]]

    @property
    def tokens(self) -> Integer[Tensor, "1 pos"]:
        """Devolve os ids como o modelo os lê: um lote de uma frase."""
        return torch.tensor([self.ids])

    def at(self, word: str) -> int:
        """Devolve a posição do último token de uma palavra da frase.

        Parâmetros:
            word: a palavra, sem espaços.

        Erros:
            ValueError: se a frase não tiver essa palavra.
        """
        words, position = SENTENCE.replace(".", " .").split(), 0
        if word not in words:
            raise ValueError(f"{word!r} não está na frase; as palavras são: {', '.join(words)}")
        end = SENTENCE.index(word) + len(word)
        for position in range(1, len(self.ids)):
            if len(self.tokenizer.decode(self.ids[1 : position + 1])) >= end:
                break
        return position

    def carried(self, lesson: str, value: Tensor | Sequence[float | int]) -> str:
        """Confere números com os do fim de uma lição e devolve uma frase que diz quais são.

        Parâmetros:
            lesson: a lição, como "02".
            value: os números que o notebook acabou de calcular.

        Erros:
            AssertionError: se forem outros.
            ValueError: se a lição não deixar números.
        """
        if lesson not in self.numbers:
            raise ValueError(f"a lição {lesson!r} não deixa números; há {', '.join(self.numbers)}")
        expected = self.numbers[lesson]
        received = torch.as_tensor(value).detach().flatten().double().tolist()
        same = len(received) == len(expected) and all(
            abs(a - b) < _TOLERANCE for a, b in zip(received, expected, strict=True)
        )
        if not same:
            raise AssertionError(
                f"os números da lição {lesson} são {_told(expected)}, e aqui vieram "
                f"{_told(received)}; rode o notebook de novo desde a primeira célula"
            )
        return f"Lição {lesson}: {_told(expected)} (conferido)"


def load_thread(folder: str | Path = MODEL_DIR) -> Thread:
    """Lê o modelo do curso, passa a frase por ele e devolve o que ele calculou.

    Erros:
        CheckpointError: se faltar um arquivo ou ele não for o que foi gravado.
        DataError: se um arquivo do modelo do curso não for o do manifesto.
    """
    thread = _read(folder, {})
    numbers = read_json(Path(folder) / NUMBERS)
    if sorted(numbers) != sorted(ENDS):
        raise CheckpointError(f"{Path(folder) / NUMBERS} foi alterado; copie-o outra vez")
    thread.numbers.update(numbers)
    return thread


def save_thread(folder: str | Path = MODEL_DIR) -> None:
    """Grava ao lado do modelo os números com que cada lição termina."""
    thread = _read(folder, {})
    rows = [f'  "{name}": {json.dumps(numbers(thread))}' for name, numbers in ENDS.items()]
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    replace_file(Path(folder) / NUMBERS, text)


def _read(folder, numbers):
    if Path(folder) == MODEL_DIR:
        # Os pesos têm a soma deles em config.json; a dos outros arquivos está no manifesto.
        for name in ("config.json", TOKENIZER):
            read_text(f"{MODEL_DIR.name}/{name}")
    model, tokenizer = load_model(folder)
    model.eval()
    end = tokenizer.special_tokens[END]
    ids = [end, *tokenizer.encode(SENTENCE)]
    pieces = [MARK, *(tokenizer.decode([i]) for i in ids[1:])]
    with torch.no_grad():
        logits, cache = run_with_cache(model, torch.tensor([ids]))
    cache["logits"] = logits
    return Thread(model, tokenizer, ids, pieces, cache, numbers)


def _row(thread: Thread, name: str, *where: int) -> Float[Tensor, " d"]:
    return thread.cache[name][(0, thread.at(WORD), *where)]


def _rounded(values: Tensor) -> list[float]:
    # Somar 0,0 troca o -0,0, que se lê mal, por 0,0.
    return [round(value, 3) + 0.0 for value in values.tolist()]


def _query_key_value(thread):
    parts = [_row(thread, f"blocks.0.attn.hook_{name}", 0)[:4] for name in "qkv"]
    return _rounded(torch.cat(parts))


def _story(thread):
    generator = torch.Generator().manual_seed(0)
    written = generate(thread.model, thread.ids, 20, Sampler(temperature=0.8), generator)
    return written[len(thread.ids) :]


#: Com que números cada lição termina. Linha da palavra `entregou`; camada 0, cabeça 0.
ENDS: dict[str, Callable[[Thread], list]] = {
    "01": lambda t: list(t.ids),
    "02": lambda t: _rounded(_row(t, "blocks.0.hook_resid_pre")[:4]),
    "03": _query_key_value,
    "04": lambda t: _rounded(t.cache["blocks.0.attn.hook_pattern"][0, 0, t.at(WORD)]),
    "05": lambda t: _rounded(_row(t, "blocks.0.hook_attn_out")[:4]),
    "06": lambda t: _rounded(_row(t, "blocks.0.hook_resid_mid")[:4]),
    "07": lambda t: _rounded(t.cache["logits"][0, -1].topk(5).values),
    "08": _story,
}


def _told(numbers):
    return " ".join(str(int(n)) if float(n).is_integer() else f"{n:.3f}" for n in numbers)
