"""Otimizadores: quem encolhe, quem não encolhe, e o Muon para as matrizes dos blocos."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.training.settings import TrainSettings

BETAS = (0.9, 0.95)
MOMENTUM = 0.95
#: Coeficientes de Newton–Schulz publicados com o Muon (Jordan et al., 2024).
_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_TABLES = {"W_E", "W_pos", "W_U"}


def is_matrix(name: str, weight: Tensor) -> bool:
    """Diz se um parâmetro é uma matriz, que encolhe; vieses e escalas de norma não encolhem.

    Os vieses das cabeças, `b_Q`, têm dois eixos e continuam vieses: vale o nome.

    Parâmetros:
        name: o nome do parâmetro no modelo, como `blocks.0.attn.W_Q`.
    """
    return weight.ndim >= 2 and not name.rpartition(".")[2].startswith("b_")


def is_hidden_matrix(name: str, weight: Tensor) -> bool:
    """Diz se um parâmetro é matriz de dentro dos blocos, e não uma tabela de entrada ou saída.

    Parâmetros:
        name: o nome do parâmetro no modelo.
    """
    return is_matrix(name, weight) and name.rpartition(".")[2] not in _TABLES


def make_optimizers(model: nn.Module, settings: TrainSettings) -> dict[str, torch.optim.Optimizer]:
    """Distribui os parâmetros entre os otimizadores, cada um com o seu encolhimento.

    Parâmetros:
        settings: os ajustes; `optimizer` escolhe.

    Retorna:
        Nome → otimizador: `"muon"`, se houver o que lhe dar, e `"adamw"`.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    use_muon = settings.optimizer == "muon"
    hidden = [p for name, p in named if use_muon and is_hidden_matrix(name, p)]
    rest = [(name, p) for name, p in named if not (use_muon and is_hidden_matrix(name, p))]
    decay = settings.weight_decay
    groups = [
        {"params": [p for name, p in rest if is_matrix(name, p)], "weight_decay": decay},
        {"params": [p for name, p in rest if not is_matrix(name, p)], "weight_decay": 0.0},
    ]
    optimizers: dict[str, torch.optim.Optimizer] = {}
    if hidden:
        optimizers["muon"] = Muon(hidden, lr=settings.lr, weight_decay=decay)
    groups = [group for group in groups if group["params"]]
    if groups:
        optimizers["adamw"] = torch.optim.AdamW(groups, lr=settings.lr, betas=BETAS)
    return optimizers


class Muon(torch.optim.Optimizer):
    """Atualiza matrizes por um passo em que todas as direções pesam o mesmo.

    O gradiente acumulado é trocado pela matriz ortogonal mais próxima. Com mais de dois eixos, cada
    matriz dos dois últimos é tratada sozinha: cada cabeça de `W_Q` tem o seu passo. O tamanho do
    passo é o de um passo típico do AdamW, e assim a mesma `lr` serve aos dois.

    Parâmetros:
        momentum: peso do passado no gradiente acumulado.
        weight_decay: encolhimento por passo, vezes `lr`.

    Fonte:
        Jordan et al. (2024). https://kellerjordan.github.io/posts/muon/ e, para o tamanho do passo,
        Liu et al. (2025), §2.2. https://arxiv.org/abs/2502.16982
        `torch.optim.Muon` faz a mesma conta em bfloat16 e só com dois eixos; aqui ela é em float32.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        momentum: float = MOMENTUM,
        weight_decay: float = 0.1,
    ):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Atualiza os pesos com os gradientes que eles guardam."""
        for group in self.param_groups:
            lr, momentum, decay = group["lr"], group["momentum"], group["weight_decay"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(weight)
                buffer = state["momentum_buffer"].lerp_(weight.grad, 1 - momentum)
                update = orthogonalize(weight.grad.lerp(buffer, momentum))
                size = 0.2 * sqrt(max(weight.shape[-2:]))
                weight.mul_(1 - lr * decay).sub_(update, alpha=lr * size)


def orthogonalize(
    matrix: Float[Tensor, "*batch row column"], n_steps: int = 5
) -> Float[Tensor, "*batch row column"]:
    """Leva os valores singulares para perto de 1 (entre 0,7 e 1,2), sem calcular a SVD.

    Parâmetros:
        matrix: a matriz, ou um lote delas.
        n_steps: voltas da iteração de Newton–Schulz.
    """
    a, b, c = _NEWTON_SCHULZ
    is_tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if is_tall else matrix
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(n_steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if is_tall else x
