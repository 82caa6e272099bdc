"""Mesa de sorteio: temperatura, cortes e agulha sobre os logits do próprio modelo.

A conta corre no navegador, em `draw_table_math.js`: as barras andam sem esperar o kernel. Aqui fica
a mesma conta, feita com `helpers.sampling`: dela saem a frase e o retrato guardados no notebook, e
com ela os testes conferem o JavaScript.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import traitlets

from helpers.explorables.base import Explorable, load_css, load_js, show
from helpers.explorables.frames import Frame, Prediction, Table
from helpers.plots import draw_table as draw
from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.sampling import Sampler, temperature
from helpers.thread import Thread, load_thread

HEAT = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
HEAT = (*HEAT, 2.5, 3.0, 4.0, 5.0)
TOP_K = (1, 2, 3, 5, 8, 10, 20, 50, 100, 200, None)
TOP_P = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
MIN_P = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
ORDER = (False, True)
Setting = dict[str, Any]


def _axis(name: str, label: str, values: Sequence[Any], labels: Sequence[str]) -> Setting:
    return {"name": name, "label": label, "values": list(values), "labels": list(labels)}


AXES = (
    _axis("t", "Temperatura", HEAT, [decimal(t) for t in HEAT]),
    _axis("k", "Top-k", TOP_K, ["todos" if k is None else str(k) for k in TOP_K]),
    _axis("p", "Top-p", TOP_P, [decimal(p) for p in TOP_P]),
    _axis("min_p", "Min-p", MIN_P, [decimal(p) for p in MIN_P]),
    _axis("late", "Ordem", ORDER, ["temperatura, depois cortes", "cortes, depois temperatura"]),
)
START = {"t": 1.0, "k": None, "p": 1.0, "min_p": 0.0, "late": False}
CHALLENGES = (
    {
        "text": "Deixe um só token na régua sem mexer no top-k.",
        "tests": [["kept", "=", 1], ["k", "=", None]],
    },
    {
        "text": "Com temperatura 3 ou mais, faça o mais provável passar de 0,2.",
        "tests": [["t", ">", 3], ["best", ">", 0.2]],
    },
    {
        "text": "Guarde de 2 a 5 tokens usando só o min-p.",
        "tests": [
            ["kept", ">", 2],
            ["kept", "<", 5],
            ["t", "=", 1.0],
            ["k", "=", None],
            ["p", "=", 1.0],
            ["min_p", ">", 0.01],
        ],
    },
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
    """Diz um ajuste em palavras, como “Temperatura 1,00, sem corte”.

    Parâmetros:
        setting: um valor por controle.
    """
    cuts = [] if setting["k"] is None else [f"top-k {setting['k']}"]
    cuts += [f"top-p {decimal(setting['p'])}"] if setting["p"] < 1 else []
    cuts += [f"min-p {decimal(setting['min_p'])}"] if setting["min_p"] > 0 else []
    order = ", cortes antes da temperatura" if cuts and setting["late"] else ""
    return f"Temperatura {decimal(setting['t'])}, {', '.join(cuts) or 'sem corte'}{order}"


def met(goal: Setting, setting: Setting, probs: torch.Tensor, kept: int) -> bool:
    """Diz se um ajuste cumpre um desafio.

    Parâmetros:
        goal: o desafio, com as suas comparações.
        setting: um valor por controle.
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


class DrawTable(Explorable):
    """Mesa de sorteio: cinco controles, barras, régua e sorteios sobre a teoria."""

    _esm = load_js("draw_table_math.js", "draw_table.js")
    _css = load_css("flipper.css")
    title = traitlets.Unicode("").tag(sync=True)
    axes = traitlets.List().tag(sync=True)
    logits = traitlets.List().tag(sync=True)  # em ordem decrescente
    names = traitlets.List().tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Unicode("").tag(sync=True)
    saved = traitlets.Unicode("").tag(sync=True)  # o ajuste A
    counts = traitlets.List().tag(sync=True)
    needle = traitlets.Dict().tag(sync=True)
    turn = traitlets.Int(0).tag(sync=True)  # semente do último sorteio
    question = traitlets.Dict().tag(sync=True)
    guess = traitlets.Unicode("").tag(sync=True)
    challenges = traitlets.List().tag(sync=True)
    done = traitlets.List().tag(sync=True)

    def __init__(
        self, logits: Sequence[float], labels: Sequence[str], title: str, question: Prediction
    ) -> None:
        """Ordena os logits e se põe na distribuição do próprio modelo.

        Parâmetros:
            logits: um por token do vocabulário.
            labels: o nome de cada token, na mesma ordem.
            title: frase no topo.
            question: pergunta que abre o explorável.
        """
        order = sorted(range(len(logits)), key=lambda token: -logits[token])
        super().__init__(label="Mesa de sorteio", title=title, axes=list(AXES))
        self.logits = [round(float(logits[token]), 4) for token in order]
        self.names = [labels[token] for token in order[: draw.NAMED]]
        self.challenges = list(CHALLENGES)
        self.start = self.saved = self.key = self._key(START)
        self.question = {
            "text": question.question,
            "options": list(question.options),
            "answer": question.answer,
            "comments": list(question.comments),
        }

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
        return Frame(draw.table_frame(rows, needle), self.sentence(), Table(header, tuple(table)))

    def _rows(self) -> list[draw.Row]:
        (now, steps), (before, _) = self._solved(self.key), self._solved(self.saved)
        n = len(self.names)

        def reason(place: int) -> str:
            cuts = zip(("top-k", "top-p", "min-p"), steps, strict=True)
            return next((name for name, kept in cuts if place >= kept), "")

        counts = [*self.counts, *[0] * (n + 1 - len(self.counts))]
        rows = [
            draw.Row(label, float(now[i]), float(before[i]), reason(i), counts[i])
            for i, label in enumerate(self.names)
        ]
        rest = draw.Row(
            "resto", float(now[n:].sum()), float(before[n:].sum()), reason(n), counts[n]
        )
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
        return "w15:" + ",".join(f"{axis['name']}={axis['labels'][int(at)]}" for axis, at in pairs)


def draw_table(word: str = "um", thread: Thread | None = None, name: str = "w15") -> DrawTable:
    """Mesa de sorteio do token que vem depois de uma palavra da frase do curso.

    Parâmetros:
        word: palavra da frase; a mesa mostra o que o modelo espera depois dela.
        thread: o modelo e a frase; sem valor, os do curso.
        name: nome na lista de exploráveis vivos.
    """
    thread = thread or load_thread()
    logits = thread.cache["logits"][0, thread.at(word)].tolist()
    tokenizer = thread.tokenizer
    labels = [svg.token_label(tokenizer.decode_bytes([i])) for i in range(len(logits))]
    question = Prediction(
        f"Depois de “{word}”, p = 0,9 guarda um grupo de tokens. Se a temperatura subir de 1 para "
        "5 antes do corte, o grupo…",
        ("encolhe", "fica igual", "cresce"),
        "cresce",
        (
            "A temperatura alta espalha: é preciso juntar mais tokens para somar 0,9.",
            "Quem não muda com a temperatura é o top-k. O top-p mede somas.",
            "Espalhada a distribuição, é preciso juntar mais tokens para somar 0,9.",
        ),
    )
    title = f"Mesa de sorteio: o que vem depois de “{word}”?"
    return show(name, DrawTable(logits, labels, title, question))
