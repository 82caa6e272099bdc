"""O que uma cabeça faz: para onde olha, o que escreve e o que se perde sem ela.

    pesos α_ij ──► notas, acerto em relações      olhar: uma pista, não uma prova
    α_ij v_j W_O ─► contribuições, logit           escrever: quanto do que se vê chega à saída
    z := 0 ──────► ablação                         causar: o que muda quando a cabeça sai

Toda nota vem com o acaso ao lado, medido do mesmo modo: a atenção uniforme, o que só a posição
explica e os mesmos pesos fora de ordem. Cada parte, com a equação e a fonte, está em
`helpers/_heads/`; camadas, cabeças e posições são contadas de 0; perdas e entropias, em nats.
"""

from helpers._heads.ablation import (
    AblationTable,
    LossChange,
    ablate,
    ablate_all,
    ablation_edits,
    mean_z,
    token_losses,
)
from helpers._heads.attribution import Attribution, logit_attribution, logit_lens
from helpers._heads.estimate import Estimate, mean_by_text
from helpers._heads.hits import RelationHits, model_relation_hits, relation_hits
from helpers._heads.patterns import (
    attention_patterns,
    attention_rollout,
    position_only,
    shuffled_weights,
    uniform_pattern,
)
from helpers._heads.relations import WHERE, TokenRelation, beyond_offset, token_relations
from helpers._heads.scores import (
    HeadScore,
    attention_distance,
    attention_entropy,
    duplicate_token_score,
    first_token_score,
    head_scores,
    induction_score,
    previous_token_score,
)
from helpers._heads.sequences import repeated_random_tokens
from helpers._heads.writes import (
    contribution_norms,
    contributions,
    head_writes,
)

__all__ = [
    "WHERE",
    "AblationTable",
    "Attribution",
    "Estimate",
    "HeadScore",
    "LossChange",
    "RelationHits",
    "TokenRelation",
    "ablate",
    "ablate_all",
    "ablation_edits",
    "attention_distance",
    "attention_entropy",
    "attention_patterns",
    "attention_rollout",
    "beyond_offset",
    "contribution_norms",
    "contributions",
    "duplicate_token_score",
    "first_token_score",
    "head_scores",
    "head_writes",
    "induction_score",
    "logit_attribution",
    "logit_lens",
    "mean_by_text",
    "mean_z",
    "model_relation_hits",
    "position_only",
    "previous_token_score",
    "relation_hits",
    "repeated_random_tokens",
    "shuffled_weights",
    "token_losses",
    "token_relations",
    "uniform_pattern",
]
