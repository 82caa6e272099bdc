"""W1, Fusão a fusão: o treino do BPE passo a passo, com a regra de desempate na mão.

Quatro explorables: a palavra banana sob cada regra, as escolhas de quem estuda, um texto próprio
e as listas de fusões aplicadas a palavras que o treino não viu.
"""

import functools
import unicodedata
from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Choice, Frame, Prediction, Table
from helpers.explorables.live import LiveFlipper, Scene, crop
from helpers.plots import bpe as draw
from helpers.plots import bpe_maps as maps
from helpers.plots import bpe_steps, svg

WORD = "banana"
RULES = {
    "largest_bytes": "maior par",
    "first_seen": "primeiro visto",
    "smallest_ids": "menor id",
    "last_seen": "último visto",
}
NEW_WORDS = ("semana", "nabana", "ananás", "cabana", "bananada")
MAX_STEPS = 19  # estados por regra: com quatro regras, 76 quadros, ≤ 150 kB no pior texto
MAX_LETTERS = 24
MAX_SYMBOLS = 26  # bytes que cabem na fita


def listing(items: Sequence[str], joiner: str = "e") -> str:
    """Itens em português corrido, como "a, b e c".

    Parâmetros:
        items: os itens.
        joiner: palavra antes do último.
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joiner} {items[-1]}"


def counts_table(step: bpe.Step) -> Table | None:
    """As maiores contagens de um passo, em ordem, com o empate escrito; no máximo oito.

    Parâmetros:
        step: estado do treino.
    """
    ranked = sorted(step.counts.items(), key=lambda item: -item[1])[:8]
    if not ranked:
        return None
    rows = []
    for pair, count in ranked:
        notes = ["empate"] if len(step.tied) > 1 and pair in step.tied else []
        notes += ["escolhido"] if pair == step.chosen else []
        rows.append((draw.pair_label(pair), str(count), ", ".join(notes)))
    return Table(("par", "contagem", "situação"), tuple(rows))


def step_sentence(step: bpe.Step, rule: str, total: int) -> str:
    """Frase de um passo: a palavra, o empate, a escolha ou o fim.

    Parâmetros:
        step: estado do treino.
        rule: chave de `TIE_RULES`.
        total: número de fusões até o fim.
    """
    word = draw.word_label(step.words[0]) if step.words else ""
    head = f"Regra do {RULES[rule]}, passo {step.index} de {total}: {word}."
    if step.chosen is None:
        learned = [svg.token_label(left + right) for left, right in step.merges]
        order = f" Aprendeu, nesta ordem: {listing(learned[:12])}." if learned else ""
        more = f" E mais {len(learned) - 12}." if len(learned) > 12 else ""
        return f"{head} Não há mais pares.{order}{more}"
    count, chosen = step.counts[step.chosen], draw.pair_label(step.chosen)
    times = "1 vez" if count == 1 else f"{count} vezes"
    if len(step.tied) == 1:
        return f"{head} {chosen} aparece {times}: sem empate, é ele que se funde."
    tied = [draw.pair_label(pair) for pair in step.tied]
    names = listing(tied) if len(tied) <= 4 else f"{len(tied)} pares"
    return f"{head} Empate: {names} aparecem {times} cada. A regra escolhe {chosen}."


def step_frame(step: bpe.Step, rule: str, total: int, lines: int = 1, rows: int = 4) -> Frame:
    """Quadro de um passo do treino.

    Parâmetros:
        step: estado do treino.
        rule: chave de `TIE_RULES`.
        total: número de fusões até o fim.
        lines: linhas reservadas para a fita.
        rows: linhas reservadas para as colunas.
    """
    drawing = bpe_steps.merge_frame(
        step.words[0] if step.words else (),
        step.counts,
        step.tied,
        step.chosen,
        step.merges,
        step.vocab,
        lines=lines,
        rows=rows,
    )
    return Frame(drawing, step_sentence(step, rule, total), counts_table(step))


def merge_by_merge(name: str = "w1") -> Flipper:
    """Fusão a fusão: a palavra banana, um passo por vez, sob cada regra de desempate.

    Parâmetros:
        name: nome na lista de explorables vivos.
    """
    runs = {rule: list(bpe.steps(WORD, tie_rule=rule)) for rule in RULES}
    total = max(len(run) for run in runs.values()) - 1

    def frame(rule: str, step: int) -> Frame:
        run = runs[rule]
        return step_frame(run[min(step, len(run) - 1)], rule, len(run) - 1)

    letters = [bytes([value]) for value in WORD.encode()]
    question = Prediction(
        "Em banana, que par de letras o BPE funde primeiro?",
        ("a+n", "n+a", "b+a", "depende"),
        "depende",
        (
            "Com a regra do primeiro visto, é ele mesmo; mas n+a aparece as mesmas 2 vezes.",
            "Com a regra do maior par, é ele mesmo; mas a+n aparece as mesmas 2 vezes.",
            "b+a aparece uma vez só; a+n e n+a aparecem 2 vezes cada.",
            "a+n e n+a empatam com 2. O algoritmo não decide: decide uma convenção.",
        ),
        cover=svg.document(draw.tape(letters, 4), draw.tape_height(1) + 4),
    )
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
                Axis("step", "passo", tuple(range(total + 1))),
            ],
            "Fusão a fusão",
            name="w1",
            title="Fusão a fusão: quem decide o empate?",
            question=question,
            challenges=(
                Challenge(
                    "Ache a regra que aprende o pedaço ana.",
                    lambda rule, step: any(a + b == b"ana" for a, b in runs[rule][step].merges),
                ),
                Challenge(
                    "Chegue a b anana, com dois símbolos.",
                    lambda rule, step: runs[rule][step].words == ((b"b", b"anana"),),
                ),
            ),
        ),
    )


Node = tuple[tuple[bytes, ...], tuple[bpe.Pair, ...]]


def choice_tree(word: str = WORD) -> list[Node]:
    """Todos os caminhos de quem desempata à mão: a palavra e as fusões até ali.

    Parâmetros:
        word: palavra de treino.
    """
    found: list[Node] = []

    def walk(symbols: tuple[bytes, ...], merges: tuple[bpe.Pair, ...]) -> None:
        found.append((symbols, merges))
        counts = bpe.count_pairs([symbols])
        most = max(counts.values(), default=0)
        for pair in (pair for pair, count in counts.items() if count == most):
            walk(tuple(bpe.merge_pair(symbols, pair)), (*merges, pair))

    walk(tuple(bytes([value]) for value in word.encode()), ())
    return found


def path_name(merges: Sequence[bpe.Pair]) -> str:
    """Nome de um caminho: os pedaços aprendidos, em ordem, como `na,nana`.

    Parâmetros:
        merges: fusões feitas.
    """
    return ",".join(svg.token_label(left + right) for left, right in merges) or "início"


def choose_merges(name: str = "w1-escolho") -> Flipper:
    """Eu escolho: você desempata, e o mapa mostra os 15 estados por onde se pode passar.

    Parâmetros:
        name: nome na lista de explorables vivos.
    """
    tree = choice_tree()
    nodes = {path_name(merges): (symbols, merges) for symbols, merges in tree}
    segmentations = list(dict.fromkeys(symbols for symbols, _ in tree))
    roads = {(_rebuild(merges[:-1]), symbols): None for symbols, merges in tree if merges}
    orders = sum(len(symbols) == 1 for symbols, _ in tree)

    def frame(path: str) -> Frame:
        symbols, merges = nodes[path]
        counts = bpe.count_pairs([symbols])
        most = max(counts.values(), default=0)
        tied = [pair for pair, count in counts.items() if count == most]
        trail = [_rebuild(merges[:i]) for i in range(len(merges) + 1)]
        left = sum(done[: len(merges)] == merges and len(end) == 1 for end, done in tree)
        return Frame(
            maps.choice_frame(symbols, tied, merges, segmentations, list(roads), trail),
            _choice_sentence(symbols, tied, merges, most, left, orders),
            None,
            _choice_buttons(tied, merges),
        )

    return show(
        name,
        Flipper(
            frame,
            [Axis("path", "fusões", tuple(nodes), kind="hidden")],
            "Eu escolho",
            name="w1-escolho",
            title="Eu escolho: desempate à mão",
            challenges=(
                Challenge("Aprenda o pedaço anan.", lambda path: "anan" in path.split(",")),
                Challenge(
                    "Deixe o b sozinho até a última fusão.",
                    lambda path: len(nodes[path][0]) == 1 and _b_comes_last(nodes[path][1]),
                ),
            ),
        ),
    )


def _rebuild(merges: Sequence[bpe.Pair], word: str = WORD) -> tuple[bytes, ...]:
    symbols = [bytes([value]) for value in word.encode()]
    for pair in merges:
        symbols = bpe.merge_pair(symbols, pair)
    return tuple(symbols)


def _b_comes_last(merges: Sequence[bpe.Pair]) -> bool:
    return not any(b"b" in left for left, _ in merges[:-1])


def _choice_buttons(tied: Sequence[bpe.Pair], merges: Sequence[bpe.Pair]) -> tuple[Choice, ...]:
    options = [
        Choice(f"fundir {draw.pair_label(pair)}", {"path": path_name((*merges, pair))})
        for pair in tied
    ]
    undo = [Choice("desfazer", {"path": path_name(merges[:-1])}, quiet=True)] if merges else []
    return (*options, *undo)


def _choice_sentence(
    symbols: Sequence[bytes],
    tied: Sequence[bpe.Pair],
    merges: Sequence[bpe.Pair],
    most: int,
    left: int,
    orders: int,
) -> str:
    head = f"{len(merges)} de 4 fusões: {draw.word_label(symbols)}."
    if not tied:
        order = listing([svg.token_label(a + b) for a, b in merges])
        return f"{head} Não há mais pares. Sua ordem: {order}, uma das {orders} possíveis."
    names = [draw.pair_label(pair) for pair in tied]
    times = "1 vez" if most == 1 else f"{most} vezes"
    roads = "sai 1" if left == 1 else f"saem {left}"
    tail = f"Daqui {roads} das {orders} ordens completas."
    if len(names) == 1:
        return f"{head} Só resta {names[0]}. {tail}"
    return f"{head} {listing(names)} empatam, {times} cada: escolha. {tail}"


def same_list_new_word(name: str = "w1-palavra-nova") -> Flipper:
    """Mesma lista, palavra nova: o que banana ensinou, aplicado a palavras que o treino não viu.

    Parâmetros:
        name: nome na lista de explorables vivos.
    """
    learned = {
        rule: bpe.train(WORD, min_freq=1, pattern=None, tie_rule=rule).merges for rule in RULES
    }

    def frame(word: str, rule: str) -> Frame:
        stages = encoding_stages(word, learned[rule])
        drawing = maps.encoding_frame(stages, learned[rule])
        return Frame(drawing, _encoding_sentence(word, rule, stages, learned[rule]))

    question = Prediction(
        "A lista de banana, com a regra do maior par, é: na, nana, ba, banana. "
        "Em quantos pedaços ela corta semana?",
        ("2", "4", "5", "6"),
        "5",
        (
            "A lista não tem sema nem mana: s, e e m nunca apareceram no treino.",
            "4 é o que dá a lista da regra do menor id, que tem ana.",
            "s, e, m e a ficam soltos; só n+a está na lista.",
            "6 é sem fusão nenhuma; n+a está na lista e se aplica.",
        ),
        cover=svg.document(draw.tape([bytes([v]) for v in b"semana"], 4), draw.tape_height(1) + 4),
    )
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("word", "palavra", NEW_WORDS, kind="buttons"),
                Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
            ],
            "Mesma lista, palavra nova",
            name="w1-palavra-nova",
            title="Mesma lista, palavra nova",
            question=question,
            challenges=(
                Challenge(
                    "Ache uma palavra e uma regra que deixem só 3 pedaços.",
                    lambda word, rule: len(encoding_stages(word, learned[rule])[-1][1]) == 3,
                ),
                Challenge(
                    "Ache a regra que corta semana em 4 pedaços.",
                    lambda word, rule: (
                        word == "semana" and len(encoding_stages(word, learned[rule])[-1][1]) == 4
                    ),
                ),
            ),
        ),
    )


Stage = tuple[int, tuple[bytes, ...]]


def encoding_stages(word: str, merges: Sequence[bpe.Pair]) -> list[Stage]:
    """A palavra depois de cada fusão que se aplicou: (número da fusão, símbolos); 0 é o início.

    Parâmetros:
        word: palavra a cortar.
        merges: lista de fusões, em ordem; ninguém conta nada aqui.
    """
    symbols = [bytes([value]) for value in word.encode()]
    stages: list[Stage] = [(0, tuple(symbols))]
    # Uma passada em ordem basta: nenhuma fusão cria um par que venha antes dela na lista.
    for rank, pair in enumerate(merges, start=1):
        merged = bpe.merge_pair(symbols, pair)
        if len(merged) < len(symbols):
            symbols = merged
            stages.append((rank, tuple(symbols)))
    return stages


def _encoding_sentence(
    word: str, rule: str, stages: Sequence[Stage], merges: Sequence[bpe.Pair]
) -> str:
    pieces = stages[-1][1]
    used = [draw.pair_label(merges[rank - 1]) for rank, _ in stages[1:]]
    what = f"Aplicou, nesta ordem: {listing(used)}." if used else "Nenhuma fusão se aplicou."
    return (
        f"{word} com a lista da regra do {RULES[rule]}: {draw.word_label(pieces)}, "
        f"{len(pieces)} pedaços. {what}"
    )


def your_merges(text: str = "o pão do João", name: str = "w1-texto") -> LiveFlipper:
    """Suas fusões: o treino do BPE no texto de quem estuda, passo a passo, sob cada regra.

    Parâmetros:
        text: texto inicial; na tela pode ser trocado.
        name: nome na lista de explorables vivos.
    """
    return show(
        name,
        LiveFlipper(
            merges_scene,
            text,
            "Suas fusões",
            name="w1-texto",
            title="Suas fusões: escreva e treine",
        ),
    )


def merges_scene(text: str) -> Scene:
    """Cena do treino num texto: regra × passo, com aviso do que não coube.

    Parâmetros:
        text: texto de treino, já conferido.
    """
    shown, note = crop(text, MAX_LETTERS, MAX_SYMBOLS)
    notes = [note] if note else []
    if unicodedata.normalize("NFC", shown) != shown:
        notes.append("o texto veio decomposto (NFD): o acento é um caractere à parte")
    runs = {rule: list(bpe.steps(shown, tie_rule=rule)) for rule in RULES}
    longest = max(map(len, runs.values()))
    n_steps = min(longest, MAX_STEPS)
    if longest > n_steps:
        notes.append(f"mostrando {n_steps - 1} de {longest - 1} fusões")
    lines = max(draw.tape_lines(step.words[0]) for run in runs.values() for step in run)

    @functools.cache
    def reached(rule: str, step: int) -> Frame:
        run = runs[rule]
        return step_frame(run[step], rule, len(run) - 1, lines, bpe_steps.ROWS)

    def frame(rule: str, step: int) -> Frame:
        return reached(rule, min(step, len(runs[rule]) - 1))

    axes = [
        Axis("rule", "regra", tuple(RULES), tuple(RULES.values()), kind="buttons"),
        Axis("step", "passo", tuple(range(n_steps))),
    ]
    return Scene(frame, axes, "; ".join(notes))
