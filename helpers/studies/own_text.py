"""O seu texto: o que esperar de `treinar --texto --rapido`, conforme o tamanho do texto.

As contas são em float64, e os textos saem do curso: o começo das crônicas, as crônicas inteiras e
a prosa das lições, que muda com elas: o ensaio dela vale pelo tamanho. Um treino comprido num texto
curto amplifica o arredondamento: do que se guarda resistem a ordem e o tamanho das diferenças.
`save` refaz `data/seu_texto.json` (depois, chame `write_manifest`); `recorded` lê.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from functools import cache

import torch

from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.files import replace_file
from helpers.sampling import Sampler, generate
from helpers.training import (
    RECIPES,
    Material,
    best_record,
    own_text,
    references,
    train,
)

FILE = "seu_texto.json"
#: Quantos textos escrever para medir, de quantos tokens, e com que temperatura.
N_WRITTEN, N_TOKENS, HEAT = 12, 150, 0.5
#: Nome do ensaio → (kB do texto, passos pedidos; `None` são os do comando).
TRIALS: dict[str, tuple[float, int | None]] = {
    "15 kB": (15.5, None),
    "47 kB": (47.7, None),
    "219 kB": (219.0, None),
    "15 kB, 600 passos": (15.5, 600),
}


@dataclass(frozen=True)
class OwnRun:
    """O que saiu de um treino num texto próprio; perdas em nats por token.

    Parâmetros:
        n_bytes: tamanho do texto.
        n_tokens: tokens na parte de treino.
        steps: passos dados.
        uniform: perda de quem aposta por igual.
        trigrams: perda de quem conta trigramas.
        bytes_per_token: bytes que cada token carrega no texto separado.
        train: perda no último lote.
        apart: perda no texto separado, no fim.
        best: a menor perda no texto separado.
        best_step: em que passo.
        words: fração das palavras escritas que existem no texto.
        copied: letras do maior trecho copiado do texto de treino.
        sample: o começo do primeiro texto escrito.
    """

    n_bytes: int
    n_tokens: int
    steps: int
    uniform: float
    trigrams: float
    bytes_per_token: float
    train: float
    apart: float
    best: float
    best_step: int
    words: float
    copied: int
    sample: str


def texts(kilobytes: float) -> str:
    """Devolve um texto do curso: crônicas ou, se não bastam, prosa das lições.

    Parâmetros:
        kilobytes: o tamanho do texto, em milhares de bytes.
    """
    chronicles = read_text("cronicas_pt.txt")
    size = int(kilobytes * 1000)
    if size <= len(chronicles.encode("utf-8")):
        return _cut(chronicles, size)
    return _cut(_prose(), size)


def _prose() -> str:
    folder = DATA_DIR.parent / "notebooks" / "texto"
    whole = "\n\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.md")))
    whole = re.sub(r"^---$.*?^---$|^```.*?^```", "", whole, flags=re.MULTILINE | re.DOTALL)
    whole = re.sub(r"<[^>]*>|^\+\+\+.*$|[*`#>$|●○]|^:.*$", "", whole, flags=re.MULTILINE)
    blocks = [" ".join(block.split()) for block in whole.split("\n\n")]
    return "\n".join(dict.fromkeys(filter(None, blocks)))


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8")[:size].decode("utf-8", errors="ignore")


def outcome(name: str) -> OwnRun:
    """Refaz um ensaio, de nome em `TRIALS`."""
    kilobytes, steps = TRIALS[name]
    recipe, text = RECIPES["rapido"], texts(kilobytes)
    material = own_text([text], recipe)
    settings = material.settings
    if steps is not None:
        settings = replace(settings, steps=steps, warmup=min(settings.warmup, steps // 10))
    config = replace(recipe.config, d_vocab=material.tokenizer.vocab_size)
    model = Decoder(config, generator=torch.Generator().manual_seed(0)).double()
    records = list(
        train(model, material.batches, settings, validation=material.validation, every=recipe.every)
    )
    known, best, last = references(material), best_record(records), records[-1]
    best = best or last
    written = write(model, material)
    return OwnRun(
        len(text.encode("utf-8")),
        material.n_tokens,
        last.step,
        round(known.uniform, 3),
        round(known.trigrams, 3),
        round(known.bytes_per_token, 3),
        round(last.loss, 3),
        round(last.validation, 3),
        round(best.validation, 3),
        best.step,
        round(known_words(written, text), 3),
        longest_copy(written, text),
        " ".join(written[0].split())[:90],
    )


def write(model: Decoder, material: Material) -> list[str]:
    """Escreve textos do começo, sem o começo."""
    ids = generate(
        model,
        [[material.end]] * N_WRITTEN,
        N_TOKENS,
        Sampler(HEAT),
        torch.Generator().manual_seed(1),
        stop=material.end,
    )
    return [material.tokenizer.decode([t for t in row if t != material.end]) for row in ids]


def known_words(written: list[str], text: str) -> float:
    """Devolve a fração das palavras escritas que existem no texto."""
    known = set(_words(text))
    said = [word for one in written for word in _words(one)]
    return sum(word in known for word in said) / max(1, len(said))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def longest_copy(written: list[str], text: str) -> int:
    """Devolve quantas letras tem o maior trecho escrito que está, igual, no texto."""
    longest = 0
    for one in written:
        for start in range(len(one)):
            while start + longest < len(one) and one[start : start + longest + 1] in text:
                longest += 1
    return longest


@cache
def _read() -> dict[str, dict]:
    return json.loads(read_text(FILE))


def recorded() -> dict[str, OwnRun]:
    """Devolve o que está guardado de cada ensaio."""
    return {name: OwnRun(**row) for name, row in _read().items()}


def save() -> None:
    """Grava em `data/seu_texto.json` todos os ensaios."""
    found = {name: asdict(outcome(name)) for name in TRIALS}
    text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    replace_file(DATA_DIR / FILE, text)
