"""A descida: a perda, parada por parada, ao lado do que o modelo escreve naquele momento."""

from helpers import descent
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots import descent as draw
from helpers.plots import svg
from helpers.plots.figures import decimal

SHOWN_LETTERS = 60  # da história, na frase
PROMPT_END = "… " + " ".join(descent.PROMPT.split()[-2:])


def loss_descent(name: str = "descida") -> Flipper:
    """A descida de dois treinos guardados: o certo e o que esqueceu a máscara.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    runs = {run: descent.recorded(run) for run in descent.RUNS}
    steps = tuple(stop.step for stop in runs["certo"])
    limit = descent.limit("descida")

    def frame(run: str, step: int) -> Frame:
        at, stops = steps.index(step), runs[run]
        stop = stops[at]
        losses = [one.validation for one in stops]
        drawing = draw.descent_frame(
            steps, losses, limit, at, PROMPT_END, stop.candidates, stop.story, _verdict(stop)
        )
        rows = tuple((svg.token_label(t.encode()), decimal(p, 3)) for t, p in stop.candidates)
        return Frame(drawing, stop_sentence(run, stop, limit), Table(("token", "aposta"), rows))

    def sure(run: str, step: int) -> bool:
        tokens = dict(runs[run][steps.index(step)].candidates)
        return run == "certo" and tokens.get(" o", 0) + tokens.get(" a", 0) > 0.8

    return show(
        name,
        Flipper(
            frame,
            [
                Axis("run", "treino", tuple(descent.RUNS), kind="buttons"),
                Axis("step", "passo", steps),
            ],
            "A descida",
            name="descida",
            title="A descida: o que o modelo sabe em cada parada?",
            question=Prediction(
                "No passo 40 a perda já desceu quase metade do caminho até o limite. O que o "
                "modelo escreve ali?",
                ("letras soltas", "palavras, mas nenhuma história", "histórias certas"),
                "palavras, mas nenhuma história",
                (
                    "Isso é o passo 0. Os tokens comuns e os pares que andam juntos vêm cedo.",
                    "A primeira metade da perda é a parte fácil: que tokens existem e quem anda "
                    "com quem.",
                    "Nem perto: no passo 40 nenhuma está certa. Veja quantas há no fim da descida.",
                ),
            ),
            challenges=(
                Challenge(
                    f"Ache uma perda menor que a entropia da gramática, {decimal(limit)}. O que "
                    "esse modelo escreve?",
                    lambda run, step: runs[run][steps.index(step)].validation < limit,
                ),
                Challenge(
                    "No treino certo, ache uma parada em que ·o e ·a levam juntos mais de 80 % da "
                    "aposta.",
                    sure,
                ),
            ),
        ),
    )


def stop_sentence(run: str, stop: descent.Checkpoint, limit: float) -> str:
    """Frase de uma parada: a perda, a distância do limite, a maior aposta e a história.

    Parâmetros:
        run: o nome do treino.
        stop: a parada.
        limit: a entropia da gramática, em nats por token.
    """
    gap = stop.validation - limit
    where = f"{decimal(gap)} acima" if gap >= 0 else f"{decimal(-gap)} abaixo"
    token, prob = stop.candidates[0]
    told = draw.story_lines(stop.story)[0]
    told = f"{told[:SHOWN_LETTERS].rstrip(' .')}…" if len(stop.story) > SHOWN_LETTERS else told
    extra = " Abaixo do limite só se chega vendo a resposta." if gap < 0 else ""
    return (
        f"Treino {run}, passo {stop.step}: perda {decimal(stop.validation)} ({where} da entropia "
        f"da gramática). Maior aposta: {svg.token_label(token.encode())}, {decimal(prob, 3)}. "
        f"Escreve: “{told}”. {stop.right} de {descent.N_STORIES} histórias certas.{extra}"
    )


def _verdict(stop: descent.Checkpoint) -> str:
    right = f"{stop.right} de {descent.N_STORIES} certas"
    return f"{right}; nesta, {stop.problem}" if stop.problem else f"{right}; esta está certa"
