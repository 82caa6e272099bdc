"""Quem escreveu o quê: o logit de um token repartido entre tudo o que escreveu no fluxo."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from helpers import heads
from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Challenge, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.token_names import token_labels, token_text, unique_labels
from helpers.explorables.kit.words import words
from helpers.hooks import run_with_cache
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import signed
from helpers.studies.thread import Thread, load_thread

TEXT = words("w12")

SHOWN = 6  # tokens do controle
WANTED = {"true": "o que veio", "rival": "o maior rival", "gap": "diferença"}
SUMS = {"all": "todas as partes", "top": "só os 5 maiores", "raw": "sem a norma final"}
BIASES = "vieses"
REST = "todo o resto"
ROW, TOP, LEFT, RIGHT = 19, 50, 150, 66
SLOTS = 20  # linhas reservadas, para nada pular de um quadro a outro


def writers_frame(
    names: Sequence[str],
    values: Sequence[Px],
    title: str,
    total: Px,
    logit: Px,
    low: Px,
    high: Px,
) -> str:
    """Cascata: cada barra começa onde a anterior terminou; a linha marca o valor do modelo.

    Parâmetros:
        logit: o valor que o modelo deu.
        low: menor valor da régua.
        high: maior valor da régua.
    """
    scale = (svg.WIDTH - LEFT - RIGHT) / (high - low)

    def place(value: Px) -> Px:
        return LEFT + (value - low) * scale

    height = TOP + SLOTS * ROW + 34
    end = TOP + len(names) * ROW
    parts = [svg.text(4, 16, title, "s b")]
    parts.append(svg.line(place(0), TOP - 6, place(0), end))
    parts.append(svg.line(place(logit), TOP - 6, place(logit), end, "l2 dash"))
    parts.append(svg.text(place(logit), TOP - 12, f"modelo {signed(logit)}", "s", "middle"))
    running = 0.0
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        y = TOP + i * ROW
        start, running = running, running + value
        a, b = sorted((place(start), place(running)))
        parts.append(svg.text(4, y + 14, name, "s"))
        # A favor, cheia; contra, vazada: o sinal se lê sem a cor.
        parts.append(svg.boxes([(a, max(b - a, 1))], y + 3, ROW - 6, "p1" if value >= 0 else "c2"))
        parts.append(svg.text(svg.WIDTH - 4, y + 14, signed(value), "s", "end"))
    fits = abs(total - logit) < 0.02
    verdict = "fecha com o modelo" if fits else "não fecha com o modelo"
    parts.append(svg.text(4, height - 10, f"soma {signed(total)}: {verdict}", "s b"))
    ruler = f"régua: de {signed(low)} a {signed(high)}"
    parts.append(svg.text(svg.WIDTH - 4, height - 10, ruler, "m", "end"))
    return svg.document("".join(parts), height)


def component_names(thread: Thread) -> list[str]:
    """Nome em português de cada parte que escreve, na ordem em que escrevem."""
    config = thread.model.config
    found = ["embedding", "posição"]
    for layer in range(config.n_layers):
        found += [f"cabeça {layer}.{head}" for head in range(config.n_heads)]
        found.append(f"MLP {layer}")
    return [*found, BIASES]


def component_values(attribution: heads.Attribution) -> torch.Tensor:
    """Parcelas na ordem de `component_names`: os vieses da atenção e da norma somados no fim.

    Retorna:
        Parcelas, `[component pos]`; a soma é o logit.
    """
    is_bias = [name.endswith((".b_O", "ln_final.b")) for name in attribution.names]
    values = attribution.values[:, 0]
    bias = torch.tensor(is_bias)
    return torch.cat([values[~bias], values[bias].sum(0, keepdim=True)])


def without_norm(thread: Thread, direction: torch.Tensor) -> torch.Tensor:
    """As mesmas parcelas para quem esquece a última norma: escrita · direção, sem escala.

    Parâmetros:
        direction: direção do logit em cada posição, `[pos d_model]`.

    Retorna:
        Parcelas, `[component pos]`.
    """
    model, config = thread.model, thread.model.config
    names = ["hook_embed", "hook_pos_embed"]
    names += [f"blocks.{layer}.hook_mlp_out" for layer in range(config.n_layers)]
    with torch.no_grad():
        _, cache = run_with_cache(model, thread.tokens, names)
        writes = heads.head_writes(model, thread.tokens)[:, 0]
        found = [cache["hook_embed"][0], cache["hook_pos_embed"][0]]
        for layer in range(config.n_layers):
            found += [writes[layer, :, head] for head in range(config.n_heads)]
            found.append(cache[f"blocks.{layer}.hook_mlp_out"][0])
        found.append(sum(block.attn.b_O for block in model.blocks).expand_as(found[0]))
        return torch.stack([(write * direction).sum(-1) for write in found])


def attributions(thread: Thread) -> dict[tuple[str, str], tuple[torch.Tensor, torch.Tensor]]:
    """Parcelas e logits, por alvo e por conta: `{(alvo, conta): ([component pos], [pos])}`."""
    model, tokens = thread.model, thread.tokens
    true = torch.tensor([[*thread.ids[1:], thread.ids[0]]])
    with torch.no_grad():
        logits = model(tokens).clone()
    rival = logits.scatter(-1, true[..., None], -torch.inf).argmax(-1)
    asked = {"true": (true, None), "rival": (rival, None), "gap": (true, rival)}
    found = {}
    for wanted, (targets, against) in asked.items():
        parts = heads.logit_attribution(model, tokens, targets, against)
        direction = model.W_U.T[targets[0]]
        if against is not None:
            direction = direction - model.W_U.T[against[0]]
        values = component_values(parts)
        found[wanted, "all"] = found[wanted, "top"] = values, parts.logits[0]
        found[wanted, "raw"] = without_norm(thread, direction.detach()), parts.logits[0]
    return found


@dataclass(frozen=True)
class Ledger:
    """As parcelas da frase e os rótulos: dá o quadro de cada (token, alvo, conta).

    Parâmetros:
        rivals: texto do maior rival do token que veio, por posição.
    """

    labels: list[str]
    parts: list[str]
    rivals: dict[int, str]
    table: dict[tuple[str, str], tuple[torch.Tensor, torch.Tensor]]

    @property
    def places(self) -> range:
        """As posições por que o controle passa."""
        end = len(self.rivals)
        return range(max(1, end - SHOWN), end)

    def logit(self, token: int, target: str, account: str) -> float:
        """O logit que o modelo deu depois de `token`, ou a diferença entre dois."""
        return float(self.table[target, account][1][token])

    def _shares(self, token: int, target: str, account: str) -> list[tuple[str, float]]:
        """Nome e valor de cada parcela, na ordem em que as partes escrevem."""
        values = [float(v) for v in self.table[target, account][0][:, token]]
        pairs = list(zip(self.parts, values, strict=True))
        if account != "top":
            return pairs
        largest = sorted(pairs, key=_size)[:5]
        rest = sum(values) - sum(value for _, value in largest)
        return [*[pair for pair in pairs if pair in largest], (REST, rest)]

    def _limits(self, token: int, target: str, account: str) -> tuple[float, float]:
        """Começo e fim da régua do desenho."""
        # O que veio e o rival dividem uma régua, para se comparar um com o outro. A diferença, bem
        # menor, tem a dela, e a conta sem norma também.
        ends = [0.0]
        for one in ("gap",) if target == "gap" else ("true", "rival"):
            ends.append(self.logit(token, one, account))
            for kind in ("raw",) if account == "raw" else ("all", "top"):
                ends += itertools.accumulate(value for _, value in self._shares(token, one, kind))
        margin = 0.05 * (max(ends) - min(ends))
        return min(ends) - margin, max(ends) + margin

    def _subject(self, token: int, target: str) -> str:
        """De que número se fala."""
        true, rival = self.labels[token + 1], self.rivals[token]
        return {
            "true": f"logit de “{true}”",
            "rival": f"logit de “{rival}”",
            "gap": f"“{true}” menos “{rival}”",
        }[target]

    def _sentence(self, token: int, target: str, account: str) -> str:
        """O quadro em palavras: quem mais empurra a favor, quem mais contra, e se a conta fecha."""
        pairs = self._shares(token, target, account)
        total = signed(sum(value for _, value in pairs))
        named = [pair for pair in pairs if pair[0] != REST]
        best, worst = (end(named, key=lambda pair: pair[1]) for end in (max, min))
        said = (
            f"Depois de “{unique_labels(self.labels)[token]}”, {self._subject(token, target)}. "
            f"Quem mais empurra a favor: {best[0]}, {signed(best[1])}. "
            f"Contra: {worst[0]}, {signed(worst[1])}. "
        )
        if account == "raw":
            given = signed(self.logit(token, target, account))
            said += f"Sem a norma final a soma dá {total}, e o modelo deu {given}: "
            return said + "a conta não fecha."
        return said + f"As parcelas somam {total}, o que o modelo deu."

    def frame(self, token: int, target: str, account: str) -> Frame:
        """O quadro: a cascata do logit depois de `token`, a frase e as maiores parcelas."""
        pairs = self._shares(token, target, account)
        where = f"depois de “{unique_labels(self.labels)[token]}”:"
        picture = writers_frame(
            [who for who, _ in pairs],
            [value for _, value in pairs],
            f"{where} {self._subject(token, target)}",
            sum(value for _, value in pairs),
            self.logit(token, target, account),
            *self._limits(token, target, account),
        )
        # No título, quem recebe e de que número se fala; embaixo, que conta se faz.
        split = round(4 + svg.label_width(where, mono=False, size=14))
        floor = TOP + SLOTS * ROW + 8
        picture = svg.over(
            picture,
            svg.zone((2, 0, split, 26), token=following(self.places, token)),
            svg.zone((split + 2, 0, 300, 26), target=following(WANTED, target)),
            svg.zone((2, floor, 340, 26), account=following(SUMS, account)),
        )
        rows = tuple((who, signed(value)) for who, value in sorted(pairs, key=_size)[:12])
        who = "quem escreveu" if len(rows) == len(pairs) else f"os {len(rows)} que mais escreveram"
        return Frame(
            picture, self._sentence(token, target, account), Numbers((who, "quanto"), rows)
        )


def _size(pair: tuple[str, float]) -> float:
    return -abs(pair[1])


def open_ledger(thread: Thread) -> Ledger:
    """Reparte os logits da frase do curso."""
    with torch.no_grad():
        logits = thread.model(thread.tokens)[0]
    rivals = {}
    for place in range(len(thread.ids) - 1):
        others = logits[place].clone()
        others[thread.ids[place + 1]] = -torch.inf
        rivals[place] = token_text(thread, int(others.argmax()))
    return Ledger(token_labels(thread), component_names(thread), rivals, attributions(thread))


@opens
def who_wrote_what(thread: Thread | None = None) -> Flipper:
    """Quem escreveu o quê: uma cascata de parcelas até o logit.

    Parâmetros:
        thread: o fio do curso; sem valor, é lido do disco.
    """
    thread = thread or load_thread()
    ledger = open_ledger(thread)
    places = tuple(ledger.places)
    names = unique_labels(ledger.labels)
    axes = [
        Axis("token", "token", places, tuple(names[place] for place in places)),
        Axis("target", "logit de", tuple(WANTED), tuple(WANTED.values()), kind="buttons"),
        Axis("account", "conta", tuple(SUMS), tuple(SUMS.values()), kind="buttons"),
    ]
    return Flipper(
        ledger.frame,
        axes,
        **TEXT.heading(),
        question=TEXT.opening(),
        challenges=_challenges(ledger, places),
    )


def _challenges(ledger: Ledger, places: tuple[int, ...]) -> tuple[Challenge, ...]:
    surest = max(places, key=lambda place: ledger.logit(place, "gap", "all"))
    return TEXT.challenges(
        {
            "ganha": lambda token, target, account: (
                target == "gap" and account != "raw" and token == surest
            ),
            "nao_fecha": lambda token, target, account: account == "raw",
        }
    )
