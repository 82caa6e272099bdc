"""Exercício 06.layer_norm: a LayerNorm, da definição."""

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_NUMBERS = Form("sequence", (Form("number"),), label="uma linha de números")
_MATRIX = Form("sequence", (_NUMBERS,), label="uma matriz [pos d_model]")


def _layer_norm(resid, w, b, eps):
    """Devolve o fluxo [pos d_model] com média 0 e variância 1 em cada posição, vezes w, mais b."""
    centered = resid - resid.mean(-1, keepdim=True)
    variance = (centered**2).mean(-1, keepdim=True)
    return centered / (variance + eps).sqrt() * w + b


def _over_positions(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(0, keepdim=True)
    variance = (centered**2).mean(0, keepdim=True)
    return centered / (variance + eps).sqrt() * w + b


def _over_everything(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean()
    return centered / ((centered**2).mean() + eps).sqrt() * w + b


def _unbiased(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    variance = resid.var(-1, keepdim=True)
    return (resid - resid.mean(-1, keepdim=True)) / (variance + eps).sqrt() * w + b


def _eps_outside(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    deviation = resid.std(-1, keepdim=True, correction=0)
    return (resid - resid.mean(-1, keepdim=True)) / (deviation + eps) * w + b


def _not_centered(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return resid / ((resid**2).mean(-1, keepdim=True) + eps).sqrt() * w + b


def _no_root(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    centered = resid - resid.mean(-1, keepdim=True)
    return centered / ((centered**2).mean(-1, keepdim=True) + eps) * w + b


def _no_gain(resid: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return _layer_norm(resid, torch.ones_like(w), torch.zeros_like(b), eps)


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(601)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    ones, zeros = torch.ones(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    by_hand = torch.tensor([[2.0, 4.0, 6.0, 8.0], [1.0, 1.0, 1.0, 5.0]], dtype=torch.float64)
    cases = [Case((by_hand, ones, zeros, 1e-5), "[[2, 4, 6, 8], [1, 1, 1, 5]], w=1, b=0, eps=1e-5")]
    for number in range(17):
        n_pos, width = 2 + number % 4, 3 + number % 5
        args = (3 * draw(n_pos, width) + 2, 1 + draw(width), draw(width), 10.0 ** -(1 + number % 3))
        shown = f"um fluxo sorteado [{n_pos} {width}], w, b, eps={args[3]:g}"
        cases.append(Case(args, shown))
    return tuple(cases)


LAYER_NORM = Exercise(
    id="06.layer_norm",
    title="a LayerNorm, da definição",
    difficulty=2,
    importance=5,
    minutes=(8, 15),
    statement="""
Cada posição chega com um vetor. A LayerNorm tira a média **desse vetor**, divide pelo desvio
**desse vetor** e depois aplica o ganho `w` e o deslocamento `b`, número a número.

Escreva `my_layer_norm(resid, w, b, eps)` para um fluxo `[pos d_model]`. A variância é a média dos
quadrados (divide por `d_model`), e `eps` se soma a ela **dentro** da raiz.
""",
    done_when="Com `w=1` e `b=0`, cada linha fica com média 0 e variância 1.",
    hints=(
        Hint(
            "uma pergunta",
            "A posição 0 pode saber alguma coisa da posição 1? Então em que eixo fica a média?",
        ),
        Hint(
            "o plano",
            "1. `centered` é `resid` menos a média da linha.\n"
            "2. A variância é a média de `centered` ao quadrado, linha por linha.\n"
            "3. Divida `centered` pela raiz de variância mais `eps`.\n"
            "4. Multiplique por `w` e some `b`.",
        ),
        Hint(
            "por que recebo um erro de forma?",
            "`resid.mean(-1)` perde um eixo. Com `keepdim=True` ele fica com tamanho 1, e a "
            "difusão faz o resto.",
        ),
        Hint(
            "a saída esperada",
            "`[2, 4, 6, 8]` tem média 5 e variância 5. O primeiro número sai -3/√5, perto de "
            "-1,342.",
        ),
    ),
    name="my_layer_norm",
    stub='''
def my_layer_norm(resid, w, b, eps):
    """Devolve o fluxo [pos d_model] com média 0 e variância 1 em cada posição, vezes w, mais b."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_layer_norm,
    form=_MATRIX,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "entre_posicoes",
            _over_positions,
            "Seu resultado é igual ao de quem tira média e variância **entre as posições** (eixo "
            "0). Assim um token passa a depender dos outros, até dos que ainda não foram escritos. "
            "A LayerNorm trabalha dentro de cada vetor: o eixo é o último, `-1`.",
        ),
        KnownWrong(
            "tudo_junto",
            _over_everything,
            "Seu resultado é igual ao de quem tira **uma média só** para a matriz inteira. "
            "`resid.mean()` sem eixo junta todas as posições. Peça `resid.mean(-1, keepdim=True)`.",
        ),
        KnownWrong(
            "divide_por_n_menos_1",
            _unbiased,
            "Seu resultado é igual ao de quem usa a variância que **divide por n − 1**, que é o "
            "padrão de `torch.var` e de `torch.std`. A LayerNorm divide por n. Use a média dos "
            "quadrados, ou `correction=0`.",
        ),
        KnownWrong(
            "eps_fora",
            _eps_outside,
            "Seu resultado é igual ao de quem soma `eps` **fora da raiz**, ao desvio. A diferença "
            "é pequena e por isso passa despercebida. Some `eps` à variância e só depois tire a "
            "raiz.",
        ),
        KnownWrong(
            "sem_centrar",
            _not_centered,
            "Seu resultado é igual ao de quem divide **sem tirar a média**. Tem nome, RMSNorm, "
            "e há modelos que o usam. A LayerNorm centra antes: subtraia a média da linha.",
        ),
        KnownWrong(
            "sem_raiz",
            _no_root,
            "Seu resultado é igual ao de quem divide pela **variância**, sem tirar a raiz. A "
            "variância está em unidades ao quadrado. Divida por `(variance + eps).sqrt()`.",
        ),
        KnownWrong(
            "sem_ganho",
            _no_gain,
            "Seu resultado é igual ao de quem normaliza e **esquece `w` e `b`**. Nos casos em que "
            "`w=1` e `b=0` não se nota. Termine com `* w + b`.",
        ),
    ),
)
