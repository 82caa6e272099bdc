"""Remendar: pôr numa leitura o que outra leitura calculou, e ver se a resposta vem junto.

Dois textos do mesmo comprimento diferem em pouco e pedem respostas diferentes. Rodamos o segundo
com um pedaço do primeiro no lugar do seu. A parte da resposta que volta é

    (diferença remendada - diferença do corrompido) / (diferença do limpo - diferença do corrompido)

0 é nada, 1 é tudo; pode passar de 1, ou ficar abaixo de 0. As partes não se somam.

Fonte:
    Meng et al. (2022), "Locating and Editing Factual Associations in GPT" (remendo de ativações),
    https://arxiv.org/abs/2202.05262; Wang et al. (2022), "Interpretability in the Wild" (remendo de
    caminho e diferença de logits), https://arxiv.org/abs/2211.00593.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.block import Block
from helpers.bpe import END, Tokenizer
from helpers.decoder import Decoder
from helpers.heads.inputs import Head, pad, require_head_list
from helpers.hooks import run_with_cache, run_with_edits

#: Por onde uma cabeça lê o fluxo: o que faz a key, a query e o valor.
DOORS = ("k", "q", "v")
#: Abaixo disto, em logits, a resposta dos dois textos é a mesma, e a parte que volta não diz nada.
LEAST_DIFFERENCE = 1.0


@dataclass(frozen=True)
class TextPairs:
    """Pares de textos, limpo e corrompido, com a resposta de cada um.

    Parâmetros:
        clean: ids dos textos de onde se copia; o que falta a um texto curto fica à direita.
        corrupted: ids dos textos que recebem o remendo.
        right: a resposta do limpo, um id por par.
        wrong: a resposta do corrompido.
        ends: a posição que prevê a resposta.
    """

    clean: Int[Tensor, "pair pos"]
    corrupted: Int[Tensor, "pair pos"]
    right: Int[Tensor, " pair"]
    wrong: Int[Tensor, " pair"]
    ends: Int[Tensor, " pair"]

    def swapped(self) -> TextPairs:
        """Troca os papéis: o limpo passa a receber o que o corrompido calculou."""
        return replace(
            self, clean=self.corrupted, corrupted=self.clean, right=self.wrong, wrong=self.right
        )


def text_pairs(
    model: Decoder,
    tokenizer: Tokenizer,
    texts: Sequence[tuple[str, str]],
    answers: Sequence[tuple[str, str]],
) -> TextPairs:
    """Prepara pares (limpo, corrompido), com a marca de começo na frente de cada texto.

    Parâmetros:
        texts: pares de textos, que param antes da resposta.
        answers: de cada par, a resposta do limpo e a do corrompido, sem espaço na frente.

    Erros:
        ValueError: se faltar par ou resposta, os textos de um par forem iguais ou tiverem números
            diferentes de tokens, ou uma resposta não for um token só.
    """
    if not texts or len(texts) != len(answers):
        raise ValueError(
            f"chegaram {len(texts)} pares de textos e {len(answers)} de respostas; passe ao menos "
            "um par, com a resposta do limpo e a do corrompido"
        )
    start = tokenizer.special_tokens[END]
    clean, corrupted = (
        [[start, *tokenizer.encode(text)] for text in side] for side in zip(*texts, strict=True)
    )
    for one, other in zip(clean, corrupted, strict=True):
        _require_comparable(tokenizer, one[1:], other[1:])
    right, wrong = (
        torch.tensor([_answer(tokenizer, name) for name in side])
        for side in zip(*answers, strict=True)
    )
    tokens, lengths = pad(model, clean)
    return TextPairs(tokens, pad(model, corrupted)[0], right, wrong, lengths - 1)


def logit_diff(
    logits: Float[Tensor, "batch pos d_vocab"], pairs: TextPairs
) -> Float[Tensor, " batch"]:
    """Diz quanto os logits preferem a resposta do limpo à do corrompido.

    Parâmetros:
        logits: um texto por par, ou quantos se quiser de um par só.

    Retorna:
        Em logits; positivo quer dizer que a resposta do limpo ganha.
    """
    rows = torch.arange(len(logits))
    last = logits[rows, pairs.ends.expand(len(logits))]
    return last[rows, pairs.right] - last[rows, pairs.wrong]


@torch.no_grad()
def differences(
    model: Decoder, pairs: TextPairs
) -> tuple[Float[Tensor, " pair"], Float[Tensor, " pair"]]:
    """Devolve a diferença de logits do limpo e a do corrompido, sem remendo.

    Erros:
        ValueError: se num par as duas forem quase iguais (menos de `LEAST_DIFFERENCE`).
    """
    high, low = (logit_diff(model(side), pairs) for side in (pairs.clean, pairs.corrupted))
    require_difference(high, low)
    return high, low


def require_difference(high: Float[Tensor, " pair"], low: Float[Tensor, " pair"]) -> None:
    """Recusa pares em que não há resposta para trazer de volta.

    Parâmetros:
        high: a diferença de logits do limpo.
        low: a do corrompido.

    Erros:
        ValueError: diz o par, as duas diferenças e o mínimo.
    """
    short = ((high - low).abs() < LEAST_DIFFERENCE).nonzero()
    if len(short):
        at = int(short[0])
        raise ValueError(
            f"no par {at}, a diferença de logits é {high[at]:.2f} no limpo e {low[at]:.2f} no "
            f"corrompido: elas precisam distar ao menos {LEAST_DIFFERENCE:g}, ou a parte que volta "
            "não quer dizer nada; escolha um par em que a resposta mude"
        )


@torch.no_grad()
def patch(
    model: Decoder,
    pairs: TextPairs,
    name: str,
    positions: int | Int[Tensor, " pair"],
    heads: Sequence[int] | None = None,
) -> Float[Tensor, " pair"]:
    """Remenda o corrompido num lugar e numa posição; devolve a parte da resposta que volta.

    Parâmetros:
        name: a ativação, como em `hook_names(model)`.
        positions: a posição, igual para todos os pares ou uma de cada.
        heads: se a ativação tem o eixo das cabeças, quais se trocam; sem valor, todas.

    Erros:
        ValueError: se não houver a ativação ou a posição, ou um par tiver diferença pequena demais.
    """
    high, low = differences(model, pairs)
    rows = torch.arange(len(pairs.clean))
    at = _positions(pairs, positions)
    where = (rows, at) if heads is None else (rows[:, None], at[:, None], torch.tensor(heads))
    _, cache = run_with_cache(model, pairs.clean, name)

    def edit(value):
        value = value.clone()
        value[where] = cache[name][where]
        return value

    patched = logit_diff(run_with_edits(model, pairs.corrupted, {name: edit}), pairs)
    return (patched - low) / (high - low)


@torch.no_grad()
def patching_map(
    model: Decoder,
    pair: TextPairs,
    names: Sequence[str] | None = None,
    spans: Sequence[Sequence[int]] | None = None,
) -> Float[Tensor, "place span"]:
    """Remenda um par em cada lugar e em cada posição; devolve a parte da resposta que volta.

    As posições de um lugar vão num lote só: cada linha do lote recebe o remendo numa delas.

    Parâmetros:
        pair: um par só.
        names: os lugares; sem valor, os de `stream_places`.
        spans: grupos de posições que se remendam juntas; sem valor, uma de cada vez.

    Erros:
        ValueError: se houver mais de um par, ou ele tiver diferença pequena demais.
    """
    names = stream_places(model) if names is None else list(names)
    spans = [[at] for at in range(pair.clean.shape[1])] if spans is None else spans

    def rows(name, clean):
        def edit(value):
            value = value.clone()
            for row, at in enumerate(spans):
                value[row, at] = clean[0, at]
            return value

        return {name: edit}

    return _measured(model, pair, names, len(spans), rows)


@torch.no_grad()
def head_map(
    model: Decoder, pair: TextPairs, positions: int | Sequence[int]
) -> Float[Tensor, "layer head"]:
    """Remenda um par em cada cabeça, numa posição; devolve a parte da resposta que volta.

    Parâmetros:
        pair: um par só.
        positions: onde se troca o z da cabeça: uma posição, ou várias que se remendam juntas.

    Erros:
        ValueError: se houver mais de um par, não houver a posição, ou o par tiver diferença pequena
            demais.
    """
    positions = [positions] if isinstance(positions, int) else list(positions)
    at = [int(_positions(pair, one)[0]) for one in positions]
    names = [f"blocks.{layer}.attn.hook_z" for layer in range(len(model.blocks))]
    n_heads = model.config.n_heads

    def rows(name, clean):
        def edit(value):
            value = value.clone()
            for head in range(n_heads):
                value[head, at, head] = clean[0, at, head]
            return value

        return {name: edit}

    return _measured(model, pair, names, n_heads, rows)


def stream_places(model: Decoder) -> list[str]:
    """Lista os lugares do fluxo, da entrada à saída: antes e depois da atenção de cada bloco."""
    names = [
        f"blocks.{layer}.hook_resid_{part}"
        for layer in range(len(model.blocks))
        for part in ("pre", "mid")
    ]
    return [*names, f"blocks.{len(model.blocks) - 1}.hook_resid_post"]


@torch.no_grad()
def path_patch(
    model: Decoder,
    pairs: TextPairs,
    writers: Sequence[Head],
    positions: int | Int[Tensor, " pair"],
    door: str,
    readers: Sequence[Head],
) -> Float[Tensor, " pair"]:
    """Remenda só o caminho do que umas cabeças escrevem a uma porta de outras.

    A diferença do que `writers` escrevem nos dois textos, numa posição, é somada ao fluxo que
    `readers` leem, e só por uma porta; o resto do corrompido não a vê.

    Parâmetros:
        writers: pares (camada, cabeça), em blocos anteriores ao de `readers`.
        positions: onde elas escrevem, igual para todos os pares ou uma posição de cada.
        door: `"k"`, `"q"` ou `"v"`.
        readers: pares (camada, cabeça) de um bloco só.

    Retorna:
        A parte da resposta que volta em cada par.

    Erros:
        ValueError: se uma cabeça, a porta ou a posição não existir, ou um par tiver diferença
            pequena demais.
    """
    require_path(model, writers, door, readers)
    high, low = differences(model, pairs)
    at = _positions(pairs, positions)
    written = write_difference(model, pairs, writers)[torch.arange(len(at)), at]
    layer = readers[0][0]
    _, cache = run_with_cache(model, pairs.corrupted, f"blocks.{layer}.hook_resid_pre")
    stream = cache[f"blocks.{layer}.hook_resid_pre"]
    edits = door_edits(model, stream, written, at, door, readers)
    patched = logit_diff(run_with_edits(model, pairs.corrupted, edits), pairs)
    return (patched - low) / (high - low)


@torch.no_grad()
def write_difference(
    model: Decoder, pairs: TextPairs, writers: Sequence[Head]
) -> Float[Tensor, "pair pos d_model"]:
    """Soma o que as cabeças escrevem a mais no limpo que no corrompido."""
    require_head_list(model, writers)
    names = sorted({f"blocks.{layer}.attn.hook_z" for layer, _ in writers})
    _, clean = run_with_cache(model, pairs.clean, names)
    _, corrupted = run_with_cache(model, pairs.corrupted, names)
    total = 0
    for layer, head in writers:
        name = f"blocks.{layer}.attn.hook_z"
        z = clean[name][:, :, head] - corrupted[name][:, :, head]
        total = total + z @ model.blocks[layer].attn.W_O[head]
    return total


def door_edits(
    model: Decoder,
    stream: Float[Tensor, "pair pos d_model"],
    written: Float[Tensor, "pair d_model"],
    at: Int[Tensor, " pair"],
    door: str,
    readers: Sequence[Head],
) -> dict[str, Callable[[Tensor], Tensor]]:
    """Faz a troca que põe um vetor diante de uma porta, pronta para `run_with_edits`.

    Parâmetros:
        stream: o fluxo que entra no bloco de `readers`, sem o vetor.
        written: o que se soma ao fluxo, um vetor por par.
        at: em que posição.
    """
    layer, heads = readers[0][0], torch.tensor([head for _, head in readers])
    rows = torch.arange(len(at))
    new = through_door(model.blocks[layer], stream, written, at, door)[:, heads]

    def edit(value):
        value = value.clone()
        value[rows[:, None], at[:, None], heads] = new
        return value

    return {f"blocks.{layer}.attn.hook_{door}": edit}


def through_door(
    block: Block,
    stream: Float[Tensor, "pair pos d_model"],
    written: Float[Tensor, "pair d_model"],
    at: Int[Tensor, " pair"],
    door: str,
) -> Float[Tensor, "pair head d_head"]:
    """Calcula a key, a query ou o valor de uma posição com um vetor somado ao fluxo."""
    read = block.ln1((stream[torch.arange(len(at)), at] + written)[:, None])[:, 0]
    weight, bias = (getattr(block.attn, f"{part}_{door.upper()}") for part in "Wb")
    return torch.einsum("pm,hmd->phd", read, weight) + bias


def require_path(
    model: Decoder, writers: Sequence[Head], door: str, readers: Sequence[Head]
) -> None:
    """Recusa um caminho que não existe no decoder.

    Erros:
        ValueError: se faltar cabeça, uma não existir, a porta for outra, as leitoras não forem do
            mesmo bloco ou uma escritora não vier antes delas.
    """
    if door not in DOORS:
        raise ValueError(f"door={door!r} não existe; as portas são {', '.join(DOORS)}")
    for name, heads in (("writers", writers), ("readers", readers)):
        if not heads:
            raise ValueError(f"{name} está vazia; passe ao menos um par (camada, cabeça)")
        require_head_list(model, heads)
    layers = sorted({layer for layer, _ in readers})
    if len(layers) > 1:
        raise ValueError(
            f"readers tem cabeças dos blocos {layers}; o caminho chega a um bloco de cada vez"
        )
    late = [head for head in writers if head[0] >= layers[0]]
    if late:
        raise ValueError(
            f"a cabeça {late[0]} não vem antes do bloco {layers[0]}, que a leria; writers são "
            "cabeças de blocos anteriores"
        )


def _measured(model, pair, names, size, rows):
    """Roda, lugar por lugar, um lote com um remendo em cada linha."""
    if len(pair.clean) != 1:
        raise ValueError(f"chegaram {len(pair.clean)} pares; o mapa é de um par só")
    high, low = differences(model, pair)
    _, cache = run_with_cache(model, pair.clean, names)
    tokens = pair.corrupted.expand(size, -1)
    patched = [
        logit_diff(run_with_edits(model, tokens, rows(name, cache[name])), pair) for name in names
    ]
    return (torch.stack(patched) - low) / (high - low)


def _positions(pairs, positions):
    at = torch.as_tensor(positions).expand(len(pairs.clean))
    if at.min() < 0 or (at > pairs.ends).any():
        raise ValueError(
            f"não há a posição {int(at.min() if at.min() < 0 else at.max())} em todos os textos; "
            f"elas vão de 0 a {int(pairs.ends.min())} no mais curto"
        )
    return at


def _require_comparable(tokenizer, one, other):
    pieces = [[tokenizer.decode([token]) for token in ids] for ids in (one, other)]
    first = next(
        (here for here in zip_longest(*pieces, fillvalue="nada") if here[0] != here[1]), None
    )
    if first is None:
        raise ValueError("o texto limpo e o corrompido são iguais; mude o papel das pessoas num")
    if len(one) != len(other):
        raise ValueError(
            f"o texto limpo tem {len(one)} tokens e o corrompido, {len(other)} (o primeiro que "
            f"difere: {first[0]!r} e {first[1]!r}); com comprimentos diferentes, a mesma posição é "
            "outra palavra: escolha palavras de tantos tokens quantos"
        )


def _answer(tokenizer, name):
    ids = tokenizer.encode(" " + name)
    if len(ids) != 1:
        raise ValueError(
            f"a resposta {name!r} tem {len(ids)} tokens; a diferença de logits pede um token só, "
            "como um nome da gramática"
        )
    return ids[0]
