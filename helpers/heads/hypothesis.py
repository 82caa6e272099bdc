"""Uma hipótese sobre o caminho da resposta, posta à prova em muitas frases.

A hipótese diz que umas cabeças, numa posição, levam o papel das pessoas (ou os nomes delas) a uma
porta de outras. Cada frase é um par que só difere nisso, e se mede se a resposta vira:

    ida      a diferença do que elas escrevem entra por aquela porta do texto corrompido
    volta    a mesma, tirada do limpo
    sorteio  um vetor qualquer do mesmo tamanho, um por frase
    controle a diferença do outro par: se também vira, o que passa não é só o que se disse

Virar é passar da metade do que separa os dois textos.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from math import sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.bpe import Tokenizer
from helpers.data import DATA_DIR
from helpers.decoder import Decoder
from helpers.heads.inputs import Head
from helpers.heads.patching import (
    door_edits,
    logit_diff,
    require_difference,
    require_path,
    text_pairs,
    through_door,
)
from helpers.hooks import editing, run_with_cache
from helpers.spoken import decimal, listing

#: O que se leva: o que difere nos dois textos de um par.
CARRIED = ("role", "names")
#: As posições de que se pode falar, na ordem da frase.
PLACES = ("verb", "preposition", "first", "second", "end")
#: Virar em pelo menos esta parte das frases sustenta; em no máximo esta outra, refuta.
MOST, FEW = 0.95, 0.1
#: Uma cabeça de carona: sem ela, a parte que volta muda menos que isto.
IDLE = 0.02
SUSTAINED, REFUTED, UNDECIDED = "sustained", "refuted", "undecided"
#: De cada motivo, o veredito.
WHY = {
    "passa": SUSTAINED,
    "nada": REFUTED,
    "parte": REFUTED,
    "outro": REFUTED,
    "qualquer": UNDECIDED,
    "nem_sempre": UNDECIDED,
}
WORDS = tomllib.loads((DATA_DIR / "hipotese.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Hypothesis:
    """As cabeças `writers`, em `place`, levam `carried` à porta `door` das cabeças `readers`.

    Parâmetros:
        writers: pares (camada, cabeça).
        place: uma de `PLACES`.
        door: `"k"`, `"q"` ou `"v"`.
        readers: pares (camada, cabeça) de um bloco só, depois de `writers`.
        carried: um de `CARRIED`.
    """

    writers: tuple[Head, ...]
    place: str
    door: str
    readers: tuple[Head, ...]
    carried: str = "role"

    def __str__(self) -> str:
        """Diz a hipótese em uma frase."""
        return WORDS["frase"].format(**self.named())

    def named(self) -> dict[str, str]:
        """Dá as partes da hipótese em palavras."""
        return {
            "escritoras": head_names(self.writers),
            "lugar": WORDS["lugar"][self.place],
            "porta": self.door.upper(),
            "leitoras": head_names(self.readers),
            "levado": WORDS["levado"][self.carried],
        }


@dataclass(frozen=True)
class Effect:
    """Que parte da diferença passa pelo caminho, e em que parte das frases a resposta vira.

    Parâmetros:
        mean: a média das frases.
        low: nove em cada dez frases ficam acima.
        high: nove em cada dez ficam abaixo.
        flips: de 0 a 1.
    """

    mean: float
    low: float
    high: float
    flips: float


@dataclass(frozen=True)
class Verdict:
    """O que a prova disse.

    Parâmetros:
        kind: `"sustained"`, `"refuted"` ou `"undecided"`.
        why: o motivo, uma chave de `[porque]` em `data/hipotese.toml`.
        n: quantas frases.
        other: o controle com o outro par.
        idle: cabeças sem as quais dá no mesmo; só se procuram quando a hipótese se sustenta.
    """

    hypothesis: Hypothesis
    kind: str
    why: str
    n: int
    forth: Effect
    back: Effect
    random: Effect
    other: Effect
    idle: tuple[Head, ...] = ()

    def __str__(self) -> str:
        """Diz o veredito, o porquê e os números em uma frase."""
        effects = zip(("ida", "volta", "sorteio", "controle"), self._effects(), strict=True)
        numbers = {}
        for name, effect in effects:
            numbers[name] = decimal(effect.mean)
            numbers[f"{name}_vira"] = round(effect.flips * self.n)
        other = CARRIED[1 - CARRIED.index(self.hypothesis.carried)]
        said = WORDS["porque"][self.why].format(
            **self.hypothesis.named(), **numbers, n=self.n, outro=WORDS["levado"][other]
        )
        if self.idle:
            said += " " + WORDS["carona"].format(cabecas=head_names(self.idle))
        return f"{WORDS['veredito'][self.kind]}. {said}"

    def table(self) -> list[tuple[str, str, str, str]]:
        """Dá os números: o que se fez, a parte que passa, de quanto a quanto, em quantas vira."""
        names = WORDS["medida"].values()
        return [
            (
                name,
                decimal(effect.mean),
                f"{decimal(effect.low)} a {decimal(effect.high)}",
                f"{round(effect.flips * self.n)}",
            )
            for name, effect in zip(names, self._effects(), strict=True)
        ]

    def _effects(self):
        return self.forth, self.back, self.random, self.other


class HypothesisTest:
    """As frases e o que o modelo calculou ao lê-las: cada hipótese custa milésimos de segundo.

    As contas são em float64: o veredito é o mesmo em qualquer processador.
    """

    def __init__(self, model: Decoder, tokenizer: Tokenizer, n: int = 200, seed: int = 0) -> None:
        """Sorteia as frases e lê todas.

        Parâmetros:
            model: o decoder, treinado na gramática do curso; não é alterado.
            n: quantas frases, ao menos 10.
            seed: de que sorteio.

        Erros:
            ValueError: se forem poucas, ou o modelo não souber a resposta de uma delas.
        """
        if n < 10:
            raise ValueError(f"n={n} frases são poucas para um veredito; use ao menos 10")
        self.model, self.n, self._seed = deepcopy(model).double().eval(), n, seed
        role, names, answers = role_texts(n, seed)
        self._reads = _read_all(self.model, tokenizer, role, names, answers)
        self._backs = {name: read.swapped() for name, read in self._reads.items()}
        self._places = _places(self._reads["role"].pairs)

    def check(self, hypothesis: Hypothesis) -> Verdict:
        """Põe uma hipótese à prova.

        Erros:
            ValueError: se um nome ou uma cabeça não existir, ou as escritoras não vierem antes.
        """
        _require_named(hypothesis)
        require_path(self.model, hypothesis.writers, hypothesis.door, hypothesis.readers)
        forth, back, chance, other = (self._effect(hypothesis, kind) for kind in range(4))
        why = judge(forth, back, chance, other)
        verdict = Verdict(hypothesis, WHY[why], why, self.n, forth, back, chance, other)
        return replace(verdict, idle=self._idle(verdict)) if why == "passa" else verdict

    def shares(self, hypothesis: Hypothesis, kind: int = 0) -> Float[Tensor, " pair"]:
        """Mede, frase a frase, a parte que passa pelo caminho.

        Parâmetros:
            kind: 0 para a ida, 1 para a volta, 2 para o sorteio, 3 para o controle.
        """
        carried = hypothesis.carried
        if kind == 3:
            carried = CARRIED[1 - CARRIED.index(carried)]
        read = (self._backs if kind == 1 else self._reads)[carried]
        at = self._places[hypothesis.place]
        written = read.written(hypothesis.writers, at)
        if kind == 2:
            written = self._drawn(written)
        return read.through(written, at, hypothesis.door, hypothesis.readers)

    def check_readers(
        self, writers: Sequence[Head], place: str, door: str, sets: Sequence[Sequence[int]]
    ) -> list[tuple[Effect, Effect, Effect, Effect]]:
        """Mede muitas hipóteses que só diferem em quem lê, no último bloco, de uma vez.

        Parâmetros:
            sets: os números das cabeças leitoras de cada uma.

        Retorna:
            Os quatro efeitos de cada uma, na ordem de `judge`.
        """
        at, found = self._places[place], []
        for kind, read in enumerate(
            (self._reads["role"], self._backs["role"], self._reads["role"], self._reads["names"])
        ):
            written = read.written(writers, at)
            changes = read.changes(self._drawn(written) if kind == 2 else written, at, door)
            together = torch.stack([changes[:, list(heads)].sum(1) for heads in sets])
            found.append([summarize(shares) for shares in read.shares(together)])
        return list(zip(*found, strict=True))

    def _drawn(self, written):
        drawn = torch.Generator().manual_seed(self._seed)
        noise = torch.randn(written.shape, generator=drawn, dtype=torch.float64)
        return noise * (written.norm(dim=-1) / noise.norm(dim=-1))[:, None]

    def _effect(self, hypothesis, kind):
        return summarize(self.shares(hypothesis, kind))

    def _idle(self, verdict):
        """As cabeças que, fora, não mudam nem a ida nem a volta."""
        found = []
        for side in ("writers", "readers"):
            heads = getattr(verdict.hypothesis, side)
            for head in heads if len(heads) > 1 else ():
                less = tuple(one for one in heads if one != head)
                without = replace(verdict.hypothesis, **{side: less})
                changes = (
                    abs(self._effect(without, kind).mean - effect.mean)
                    for kind, effect in enumerate((verdict.forth, verdict.back))
                )
                if max(changes) < IDLE:
                    found.append(head)
        return tuple(found)


def summarize(shares: Float[Tensor, " pair"]) -> Effect:
    """Resume a parte que passa em cada frase."""
    found, tenth = shares.sort().values, len(shares) // 10
    flips = (found > 0.5).double().mean().item()
    return Effect(found.mean().item(), found[tenth].item(), found[-tenth - 1].item(), flips)


def judge(forth: Effect, back: Effect, chance: Effect, other: Effect) -> str:
    """Dá o motivo do veredito, uma chave de `WHY`, a partir dos quatro efeitos de uma hipótese.

    Parâmetros:
        chance: o efeito do sorteio.
        other: o do outro par, pelo mesmo caminho.
    """
    if max(forth.flips, back.flips) <= FEW:
        return "nada" if max(forth.mean, back.mean) < 0.05 else "parte"
    if chance.flips > FEW:
        return "qualquer"
    if other.flips > FEW:
        return "outro"
    return "passa" if min(forth.flips, back.flips) >= MOST else "nem_sempre"


def role_texts(
    n: int, seed: int = 0
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """Sorteia frases da gramática em que alguém dá e alguém recebe, com a pergunta no fim.

    Parâmetros:
        n: quantos pares de cada espécie.
        seed: o mesmo sorteio dá as mesmas frases.

    Retorna:
        Os pares que só diferem no papel (deu para, ganhou de), os que só diferem nos nomes, que
        trocam de lugar, e as respostas, (do limpo, do corrompido), iguais nos dois.
    """
    # Só quem sorteia frases precisa da gramática: ler um veredito guardado não a carrega.
    from helpers.stories import Grammar

    lexicon, draw = Grammar.load().language.lexicon, random.Random(seed)
    people = sorted({person.name for person in lexicon.people})
    things = [thing for thing in lexicon.things if not thing.adjective]
    whens = [when for when, _ in lexicon.table("tempo")]
    role, names, answers = [], [], []
    for _ in range(n):
        (one, two), thing = draw.sample(people, 2), draw.choice(things)
        when, verb = draw.choice(whens), draw.choice(("deu", "entregou"))
        a, the = ("um", "o") if thing.gender == "m" else ("uma", "a")
        form = "{when}, {x} {verb} {a} {it} {to} {y}. Quem estava com {the} {it}?".format_map
        said = {"when": when, "a": a, "it": thing.noun, "the": the, "x": one, "y": two}
        gave = said | {"verb": verb, "to": "para"}
        clean = form(gave)
        role.append((clean, form(said | {"verb": "ganhou", "to": "de"})))
        names.append((clean, form(gave | {"x": two, "y": one})))
        answers.append((two, one))
    return role, names, answers


def head_names(heads: Sequence[Head]) -> str:
    """Diz cabeças como se leem no curso: “1.2 e 1.3”."""
    return listing([f"{layer}.{head}" for layer, head in heads])


class _Read:
    """Os pares lidos: o que o corrompido calculou, e o que as cabeças escrevem a mais no limpo."""

    def __init__(self, model, pairs, clean, corrupted):
        self.model, self.pairs, self._sides = model, pairs, (clean, corrupted)
        (clean_logits, self.clean), (logits, self.cache) = clean, corrupted
        self.high, self.low = logit_diff(clean_logits, pairs), logit_diff(logits, pairs)
        require_difference(self.high, self.low)
        self.rows = torch.arange(len(pairs.clean))

    def swapped(self) -> _Read:
        return _Read(self.model, self.pairs.swapped(), *self._sides[::-1])

    def written(self, writers, at) -> Float[Tensor, "pair d_model"]:
        total = 0
        for layer, head in writers:
            name = f"blocks.{layer}.attn.hook_z"
            change = (self.clean[name] - self.cache[name])[self.rows, at, head]
            total = total + change @ self.model.blocks[layer].attn.W_O[head]
        return total

    @torch.no_grad()
    def through(self, written, at, door, readers) -> Float[Tensor, " pair"]:
        layer, heads = readers[0][0], [head for _, head in readers]
        if layer == len(self.model.blocks) - 1:
            return self.shares(self.changes(written, at, door)[:, heads].sum(1))
        stream = self._from_block(layer, written, at, door, readers)
        return self._share(stream[self.rows, self.pairs.ends])

    def _from_block(self, layer, written, at, door, readers):
        stream = self.cache[f"blocks.{layer}.hook_resid_pre"]
        edits = door_edits(self.model, stream, written, at, door, readers)
        mask = self.model.mask(stream.shape[1], stream.shape[1])
        with editing(self.model, edits):
            for block in self.model.blocks[layer:]:
                stream = block(stream, mask)
        return stream

    @torch.no_grad()
    def changes(self, written, at, door) -> Float[Tensor, "pair head d_model"]:
        """O que cada cabeça do último bloco passa a escrever a mais na posição que responde.

        As outras posições dele não chegam à resposta, e não se refazem.
        """
        layer = len(self.model.blocks) - 1
        block, rows, ends = self.model.blocks[layer], self.rows, self.pairs.ends
        q, k, v, pattern, z = (
            self.cache[f"blocks.{layer}.attn.hook_{part}"]
            for part in ("q", "k", "v", "pattern", "z")
        )
        stream = self.cache[f"blocks.{layer}.hook_resid_pre"]
        new = through_door(block, stream, written, at, door)
        if door == "v":
            change = pattern[rows, :, ends, at][..., None] * (new - v[rows, at])
        else:
            asked = q[rows, ends]
            if door == "q":
                asked = torch.where((at == ends)[:, None, None], new, asked)
            else:
                k = k.clone()
                k[rows, at] = new
            scores = torch.einsum("phd,pkhd->phk", asked, k) / sqrt(k.shape[-1])
            future = torch.arange(k.shape[1]) > ends[:, None]
            weights = scores.masked_fill(future[:, None], -torch.inf).softmax(-1)
            change = torch.einsum("phk,pkhd->phd", weights, v) - z[rows, ends]
        return torch.einsum("phd,hdm->phm", change, block.attn.W_O)

    @torch.no_grad()
    def shares(self, change: Float[Tensor, "... pair d_model"]) -> Float[Tensor, "... pair"]:
        """A parte que volta quando isto se soma ao fluxo, depois da última atenção."""
        layer = len(self.model.blocks) - 1
        mid = self.cache[f"blocks.{layer}.hook_resid_mid"][self.rows, self.pairs.ends] + change
        block = self.model.blocks[layer]
        flat = mid.flatten(0, -2)[:, None]
        return self._share(mid + block.mlp(block.ln2(flat))[:, 0].view_as(mid))

    def _share(self, resid):
        read = self.model.ln_final(resid.flatten(0, -2)[:, None])[:, 0].view_as(resid)
        unembed = self.model.W_U.T
        found = (read * (unembed[self.pairs.right] - unembed[self.pairs.wrong])).sum(-1)
        return (found - self.low) / (self.high - self.low)


def _read_all(model, tokenizer, role, names, answers):
    """Lê as frases: o limpo, que é o mesmo nos dois pares, uma vez só."""
    role, names = (text_pairs(model, tokenizer, texts, answers) for texts in (role, names))
    parts = ["hook_resid_pre", "hook_resid_mid"]
    parts += [f"attn.hook_{part}" for part in ("q", "k", "v", "pattern", "z")]
    points = [f"blocks.{layer}.{part}" for layer in range(len(model.blocks)) for part in parts]
    with torch.no_grad():
        clean, gave, swapped = (
            run_with_cache(model, tokens, points)
            for tokens in (role.clean, role.corrupted, names.corrupted)
        )
    return {"role": _Read(model, role, clean, gave), "names": _Read(model, names, clean, swapped)}


def _places(pairs) -> dict[str, Int[Tensor, " pair"]]:
    """Onde está, em cada frase, cada posição de que se fala."""
    first, second = (
        (pairs.clean == answer[:, None]).int().argmax(-1) for answer in (pairs.wrong, pairs.right)
    )
    found = (first + 1, second - 1, first, second, pairs.ends)
    return dict(zip(PLACES, found, strict=True))


def _require_named(hypothesis):
    for name, value, known in (
        ("place", hypothesis.place, PLACES),
        ("carried", hypothesis.carried, CARRIED),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r} não existe; há {', '.join(known)}")
