"""Histórias que se ramificam: cada token escrito é um nó, e voltar não apaga o que se escreveu."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.sampling import Sampler, draw

MOST = 40  # tokens escritos num ramo, no máximo
_STEP = 1_000_003  # separa as sementes: o sorteio depende só da semente e do lugar
MOST_SEED = 10**12 - 1  # com o passo acima, o número que o torch recebe cabe em 63 bits


@dataclass
class StoryNode:
    """Um token escrito, a probabilidade com que saiu e como: sorteado ou escolhido."""

    parent: int
    token: int
    prob: float
    picked: bool
    t: float = 1.0  # a temperatura da vez
    children: list[int] = field(default_factory=list)


class StoryTree:
    """Uma árvore de continuações do mesmo começo; `here` é o nó em que se está.

    Parâmetros:
        model: função de ids `[batch pos]` em logits `[batch pos d_vocab]`.
        prompt: os ids do começo, com a marca na frente.
        end: o id que encerra a história.
        t: temperatura.
    """

    def __init__(self, model: Callable, prompt: Sequence[int], end: int, seed: int, t: float):
        self.model, self.prompt, self.end = model, list(prompt), end
        self.seed, self.t, self.here = seed, t, 0
        self.nodes = [StoryNode(-1, -1, 1.0, False)]
        self._read: dict[tuple[int, ...], Float[Tensor, " d_vocab"]] = {}

    def share(self, other: "StoryTree") -> None:
        """Aproveita o que outra árvore do mesmo começo já leu."""
        self._read = other._read

    def path(self, node: int | None = None) -> list[int]:
        """Devolve os nós da raiz até um nó, sem a raiz.

        Parâmetros:
            node: o nó; sem valor, aquele em que se está.
        """
        at, found = self.here if node is None else node, []
        while at:
            found.append(at)
            at = self.nodes[at].parent
        return found[::-1]

    def tokens(self, node: int | None = None) -> list[int]:
        """Devolve os tokens escritos até um nó.

        Parâmetros:
            node: o nó; sem valor, aquele em que se está.
        """
        return [self.nodes[at].token for at in self.path(node)]

    @property
    def finished(self) -> bool:
        """Diz se não há mais o que escrever aqui: a história acabou ou o ramo encheu."""
        written = self.tokens()
        return written[-1:] == [self.end] or len(written) >= MOST

    def probs(self) -> Float[Tensor, " d_vocab"]:
        """Devolve a distribuição do próximo token, com a temperatura da vez."""
        return Sampler(temperature=self.t).probs(self._logits(self.tokens()))

    def candidates(self, n: int = 8) -> list[tuple[int, float]]:
        """Devolve os tokens mais prováveis e as suas probabilidades.

        Parâmetros:
            n: quantos tokens.
        """
        if self.finished:
            return []
        best = self.probs().topk(n)
        return list(zip(best.indices.tolist(), best.values.tolist(), strict=True))

    def grow(self) -> None:
        """Sorteia o próximo token e anda até ele; se já havia esse ramo, é nele que continua.

        Com temperatura 0 não há sorteio: é a escolha gulosa.
        """
        if self.finished:
            return
        number = _STEP * self.seed + len(self.path())
        self._enter(int(draw(self.probs(), torch.Generator().manual_seed(number))), picked=False)

    def pick(self, token: int) -> None:
        """Anda até um token escolhido por quem estuda.

        Parâmetros:
            token: um id do tokenizador.

        Erros:
            ValueError: se o id não for do vocabulário ou não couber mais nada aqui.
        """
        self._enter(token, picked=True)

    def back(self) -> None:
        """Volta um token, sem apagar o ramo."""
        self.here = max(0, self.nodes[self.here].parent)

    def jump(self, node: int) -> None:
        """Vai até um nó qualquer da árvore.

        Parâmetros:
            node: o número do nó.

        Erros:
            ValueError: se ele não existir.
        """
        if not 0 <= node < len(self.nodes):
            raise ValueError(f"O nó {node} não existe; eles vão de 0 a {len(self.nodes) - 1}.")
        self.here = node

    def leaves(self) -> list[int]:
        """Devolve as pontas dos ramos, na ordem em que nasceram."""
        return [at for at, node in enumerate(self.nodes) if at and not node.children]

    def greedy(self, n: int) -> list[int]:
        """Devolve a continuação gulosa do começo.

        Parâmetros:
            n: quantos tokens, no máximo.
        """
        written: list[int] = []
        while len(written) < n and written[-1:] != [self.end]:
            written.append(int(self._logits(written).argmax()))
        return written

    def branch(self, node: int) -> str:
        """Devolve um ramo numa linha, da raiz a um nó: os ids, `*` em cada um que se escolheu.

        Onde a temperatura já não era a anterior, ou no começo a de agora, há um `@` e o valor dela.

        Parâmetros:
            node: a ponta do ramo.
        """
        told, t = [], self.t
        for one in (self.nodes[at] for at in self.path(node)):
            told += [f"@{one.t}"] if one.t != t else []
            told.append(f"{one.token}{'*' * one.picked}")
            t = one.t
        return " ".join(told)

    def follow(self, branch: str) -> None:
        """Anda da raiz à ponta de um ramo, como o que `branch` devolve; o que faltava, nasce.

        Parâmetros:
            branch: a linha do ramo; vazia, só se volta à raiz.

        Erros:
            ValueError: se um id não for do vocabulário ou o ramo passar do fim da história.
        """
        self.here, now = 0, self.t
        for word in branch.split():
            if word.startswith("@"):
                self.t = float(word[1:])
            else:
                self._enter(int(word.rstrip("*")), picked=word.endswith("*"))
        self.t = now

    def _enter(self, token, picked):
        known = [at for at in self.nodes[self.here].children if self.nodes[at].token == token]
        if known:
            self.here = known[0]
            return
        probs = self.probs()
        if not 0 <= token < len(probs):
            raise ValueError(f"O token {token} não existe; os ids vão de 0 a {len(probs) - 1}.")
        if self.finished:
            raise ValueError("Aqui a história já acabou. Volte alguns tokens e escolha outro.")
        self.nodes.append(StoryNode(self.here, token, float(probs[token]), picked, self.t))
        self.nodes[self.here].children.append(len(self.nodes) - 1)
        self.here = len(self.nodes) - 1

    def _logits(self, written):
        key = tuple(written)
        if key not in self._read:
            with torch.inference_mode():
                self._read[key] = self.model(torch.tensor([[*self.prompt, *written]]))[0, -1]
        return self._read[key]
