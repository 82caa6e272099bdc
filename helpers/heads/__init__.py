"""O que uma cabeça faz: para onde olha, o que escreve e o que se perde sem ela.

    pesos α_ij ──► notas, acerto em relações      olhar: uma pista, não uma prova
    α_ij v_j W_O ─► contribuições, logit           escrever: quanto do que se vê chega à saída
    z := 0 ──────► ablação                         causar: o que muda quando a cabeça sai
    z, fluxo := os de outro texto ─► remendo       causar: por onde a resposta passa

Toda nota vem com o acaso ao lado, medido do mesmo modo: a atenção uniforme, o que só a posição
explica e os mesmos pesos fora de ordem. Camadas, cabeças e posições são contadas de 0; perdas e
entropias, em nats.
"""

from helpers.heads.ablation import (
    AblationTable,
    LossChange,
    ablate,
    ablate_all,
    ablation_edits,
    mean_z,
    token_losses,
)
from helpers.heads.alignment import WHERE, TokenRelation, beyond_offset, token_relations
from helpers.heads.attribution import (
    Attribution,
    contribution_norms,
    contributions,
    head_writes,
    logit_attribution,
    logit_lens,
)
from helpers.heads.estimate import Estimate, mean_by_text
from helpers.heads.hits import RelationHits, model_relation_hits, relation_hits
from helpers.heads.patching import (
    DOORS,
    TextPairs,
    differences,
    head_map,
    logit_diff,
    patch,
    patching_map,
    path_patch,
    stream_places,
    text_pairs,
)
from helpers.heads.patterns import (
    attention_patterns,
    attention_rollout,
    position_only,
    shuffled_weights,
    uniform_pattern,
)
from helpers.heads.scores import (
    HeadScore,
    attention_distance,
    attention_entropy,
    duplicate_token_score,
    first_token_score,
    head_scores,
    induction_score,
    previous_token_score,
    repeated_random_tokens,
)
