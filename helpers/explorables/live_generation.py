"""Geração ao vivo: a história cresce um token por vez, e cada escolha abre um ramo.

Cada pedido do navegador custa uma leitura do modelo. Quem escreve vários tokens é o navegador, que
pede um, espera e pede o seguinte: parar é deixar de pedir, e nada corre no kernel entre dois
pedidos.
"""

import ast
import contextlib
import copy
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import traitlets

from helpers.bpe import END
from helpers.explorables.kit.base import Explorable, load_css, load_js, report_errors
from helpers.explorables.kit.frames import Frame, Numbers
from helpers.explorables.kit.memory import Remembering, opens
from helpers.explorables.kit.words import words
from helpers.explorables.story_tree import MOST, MOST_SEED, StoryNode, StoryTree
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import decimal
from helpers.studies.thread import SENTENCE, Thread, load_thread

TEXT = words("w16")
HEAT = (0.0, 0.3, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0)
# Ids, os escolhidos com *, e a temperatura onde ela muda.
WORD = r"(?:@\d+\.\d+|\d+\*?)"
BRANCH = rf"(?:{WORD}(?: {WORD})*)?"
STATE = re.compile(
    rf"(?:{TEXT.name}:)?semente=(\d+),temperatura=(\d+\.\d+),ids=({BRANCH})"
    rf"(?:,ramos=({BRANCH}(?:;{BRANCH})*))?(?:,texto=('.*'|\".*\"))?"
)
CONTROLS = ("começo", "semente", "temperatura", "candidatos")
LIMIT = 2000  # letras que a caixa aceita
FIRST = 5  # tokens já escritos quando se abre
RARE = 0.05  # probabilidade de um token raro, no máximo
SHOWN = 24  # tokens do começo que cabem no desenho
CHALLENGES = TEXT.challenges(
    {
        "dois_ramos": lambda tree: len(tree.leaves()) > 1,
        "raro": lambda tree, most: any(
            tree.nodes[at].prob < most and tree.nodes[at].picked for at in tree.path()[:-2]
        ),
    },
    most=RARE,
)
# O que os testes percorrem: tokens sorteados, o candidato escolhido na volta, temperatura.
AXES = (
    {"name": "steps", "label": "tokens", "values": [0, 1, 3, 6]},
    {"name": "pick", "label": "candidato", "values": [None, 1, 7]},
    {"name": "t", "label": "temperatura", "values": [0.5, 1.0, 2.0]},
)
SIZE, ROOM = 14, svg.WIDTH - 16  # letra e largura de uma linha, em px
LINE, TALL = 46, 18  # distância entre linhas e altura da barra inteira
LINES, GREEDY_LINES = 5, 2  # linhas reservadas: a altura do palco não muda


@dataclass(frozen=True)
class Piece:
    """Um token do desenho.

    Parâmetros:
        label: o texto, com · no lugar do espaço.
        prob: probabilidade com que saiu, de 0 a 1; `None` se veio do começo dado.
        picked: se foi escolhido por quem estuda.
        node: o nó da árvore a que ele leva; sem valor, a nenhum.
    """

    label: str
    prob: float | None = None
    picked: bool = False
    node: int | None = None


def wrap(labels: Sequence[str], room: Px = ROOM) -> list[list[int]]:
    """Reparte os rótulos em linhas; devolve os índices de cada uma.

    Parâmetros:
        room: largura de uma linha, em px.
    """
    lines: list[list[int]] = [[]]
    used = 0.0
    for i, label in enumerate(labels):
        width = _width(label)
        if lines[-1] and used + width > room:
            lines.append([])
            used = 0.0
        lines[-1].append(i)
        used += width
    return lines


def story_frame(pieces: Sequence[Piece], greedy: Sequence[str]) -> str:
    """Desenha o texto com as suas barras e, embaixo, a continuação gulosa.

    Parâmetros:
        pieces: os tokens, do começo ao último; sobrando linhas, ficam as últimas.
    """
    lines = wrap([_short(piece.label) for piece in pieces])
    parts = [svg.text(8, 18, "barra = probabilidade · contorno = você escolheu", "m")]
    zones: list[str] = []
    for row, line in enumerate(lines[-LINES:]):
        parts.append(_line([pieces[i] for i in line], 46 + row * LINE, zones))
    y = 46 + LINES * LINE
    parts.append(svg.line(8, y - 18, svg.WIDTH - 8, y - 18))
    parts.append(svg.text(8, y + 4, "escolha gulosa, do mesmo começo:", "m"))
    shown = wrap([_short(label) for label in greedy])[-GREEDY_LINES:]
    for row, line in enumerate(shown):
        told = "".join(_short(greedy[i]) for i in line)
        parts.append(svg.text(8, y + 28 + row * 22, told, "ks"))
    parts.append(svg.zones(zones))
    return svg.document("".join(parts), y + 28 + GREEDY_LINES * 22)


def _line(pieces: Sequence[Piece], y: Px, zones: list[str]) -> str:
    x, parts, drawn, picked = 8.0, [], [], []
    for piece in pieces:
        label = _short(piece.label)
        width = _width(label)
        parts.append(svg.text(x, y, label, "ks" if piece.prob is None else "ks b"))
        if piece.prob is not None:
            height = max(1.0, piece.prob * TALL)
            (picked if piece.picked else drawn).append(
                f"M{svg.number(x)} {svg.number(y + 5)}h{svg.number(width - 3)}"
                f"v{svg.number(height)}h{svg.number(3 - width)}z"
            )
        if piece.node is not None:
            zones.append(svg.zone((x - 1, y - 15, width - 1, LINE - 6), node=piece.node))
        x += width
    for outline, style in ((drawn, "p1"), (picked, "c2")):
        if outline:
            parts.append(f'<path d="{"".join(outline)}" class="{style}"/>')
    return "".join(parts)


def _short(label: str) -> str:
    return label if len(label) <= 24 else label[:23] + "…"


def _width(label: str) -> float:
    return float(svg.label_width(label, SIZE)) + 3


def came(label: str, prob: float, picked: bool, t: float) -> str:
    """Um token, como saiu e com que probabilidade.

    Parâmetros:
        label: o rótulo dele.
        prob: probabilidade com que saiu, de 0 a 1.
        picked: se foi escolhido por quem estuda.
        t: a temperatura da vez.
    """
    who = "você escolheu" if picked else "sorteado" if t else "escolha gulosa"
    return f"{label}, {who}, {decimal(prob, 3)}"


def story_sentence(
    seed: int,
    t: float,
    best: str,
    prob: float,
    n: int,
    text: str,
    last: str,
    leaves: int,
    ended: bool,
    full: bool,
) -> str:
    """O que se escreveu, com que probabilidade saiu o último e quantos ramos há.

    Parâmetros:
        seed: a dos sorteios, de 0 a `MOST_SEED`.
        t: temperatura de agora, uma de `HEAT`.
        best: rótulo do token mais provável, para quando nada se escreveu.
        prob: probabilidade dele, de 0 a 1.
        n: quantos tokens se escreveram.
        text: o que eles dizem.
        last: como saiu o último.
        leaves: quantos ramos há na árvore.
        ended: se a história acabou.
        full: se não cabe mais nada no ramo.
    """
    start = f"Semente {seed}, temperatura {decimal(t, 1)}. "
    if n == 0:
        return f"{start}Nada escrito ainda. Mais provável: {best}, {decimal(prob, 3)}."
    tokens = f"{n} tokens" if n > 1 else "1 token"
    branches = f"{leaves} ramos" if leaves > 1 else "1 ramo"
    told = f"{start}{tokens}: “{text or 'só a marca de fim'}”. Último: {last}. {branches}."
    end = " A história acabou." if ended else " O ramo está cheio." if full else ""
    return told + end


#: O que a página usa para desenhar as histórias que ela escreve.
OWN = (Piece, story_frame, story_sentence, came)


def _box() -> dict[str, Any]:
    """O que a página precisa saber para responder no lugar do kernel."""
    return {
        "box": "live_generation",
        "name": TEXT.name,
        "text": SENTENCE,
        "most": MOST,
        "most_seed": MOST_SEED,
        "limit": LIMIT,
        "shown": SHOWN,
        "rare": RARE,
    }


class LiveGeneration(Remembering, Explorable):
    """Geração ao vivo: próximo, voltar, candidatos, ramos, semente e a escolha gulosa ao lado."""

    _esm = load_js("spoken.js", "board.js", "own_text.js", "live_generation.js")
    _css = load_css("flipper.css", "live.css")
    text = traitlets.Unicode("").tag(sync=True)
    limit = traitlets.Int(LIMIT).tag(sync=True)
    heat = traitlets.List(list(HEAT)).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)  # desenho, frase, candidatos e ramos
    asked = traitlets.Dict().tag(sync=True)  # {"turn": 3, "do": "next"}, escrito pelo navegador
    answered = traitlets.Int(0).tag(sync=True)
    stopped = traitlets.Dict().tag(sync=True)  # controle → se some, "hidden", ou fica à vista
    axes = AXES

    def __init__(self, thread: Thread, text: str, seed: int, t: float) -> None:
        """Começa a árvore no texto dado.

        Parâmetros:
            thread: o modelo e o tokenizador.
            text: o começo da história.
            seed: semente dos sorteios.
            t: temperatura, uma de `HEAT`.
        """
        heading = TEXT.heading()
        super().__init__(label=heading["label"], title=heading["title"])
        self.question = TEXT.opening().sent()
        self.challenges = [{"text": goal.text} for goal in CHALLENGES]
        self._name, self._first = TEXT.name, (text, seed, t)
        self._tokenizer = thread.tokenizer
        self._model = copy.deepcopy(thread.model).double()
        self._end = thread.tokenizer.special_tokens[END]
        self.offer_own(_box())
        self._begin(text, seed, t)
        for _ in range(FIRST):
            self.tree.grow()
        self._paint()
        self.recall()
        self.observe(self._answer, names=["asked"])
        self.observe(self._catch_up, names=["kept"])
        self.settle(TEXT.name)

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
        former, prompt = getattr(self, "tree", None), [self._end, *ids[-room:]]
        self.tree = StoryTree(self._model, prompt, self._end, seed, float(t))
        if former is not None and former.prompt == prompt:
            self.tree.share(former)
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
        elif do == "heat":
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
        self.remember()

    def _catch_up(self, change: dict[str, Any]) -> None:
        """Vai aonde a página está, se foi ela que respondeu; o desenho já é o dela."""
        found = STATE.fullmatch(change["new"])
        if found and change["new"] != self.state():
            with contextlib.suppress(ValueError):
                self._follow(found)

    def beginning(self) -> str:
        """O texto, a semente e a temperatura que a célula pediu."""
        text, seed, t = self._first
        return f"{text}, {seed}, {t}"

    def fix(self, hide: Sequence[str], lock: Sequence[str], given: bool) -> None:
        """Esconde controles e trava outros.

        Parâmetros:
            hide: rótulos dos que somem da tela: começo, semente, temperatura, candidatos.
            lock: rótulos dos que ficam à vista, parados.
            given: se eles param onde estão; senão, no que a célula pediu.

        Erros:
            ValueError: se um controle não existir.
        """
        hidden, fixed = self.held({name: name for name in CONTROLS}, hide, lock)
        self.stopped = {name: "hidden" if name in hidden else "locked" for name in sorted(fixed)}
        now = (self.text, self.tree.seed, self.tree.t)
        pairs = zip(CONTROLS, self._first, now, strict=False)
        text, seed, t = (a if name in fixed and not given else b for name, a, b in pairs)
        if (text, seed) != now[:2]:
            self._begin(text, seed, t)
            for _ in range(FIRST):
                self.tree.grow()
        self.tree.t = float(t)
        self._paint()

    def open_at(self, state: str) -> None:
        """Volta à árvore que uma linha diz, como a que `state()` devolve.

        Parâmetros:
            state: a linha: semente, temperatura, ids escritos e, se houver, os ramos e o começo.

        Erros:
            ValueError: se a linha não disser um ramo.
        """
        found = STATE.fullmatch(state) if isinstance(state, str) else None
        if found is None:
            example = f"{TEXT.name}:semente=0,temperatura=0.8,ids=12 30"
            raise ValueError(f"O estado é uma linha como {example!r}; veio {state!r}.")
        self._follow(found)
        self._paint()

    def _follow(self, found: re.Match[str]) -> None:
        seed, t, ids, others, text = found.groups()
        self._begin(ast.literal_eval(text) if text else self.text, int(seed), float(t))
        for branch in [*(others or "").split(";"), ids]:
            self.tree.follow(branch)

    def label_of(self, token: int) -> str:
        """Rótulo de um `token`; a marca de fim aparece como `¶`."""
        return "¶" if token == self._end else svg.token_label(self._tokenizer.decode_bytes([token]))

    def frame(self) -> Frame:
        """Devolve o quadro do ramo em que se está."""
        tree, nodes = self.tree, [self.tree.nodes[at] for at in self.tree.path()]
        pieces = [Piece(self.label_of(token)) for token in tree.prompt[-SHOWN:]]
        pieces += [
            Piece(self.label_of(n.token), n.prob, n.picked, at)
            for at, n in zip(tree.path(), nodes, strict=True)
        ]
        greedy = [self.label_of(token) for token in tree.greedy(max(8, len(nodes)))]
        rows = [(self.label_of(token), decimal(p, 3)) for token, p in tree.candidates()]
        table = Numbers(("candidato", "probabilidade"), tuple(rows)) if rows else None
        return Frame(story_frame(pieces, greedy), self.sentence(), table)

    def sentence(self) -> str:
        """Devolve o que se escreveu, com que probabilidade saiu o último e quantos ramos há."""
        tree, path = self.tree, self.tree.path()
        written = [token for token in tree.tokens() if token != self._end]
        best, prob = (self._end, 0.0) if path else tree.candidates(1)[0]
        return story_sentence(
            tree.seed,
            tree.t,
            self.label_of(best),
            prob,
            len(path),
            self._tokenizer.decode(written).strip(),
            self._came(tree.nodes[tree.here]) if path else "",
            len(tree.leaves()),
            tree.tokens()[-1:] == [self._end],
            tree.finished,
        )

    def _came(self, node: StoryNode) -> str:
        return came(self.label_of(node.token), node.prob, node.picked, node.t)

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
            "here": tree.here,
            "places": {str(at): f"Voltar até {self._came(tree.nodes[at])}." for at in tree.path()},
            "finished": tree.finished,
            "started": bool(tree.path()),
            "seed": tree.seed,
            "t": tree.t,
        }
        reached = {number for number, goal in enumerate(CHALLENGES) if goal.met(tree)}
        self.done = sorted(reached | set(self.done))
        self.kept = self.state()

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
        """Devolve o estado em uma linha: semente, temperatura, ids escritos e outros ramos."""
        tree, leaves = self.tree, self.tree.leaves()
        line = f"{TEXT.name}:semente={tree.seed},temperatura={tree.t},ids={tree.branch(tree.here)}"
        if leaves not in ([], [tree.here]):
            line += f",ramos={';'.join(map(tree.branch, leaves))}"
        return line if self.text == SENTENCE else f"{line},texto={self.text!r}"


@opens
def live_generation(
    text: str = SENTENCE,
    seed: int = 0,
    t: float = 0.8,
    thread: Thread | None = None,
) -> LiveGeneration:
    """Geração ao vivo a partir de um começo, com ramos.

    Parâmetros:
        text: o começo da história; na tela pode ser trocado.
        t: temperatura, uma de `HEAT`.
    """
    return LiveGeneration(thread or load_thread(), text, seed, t)
