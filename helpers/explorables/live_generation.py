"""Geração ao vivo: a história cresce um token por vez, e cada escolha abre um ramo.

Cada pedido do navegador custa uma leitura do modelo. Quem escreve vários tokens é o navegador, que
pede um, espera e pede o seguinte: parar é deixar de pedir, e nada corre no kernel entre dois
pedidos.
"""

import copy
import itertools
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import traitlets

from helpers.explorables.base import Explorable, load_css, load_js, report_errors, show
from helpers.explorables.frames import Frame, Table
from helpers.explorables.story_tree import MOST, MOST_SEED, StoryTree
from helpers.plots import live_generation as draw
from helpers.plots import svg
from helpers.plots.figures import decimal
from helpers.thread import SENTENCE, Thread, load_thread
from helpers.training import END

HEAT = (0.0, 0.3, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0)
LIMIT = 2000  # letras que a caixa aceita
SHOWN = 24  # tokens do começo que cabem no desenho
QUESTION = {
    "text": "Duas histórias começam iguais e diferem em um só token sorteado. E o resto delas?",
    "options": ["fica igual", "pode mudar todo"],
    "answer": "pode mudar todo",
    "comments": [
        "O token novo vira entrada: dali em diante o modelo lê outro texto.",
        "O token novo vira entrada, e tudo o que vem depois é lido a partir dele.",
    ],
}
CHALLENGES: tuple[tuple[str, Callable[[StoryTree], bool]], ...] = (
    ("Volte, escolha outro token e deixe dois ramos na árvore.", lambda t: len(t.leaves()) > 1),
    (
        "Escolha um token com menos de 0,05 e continue a história por mais dois.",
        lambda t: any(t.nodes[at].prob < 0.05 and t.nodes[at].picked for at in t.path()[:-2]),
    ),
)
# O que os testes percorrem: tokens sorteados, o candidato escolhido na volta, temperatura.
AXES = (
    {"name": "steps", "label": "tokens", "values": [0, 1, 3, 6]},
    {"name": "pick", "label": "candidato", "values": [None, 1, 7]},
    {"name": "t", "label": "temperatura", "values": [0.5, 1.0, 2.0]},
)


class LiveGeneration(Explorable):
    """Geração ao vivo: próximo, voltar, candidatos, ramos, semente e a escolha gulosa ao lado."""

    _esm = load_js("live_generation.js")
    _css = load_css("flipper.css", "live.css")
    title = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    limit = traitlets.Int(LIMIT).tag(sync=True)
    heat = traitlets.List(list(HEAT)).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)  # desenho, frase, candidatos e ramos
    asked = traitlets.Dict().tag(sync=True)  # {"turn": 3, "do": "next"}, escrito pelo navegador
    answered = traitlets.Int(0).tag(sync=True)
    question = traitlets.Dict(QUESTION).tag(sync=True)
    guess = traitlets.Unicode("").tag(sync=True)
    challenges = traitlets.List([{"text": text} for text, _ in CHALLENGES]).tag(sync=True)
    done = traitlets.List().tag(sync=True)
    axes = AXES

    def __init__(self, thread: Thread, text: str, seed: int, t: float) -> None:
        """Começa a árvore no texto dado.

        Parâmetros:
            thread: o modelo e o tokenizador.
            text: o começo da história.
            seed: semente dos sorteios.
            t: temperatura, uma de `HEAT`.
        """
        super().__init__(label="Geração ao vivo", title="Geração ao vivo: e se fosse outro token?")
        self._tokenizer = thread.tokenizer
        self._model = copy.deepcopy(thread.model).double()
        self._end = thread.tokenizer.special_tokens[END]
        self._begin(text, seed, t)
        self.observe(self._answer, names=["asked"])

    def _begin(self, text: Any, seed: Any, t: Any) -> None:
        if not isinstance(text, str) or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("Escreva um texto comum: há aí algo que não é uma letra inteira.")
        if len(text) > LIMIT:
            raise ValueError(f"O começo tem {len(text)} letras; a caixa aceita até {LIMIT}.")
        if type(seed) is not int or not 0 <= seed <= MOST_SEED:
            raise ValueError(f"A semente é um inteiro de 0 a {MOST_SEED}.")
        if t not in HEAT:
            raise ValueError(f"A temperatura {t!r} não está na barra.")
        whole = unicodedata.normalize("NFC", text).strip()
        ids = self._tokenizer.encode(whole)
        room = self._model.config.n_ctx - MOST - 1
        note = "" if whole else "Sem começo: o modelo inventa desde a primeira palavra."
        if len(ids) > room:
            note = f"O começo tem {len(ids)} tokens; o modelo lê os últimos {room}."
        self.tree = StoryTree(self._model, [self._end, *ids[-room:]], self._end, seed, float(t))
        self._paint()
        self.text, self.note, self.message = text, note, ""

    @report_errors
    def act(self, do: str, **given: Any) -> None:
        """Faz o que um botão pede e redesenha.

        Parâmetros:
            do: `next`, `back`, `pick`, `jump`, `heat` ou `write`.
            given: o que o botão manda junto: `token`, `node`, `t`, `seed`, `text`.
        """
        if do == "write":
            self._begin(given.get("text"), given.get("seed"), given.get("t"))
            return
        if do == "heat":
            if given.get("t") not in HEAT:
                raise ValueError(f"A temperatura {given.get('t')!r} não está na barra.")
            self.tree.t = float(given["t"])
        elif do in ("pick", "jump"):
            place = given.get("token" if do == "pick" else "node")
            if type(place) is not int:
                raise ValueError(f"Esperava o número de um token ou de um nó, e veio {place!r}.")
            self.tree.pick(place) if do == "pick" else self.tree.jump(place)
        elif do in ("next", "back"):
            self.tree.grow() if do == "next" else self.tree.back()
        else:
            raise ValueError(f"Não conheço o pedido {do!r}.")
        self._paint()
        self.message = ""

    def _answer(self, change: dict[str, Any]) -> None:
        asked = dict(change["new"])
        turn, do = asked.pop("turn", 0), asked.pop("do", "")
        with self.hold_sync():  # uma mensagem só: o navegador não vê a resposta pela metade
            self.act(do, **asked)
            self.answered = turn

    def label_of(self, token: int) -> str:
        """Devolve o rótulo de um token; a marca de fim aparece como `¶`.

        Parâmetros:
            token: o id.
        """
        return "¶" if token == self._end else svg.token_label(self._tokenizer.decode_bytes([token]))

    def frame(self) -> Frame:
        """Devolve o quadro do ramo em que se está."""
        tree, nodes = self.tree, [self.tree.nodes[at] for at in self.tree.path()]
        pieces = [draw.Piece(self.label_of(token)) for token in tree.prompt[-SHOWN:]]
        pieces += [draw.Piece(self.label_of(n.token), n.prob, n.picked) for n in nodes]
        greedy = [self.label_of(token) for token in tree.greedy(max(8, len(nodes)))]
        rows = [(self.label_of(token), decimal(p, 3)) for token, p in tree.candidates()]
        table = Table(("candidato", "probabilidade"), tuple(rows)) if rows else None
        return Frame(draw.story_frame(pieces, greedy), self.sentence(), table)

    def sentence(self) -> str:
        """Devolve o que se escreveu, com que probabilidade saiu o último e quantos ramos há."""
        tree = self.tree
        written = [token for token in tree.tokens() if token != self._end]
        start = f"Semente {tree.seed}, temperatura {decimal(tree.t, 1)}. "
        if not tree.path():
            best, prob = tree.candidates(1)[0]
            told = f"Nada escrito ainda. Mais provável: {self.label_of(best)}, {decimal(prob, 3)}."
            return start + told
        last = tree.nodes[tree.here]
        who = "escolha gulosa" if last.greedy else "sorteado"
        who = "você escolheu" if last.picked else who
        text = self._tokenizer.decode(written).strip() or "só a marca de fim"
        n, leaves = len(tree.path()), len(tree.leaves())
        told = f"{n} token{'s' * (n > 1)}: “{text}”. Último: {self.label_of(last.token)}, {who}, "
        told += f"{decimal(last.prob, 3)}. {leaves} ramo{'s' * (leaves > 1)}."
        if last.token == self._end:
            return f"{start}{told} A história acabou."
        return f"{start}{told} O ramo está cheio." if tree.finished else start + told

    def _paint(self) -> None:
        tree, frame = self.tree, self.frame()
        leaves = [{"node": at, "label": self._tail(at)} for at in tree.leaves() if at != tree.here]
        self.view = {
            "svg": frame.svg,
            "sentence": frame.sentence,
            "candidates": [
                {"token": token, "label": f"{self.label_of(token)} {decimal(prob, 3)}"}
                for token, prob in tree.candidates()
            ],
            "leaves": leaves[-12:],
            "finished": tree.finished,
            "started": bool(tree.path()),
            "seed": tree.seed,
            "t": tree.t,
        }
        reached = {number for number, (_, goal) in enumerate(CHALLENGES) if goal(tree)}
        self.done = sorted(reached | set(self.done))

    def _tail(self, node: int) -> str:
        written = [token for token in self.tree.tokens(node) if token != self._end]
        text = self._tokenizer.decode(written)
        return f"…{text[-28:]}" if len(text) > 28 else text or "¶"

    def states(self) -> Iterator[dict[str, Any]]:
        """Percorre os estados que os testes conferem."""
        names = [axis["name"] for axis in AXES]
        for values in itertools.product(*(axis["values"] for axis in AXES)):
            yield dict(zip(names, values, strict=True))

    def move(self, steps: int = 3, pick: int | None = None, t: float = 1.0) -> Frame:
        """Recomeça, sorteia alguns tokens e, se for pedido, volta ao começo e toma outro.

        Parâmetros:
            steps: quantos tokens sortear.
            pick: qual candidato escolher depois de voltar ao começo; `None` não volta.
            t: temperatura.
        """
        tree = self.tree
        self.tree = StoryTree(self._model, tree.prompt, self._end, tree.seed, t)
        for _ in range(steps):
            self.tree.grow()
        if pick is not None:
            self.tree.jump(0)
            self.tree.pick(self.tree.candidates()[pick][0])
            for _ in range(steps):
                self.tree.grow()
        self._paint()
        return self.frame()

    def picture_svg(self) -> str:
        """Devolve o desenho do ramo em que se está."""
        return self.frame().svg

    def state(self) -> str:
        """Devolve o estado em uma linha: semente, temperatura e os ids escritos."""
        ids = " ".join(map(str, self.tree.tokens()))
        return f"w16:semente={self.tree.seed},temperatura={self.tree.t},ids={ids}"


def live_generation(
    text: str = SENTENCE,
    seed: int = 0,
    t: float = 0.8,
    thread: Thread | None = None,
    name: str = "w16",
) -> LiveGeneration:
    """Geração ao vivo a partir de um começo, com ramos.

    Parâmetros:
        text: o começo da história; na tela pode ser trocado.
        seed: semente dos sorteios.
        t: temperatura, uma de `HEAT`.
        thread: o modelo; sem valor, o do curso.
        name: nome na lista de exploráveis vivos.
    """
    return show(name, LiveGeneration(thread or load_thread(), text, seed, t))
