"""Copiar à distância: o que um decoder aprende a buscar com cada máscara (lição 12).

O texto é ruído com uma letra em algum lugar; no fim vem a pergunta, e a resposta é a letra. Os
acertos de cada distância, em três sementes, estão em `data/copia.json`, que `save` refaz em um
minuto (depois, chame `helpers.data.write_manifest`); `recorded` os lê.
"""

import json

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.attention import causal_mask
from helpers.config import DecoderConfig
from helpers.data import DATA_DIR, read_text
from helpers.decoder import Decoder
from helpers.files import replace_file
from helpers.training import IGNORED, Batch, TrainSettings, train

FILE = "copia.json"
SEEDS = (0, 1, 2)
N_POS, WIDTH = 32, 4
#: O ruído vai de 0 a 9; as letras, de 10 a 25; 26 é a pergunta.
NOISE, ASKS = 10, 26
N_DISTANCES = N_POS - 2
#: As máscaras e quantas camadas cada decoder tem.
TRIALS = (
    ("janela", 2),
    ("janela", 3),
    ("janela e o primeiro", 2),
    ("janela e saltos", 2),
)


def masks() -> dict[str, Bool[Tensor, "query key"]]:
    """Devolve as máscaras de `TRIALS`, cada uma pelo nome."""
    past = causal_mask(N_POS)
    near, with_first = past.triu(1 - WIDTH), past.triu(1 - WIDTH)
    with_first[:, 0] = True
    jumps = near | (past & (torch.arange(N_POS) % WIDTH == WIDTH - 1))
    return {"janela": near, "janela e o primeiro": with_first, "janela e saltos": jumps}


def texts(
    distances: Int[Tensor, " text"], draw: torch.Generator
) -> tuple[Int[Tensor, "text pos"], Int[Tensor, " text"]]:
    """Sorteia um texto por distância; devolve os ids e as letras.

    Parâmetros:
        distances: quantas posições antes da pergunta está a letra, de 1 a `N_POS` - 1.
        draw: de onde sai o sorteio.
    """
    n = len(distances)
    tokens = torch.randint(NOISE, (n, N_POS), generator=draw)
    letters = torch.randint(NOISE, ASKS, (n,), generator=draw)
    tokens[torch.arange(n), N_POS - 1 - distances] = letters
    tokens[:, -1] = ASKS
    return tokens, letters


def school(
    mask: Bool[Tensor, "query key"], n_layers: int, seed: int = 0, steps: int = 200
) -> Float[Tensor, " distance"]:
    """Treina um decoder e devolve que parte ele acerta a cada distância, de 1 a `N_DISTANCES`.

    Parâmetros:
        mask: True onde a linha lê a coluna, a mesma em todas as camadas.
        seed: semente dos pesos e dos textos.
        steps: passos de treino, de 32 textos cada.
    """
    config = DecoderConfig(ASKS + 1, N_POS, d_model=32, n_heads=2, n_layers=n_layers)
    draw = torch.Generator().manual_seed(seed)
    decoder = Decoder(config, mask=lambda *sizes: mask, generator=draw)

    def batch(step: int) -> Batch:
        tokens, letters = texts(torch.randint(1, N_POS - 1, (32,), generator=draw), draw)
        targets = torch.full_like(tokens, IGNORED)
        targets[:, -1] = letters
        return Batch(tokens, targets)

    for _ in train(decoder, batch, TrainSettings(steps=steps, lr=0.02)):
        pass
    tokens, letters = texts(torch.arange(1, N_POS - 1).repeat_interleave(100), draw)
    with torch.inference_mode():
        guesses = decoder(tokens)[:, -1].argmax(-1)
    return (guesses == letters).float().view(-1, 100).mean(1)


def save() -> None:
    """Grava em `data/copia.json` o que cada decoder de `TRIALS` acerta, uma linha por semente."""
    found = {
        f"{name}, {n_layers}": [
            [round(share, 2) for share in school(masks()[name], n_layers, seed).tolist()]
            for seed in SEEDS
        ]
        for name, n_layers in TRIALS
    }
    replace_file(DATA_DIR / FILE, json.dumps(found, ensure_ascii=False) + "\n")


def recorded() -> dict[tuple[str, int], Float[Tensor, "seed distance"]]:
    """Devolve os acertos guardados de cada máscara e número de camadas."""
    found = json.loads(read_text(FILE))
    return {(name, n): torch.tensor(found[f"{name}, {n}"]) for name, n in TRIALS}
