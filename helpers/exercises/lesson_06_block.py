"""Exercício 06.bloco: as duas somas de um bloco, na ordem certa."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_NUMBERS = Form("sequence", (Form("number"),), label="uma linha de números")
_MATRIX = Form("sequence", (_NUMBERS,), label="uma matriz [pos d_model]")

Part = Callable[[Tensor], Tensor]


def _block(resid, ln1, attn, ln2, mlp):
    """Devolve o fluxo depois das duas escritas; cada parte lê o fluxo normalizado."""
    resid_mid = resid + attn(ln1(resid))
    return resid_mid + mlp(ln2(resid_mid))


def _loses_attention(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + mlp(ln2(resid + attn(ln1(resid))))


def _post_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = ln1(resid + attn(resid))
    return ln2(resid_mid + mlp(resid_mid))


def _no_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + attn(resid)
    return resid_mid + mlp(resid_mid)


def _side_by_side(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return resid + attn(ln1(resid)) + mlp(ln2(resid))


def _no_residual(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    return mlp(ln2(attn(ln1(resid))))


def _norm_replaces(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid = ln1(resid)
    resid_mid = resid + attn(resid)
    resid_mid = ln2(resid_mid)
    return resid_mid + mlp(resid_mid)


def _same_norm(resid: Tensor, ln1: Part, attn: Part, ln2: Part, mlp: Part) -> Tensor:
    resid_mid = resid + attn(ln1(resid))
    return resid_mid + mlp(ln1(resid_mid))


def _shift(resid: Tensor) -> Tensor:
    """Faz as vezes da atenção: cada posição copia a anterior."""
    return resid.roll(1, 0)


def _center(resid: Tensor) -> Tensor:
    """Faz as vezes da primeira norma: tira a média de cada linha."""
    return resid - resid.mean(-1, keepdim=True)


def _shrink(resid: Tensor) -> Tensor:
    """Faz as vezes da segunda norma: divide cada linha pela sua maior grandeza."""
    return resid / (1 + resid.abs().amax(-1, keepdim=True))


def _rectify(resid: Tensor) -> Tensor:
    """Faz as vezes do MLP: apaga os negativos e soma 1."""
    return resid.relu() + 1


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(602)
    parts = (_center, _shift, _shrink, _rectify)
    cases = []
    for number in range(16):
        n_pos, width = 2 + number % 3, 3 + number % 4
        resid = torch.randint(-4, 5, (n_pos, width), generator=generator).double()
        resid[0, 0] += 0.5
        shown = f"resid={resid.tolist()}, ln1, attn, ln2, mlp"
        cases.append(Case((resid, *parts), shown))
    return tuple(cases)


BLOCK = Exercise(
    id="06.bloco",
    title="duas escritas, nenhuma perdida",
    difficulty=3,
    importance=5,
    minutes=(8, 15),
    statement="""
Você recebe o fluxo `resid` e quatro funções prontas: `ln1`, `attn`, `ln2` e `mlp`. Para usar uma
delas, chame-a: `attn(x)`.

Escreva `my_block(resid, ln1, attn, ln2, mlp)`. A atenção lê o fluxo normalizado por `ln1` e
**soma** o que escreve. O MLP lê o fluxo **já com a escrita da atenção**, normalizado por `ln2`, e
também soma. Devolva o fluxo que sai.
""",
    done_when="As duas escritas chegam à saída, e o caminho do fluxo não passa por norma nenhuma.",
    hints=(
        Hint(
            "uma pergunta",
            "Se o MLP escrevesse só zeros, o que deveria sobrar na saída além de `resid`?",
        ),
        Hint(
            "o plano",
            "1. `resid_mid` é `resid` mais o que a atenção escreve ao ler `ln1(resid)`.\n"
            "2. A saída é `resid_mid` mais o que o MLP escreve ao ler `ln2(resid_mid)`.",
        ),
        Hint(
            "por que o meu resultado fica perto, mas não igual?",
            "Veja quem é somado ao MLP. Se for `resid`, a escrita da atenção ficou só dentro do "
            "MLP e não está na soma.",
        ),
        Hint(
            "a saída esperada",
            "Com `attn` e `mlp` que devolvem zeros, a saída é `resid`, sem mudar um número.",
        ),
    ),
    name="my_block",
    stub='''
def my_block(resid, ln1, attn, ln2, mlp):
    """Devolve o fluxo depois das duas escritas; cada parte lê o fluxo normalizado."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_block,
    form=_MATRIX,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "perde_a_atencao",
            _loses_attention,
            "Seu resultado é igual ao de quem soma o MLP ao fluxo **de antes da atenção**. A "
            "escrita da atenção entra no MLP, mas não entra na soma: a camada seguinte nunca a lê "
            "direto. Some o MLP a `resid_mid`, e não a `resid`.",
        ),
        KnownWrong(
            "norma_depois",
            _post_norm,
            "Seu resultado é igual ao de quem põe a **norma depois da soma**, como no artigo de "
            "2017. É um bloco legítimo, mas aqui o fluxo passa sem norma. Normalize só o que cada "
            "parte lê.",
        ),
        KnownWrong(
            "sem_norma",
            _no_norm,
            "Seu resultado é igual ao de quem **não usa as normas**. As somas estão no lugar. "
            "Falta dar a cada parte o fluxo normalizado: `attn(ln1(resid))`.",
        ),
        KnownWrong(
            "em_paralelo",
            _side_by_side,
            "Seu resultado é igual ao de quem põe atenção e MLP **lado a lado**, lendo o mesmo "
            "fluxo. Há modelos assim. Neste, o MLP lê o fluxo depois da atenção: calcule "
            "`resid_mid` primeiro.",
        ),
        KnownWrong(
            "sem_residual",
            _no_residual,
            "Seu resultado é igual ao de quem **não soma nada**: cada parte substitui o fluxo. O "
            "que ninguém copiar se perde. Escreva `resid + …` nas duas vezes.",
        ),
        KnownWrong(
            "norma_no_caminho",
            _norm_replaces,
            "Seu resultado é igual ao de quem deixa a **norma tomar o lugar do fluxo** (`resid = "
            "ln1(resid)`). Daí em diante a soma parte do vetor normalizado. Guarde o resultado da "
            "norma só para quem lê.",
        ),
        KnownWrong(
            "uma_norma_so",
            _same_norm,
            "Seu resultado é igual ao de quem usa **`ln1` nas duas leituras**. Cada parte tem a "
            "sua norma, com pesos próprios. Antes do MLP vem `ln2`.",
        ),
    ),
)
