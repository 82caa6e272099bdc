"""Exercício 07.decoder: dos ids aos logits, com blocos prontos."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_ROW = Form("sequence", (Form("number"),), label="uma linha de logits")
_LOGITS = Form("sequence", (_ROW,), label="uma linha de logits por posição")


def _decoder(tokens, W_E, W_pos, blocks, ln_final):
    """Devolve os logits [pos, d_vocab] do próximo token em cada posição."""
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def _no_positions(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, 0 * W_pos, blocks, ln_final)


def _whole_table(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos
    for block in blocks:
        x = block(x)
    return ln_final(x) @ W_E.T


def _same_position(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos[:1].expand(len(tokens), -1), blocks, ln_final)


def _position_by_id(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos[tokens], blocks, ln_final)


def _no_final_norm(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, lambda x: x)


def _norm_in_every_block(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = ln_final(block(x))
    return x @ W_E.T


def _backwards(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[::-1], ln_final)


def _only_the_first(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[:1], ln_final)


def _only_the_last(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks[-1:], ln_final)


def _sums_again(tokens, W_E, W_pos, blocks, ln_final):
    again = [lambda x, block=block: x + block(x) for block in blocks]
    return _decoder(tokens, W_E, W_pos, again, ln_final)


def _last_row(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, ln_final)[-1:]


def _probabilities(tokens, W_E, W_pos, blocks, ln_final):
    return _decoder(tokens, W_E, W_pos, blocks, ln_final).softmax(-1)


def _stream(tokens, W_E, W_pos, blocks, ln_final):
    x = W_E[tokens] + W_pos[: len(tokens)]
    for block in blocks:
        x = block(x)
    return ln_final(x)


def _block(d_model: int, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    W = torch.randn(d_model, d_model, generator=generator, dtype=torch.float64)

    def block(x: Tensor) -> Tensor:  # cada posição lê a média das que já vieram, e soma
        seen = x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None]
        return x + torch.tanh(seen @ W)

    return block


def _norm(d_model: int, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
    w = 1 + torch.rand(d_model, generator=generator, dtype=torch.float64)

    def ln_final(x: Tensor) -> Tensor:
        centered = x - x.mean(-1, keepdim=True)
        return centered / (centered.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * w

    return ln_final


def _unchanged(x: Tensor) -> Tensor:
    return x


def _cases() -> tuple[Case, ...]:
    W_E = torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    W_pos = torch.tensor([[3.0, 0.0], [0.0, 5.0]], dtype=torch.float64)
    small = (torch.tensor([1]), W_E, W_pos, [], _unchanged)
    shown = "tokens=[1], W_E=[[1, 0], [0, 2]], W_pos=[[3, 0], [0, 5]], blocks=[], ln_final=nada"
    cases = [Case(small, shown)]
    for seed in range(16):
        n_pos, d_model, depth = 1 + seed % 4, 2 + seed % 3, (2, 1, 3, 4, 0)[seed % 5]
        d_vocab = n_ctx = 5 + seed % 3
        generator = torch.Generator().manual_seed(300 + seed)
        tables = torch.randn(2, d_vocab, d_model, generator=generator, dtype=torch.float64)
        tokens = torch.randint(d_vocab, (n_pos,), generator=generator)
        blocks = [_block(d_model, generator) for _ in range(depth)]
        args = (tokens, tables[0], tables[1], blocks, _norm(d_model, generator))
        shown = f"tokens={tokens.tolist()}, n_ctx={n_ctx}, d_model={d_model}, {depth} blocos"
        cases.append(Case(args, shown))
    return tuple(cases)


DECODER = Exercise(
    id="07.decoder",
    title="dos ids aos logits",
    difficulty=3,
    importance=5,
    minutes=(8, 12),
    statement="""
Escreva `my_decoder(tokens, W_E, W_pos, blocks, ln_final)`. Entram:

- `tokens`: os ids de um texto, num tensor;
- `W_E`: a tabela `[d_vocab, d_model]`;
- `W_pos`: a tabela das posições, com uma linha para cada posição que **pode** existir;
- `blocks`: uma lista de funções; cada uma recebe o fluxo `[pos, d_model]` e o devolve já somado;
- `ln_final`: a norma final, outra função.

Devolva os logits, `[pos, d_vocab]`. A saída é amarrada: `W_U` é `W_E` transposta, `W_E.T`.
""",
    done_when="Quatro passos: duas tabelas somadas, os blocos em ordem, a norma final e `W_U`.",
    hints=(
        Hint("uma pergunta", "De `W_pos`, quantas linhas servem a um texto de 3 tokens? Quais?"),
        Hint(
            "o plano",
            "1. O fluxo começa com uma linha de `W_E` por token, mais uma de `W_pos` por posição.\n"
            "2. Num laço, troque o fluxo pelo que cada bloco devolve.\n"
            "3. Passe o resultado por `ln_final` e multiplique por `W_E.T`.",
        ),
        Hint(
            "por que recebo um erro de formas na soma?",
            "`W_E[tokens]` pega as linhas dos ids, na ordem. `W_pos[:n]` pega as primeiras `n`, e "
            "`n` é quantos tokens o texto tem.",
        ),
        Hint(
            "a saída esperada",
            "Com `tokens=[1]`, `W_E=[[1, 0], [0, 2]]`, `W_pos=[[3, 0], [0, 5]]`, nenhum bloco e "
            "uma norma que não muda nada, o fluxo é `[3, 2]` e os logits são `[[3, 4]]`.",
        ),
    ),
    name="my_decoder",
    stub='''
def my_decoder(tokens, W_E, W_pos, blocks, ln_final):
    """Devolve os logits [pos, d_vocab] do próximo token em cada posição."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_decoder,
    form=_LOGITS,
    make_cases=_cases,
    tolerance=1e-5,
    wrong=(
        KnownWrong(
            "sem_posicoes",
            _no_positions,
            "Seu resultado é igual ao de quem **não soma as posições**. O modelo até roda, mas só "
            "a máscara lhe diria alguma coisa da ordem. Some `W_pos` antes do primeiro bloco.",
        ),
        KnownWrong(
            "tabela_inteira",
            _whole_table,
            "Seu resultado é igual ao de quem soma **a tabela inteira das posições**. Ela tem uma "
            "linha para cada posição possível, e o texto costuma ser mais curto. Corte-a: "
            "`W_pos[:n]`.",
        ),
        KnownWrong(
            "sempre_a_posicao_zero",
            _same_position,
            "Seu resultado é igual ao de quem soma **a linha 0 de `W_pos`** a todos os tokens. "
            "Cada posição tem a sua linha. Pegue as primeiras: `W_pos[:n]`.",
        ),
        KnownWrong(
            "posicao_pelo_id",
            _position_by_id,
            "Seu resultado é igual ao de quem busca em `W_pos` **pelo id do token**. Quem escolhe "
            "a linha de `W_pos` é o lugar no texto: 0, 1, 2… O id só serve para `W_E`.",
        ),
        KnownWrong(
            "sem_norma_final",
            _no_final_norm,
            "Seu resultado é igual ao de quem esquece a **norma final**. As outras normas ficam "
            "na entrada das partes: o que sai do último bloco não passou por nenhuma. Use "
            "`ln_final`.",
        ),
        KnownWrong(
            "norma_em_cada_bloco",
            _norm_in_every_block,
            "Seu resultado é igual ao de quem põe a norma final **dentro do laço**. Os blocos já "
            "trazem as suas normas; esta vem uma vez, depois de todos. Tire-a do laço.",
        ),
        KnownWrong(
            "de_tras_para_a_frente",
            _backwards,
            "Seu resultado é igual ao de quem passa pelos blocos **do último ao primeiro**. Cada "
            "um aprendeu a ler o que os anteriores escreveram. Siga a ordem da lista.",
        ),
        KnownWrong(
            "so_o_primeiro_bloco",
            _only_the_first,
            "Seu resultado é igual ao de quem usa **só o primeiro bloco**. Veja se há um `return` "
            "dentro do laço. A norma final e `W_U` vêm depois que ele acaba.",
        ),
        KnownWrong(
            "todos_leem_a_entrada",
            _only_the_last,
            "Seu resultado é igual ao de quem dá **a mesma entrada a todos os blocos**: só o "
            "último conta. O fluxo que sai de um entra no seguinte. Use a mesma variável: "
            "`x = block(x)`.",
        ),
        KnownWrong(
            "soma_de_novo",
            _sums_again,
            "Seu resultado é igual ao de quem **soma o fluxo outra vez** fora do bloco. As somas "
            "estão dentro dele: o que ele devolve já é o fluxo. Troque `x + block(x)` por "
            "`block(x)`.",
        ),
        KnownWrong(
            "so_a_ultima_posicao",
            _last_row,
            "Seu resultado é igual ao de quem devolve **só a última linha**. Para gerar, é ela que "
            "se usa; mas o decoder aposta em cada posição. Devolva todas as linhas.",
        ),
        KnownWrong(
            "probabilidades",
            _probabilities,
            "Seu resultado é igual ao de quem já aplica o **softmax**. Ele vem depois, fora do "
            "decoder. Devolva os logits, que podem ser negativos.",
        ),
        KnownWrong(
            "sem_unembedding",
            _stream,
            "Seu resultado é igual ao de quem **para na norma final**. Isso ainda é o fluxo, com "
            "`d_model` números por posição. Multiplique por `W_E.T`, que dá um por token.",
        ),
    ),
)
