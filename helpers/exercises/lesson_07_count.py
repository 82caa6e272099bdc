"""Exercícios 07.parametros e 07.macs: a conta do tamanho e a conta do trabalho."""

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong


def _count(d_vocab: int, n_ctx: int, d_model: int, n_layers: int) -> int:
    """Conta os parâmetros de um GPT-2 de saída amarrada, com MLP de largura 4 · d_model."""
    d = d_model
    attention = 4 * d * d + 4 * d
    mlp = 8 * d * d + 5 * d
    norm = 2 * d
    tables = (d_vocab + n_ctx) * d
    return tables + n_layers * (attention + mlp + 2 * norm) + norm


def _macs(n_pos: int, d_vocab: int, d_model: int, n_layers: int) -> int:
    """Conta os MACs de uma leitura de n_pos tokens, sem cache e sem descontar a máscara."""
    matrices = 12 * d_model**2 * n_pos
    scores_and_means = 2 * n_pos**2 * d_model
    return n_layers * (matrices + scores_and_means) + n_pos * d_model * d_vocab


_COUNT_CASES = (
    (50257, 1024, 768, 12),
    (260, 16, 8, 1),
    (7, 3, 1, 1),
    (10, 5, 2, 0),
    (100, 10, 4, 3),
    (50257, 1024, 1024, 24),
    (50257, 1024, 1600, 48),
    (768, 256, 128, 3),
    (97, 32, 24, 3),
    (1000, 64, 16, 2),
    (512, 1, 6, 5),
    (33, 44, 55, 6),
    (2, 2, 3, 7),
    (11, 128, 10, 2),
    (65, 256, 384, 6),
)
_MACS_CASES = (
    (10, 260, 8, 1),
    (1024, 50257, 768, 12),
    (1, 50257, 768, 12),
    (2, 7, 1, 1),
    (3, 10, 2, 0),
    (16, 97, 24, 3),
    (128, 768, 128, 3),
    (512, 50257, 1024, 24),
    (5, 100, 4, 3),
    (64, 1000, 16, 2),
    (7, 33, 55, 6),
    (2048, 50257, 1600, 48),
    (4, 2, 3, 7),
    (9, 11, 10, 2),
    (256, 65, 384, 6),
)


def _cases(rows: tuple, names: tuple[str, ...]) -> tuple[Case, ...]:
    shown = (", ".join(f"{n}={v}" for n, v in zip(names, row, strict=True)) for row in rows)
    return tuple(Case(row, text) for row, text in zip(rows, shown, strict=True))


COUNT = Exercise(
    id="07.parametros",
    title="quantos números cabem no modelo",
    difficulty=3,
    importance=4,
    minutes=(8, 12),
    statement="""
Escreva `my_parameter_count(d_vocab, n_ctx, d_model, n_layers)`: o total de parâmetros de um GPT-2,
com a saída **amarrada** à entrada e o MLP de largura `4 * d_model`. Com `d = d_model`, conte

- as duas tabelas: uma linha por token e uma por posição;
- em cada bloco: a atenção (quatro matrizes `d × d` e quatro vieses), o MLP (duas matrizes e dois
  vieses) e duas normas (`w` e `b` em cada uma);
- a norma final.
""",
    done_when="O GPT-2 pequeno dá 124 439 808, o número que a contagem de verdade dá.",
    hints=(
        Hint("uma pergunta", "Que tamanho têm os dois vieses do MLP? Não são iguais."),
        Hint(
            "o plano",
            "1. Atenção: `4 * d * d` de matrizes e `4 * d` de vieses.\n"
            "2. MLP: duas matrizes de `d` por `4 * d`; um viés tem `4 * d` números, o outro `d`.\n"
            "3. Norma: `2 * d`.\n"
            "4. Some as partes do bloco, multiplique por `n_layers`, some tabelas e norma final.",
        ),
        Hint(
            "por que sobra muito, quase 40 milhões?",
            "A saída amarrada usa a tabela de entrada, transposta. Ela não se conta duas vezes.",
        ),
        Hint("a saída esperada", "`my_parameter_count(260, 16, 8, 1)` dá 3096."),
    ),
    name="my_parameter_count",
    stub='''
def my_parameter_count(d_vocab: int, n_ctx: int, d_model: int, n_layers: int) -> int:
    """Conta os parâmetros de um GPT-2 de saída amarrada, com MLP de largura 4 · d_model."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_count,
    form=Form("int"),
    make_cases=lambda: _cases(_COUNT_CASES, ("d_vocab", "n_ctx", "d_model", "n_layers")),
    wrong=(
        KnownWrong(
            "sem_vieses",
            lambda v, n, d, L: _count(v, n, d, L) - L * 9 * d,
            "Seu resultado é igual ao de quem **não conta os vieses**. São poucos, 9 vezes "
            "`d_model` por bloco, mas o GPT-2 os tem. Some quatro na atenção e dois no MLP.",
        ),
        KnownWrong(
            "so_matrizes",
            lambda v, n, d, L: (v + n) * d + 12 * L * d * d,
            "Seu resultado é igual ao de quem conta **só as matrizes**: `12 * d * d` por bloco. É "
            "a conta de cabeça que muita gente usa, e ela erra por pouco. Some os vieses e as "
            "normas.",
        ),
        KnownWrong(
            "sem_normas",
            lambda v, n, d, L: _count(v, n, d, L) - (2 * L + 1) * 2 * d,
            "Seu resultado é igual ao de quem **não conta as normas**. Cada LayerNorm tem `w` e "
            "`b`, aprendidos como o resto. São duas por bloco e uma no fim.",
        ),
        KnownWrong(
            "sem_norma_final",
            lambda v, n, d, L: _count(v, n, d, L) - 2 * d,
            "Seu resultado é igual ao de quem esquece a **norma final**. Ela vem depois do último "
            "bloco, antes do unembedding. Faltam `2 * d`.",
        ),
        KnownWrong(
            "conta_a_saida",
            lambda v, n, d, L: _count(v, n, d, L) + v * d,
            "Seu resultado é igual ao de quem conta **a saída à parte**. Amarrada, ela é a tabela "
            "de entrada vista de lado: os mesmos números. Tire `d_vocab * d`.",
        ),
        KnownWrong(
            "sem_posicoes",
            lambda v, n, d, L: _count(v, n, d, L) - n * d,
            "Seu resultado é igual ao de quem esquece **a tabela de posições**. O GPT-2 aprende "
            "uma linha por posição. Some `n_ctx * d`.",
        ),
        KnownWrong(
            "mlp_estreito",
            lambda v, n, d, L: _count(v, n, d, L) - L * (6 * d * d + 3 * d),
            "Seu resultado é igual ao de quem faz o MLP **sem alargar**, de `d` para `d`. A "
            "largura de dentro é quatro vezes a do fluxo. Cada matriz tem `4 * d * d` números.",
        ),
        KnownWrong(
            "sem_W_O",
            lambda v, n, d, L: _count(v, n, d, L) - L * (d * d + d),
            "Seu resultado é igual ao de quem conta só **três matrizes** na atenção. Depois de "
            "Q, K e V ainda há a projeção de saída. Some `W_O` e o viés dela.",
        ),
        KnownWrong(
            "vieses_iguais",
            lambda v, n, d, L: _count(v, n, d, L) - L * 3 * d,
            "Seu resultado é igual ao de quem dá **`d` números a cada viés do MLP**. O viés tem a "
            "largura da saída da sua camada. O primeiro tem `4 * d`.",
        ),
    ),
)

MACS = Exercise(
    id="07.macs",
    title="quantas multiplicações por leitura (extra)",
    difficulty=3,
    importance=3,
    minutes=(10, 15),
    statement="""
Um **MAC** é uma multiplicação e uma soma. Um produto de formas `[a, b]` e `[b, c]` gasta
`a * b * c` deles.

Escreva `my_mac_count(n_pos, d_vocab, d_model, n_layers)`: os MACs de uma leitura de `n_pos` tokens
por um GPT-2. Conte as matrizes de cada bloco (quatro `d × d` na atenção, duas de `d × 4d` no MLP),
os scores, as médias dos valores e o unembedding. Não desconte a máscara; vieses, normas, softmax e
a consulta à tabela ficam de fora.
""",
    done_when="Tudo cresce em linha reta com `n_pos`, menos uma parcela: ela vai ao quadrado.",
    hints=(
        Hint("uma pergunta", "Que formas se multiplicam em `q @ k.T`? E em `pattern @ v`?"),
        Hint(
            "o plano",
            "1. Matrizes do bloco: `12 * d * d` por token.\n"
            "2. Scores: `n_pos` por `d` por `n_pos`, com as cabeças juntas. As médias, igual.\n"
            "3. Unembedding: `n_pos` por `d` por `d_vocab`, uma vez só.",
        ),
        Hint(
            "por que o número de cabeças não aparece?",
            "São `n_heads` produtos de largura `d / n_heads`: o número de cabeças se cancela.",
        ),
        Hint("a saída esperada", "`my_mac_count(10, 260, 8, 1)` dá 30080."),
    ),
    name="my_mac_count",
    stub='''
def my_mac_count(n_pos: int, d_vocab: int, d_model: int, n_layers: int) -> int:
    """Conta os MACs de uma leitura de n_pos tokens, sem cache e sem descontar a máscara."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_macs,
    form=Form("int"),
    make_cases=lambda: _cases(_MACS_CASES, ("n_pos", "d_vocab", "d_model", "n_layers")),
    wrong=(
        KnownWrong(
            "flops",
            lambda n, v, d, L: 2 * _macs(n, v, d, L),
            "Seu resultado é igual ao de quem conta **FLOPs**: multiplicação e soma separadas. "
            "Muitos artigos contam assim, e por isso convém sempre dizer a unidade. Aqui as duas "
            "juntas valem um.",
        ),
        KnownWrong(
            "sem_quadrado",
            lambda n, v, d, L: _macs(n, v, d, L) - L * 2 * n * n * d,
            "Seu resultado é igual ao de quem esquece **scores e médias**. Eles não têm pesos, e "
            "por isso não aparecem na conta dos parâmetros, mas dão trabalho. Some `2 * n_pos**2 "
            "* d` por bloco.",
        ),
        KnownWrong(
            "so_os_scores",
            lambda n, v, d, L: _macs(n, v, d, L) - L * n * n * d,
            "Seu resultado é igual ao de quem conta **um só dos dois** produtos de `n_pos` por "
            "`n_pos`, ou desconta metade pela máscara. Há um para os scores e outro para as "
            "médias. Aqui a máscara não se desconta.",
        ),
        KnownWrong(
            "desconta_a_mascara",
            lambda n, v, d, L: _macs(n, v, d, L) - L * n * (n - 1) * d,
            "Seu resultado é igual ao de quem **desconta o que a máscara esconde**. É uma conta "
            "honesta, mas não a que se pediu: o produto de matrizes calcula a tabela inteira. Some "
            "`2 * n_pos**2 * d` por bloco.",
        ),
        KnownWrong(
            "sem_saida",
            lambda n, v, d, L: _macs(n, v, d, L) - n * d * v,
            "Seu resultado é igual ao de quem esquece o **unembedding**. Amarrado ou não, ele é "
            "um produto com a tabela inteira. Some `n_pos * d * d_vocab`.",
        ),
        KnownWrong(
            "saida_por_camada",
            lambda n, v, d, L: _macs(n, v, d, L) + (L - 1) * n * d * v,
            "Seu resultado é igual ao de quem põe o unembedding **dentro de cada bloco**. Ele "
            "acontece uma vez, no fim. Tire-o dos parênteses.",
        ),
        KnownWrong(
            "entrada_como_produto",
            lambda n, v, d, L: _macs(n, v, d, L) + n * d * v,
            "Seu resultado é igual ao de quem conta o embedding **como produto** de um one-hot. "
            "Na lição 02 você viu que basta ler uma linha. Consulta não gasta MACs.",
        ),
        KnownWrong(
            "um_token",
            lambda n, v, d, L: _macs(1, v, d, L),
            "Seu resultado é igual ao de quem conta **um token só**. Cada posição passa pelas "
            "mesmas matrizes. Multiplique por `n_pos`.",
        ),
        KnownWrong(
            "sem_W_O",
            lambda n, v, d, L: _macs(n, v, d, L) - L * n * d * d,
            "Seu resultado é igual ao de quem esquece **W_O**. Depois da média, as cabeças juntas "
            "passam por mais uma matriz `d` por `d`. São 12, e não 11.",
        ),
    ),
)
