"""Exercício 07.bloco: os fios de um bloco pré-norma."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _block(x, ln1, attn, ln2, mlp):
    """Devolve o fluxo depois da atenção e do MLP, com a norma antes de cada um."""
    mid = x + attn(ln1(x))
    return mid + mlp(ln2(mid))


def _post_norm(x, ln1, attn, ln2, mlp):
    mid = ln1(x + attn(x))
    return ln2(mid + mlp(mid))


def _skips_from_input(x, ln1, attn, ln2, mlp):
    return x + mlp(ln2(x + attn(ln1(x))))


def _parallel(x, ln1, attn, ln2, mlp):
    return x + attn(ln1(x)) + mlp(ln2(x))


def _no_second_sum(x, ln1, attn, ln2, mlp):
    return mlp(ln2(x + attn(ln1(x))))


def _no_first_sum(x, ln1, attn, ln2, mlp):
    mid = attn(ln1(x))
    return mid + mlp(ln2(mid))


def _no_ln1(x, ln1, attn, ln2, mlp):
    mid = x + attn(x)
    return mid + mlp(ln2(mid))


def _no_ln2(x, ln1, attn, ln2, mlp):
    mid = x + attn(ln1(x))
    return mid + mlp(mid)


def _sums_the_normalized(x, ln1, attn, ln2, mlp):
    read = ln1(x)
    mid = read + attn(read)
    read = ln2(mid)
    return read + mlp(read)


def _swapped_norms(x, ln1, attn, ln2, mlp):
    return _block(x, ln2, attn, ln1, mlp)


def _mlp_first(x, ln1, attn, ln2, mlp):
    return _block(x, ln1, mlp, ln2, attn)


def _double(value: list) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _norm(w: Tensor) -> Callable[[Tensor], Tensor]:
    def ln(x: Tensor) -> Tensor:
        centered = x - x.mean(-1, keepdim=True)
        return centered / (centered.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * w

    return ln


def _parts(d_model: int, seed: int) -> tuple[Callable[[Tensor], Tensor], ...]:
    generator = torch.Generator().manual_seed(seed)
    W, V = torch.randn(2, d_model, d_model, generator=generator, dtype=torch.float64)
    scales = 1 + torch.rand(2, d_model, generator=generator, dtype=torch.float64)

    def attn(x: Tensor) -> Tensor:  # cada posição lê a média das que já vieram
        return x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None] @ W

    def mlp(x: Tensor) -> Tensor:
        return (x @ V).clamp(min=0)

    return _norm(scales[0]), attn, _norm(scales[1]), mlp


def _cases() -> tuple[Case, ...]:
    simple = (lambda x: x / 2, lambda x: x + 10, lambda x: x / 10, lambda x: x * 3)
    shown = "x=[[2.0]], ln1=metade, attn=mais 10, ln2=um décimo, mlp=vezes 3"
    cases = [Case((_double([[2.0]]), *simple), shown)]
    for seed in range(16):
        n_pos, d_model = 1 + seed % 4, 2 + seed % 3
        generator = torch.Generator().manual_seed(100 + seed)
        x = 2 * torch.randn(n_pos, d_model, generator=generator, dtype=torch.float64)
        shown = f"{n_pos} posições, d_model={d_model}, sorteio {seed}"
        cases.append(Case((x, *_parts(d_model, seed)), shown))
    return tuple(cases)


BLOCK = Exercise(
    id="07.bloco",
    title="ligue os fios do bloco",
    difficulty=3,
    importance=5,
    minutes=(8, 12),
    statement="""
Você recebe o fluxo `x` e quatro funções prontas: `ln1`, `attn`, `ln2` e `mlp`. Cada uma recebe e
devolve um fluxo da mesma forma.

Escreva `my_wiring(x, ln1, attn, ln2, mlp)`, com a norma **antes** de cada parte, como no GPT-2:

1. a atenção lê o fluxo normalizado por `ln1` e **soma** a sua escrita ao fluxo;
2. o MLP lê o **novo** fluxo, normalizado por `ln2`, e soma a sua escrita a ele.
""",
    done_when="O fluxo atravessa o bloco por somas, e as normas ficam fora da estrada.",
    hints=(
        Hint("uma pergunta", "Se `attn` e `mlp` escrevessem só zeros, o que deveria sair?"),
        Hint(
            "o plano",
            "1. Guarde o fluxo do meio numa variável: `mid`.\n"
            "2. `mid` é o fluxo de entrada mais uma escrita.\n"
            "3. A saída é `mid` mais outra escrita. De onde ela lê?",
        ),
        Hint(
            "por que só erro na segunda metade?",
            "Depois da atenção, `x` ficou velho. Tanto a leitura do MLP quanto a segunda soma "
            "usam `mid`.",
        ),
        Hint(
            "a saída esperada",
            "Com as funções simples do primeiro caso: `mid` é 2 + 11 = 13 e a saída é "
            "13 + 3.9 = 16.9.",
        ),
    ),
    name="my_wiring",
    stub='''
def my_wiring(x, ln1, attn, ln2, mlp):
    """Devolve o fluxo depois da atenção e do MLP, com a norma antes de cada um."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_block,
    form=Form(
        "sequence", (Form("sequence", (Form("number"),), label="um vetor"),), label="uma matriz"
    ),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "pos_norma",
            _post_norm,
            "Seu resultado é igual ao de quem normaliza **depois da soma**, como no artigo de "
            "2017. É um bloco legítimo, o post-norm, mas não o do GPT-2: nele a estrada do fluxo "
            "passa por dentro da norma. Ponha a norma na entrada de cada parte.",
        ),
        KnownWrong(
            "atalho_da_entrada",
            _skips_from_input,
            "Seu resultado é igual ao de quem puxa a segunda soma **da entrada do bloco**. O que "
            "a atenção escreveu não chega inteiro à saída: só o MLP o viu. A segunda soma parte "
            "de `mid`.",
        ),
        KnownWrong(
            "em_paralelo",
            _parallel,
            "Seu resultado é igual ao de quem liga as duas partes **em paralelo**. Alguns modelos "
            "fazem isso, mas aqui o MLP precisa ler o que a atenção acabou de trazer. Calcule "
            "`mid` antes.",
        ),
        KnownWrong(
            "sem_a_segunda_soma",
            _no_second_sum,
            "Seu resultado é igual ao de quem esquece a **segunda soma**. Tudo o que havia no "
            "fluxo se perde, e sai só a escrita do MLP. Some `mid` a ela.",
        ),
        KnownWrong(
            "sem_a_primeira_soma",
            _no_first_sum,
            "Seu resultado é igual ao de quem esquece a **primeira soma**. A entrada do bloco "
            "desaparece, e o MLP só lê a escrita da atenção. Comece com `x +`.",
        ),
        KnownWrong(
            "sem_ln1",
            _no_ln1,
            "Seu resultado é igual ao de quem dá à atenção o fluxo **sem passar por `ln1`**. O "
            "fluxo cresce de bloco em bloco, e a atenção leria números cada vez maiores. "
            "Normalize antes de ler.",
        ),
        KnownWrong(
            "sem_ln2",
            _no_ln2,
            "Seu resultado é igual ao de quem dá ao MLP o fluxo **sem passar por `ln2`**. Cada "
            "parte tem a sua norma na entrada. Troque `mlp(mid)` pela leitura normalizada.",
        ),
        KnownWrong(
            "soma_o_normalizado",
            _sums_the_normalized,
            "Seu resultado é igual ao de quem soma a escrita **ao fluxo já normalizado**. A norma "
            "serve só para ler: quem segue adiante é o fluxo como estava. Não guarde `ln1(x)` no "
            "lugar de `x`.",
        ),
        KnownWrong(
            "normas_trocadas",
            _swapped_norms,
            "Seu resultado é igual ao de quem **troca as duas normas** de lugar. Elas têm pesos "
            "diferentes. `ln1` fica com a atenção, `ln2` com o MLP.",
        ),
        KnownWrong(
            "mlp_primeiro",
            _mlp_first,
            "Seu resultado é igual ao de quem roda o **MLP antes da atenção**. Na soma parece que "
            "tanto faz, mas a segunda parte lê o que a primeira escreveu. Comece pela atenção.",
        ),
    ),
)
