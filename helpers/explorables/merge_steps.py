"""Um passo do treino do BPE como quadro: desenho, frase e tabela. Base dos quadros do BPE."""

from collections.abc import Sequence

from helpers import bpe
from helpers.explorables.frames import Frame, Table
from helpers.plots import bpe as draw
from helpers.plots import bpe_steps, svg

WORD = "banana"
RULES = {
    "largest_bytes": "maior par",
    "first_seen": "primeiro visto",
    "smallest_ids": "menor id",
    "last_seen": "último visto",
}


def listing(items: Sequence[str], joiner: str = "e") -> str:
    """Itens em português corrido, como "a, b e c".

    Parâmetros:
        items: os itens.
        joiner: palavra antes do último.
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joiner} {items[-1]}"


def counts_table(step: bpe.Step) -> Table:
    """As maiores contagens de um passo, em ordem, com o empate escrito; no máximo oito.

    Parâmetros:
        step: estado do treino.
    """
    ranked = sorted(step.counts.items(), key=lambda item: -item[1])[:8]
    rows = []
    for pair, count in ranked:
        notes = ["empate"] if len(step.tied) > 1 and pair in step.tied else []
        notes += ["escolhido"] if pair == step.chosen else []
        rows.append((draw.pair_label(pair), str(count), ", ".join(notes)))
    rows = rows or [("nenhum", "0", "não há mais pares")]
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
