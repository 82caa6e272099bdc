"""Exercício 06.contribuicoes: quanto cada escrita vale no logit, com a norma congelada."""

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_NUMBERS = Form("sequence", (Form("number"),), label="uma lista de números, um por escrita")


def _credit(writes, scale, w, direction):
    """Devolve quanto cada escrita soma ao logit, com a escala da norma final congelada."""
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered / scale * w) @ direction]


def _own_scale(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    own = (centered**2).mean(-1, keepdim=True).sqrt()
    return [float(one) for one in (centered / own * w) @ direction]


def _not_centered(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    return [float(one) for one in (writes / scale * w) @ direction]


def _no_scale(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered * w) @ direction]


def _no_gain(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in (centered / scale) @ direction]


def _running(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [float(one) for one in ((centered / scale * w) @ direction).cumsum(0)]


def _only_size(writes: Tensor, scale: float, w: Tensor, direction: Tensor) -> list[float]:
    centered = writes - writes.mean(-1, keepdim=True)
    return [abs(float(one)) for one in (centered / scale * w) @ direction]


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(605)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    cases = []
    for number in range(18):
        n, width = 3 + number % 4, 4 + number % 3
        writes = 2 * draw(n, width) + 1
        scale = float((writes.sum(0)).std(correction=0))
        shown = f"{n} escritas de largura {width}, scale={scale:.3f}, w, direction"
        cases.append(Case((writes, scale, 1 + 0.5 * draw(width), draw(width)), shown))
    return tuple(cases)


CREDIT = Exercise(
    id="06.contribuicoes",
    title="dividir o logit entre quem escreveu",
    difficulty=3,
    importance=5,
    minutes=(10, 15),
    statement="""
O logit de um token é `norma(fluxo) · direction`, e o fluxo é a soma das escritas. Com a escala da
norma final **congelada** no valor que ela teve, a norma vira uma conta que se reparte.

Escreva `my_credit(writes, scale, w, direction)`. `writes` é `[escrita d_model]`. Para cada escrita:
tire a média **dela**, divida por `scale`, multiplique por `w` e faça o produto escalar com
`direction`. Devolva uma lista de números.
""",
    done_when="A soma da lista é o logit, a menos do viés da norma.",
    hints=(
        Hint(
            "uma pergunta",
            "A média de uma soma é a soma das médias. E o desvio de uma soma?",
        ),
        Hint(
            "o plano",
            "1. `centered` é `writes` menos a média de cada linha.\n"
            "2. Divida tudo pelo mesmo `scale` e multiplique por `w`.\n"
            "3. `@ direction` dá um número por linha.",
        ),
        Hint(
            "por que a minha soma não fecha?",
            "Se cada escrita for dividida pelo desvio dela, os pedaços deixam de estar na mesma "
            "régua. A escala é uma só, a do fluxo inteiro.",
        ),
        Hint(
            "a saída esperada",
            "`writes=[[1., 3.]]`, `scale=2.`, `w=[1., 1.]` e `direction=[0., 1.]` dão `[0.5]`.",
        ),
    ),
    name="my_credit",
    stub='''
def my_credit(writes, scale, w, direction):
    """Devolve quanto cada escrita soma ao logit, com a escala da norma final congelada."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_credit,
    form=_NUMBERS,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "norma_de_cada_uma",
            _own_scale,
            "Seu resultado é igual ao de quem **normaliza cada escrita** pelo desvio dela. Todas "
            "ficam do mesmo tamanho, e a soma deixa de dar o logit. Divida todas por `scale`.",
        ),
        KnownWrong(
            "sem_centrar",
            _not_centered,
            "Seu resultado é igual ao de quem **não tira a média** de cada escrita. A LayerNorm "
            "centra o fluxo, e isso também se reparte. Subtraia a média da linha.",
        ),
        KnownWrong(
            "sem_escala",
            _no_scale,
            "Seu resultado é igual ao de quem **esquece a escala**. As proporções saem certas, mas "
            "a soma não é o logit. Divida por `scale`.",
        ),
        KnownWrong(
            "sem_ganho",
            _no_gain,
            "Seu resultado é igual ao de quem **esquece o ganho `w`** da norma. Ele estica umas "
            "direções e encolhe outras. Multiplique antes do produto escalar.",
        ),
        KnownWrong(
            "acumulado",
            _running,
            "Seu resultado é igual ao de quem devolve a **soma corrente**, e não cada parcela. O "
            "último número é o total. Tire o `cumsum`.",
        ),
        KnownWrong(
            "sem_sinal",
            _only_size,
            "Seu resultado é igual ao de quem **apaga o sinal**. Algumas partes escrevem contra a "
            "resposta, e isso é o que há de mais interessante. Deixe os negativos.",
        ),
    ),
)
