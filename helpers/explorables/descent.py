"""A descida: a perda, parada por parada, ao lado do que o modelo escreve naquele momento."""

from collections.abc import Sequence

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Challenge, Frame, Numbers
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal
from helpers.studies import ablations

TEXT = words("descida")

SHOWN_LETTERS = 60  # da história, na frase
PROMPT_END = "… " + " ".join(ablations.PROMPT.split()[-2:])
LEFT, RIGHT, TOP, BOTTOM = 44, 372, 34, 214  # quadro da curva, em px
BARS, FULL, PITCH = 486, 104, 34  # começo, comprimento da barra inteira e distância, em px
TEXT_TOP, TEXT_LINES, COLUMNS = 282, 4, 72
HEIGHT = 366


def descent_frame(losses: Sequence[float], limit: float, at: int, stop: ablations.Glimpse) -> str:
    """Desenha uma parada: a curva até ali, o limite, as apostas e a história.

    Parâmetros:
        losses: a perda em cada parada, em nats por token.
        limit: a entropia da fonte, em nats por token.
        at: qual parada, a partir de 0.
    """
    parts = [_curve(losses, limit, at, stop.step), _bars(stop.candidates)]
    parts.append(svg.text(4, TEXT_TOP - 22, "escreve:", "m"))
    parts.append(svg.text(96, TEXT_TOP - 22, _verdict(stop), "s b"))
    for i, line in enumerate(story_lines(stop.story)):
        parts.append(svg.text(4, TEXT_TOP + i * svg.LINE, line, "ks"))
    return svg.document("".join(parts), HEIGHT)


def story_lines(story: str) -> list[str]:
    """A história em poucas linhas, com o que não se imprime à mostra."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in story) or "(nada)"
    lines, line = [], ""
    for word in shown.split(" "):
        pieces = [word[i : i + COLUMNS] for i in range(0, len(word), COLUMNS)] or [""]
        for piece in pieces:
            if line and len(line) + 1 + len(piece) > COLUMNS:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    lines.append(line)
    if len(lines) > TEXT_LINES:
        lines = [*lines[: TEXT_LINES - 1], lines[TEXT_LINES - 1][: COLUMNS - 2] + " …"]
    return lines


def _curve(losses: Sequence[float], limit: float, at: int, step: int) -> str:
    top = max(losses)

    def height(loss: float) -> Px:
        return round(BOTTOM - (BOTTOM - TOP) * loss / top, 1)

    xs = _stops_x(len(losses))
    points = [(x, height(loss)) for x, loss in zip(xs, losses, strict=True)]
    floor = height(limit)
    parts = [
        svg.text(4, 18, f"perda; tracejado: entropia da gramática, {decimal(limit)}", "m"),
        svg.line(LEFT, BOTTOM, RIGHT, BOTTOM),
        svg.line(LEFT, floor, RIGHT, floor, "line dash"),
        svg.text(LEFT - 6, TOP + 5, decimal(top, 1), "m", "end"),
        svg.text(LEFT - 6, BOTTOM + 5, "0", "m", "end"),
        _path(points, "line"),
        _path(points[: at + 1], "l1"),
    ]
    x, y = points[at]
    parts.append(f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="6" class="p2"/>')
    label = min(max(x, LEFT + 40), RIGHT - 40)
    told = decimal(losses[at])
    if y < TOP + 16:  # em cima está o título
        parts.append(svg.text(x + 14, y + 5, told, "s b halo"))
    else:
        parts.append(svg.text(label, y - 12, told, "s b halo", "middle"))
    parts.append(svg.text(label, BOTTOM + 20, f"passo {step}", "s", "middle"))
    return "".join(parts)


def _stops_x(n: int) -> list[Px]:
    """Lugar de cada uma das `n` paradas na curva, em px."""
    return [round(LEFT + (RIGHT - LEFT) * i / max(1, n - 1), 1) for i in range(n)]


def _path(points: Sequence[tuple[Px, Px]], style: str) -> str:
    return svg.trace(points, style) if len(points) > 1 else ""


def _bars(candidates: Sequence[tuple[str, float]]) -> str:
    parts = [svg.text(400, 18, f"apostas depois de “{PROMPT_END}”", "m")]
    for i, (token, prob) in enumerate(candidates):
        y = TOP + 6 + i * PITCH
        parts.append(svg.text(BARS - 8, y + 15, svg.token_label(token.encode()), "ks", "end"))
        parts.append(svg.box(BARS, y, max(1, FULL * prob), 20, "c1", 2))
        parts.append(svg.text(BARS + FULL * prob + 6, y + 15, decimal(prob), "s"))
    return "".join(parts)


def stop_sentence(run: str, stop: ablations.Glimpse, limit: float) -> str:
    """A perda, a distância de `limit`, a maior aposta e a história de uma parada."""
    gap = stop.validation - limit
    where = f"{decimal(gap)} acima" if gap >= 0 else f"{decimal(-gap)} abaixo"
    token, prob = stop.candidates[0]
    told = story_lines(stop.story)[0]
    told = f"{told[:SHOWN_LETTERS].rstrip(' .')}…" if len(stop.story) > SHOWN_LETTERS else told
    extra = " Abaixo do limite só se chega vendo a resposta." if gap < 0 else ""
    return (
        f"Treino {run}, passo {stop.step}: perda {decimal(stop.validation)} ({where} da entropia "
        f"da gramática). Maior aposta: {svg.token_label(token.encode())}, {decimal(prob, 3)}. "
        f"Escreve: “{told}”. {stop.right} de {ablations.N_STORIES} histórias certas.{extra}"
    )


def _verdict(stop: ablations.Glimpse) -> str:
    right = f"{stop.right} de {ablations.N_STORIES} certas"
    return f"{right}; nesta, {stop.problem}" if stop.problem else f"{right}; esta está certa"


class Descent:
    """As paradas guardadas de cada treino: dá o quadro de cada (treino, passo)."""

    def __init__(self) -> None:
        self.runs = {run: ablations.descent(run) for run in ablations.RUNS}
        self.steps = tuple(stop.step for stop in self.runs["certo"])
        self.limit = ablations.limit("descida")

    def stop(self, run: str, step: int) -> ablations.Glimpse:
        """A parada de um treino; `step` é um dos `steps`."""
        return self.runs[run][self.steps.index(step)]

    def frame(self, run: str, step: int) -> Frame:
        """O quadro de uma parada; `step` é um dos `steps`."""
        stop = self.stop(run, step)
        losses = [one.validation for one in self.runs[run]]
        drawing = descent_frame(losses, self.limit, self.steps.index(step), stop)
        xs = _stops_x(len(losses))
        room = xs[1] - xs[0]
        tall = BOTTOM - TOP + 40
        drawing = svg.over(
            drawing,
            *(
                svg.zone((x - room / 2, TOP - 12, room, tall), step=one)
                for x, one in zip(xs, self.steps, strict=True)
            ),
        )
        rows = tuple((svg.token_label(t.encode()), decimal(p, 3)) for t, p in stop.candidates)
        sentence = stop_sentence(run, stop, self.limit)
        return Frame(drawing, sentence, Numbers(("token", "aposta"), rows))

    def challenges(self) -> tuple[Challenge, ...]:
        """Uma perda impossível de explicar, e a parada em que o artigo já é quase certo."""
        return TEXT.challenges(
            {
                "impossivel": lambda limit, **state: self.stop(**state).validation < limit,
                "artigo": lambda least, **state: (
                    state["run"] == "certo" and _articles(self.stop(**state)) > least
                ),
            },
            limit=self.limit,
            least=0.8,
        )


def _articles(stop: ablations.Glimpse) -> float:
    tokens = dict(stop.candidates)
    return tokens.get(" o", 0.0) + tokens.get(" a", 0.0)


@opens
def loss_descent() -> Flipper:
    """A descida de dois treinos guardados: o certo e o que esqueceu a máscara."""
    found = Descent()
    return Flipper(
        found.frame,
        [
            Axis("run", "treino", tuple(ablations.RUNS), kind="buttons"),
            Axis("step", "passo", found.steps),
        ],
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=found.challenges(),
    )
