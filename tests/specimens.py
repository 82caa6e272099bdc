"""Decoders com pesos postos à mão: o que cada cabeça faz está decidido antes de medir."""

from functools import partial

import torch

from helpers.block import Block
from helpers.config import DecoderConfig
from helpers.decoder import Decoder
from helpers.exercises.catalog import Exercise
from helpers.without import NoNorm, WritesNothing

D_VOCAB, N_CTX = 20, 24
SHARP = 300.0


def copier():
    """Faz um decoder de 2 camadas que copia: "… A B … A" → B.

    O fluxo tem três partes: o token, a posição e, escrita pela cabeça (0, 0), o token anterior. A
    cabeça (1, 1) procura a posição cujo token anterior é o atual, e soma aos logits o token de lá.
    As outras duas cabeças têm pesos nulos: olham igual para tudo e não escrevem nada.
    """
    d_model = 2 * D_VOCAB + N_CTX
    config = DecoderConfig(D_VOCAB, N_CTX, d_model, n_heads=2, n_layers=2)
    bare = partial(Block, ln=NoNorm, mlp=WritesNothing)
    decoder = Decoder(config, block=bare, ln_final=NoNorm)
    token, place, before = slice(0, 20), slice(20, 44), slice(44, 64)
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.zero_()
        decoder.embed.W_E[:, token] = torch.eye(D_VOCAB)
        decoder.pos_embed.W_pos[:, place] = torch.eye(N_CTX)
        first, second = (block.attn for block in decoder.blocks)
        # A query da posição i é o lugar i - 1; a key da posição j é o lugar j.
        first.W_Q[0, place, :N_CTX] = SHARP * torch.eye(N_CTX).roll(-1, dims=1)
        first.W_Q[0, 20, N_CTX - 1] = 0  # a posição 0 não tem anterior
        first.W_K[0, place, :N_CTX] = torch.eye(N_CTX)
        first.W_V[0, token, :D_VOCAB] = torch.eye(D_VOCAB)
        first.W_O[0, :D_VOCAB, before] = torch.eye(D_VOCAB)
        second.W_Q[1, token, :D_VOCAB] = SHARP * torch.eye(D_VOCAB)
        second.W_K[1, before, :D_VOCAB] = torch.eye(D_VOCAB)
        second.W_V[1, token, :D_VOCAB] = torch.eye(D_VOCAB)
        second.W_O[1, :D_VOCAB, token] = 20 * torch.eye(D_VOCAB)
    return decoder


def invented_exercise(solution, form, **more):
    """Um exercício que não está em lição nenhuma; sem enganos, se não se dão."""
    card = {
        "id": "99.teste",
        "title": "teste",
        "difficulty": 1,
        "importance": 1,
        "minutes": (1, 2),
        "statement": "",
        "done_when": "Pronto.",
        "hints": (),
        "name": "my_answer",
        "stub": "",
        "wrong": (),
    }
    return Exercise(solution=solution, form=form, **card | more)
