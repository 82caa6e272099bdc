"""O que se mede das cabeças do modelo do curso, em histórias, para a galeria e a ablação."""

import functools
import random

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.bpe import END, Tokenizer
from helpers.heads import (
    AblationTable,
    HeadScore,
    TokenRelation,
    ablate_all,
    head_scores,
    mean_z,
    token_relations,
)
from helpers.stories import Grammar
from helpers.studies.thread import Thread, load_thread

SEED = "lição 05"
N_STORIES = 24
N_TOKENS = 40  # começo de cada história; as mais curtas ficam de fora


@functools.cache
def course_thread() -> Thread:
    """Devolve o modelo do curso com a frase já lida; lê o disco uma vez só."""
    return load_thread()


def sample_stories(
    tokenizer: Tokenizer, n_stories: int = N_STORIES
) -> tuple[list[list[int]], list[TokenRelation]]:
    """Sorteia histórias da gramática e diz que relações há nelas, em tokens.

    Retorna:
        Os ids, cada história com a marca de começo, e as relações, olhadas de onde se prevê o
        trecho.
    """
    grammar, generator = Grammar.load(), random.Random(SEED)
    texts, relations = [], []
    for index in range(n_stories):
        text = grammar.sample(generator).text
        texts.append([tokenizer.special_tokens[END], *tokenizer.encode(text)])
        relations += token_relations(
            text, grammar.relations(text), tokenizer, index, where="predicting", start=1
        )
    return texts, relations


@functools.cache
def model_scores() -> dict[str, HeadScore]:
    """Devolve as notas das cabeças no começo das histórias, com as referências."""
    thread = course_thread()
    texts, _ = sample_stories(thread.tokenizer)
    tokens = torch.tensor([text[:N_TOKENS] for text in texts if len(text) >= N_TOKENS])
    return head_scores(thread.model, tokens, torch.Generator().manual_seed(5))


@functools.cache
def model_ablations() -> AblationTable:
    """Devolve quanto a perda muda, nas histórias, quando se tira cada cabeça."""
    thread = course_thread()
    texts, _ = sample_stories(thread.tokenizer)
    return ablate_all(thread.model, texts)


@functools.cache
def head_means() -> Float[Tensor, "layer head d_value"]:
    """Devolve o que cada cabeça lê em média nas histórias."""
    thread = course_thread()
    texts, _ = sample_stories(thread.tokenizer)
    return mean_z(thread.model, texts)
