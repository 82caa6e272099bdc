"""As receitas: tamanhos e ajustes com nome, num só lugar."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.config import PRESETS, DecoderConfig
from helpers.training.settings import TrainSettings


@dataclass(frozen=True)
class Recipe:
    """Reúne o que um treino precisa saber antes de ver o texto.

    Parâmetros:
        config: os tamanhos do decoder; `d_vocab` é o maior vocabulário a aprender.
        settings: os ajustes do treino.
        n_stories: quantas histórias da gramática sortear para treinar.
        n_validation: quantas sortear à parte, para medir.
        every: passos entre duas medidas, que são também os pontos em que o treino se guarda.
    """

    config: DecoderConfig
    settings: TrainSettings
    n_stories: int
    n_validation: int
    every: int


#: `curso` faz o modelo do curso; `rapido` aprende algo visível em menos de um minuto.
RECIPES = {
    "curso": Recipe(
        PRESETS["curso"],
        TrainSettings(steps=16_000, batch_size=32, lr=1e-2, warmup=200),
        n_stories=200_000,
        n_validation=500,
        every=250,
    ),
    "rapido": Recipe(
        DecoderConfig(d_vocab=768, n_ctx=256, d_model=64, n_heads=4, n_layers=2),
        TrainSettings(steps=600, batch_size=32, lr=1e-2, warmup=40),
        n_stories=19_200,
        n_validation=200,
        every=50,
    ),
}
#: Num texto curto, mais voltas que isto só decoram.
MAX_EPOCHS = 20
