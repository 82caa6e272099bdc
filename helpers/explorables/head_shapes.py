"""A forma em cada etapa: N, d_model e H mudam, e as formas e os custos são refeitos."""

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots.head_shapes import heads_diagram

LENGTHS = (6, 64, 1024)
WIDTHS = (16, 128, 768)
HEADS = (1, 2, 4, 8, 16)


def stage_sizes(n_pos: int, d_model: int, n_heads: int) -> dict[str, int]:
    """Conta os números guardados em cada etapa e os pesos da camada.

    Parâmetros:
        n_pos: comprimento do texto.
        d_model: largura do fluxo; múltiplo de `n_heads`.
        n_heads: quantas cabeças.
    """
    return {
        "q, k e v": 3 * n_pos * d_model,
        "scores": n_heads * n_pos * n_pos,
        "concatenação": n_pos * d_model,
        "saída": n_pos * d_model,
        "pesos": 4 * d_model * d_model,
    }


def shapes_frame(n_pos: int, d_model: int, n_heads: int) -> Frame:
    """Devolve o quadro de um tamanho.

    Parâmetros:
        n_pos: comprimento do texto.
        d_model: largura do fluxo.
        n_heads: quantas cabeças.
    """
    d_head = d_model // n_heads
    sizes = stage_sizes(n_pos, d_model, n_heads)
    many, squares = sizes["q, k e v"], sizes["scores"]
    drawing = heads_diagram(
        f"{n_pos}×{d_model}",
        f"{n_pos}×{d_head}",
        f"{n_pos}×{d_model}",
        f"{d_model}×{d_model}",
        n_heads,
        (
            f"pesos: 4 · {d_model}² = {_count(sizes['pesos'])}",
            f"scores: {n_heads} × {n_pos} × {n_pos} = {_count(sizes['scores'])} números",
        ),
    )
    one = n_heads == 1
    sentence = (
        f"{n_pos} posições, d_model {d_model}, {n_heads} {'cabeça' if one else 'cabeças'} de "
        f"largura {d_head}: {_count(sizes['pesos'])} pesos. {_biggest(many, squares)}"
    )
    rows = tuple((name, _count(size)) for name, size in sizes.items())
    return Frame(drawing, sentence, Table(("etapa", "números"), rows))


def _biggest(many: int, squares: int) -> str:
    if many == squares:
        return f"Empate: q, k e v juntos têm {_count(many)} números, e os scores também."
    name = "scores" if squares > many else "q, k e v"
    return f"O que mais ocupa: {name}, com {_count(max(many, squares))} números."


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def shapes_by_stage(name: str = "formas") -> Flipper:
    """Forma em cada etapa: três barras, e tudo o que muda (ou não) com elas.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    question = Prediction(
        "De uma para dezesseis cabeças, com a mesma largura, o que cresce?",
        ("os pesos", "os scores", "a saída"),
        "os scores",
        (
            "Leve a barra de cabeças até o fim: os pesos não saem do lugar.",
            "Cada cabeça tem a sua tabela N × N; o resto só é repartido.",
            "Leve a barra de cabeças até o fim: a saída tem a forma da entrada.",
        ),
    )
    return show(
        name,
        Flipper(
            shapes_frame,
            [
                Axis("n_pos", "N", LENGTHS),
                Axis("d_model", "largura d_model", WIDTHS),
                Axis("n_heads", "cabeças", HEADS),
            ],
            "Forma em cada etapa",
            name="formas",
            title="Forma em cada etapa: o que muda com o número de cabeças?",
            question=question,
            challenges=(
                Challenge(
                    "Chegue a um tamanho em que o que mais ocupa são os scores.",
                    lambda n_pos, d_model, n_heads: n_heads * n_pos > 3 * d_model,
                ),
                Challenge(
                    "Deixe cada cabeça com largura 1.",
                    lambda n_pos, d_model, n_heads: d_model == n_heads,
                ),
            ),
        ),
    )
