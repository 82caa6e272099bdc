"""Exercício 05.varias_cabecas: a atenção inteira, com um laço por cabeça."""

from math import sqrt

import torch
from torch import Tensor

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_STREAM = Form(
    "sequence",
    (Form("sequence", (Form("number"),), label="uma linha de números"),),
    label="uma tabela [pos, d_model]",
)


def _multi_head(x, W_Q, W_K, W_V, W_O):
    """Devolve o que a camada escreve em cada posição: a soma do que cada cabeça escreve."""
    n_pos = x.shape[0]
    future = x.new_ones(n_pos, n_pos).triu(1).bool()
    written = 0
    for head in range(W_Q.shape[0]):
        q, k, v = x @ W_Q[head], x @ W_K[head], x @ W_V[head]
        scores = q @ k.T / q.shape[-1] ** 0.5
        pattern = scores.masked_fill(future, float("-inf")).softmax(-1)
        written = written + pattern @ v @ W_O[head]
    return written


def _heads(x, W_Q, W_K, W_V, scale=None, mask="causal", axis=-1):
    """A saída de cada cabeça, com um defeito escolhido."""
    n_pos = x.shape[0]
    future = torch.ones(n_pos, n_pos).triu(1).bool()
    found = []
    for head in range(W_Q.shape[0]):
        q, k, v = x @ W_Q[head], x @ W_K[head], x @ W_V[head]
        scores = q @ k.T / (sqrt(q.shape[-1]) if scale is None else scale)
        if mask == "causal":
            scores = scores.masked_fill(future, -torch.inf)
        pattern = scores.softmax(axis)
        found.append((pattern.masked_fill(future, 0) if mask == "after" else pattern) @ v)
    return found


def _write(z, W_O):
    return sum(one @ out for one, out in zip(z, W_O, strict=True))


def _no_scale(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _write(_heads(x, W_Q, W_K, W_V, scale=1), W_O)


def _scale_by_model(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _write(_heads(x, W_Q, W_K, W_V, scale=sqrt(x.shape[-1])), W_O)


def _no_mask(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _write(_heads(x, W_Q, W_K, W_V, mask="none"), W_O)


def _mask_after(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _write(_heads(x, W_Q, W_K, W_V, mask="after"), W_O)


def _wrong_axis(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _write(_heads(x, W_Q, W_K, W_V, axis=0), W_O)


def _averages(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q, W_K, W_V, W_O) / len(W_Q)


def _last_head(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return _multi_head(x, W_Q[-1:], W_K[-1:], W_V[-1:], W_O[-1:])


def _no_output(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    return torch.cat(_heads(x, W_Q, W_K, W_V), dim=-1)


def _shuffled_concat(x: Tensor, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Tensor) -> Tensor:
    z = torch.stack(_heads(x, W_Q, W_K, W_V))
    return z.reshape(len(x), -1) @ W_O.flatten(0, 1)


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(505)
    cases = []
    sizes = [(3, 4, 2, 2), (4, 6, 3, 2), (2, 4, 1, 4), (5, 4, 2, 3), (1, 4, 2, 2)]
    sizes += [(n, 2 * d, h, d) for n in (2, 4) for h in (2, 3) for d in (2, 3, 4)]
    for n_pos, d_model, n_heads, d_head in sizes:
        read, write = (n_heads, d_model, d_head), (n_heads, d_head, d_model)
        shapes = [(n_pos, d_model), read, read, read, write]
        drawn = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]
        told = f"x {list(shapes[0])}, W_Q, W_K e W_V {list(read)}, W_O {list(write)}"
        cases.append(Case(tuple(drawn), told))
    return tuple(cases)


MULTI_HEAD = Exercise(
    id="05.varias_cabecas",
    title="a camada inteira, cabeça por cabeça",
    difficulty=4,
    importance=5,
    minutes=(15, 25),
    statement="""
Escreva `my_multi_head(x, W_Q, W_K, W_V, W_O)`, com um laço sobre as cabeças.

- `x` tem forma `[pos, d_model]`;
- `W_Q`, `W_K` e `W_V` têm forma `[head, d_model, d_head]`;
- `W_O` tem forma `[head, d_head, d_model]`: uma fatia por cabeça.

Cada cabeça faz o que você já fez na lição 04, com máscara causal e divisão por √d_head. Depois a
saída dela passa pela **sua** fatia de `W_O`. Devolva a soma do que todas escreveram, de forma
`[pos, d_model]`. Não há vieses.
""",
    done_when="A forma de saída é a de entrada, e trocar um token do futuro não muda o passado.",
    hints=(
        Hint(
            "uma pergunta",
            "O que já está pronto, se `n_heads` fosse 1? O que muda quando são duas?",
        ),
        Hint(
            "o plano",
            "1. Monte a máscara uma vez: `torch.ones(n, n).triu(1).bool()` é True no futuro.\n"
            "2. Para cada `head`: `q`, `k` e `v` são `x` vezes as matrizes dessa cabeça.\n"
            "3. `scores = q @ k.T / √d_head`; −∞ onde a máscara é True; softmax nas linhas.\n"
            "4. `pattern @ v` é a saída da cabeça; multiplique por `W_O[head]`.\n"
            "5. Some ao total.",
        ),
        Hint(
            "por que recebo NaN?",
            "Alguma linha ficou toda em −∞. A máscara esconde o futuro, e não a própria posição: "
            "use `triu(1)`, que começa acima da diagonal.",
        ),
        Hint(
            "a saída esperada",
            "Uma tabela do tamanho de `x`. Com uma posição só, o softmax dá 1, e o resultado é a "
            "soma de `x @ W_V[head] @ W_O[head]`.",
        ),
    ),
    name="my_multi_head",
    stub='''
def my_multi_head(x, W_Q, W_K, W_V, W_O):
    """Devolve o que a camada escreve em cada posição: a soma do que cada cabeça escreve."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_multi_head,
    form=_STREAM,
    tolerance=1e-4,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "sem_escala",
            _no_scale,
            "Seu resultado é igual ao de quem **não divide por √d_head**. Os scores ficam "
            "grandes demais e o softmax escolhe quase um alvo só. A divisão vem antes do softmax.",
        ),
        KnownWrong(
            "escala_do_modelo",
            _scale_by_model,
            "Seu resultado é igual ao de quem divide por **√d_model**. O produto escalar de uma "
            "cabeça soma `d_head` parcelas, e é esse número que entra na raiz: `q.shape[-1]`.",
        ),
        KnownWrong(
            "sem_mascara",
            _no_mask,
            "Seu resultado é igual ao de quem **esquece a máscara**: cada posição lê o futuro que "
            "o modelo terá de prever. Ponha −∞ acima da diagonal, antes do softmax.",
        ),
        KnownWrong(
            "mascara_depois",
            _mask_after,
            "Seu resultado é igual ao de quem **zera depois do softmax**. O futuro não é lido, mas "
            "ainda pesou no denominador, e as linhas já não somam 1. A máscara vem antes.",
        ),
        KnownWrong(
            "softmax_no_eixo_errado",
            _wrong_axis,
            "Seu resultado é igual ao de quem faz o softmax **nas colunas**. Quem reparte a "
            "atenção é a linha, a posição que pergunta. Use `softmax(-1)`.",
        ),
        KnownWrong(
            "media_das_cabecas",
            _averages,
            "Seu resultado é igual ao de quem faz a **média** das cabeças. Elas não votam: cada "
            "uma escreve o seu pedaço, e os pedaços se somam. Tire a divisão.",
        ),
        KnownWrong(
            "so_a_ultima",
            _last_head,
            "Seu resultado é igual ao de quem fica só com a **última cabeça**. Dentro do laço, o "
            "total é trocado em vez de acumulado: use `written = written + …`.",
        ),
        KnownWrong(
            "sem_w_o",
            _no_output,
            "Seu resultado é igual ao de quem **concatena e não projeta**. Quando "
            "`n_heads · d_head` é `d_model` a forma até coincide, e o engano se esconde. Falta "
            "passar cada saída pela sua fatia de `W_O`.",
        ),
        KnownWrong(
            "concatenacao_embaralhada",
            _shuffled_concat,
            "Seu resultado é igual ao de quem junta as cabeças com `reshape` **sem `transpose`**: "
            "a forma fecha e os números se misturam. Some `z[head] @ W_O[head]`, e não há o que "
            "embaralhar.",
        ),
    ),
)
