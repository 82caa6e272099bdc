"""Os ajustes de um treino, conferidos ao nascer, e as receitas: tamanhos e ajustes com nome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from helpers.config import PRESETS, DecoderConfig

#: Como as matrizes escondidas são atualizadas. O resto dos parâmetros usa sempre o AdamW.
OPTIMIZERS = {
    "muon": "Muon nas matrizes dos blocos, AdamW no resto: metade dos passos para a mesma perda",
    "adamw": "AdamW em tudo, como no GPT-2",
}


@dataclass(frozen=True)
class TrainSettings:
    """Guarda os ajustes de um treino e recusa os que não fazem sentido.

    Parâmetros:
        steps: quantas vezes os pesos são atualizados.
        batch_size: quantos textos, ou janelas de texto, por passo.
        lr: a maior taxa de aprendizado, no fim do aquecimento.
        warmup: passos em que a taxa sobe em linha reta; depois ela desce em cosseno.
        weight_decay: quanto cada passo encolhe as matrizes: `lr` · `weight_decay` de cada peso.
        clip: maior norma do gradiente; acima dela, ele é encolhido inteiro.
        optimizer: uma chave de `OPTIMIZERS`.
        seed: semente do sorteio dos lotes (a dos pesos iniciais é de quem cria o modelo).

    Erros:
        TypeError: se um ajuste não for um número.
        ValueError: se um ajuste estiver fora do aceito.
    """

    steps: int = 300
    batch_size: int = 32
    lr: float = 3e-3
    warmup: int = 20
    weight_decay: float = 0.1
    clip: float = 1.0
    optimizer: str = "muon"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch_size", 1), ("warmup", 0), ("seed", 0)):
            _require_integer(name, getattr(self, name), least)
        for name, may_be_zero in (("lr", False), ("weight_decay", True), ("clip", False)):
            _require_number(name, getattr(self, name), may_be_zero)
        if self.optimizer not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ValueError(f"optimizer={self.optimizer!r} não existe; escolha entre {known}")


def _require_integer(name, value, least):
    if type(value) is not int:
        raise TypeError(f"{name}={value!r} deve ser um inteiro")
    if value < least:
        raise ValueError(f"{name}={value} deve ser pelo menos {least}")


def _require_number(name, value, may_be_zero):
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} deve ser um número")
    if not (value >= 0 if may_be_zero else value > 0) or value == math.inf:
        accepted = "finito, 0 ou maior" if may_be_zero else "finito, maior que 0"
        raise ValueError(f"{name}={value!r} deve ser {accepted}")


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
