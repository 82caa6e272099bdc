"""Com que frequência uma cabeça olha para onde a relação manda, e o que explicaria isso sem ela.

    acerto = 1 se argmax_j α_ij está no alvo (em empate, a fração);  peso = Σ_{j ∈ alvo} α_ij

Um acerto só quer dizer algo ao lado do que se acertaria sem ler o texto. As referências:

    `offset`    o melhor deslocamento fixo ("3 tokens atrás"), escolhido nestes mesmos casos
    `place`     a melhor posição fixa ("o token 0"), escolhida nestes mesmos casos
    `position`  a própria cabeça, com os pesos médios dela, na mesma posição, nos outros textos
    `shuffled`  a própria cabeça, com o alvo à distância em que ele está em outro caso do mesmo tipo
    `uniform`   olhar igualmente para tudo o que já se leu
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.decoder import Decoder
from helpers.heads.alignment import TokenRelation, require_relations
from helpers.heads.estimate import Estimate, mean_by_text
from helpers.heads.inputs import (
    pad,
    require_causal,
    require_heads,
    require_patterns,
    require_two_texts,
)
from helpers.heads.patterns import attention_patterns


@dataclass(frozen=True)
class RelationHits:
    """O que cada cabeça faz com um tipo de relação, ao lado das referências.

    Parâmetros:
        n_relations: quantos casos.
        n_texts: em quantos textos; o erro-padrão vem da diferença entre eles.
        hits: parte dos casos em que o maior peso cai no alvo, de 0 a 1.
        weight: peso médio que cai no alvo, de 0 a 1.
        hit_baselines: nome da referência → acerto dela.
        weight_baselines: nome da referência → peso dela (`position`, `shuffled`, `uniform`).
        advantage: acerto menos o da referência mais forte de cada cabeça, caso a caso.
    """

    kind: str
    n_relations: int
    n_texts: int
    hits: Estimate
    weight: Estimate
    hit_baselines: dict[str, Float[Tensor, "layer head"]]
    weight_baselines: dict[str, Float[Tensor, "layer head"]]
    advantage: Estimate


def relation_hits(
    patterns: Float[Tensor, "layer batch head query key"],
    relations: Sequence[TokenRelation],
    lengths: Sequence[int] | None = None,
) -> dict[str, RelationHits]:
    """Devolve, por tipo de relação, o acerto e o peso de cada cabeça, com as referências.

    Parâmetros:
        patterns: pesos causais de pelo menos 2 textos.
        relations: relações em tokens; `text` é o lugar do texto no lote.
        lengths: quantos tokens de cada texto valem, quando há enchimento; sem valor, todos.

    Erros:
        TypeError: se os pesos não forem um tensor de reais.
        ValueError: se não forem padrões de atenção, houver um texto só ou uma relação não couber.
    """
    require_patterns(patterns)
    n_texts, n_pos = patterns.shape[1], patterns.shape[-1]
    lengths = [n_pos] * n_texts if lengths is None else list(lengths)
    if len(lengths) != n_texts or not all(1 <= length <= n_pos for length in lengths):
        raise ValueError(
            f"lengths={lengths} deve ter um comprimento, de 1 a {n_pos}, para cada um dos "
            f"{n_texts} textos"
        )
    return _hits([(0, patterns)], relations, lengths)


def model_relation_hits(
    model: Decoder,
    texts: Sequence[Sequence[int]],
    relations: Sequence[TokenRelation],
    batch_size: int = 16,
) -> dict[str, RelationHits]:
    """Faz a mesma conta de `relation_hits` lendo os textos aos poucos, sem guardar todos os pesos.

    Parâmetros:
        texts: pelo menos 2 textos em ids, de qualquer comprimento até `n_ctx`.
        relations: relações em tokens; `text` é o lugar do texto na lista.
        batch_size: quantos textos ler por vez; não muda o resultado.

    Erros:
        ValueError: se um texto não couber no decoder, houver um só ou uma relação não couber.
    """
    require_heads(model)
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size} deve ser pelo menos 1")

    def batches():
        for first in range(0, len(texts), batch_size):
            tokens, _ = pad(model, texts[first : first + batch_size])
            yield first, attention_patterns(model, tokens)

    return _hits(batches(), relations, [len(text) for text in texts])


@dataclass(frozen=True)
class _Cases:
    """Uma linha de pesos por caso: a do texto dele e a média das dos outros textos."""

    rows: Float[Tensor, "case layer head key"]
    elsewhere: Float[Tensor, "case layer head key"]
    targets: Float[Tensor, "case key"]
    queries: Int[Tensor, " case"]
    texts: Int[Tensor, " case"]

    def of_kind(self, chosen: list[int]) -> "_Cases":
        """Fica com alguns casos.

        Parâmetros:
            chosen: os números deles.
        """
        parts = (self.rows, self.elsewhere, self.targets, self.queries, self.texts)
        return _Cases(*(part[chosen] for part in parts))


def _hits(batches, relations, lengths) -> dict[str, RelationHits]:
    require_two_texts(len(lengths))
    require_relations(relations, lengths)
    cases = _collect(batches, relations, lengths)
    kinds: dict[str, list[int]] = {}
    for number, relation in enumerate(relations):
        kinds.setdefault(relation.kind, []).append(number)
    return {kind: _measure(kind, cases.of_kind(chosen)) for kind, chosen in kinds.items()}


def _collect(
    batches: Iterable[tuple[int, Tensor]], relations: Sequence[TokenRelation], lengths: list[int]
) -> _Cases:
    """Guarda só as linhas de onde alguma relação olha, e a soma dos pesos por posição."""
    width = max(lengths)
    rows, total = {}, 0
    real = torch.tensor(lengths)[:, None] > torch.arange(width)
    for first, patterns in batches:
        require_causal(patterns)
        n_pos = patterns.shape[-1]
        here = real[first : first + patterns.shape[1], :n_pos].double()
        one = torch.einsum("lbhqk,bq->lhqk", patterns.double(), here)[..., :width, :width]
        grow = (0, width - one.shape[-1], 0, width - one.shape[-2])
        total = total + torch.nn.functional.pad(one, grow)
        for number, relation in enumerate(relations):
            if first <= relation.text < first + patterns.shape[1]:
                row = patterns[:, relation.text - first, :, relation.query, :width].double()
                rows[number] = torch.nn.functional.pad(row, (0, width - row.shape[-1]))
    queries = torch.tensor([relation.query for relation in relations])
    targets = torch.zeros(len(relations), width, dtype=torch.double)
    for number, relation in enumerate(relations):
        targets[number, list(relation.keys)] = 1
    own = torch.stack([rows[number] for number in range(len(relations))])
    others = real.sum(0)[queries] - 1
    elsewhere = _mean_of_others(total[:, :, queries].permute(2, 0, 1, 3) - own, others, queries)
    texts = torch.tensor([relation.text for relation in relations])
    return _Cases(own, elsewhere, targets, queries, texts)


def _mean_of_others(sums, n_others, queries):
    """Divide pela quantidade de outros textos; onde não há nenhum, olha igual para tudo."""
    mean = sums.clamp(min=0) / n_others.clamp(min=1)[:, None, None, None]
    return torch.where(
        (n_others > 0)[:, None, None, None], mean, _uniform_rows(queries, mean.shape[-1])
    )


def _uniform_rows(queries: Tensor, width: int) -> Float[Tensor, "case 1 1 key"]:
    allowed = (torch.arange(width) <= queries[:, None]).double()
    return (allowed / allowed.sum(-1, keepdim=True))[:, None, None]


def _measure(kind: str, cases: _Cases) -> RelationHits:
    width = cases.targets.shape[-1]
    uniform = _uniform_rows(cases.queries, width).expand_as(cases.rows)
    distance = cases.queries[:, None] - torch.arange(width)
    at_distance = _by_distance(cases.targets, distance)
    moved = _by_distance(_target_elsewhere(at_distance, cases.queries), distance)
    hits, weight = _hit(cases.rows, cases.targets), _weight(cases.rows, cases.targets)
    shape = hits.shape
    baselines = {
        "offset": _best_column(at_distance).expand(shape),
        "place": _best_column(cases.targets).expand(shape),
        "position": _hit(cases.elsewhere, cases.targets),
        "shuffled": _hit(cases.rows, moved),
        "uniform": _weight(uniform, cases.targets),
    }
    weights = {
        "position": _weight(cases.elsewhere, cases.targets),
        "shuffled": _weight(cases.rows, moved),
        "uniform": baselines["uniform"],
    }
    return RelationHits(
        kind=kind,
        n_relations=len(hits),
        n_texts=len(cases.texts.unique()),
        hits=mean_by_text(hits, cases.texts),
        weight=mean_by_text(weight, cases.texts),
        hit_baselines={name: value.mean(0) for name, value in baselines.items()},
        weight_baselines={name: value.mean(0) for name, value in weights.items()},
        advantage=mean_by_text(hits - _strongest(baselines), cases.texts),
    )


def _hit(rows, targets) -> Float[Tensor, "case layer head"]:
    best = (rows == rows.amax(-1, keepdim=True)).double()
    return _weight(best / best.sum(-1, keepdim=True), targets)


def _weight(rows, targets) -> Float[Tensor, "case layer head"]:
    return torch.einsum("clhk,ck->clh", rows, targets)


def _by_distance(targets, distance):
    """Troca a coluna j pela coluna i - j, em cada linha; o que cai no futuro vira 0.

    Feita duas vezes, volta ao começo: leva posições a distâncias e distâncias a posições.
    """
    moved = targets.gather(1, distance.clamp(min=0))
    return moved.masked_fill(distance < 0, 0)


def _target_elsewhere(at_distance, queries):
    """Média dos alvos dos outros casos, em distância, entre os que caberiam em cada query.

    É o valor esperado de embaralhar os rótulos, sem sorteio. Sozinho no tipo, um caso fica com
    alvo nenhum.
    """
    width = at_distance.shape[-1]
    farthest = (at_distance * torch.arange(width)).amax(-1)
    fits = (farthest <= queries[:, None]).double().fill_diagonal_(0)
    return fits @ at_distance / fits.sum(-1, keepdim=True).clamp(min=1)


def _best_column(targets) -> Float[Tensor, "case 1 1"]:
    return targets[:, targets.mean(0).argmax()][:, None, None]


def _strongest(baselines) -> Float[Tensor, "case layer head"]:
    cases = torch.stack(list(baselines.values()))
    best = cases.mean(1).argmax(0)
    return cases.gather(0, best.expand(1, *cases.shape[1:]))[0]
