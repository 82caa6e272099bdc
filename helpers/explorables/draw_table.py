"""Mesa de sorteio: temperatura, cortes e agulha sobre os logits do próprio modelo.

A conta corre no navegador, em `draw_table_math.js`: as barras andam sem esperar o kernel. Aqui fica
a mesma conta, feita com `helpers.sampling`: dela saem a frase e o retrato guardados no notebook, e
com ela os testes conferem o JavaScript.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import traitlets

from helpers.explorables.kit.base import Explorable, load_css, load_js
from helpers.explorables.kit.frames import Frame, Numbers
from helpers.explorables.kit.memory import Remembering, opens, read_state
from helpers.explorables.kit.own_page import own_box
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.sampling import Sampler, temperature
from helpers.spoken import decimal
from helpers.studies.thread import Thread, load_thread

HEAT = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
HEAT = (*HEAT, 2.5, 3.0, 4.0, 5.0)
TOP_K = (1, 2, 3, 5, 8, 10, 20, 50, 100, 200, None)
TOP_P = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
MIN_P = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
ORDER = (False, True)
TEXT = words("w15")
Setting = dict[str, Any]
NAMED = 12  # tokens com nome; os outros ficam juntos em uma linha
SCALES = (0.25, 0.5, 1.0)  # quanto vale a barra inteira
LEFT, FULL = 112, 330  # começo e comprimento da barra inteira, em px
TOP, PITCH, THICK = 34, 24, 16


@dataclass(frozen=True)
class Bar:
    """Uma linha da mesa.

    Parâmetros:
        label: o token, ou “resto”.
        prob: probabilidade agora, de 0 a 1.
        before: probabilidade no ajuste A, de 0 a 1.
        reason: nome do corte que o tirou; vazio se ele ficou.
        count: quantas vezes saiu.
    """

    label: str
    prob: float
    before: float
    reason: str = ""
    count: int = 0


def scale_of(rows: Sequence[Bar]) -> float:
    """Quanto vale a barra inteira: o menor de `SCALES` em que tudo cabe."""
    largest = max(max(row.prob, row.before) for row in rows)
    return next((scale for scale in SCALES if largest <= scale), SCALES[-1])


def table_frame(
    rows: Sequence[Bar], needle: tuple[float, str] | None = None, free: bool = True
) -> str:
    """A mesa: barras, traço do ajuste A, frequências e régua.

    Parâmetros:
        rows: as linhas, na ordem da régua; a última é o resto.
        needle: onde a última agulha caiu, de 0 a 1, e em que token.
        free: se as linhas mudam o top-k.
    """
    scale, total = scale_of(rows), sum(row.count for row in rows)
    head = f"barra inteira: {decimal(scale)} · traço: ajuste A"
    head += " · losango: frequência" if total else ""
    parts = [svg.text(LEFT, 20, head, "m")]
    for i, row in enumerate(rows):
        parts.append(_row(row, TOP + i * PITCH, scale, total))
    y = TOP + len(rows) * PITCH + 14
    parts.append(_ruler(rows, y, needle))
    parts.append(svg.zones(_cuts(len(rows)) if free else ()))
    return svg.document("".join(parts), y + 62)


def _cuts(n_rows: int) -> Iterator[str]:
    """As áreas: cada linha leva ao top-k que corta logo depois dela; o resto, a nenhum corte."""
    top = 0
    for place, k in enumerate(TOP_K):
        end = n_rows if k is None else min(k, n_rows - 1)
        if end > top:
            area = (2, TOP - 4 + top * PITCH, svg.WIDTH - 4, (end - top) * PITCH)
            yield svg.zone(area, **{"1": place})
        top = end


def _row(row: Bar, y: Px, scale: float, total: int) -> str:
    width, tick = row.prob / scale * FULL, LEFT + row.before / scale * FULL
    parts = [svg.text(LEFT - 8, y + 13, row.label, "ks", "end")]
    if row.reason:
        parts.append(svg.box(LEFT, y, max(3, tick - LEFT), THICK, "box dash", 2))
        told = f"fora: {row.reason}"
    else:
        parts.append(svg.box(LEFT, y, max(1, width), THICK, "c1", 2))
        told = decimal(row.prob, 3)
    parts.append(svg.line(tick, y - 3, tick, y + 19))
    if total:
        x = LEFT + min(1.04, row.count / total / scale) * FULL
        mark = f"M{svg.number(x)} {svg.number(y + 2)}l6 6l-6 6l-6 -6z"
        parts.append(f'<path d="{mark}" class="p2"/>')
        told += f" · saiu {row.count}"
    parts.append(svg.text(LEFT + FULL + 24, y + 13, told, "s"))
    return "".join(parts)


def _ruler(rows: Sequence[Bar], y: Px, needle: tuple[float, str] | None) -> str:
    ends = list(itertools.accumulate(row.prob for row in rows))
    starts = [0.0, *ends[:-1]]
    soft = list(zip(starts, ends, strict=True))[::2]
    parts = [
        svg.text(LEFT - 8, y + 16, "régua", "s", "end"),
        svg.boxes([(LEFT + a * FULL, (b - a) * FULL) for a, b in soft], y, 22, "soft"),
        svg.boxes([(LEFT, FULL)], y, 22, "line"),
        svg.text(LEFT + FULL + 24, y + 16, "0 a 1", "m"),
    ]
    if needle is not None:
        x = LEFT + needle[0] * FULL
        point = f"M{svg.number(x)} {svg.number(y + 18)}l6 12h-12z"
        parts.append(f'<path d="{point}" class="p2"/>')
        told = f"última agulha: {decimal(needle[0], 3)}, {needle[1]}"
        parts.append(svg.text(LEFT, y + 50, told, "s"))
    return "".join(parts)


def _axis(name: str, label: str, values: Sequence[Any], labels: Sequence[str]) -> Setting:
    kind = "buttons" if len(values) == 2 else "slider"
    named = {"name": name, "label": label, "kind": kind}
    return {**named, "values": list(values), "labels": list(labels)}


AXES = (
    _axis("t", "temperatura", HEAT, [decimal(t) for t in HEAT]),
    _axis("k", "top-k", TOP_K, ["todos" if k is None else str(k) for k in TOP_K]),
    _axis("p", "top-p", TOP_P, [decimal(p) for p in TOP_P]),
    _axis("min_p", "min-p", MIN_P, [decimal(p) for p in MIN_P]),
    _axis("late", "ordem", ORDER, ["temperatura, depois cortes", "cortes, depois temperatura"]),
)
START = {"t": 1.0, "k": None, "p": 1.0, "min_p": 0.0, "late": False}


def _goal(key: str, *tests: tuple[str, str, Any]) -> Setting:
    """Desafio que o navegador confere; o texto chama pela posição os números das comparações."""
    numbers = (value for _, _, value in tests)
    return {"text": TEXT.challenge(key, *numbers), "tests": [list(test) for test in tests]}


CHALLENGES = (
    _goal("um_so", ("kept", "=", 1), ("k", "=", None)),
    _goal("quente", ("t", ">", 3.0), ("best", ">", 0.2)),
    _goal(
        "min_p",
        ("kept", ">", 2),
        ("kept", "<", 5),
        ("t", "=", 1.0),
        ("k", "=", None),
        ("p", "=", 1.0),
        ("min_p", ">", 0.01),
    ),
)


def solve(logits: torch.Tensor, setting: Setting) -> tuple[torch.Tensor, list[int]]:
    """Devolve as probabilidades e quantos tokens ficam depois de cada corte.

    Parâmetros:
        logits: em ordem decrescente.
        setting: um valor por controle; com `late`, os cortes vêm antes da temperatura.
    """
    heat = 1.0 if setting["late"] else setting["t"]
    k, p, share = setting["k"], setting["p"], setting["min_p"]
    steps = (Sampler(heat, k=k), Sampler(heat, k=k, p=p), Sampler(heat, k=k, p=p, min_p=share))
    cut = [step.filter(logits) for step in steps]
    last = temperature(cut[-1], setting["t"]) if setting["late"] else cut[-1]
    return last.softmax(-1), [int(one.isfinite().sum()) for one in cut]


def setting_text(setting: Setting) -> str:
    """Um ajuste em palavras, como “Temperatura 1,00, sem corte”."""
    cuts = [] if setting["k"] is None else [f"top-k {setting['k']}"]
    cuts += [f"top-p {decimal(setting['p'])}"] if setting["p"] < 1 else []
    cuts += [f"min-p {decimal(setting['min_p'])}"] if setting["min_p"] > 0 else []
    order = ", cortes antes da temperatura" if cuts and setting["late"] else ""
    return f"Temperatura {decimal(setting['t'])}, {', '.join(cuts) or 'sem corte'}{order}"


def met(goal: Setting, setting: Setting, probs: torch.Tensor, kept: int) -> bool:
    """Se um ajuste cumpre um desafio.

    Parâmetros:
        probs: as probabilidades, da maior à menor.
        kept: quantos tokens ficaram.
    """
    seen = {**setting, "kept": kept, "best": float(probs[0])}
    for name, sign, value in goal["tests"]:
        if sign == "=" and seen[name] != value:
            return False
        if sign == ">" and not seen[name] >= value:
            return False
        if sign == "<" and not seen[name] <= value:
            return False
    return True


#: Nada: a página desenha com o `draw_table_math.js` também os textos próprios.
OWN = ()


class DrawTable(Remembering, Explorable):
    """Mesa de sorteio: cinco controles, barras, régua e sorteios sobre a teoria."""

    _esm = load_js("spoken.js", "board.js", "own_text.js", "draw_table_math.js", "draw_table.js")
    _css = load_css("flipper.css", "live.css")
    axes = traitlets.List().tag(sync=True)
    logits = traitlets.List().tag(sync=True)  # em ordem decrescente
    names = traitlets.List().tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Unicode("").tag(sync=True)
    saved = traitlets.Unicode("").tag(sync=True)  # o ajuste A
    counts = traitlets.List().tag(sync=True)
    needle = traitlets.Dict().tag(sync=True)
    turn = traitlets.Int(0).tag(sync=True)  # semente do último sorteio

    def __init__(self, logits: Sequence[float], labels: Sequence[str], word: str) -> None:
        """Ordena os logits e se põe na distribuição do próprio modelo.

        Parâmetros:
            logits: um por token do vocabulário.
            labels: o nome de cada token, na mesma ordem.
            word: a palavra da frase depois da qual se sorteia.
        """
        heading = TEXT.heading(word=word)
        order = sorted(range(len(logits)), key=lambda token: -logits[token])
        super().__init__(label=heading["label"], title=heading["title"], axes=list(AXES))
        self.logits = [round(float(logits[token]), 4) for token in order]
        self.names = [labels[token] for token in order[:NAMED]]
        self.challenges = list(CHALLENGES)
        self.start = self.saved = self.key = self._key(START)
        self.question = TEXT.opening(word=word).sent()
        self._name, self._word = TEXT.name, word
        self.offer_own(
            own_box("draw_table", title=TEXT.heading(word="{word}")["title"], named=NAMED)
        )
        self.recall()
        self.settle(TEXT.name)

    def beginning(self) -> str:
        """A palavra que a célula pediu."""
        return self._word

    def open_at(self, state: str) -> None:
        """Vai ao ajuste que uma linha diz, como a que `state()` devolve.

        Parâmetros:
            state: a linha; o controle que ela não disser fica como no início.

        Erros:
            ValueError: se a linha for de outro explorável ou não disser um ajuste.
        """
        told = read_state(state, TEXT.name, [(axis["name"], axis["labels"]) for axis in AXES])
        places = [told.get(i, int(at)) for i, at in enumerate(self.start.split(","))]
        self.key, self.counts, self.needle = ",".join(map(str, places)), [], {}

    def fix(self, hide: Sequence[str], lock: Sequence[str], given: bool) -> None:
        """Esconde controles e trava outros: nem o desenho os muda.

        Parâmetros:
            hide: rótulos dos que somem da tela.
            lock: rótulos dos que ficam à vista, parados.
            given: se eles param no ajuste de agora; senão, no do início.

        Erros:
            ValueError: se um controle não existir.
        """
        hidden, fixed = self.held({axis["label"]: axis["name"] for axis in AXES}, hide, lock)
        place = self._setting(self.key if given else self.start)
        stay = {name: place[name] for name in fixed}
        self.axes = [
            {
                **axis,
                "kind": "hidden" if axis["name"] in hidden else axis["kind"],
                "fixed": axis["name"] in fixed,
            }
            for axis in AXES
        ]
        self.key, self.counts, self.needle = self._key(self.values() | stay), [], {}
        self.start = self.saved = self._key(self._setting(self.start) | stay)

    def _key(self, setting: Setting) -> str:
        return ",".join(str(axis["values"].index(setting[axis["name"]])) for axis in AXES)

    def _setting(self, key: str) -> Setting:
        pairs = zip(AXES, key.split(","), strict=True)
        return {axis["name"]: axis["values"][int(at)] for axis, at in pairs}

    def _solved(self, key: str) -> tuple[torch.Tensor, list[int]]:
        return solve(torch.tensor(self.logits, dtype=torch.float64), self._setting(key))

    def values(self) -> Setting:
        """Devolve o valor atual de cada controle."""
        return self._setting(self.key)

    def states(self) -> Iterator[Setting]:
        """Percorre os ajustes que os testes conferem: cada controle sozinho e os extremos."""
        for axis in AXES:
            for value in axis["values"]:
                yield START | {axis["name"]: value}
        ends = [(axis["values"][0], axis["values"][-1]) for axis in AXES]
        for corner in itertools.product(*ends):
            yield dict(zip((axis["name"] for axis in AXES), corner, strict=True))
        yield START | {"t": 3.0, "k": 3}
        yield START | {"t": 2.0, "p": 0.9, "late": True}
        yield START | {"min_p": 0.7, "t": 0.8}

    def move(self, **state: Any) -> Frame:
        """Devolve o quadro do ajuste pedido, depois de ir até ele.

        Parâmetros:
            state: valores dos controles que mudam, como `t=0.5, k=10`.

        Erros:
            ValueError: se o controle ou o valor não existir.
        """
        for name, value in state.items():
            known = {axis["name"]: axis["values"] for axis in AXES}
            if value not in known.get(name, ()):
                raise ValueError(f"{name}={value!r} não existe; há {known.get(name, list(known))}.")
        self.key, self.counts, self.needle = self._key(self.values() | state), [], {}
        probs, steps = self._solved(self.key)
        reached = {
            number
            for number, goal in enumerate(CHALLENGES)
            if met(goal, self.values(), probs, steps[-1])
        }
        self.done = sorted(reached | set(self.done))
        return self.frame()

    def frame(self) -> Frame:
        """Devolve o quadro que está na tela."""
        rows = self._rows()
        needle = (self.needle["u"], self.needle["label"]) if self.needle else None
        table = [
            (
                row.label,
                decimal(row.prob, 4),
                decimal(row.before, 4),
                row.reason or "fica",
                str(row.count),
            )
            for row in rows[:11]
        ]
        header = ("token", "agora", "ajuste A", "corte", "saiu")
        drawing = table_frame(rows, needle, free=not self.axes[1].get("fixed"))
        return Frame(drawing, self.sentence(), Numbers(header, tuple(table)))

    def _rows(self) -> list[Bar]:
        (now, steps), (before, _) = self._solved(self.key), self._solved(self.saved)
        n = len(self.names)

        def reason(place: int) -> str:
            cuts = zip(("top-k", "top-p", "min-p"), steps, strict=True)
            return next((name for name, kept in cuts if place >= kept), "")

        counts = [*self.counts, *[0] * (n + 1 - len(self.counts))]
        rows = [
            Bar(label, float(now[i]), float(before[i]), reason(i), counts[i])
            for i, label in enumerate(self.names)
        ]
        rest = Bar("resto", float(now[n:].sum()), float(before[n:].sum()), reason(n), counts[n])
        return [*rows, rest]

    def sentence(self) -> str:
        """Devolve a frase do ajuste: quantos ficam, os mais prováveis, a entropia e os sorteios."""
        probs, steps = self._solved(self.key)
        kept, total = steps[-1], sum(self.counts)
        best = "; ".join(
            f"{label} {decimal(float(probs[i]), 3)}"
            for i, label in enumerate(self.names[: min(3, kept)])
        )
        many = "Fica 1 token" if kept == 1 else f"Ficam {kept} tokens"
        entropy = float(torch.special.entr(probs).sum())
        told = (
            f"{setting_text(self.values())}. {many} de {len(self.logits)}: {best}. "
            f"Entropia {decimal(entropy)} nats."
        )
        if total:
            expected = decimal(total * float(probs[0]), 1)
            told += f" Em {total} sorteios, {self.names[0]} saiu {self.counts[0]}; "
            told += f"esperado: {expected}."
        return told

    def picture_svg(self) -> str:
        """Devolve o desenho do ajuste que está na tela."""
        return self.frame().svg

    def state(self) -> str:
        """Devolve o ajuste em uma linha, como `w15:t=1,00,k=todos`."""
        pairs = zip(AXES, self.key.split(","), strict=True)
        found = [f"{axis['name']}={axis['labels'][int(at)]}" for axis, at in pairs]
        return f"{TEXT.name}:{','.join(found)}"


@opens
def draw_table(word: str = "um", thread: Thread | None = None) -> DrawTable:
    """Mesa de sorteio do token que vem depois de uma palavra da frase do curso.

    Parâmetros:
        word: palavra da frase; a mesa mostra o que o modelo espera depois dela.
        thread: o modelo e a frase; sem valor, os do curso.
    """
    thread = thread or load_thread()
    logits = thread.cache["logits"][0, thread.at(word)].tolist()
    tokenizer = thread.tokenizer
    labels = [svg.token_label(tokenizer.decode_bytes([i])) for i in range(len(logits))]
    return DrawTable(logits, labels, word)
