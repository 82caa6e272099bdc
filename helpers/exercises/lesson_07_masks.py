"""Exercícios 07.mascaras e 07.cattn: quem pode ler quem, e como o GPT-2 guarda q, k e v."""

import torch

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_ROWS = Form("sequence", (Form("sequence", (Form("int"),), label="uma linha"),), label="linhas")
_HEADS = Form(
    "sequence",
    (Form("sequence", (Form("sequence", (Form("number"),), label="uma linha"),)),),
    label="uma matriz por cabeça",
)
Rows = list[list[int]]


def _mask(kind, n_query, n_key):
    """Devolve, em linhas de 1 e 0, quem cada pergunta pode ler."""
    if kind == "decoder":
        return [[int(key <= query) for key in range(n_key)] for query in range(n_query)]
    return [[1] * n_key for _ in range(n_query)]


def _without_itself(kind: str, n_query: int, n_key: int) -> Rows:
    if kind != "decoder":
        return _mask(kind, n_query, n_key)
    return [[int(key < query) for key in range(n_key)] for query in range(n_query)]


def _future(kind: str, n_query: int, n_key: int) -> Rows:
    if kind != "decoder":
        return _mask(kind, n_query, n_key)
    return [[int(key >= query) for key in range(n_key)] for query in range(n_query)]


def _causal_crossing(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask("decoder" if kind == "cruzada" else kind, n_query, n_key)


def _causal_encoder(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask("decoder" if kind == "encoder" else kind, n_query, n_key)


def _turned(kind: str, n_query: int, n_key: int) -> Rows:
    return _mask(kind, n_key, n_query) if kind == "cruzada" else _mask(kind, n_query, n_key)


def _inverted(kind: str, n_query: int, n_key: int) -> Rows:
    return [[1 - one for one in row] for row in _mask(kind, n_query, n_key)]


def _mask_cases() -> tuple[Case, ...]:
    cases = []
    for kind in ("decoder", "encoder", "cruzada"):
        for n_query, n_key in ((3, 3), (1, 1), (2, 2), (4, 4), (5, 5), (6, 6)):
            n_key = n_key + 2 if kind == "cruzada" and n_query % 2 else n_key
            cases.append(Case((kind, n_query, n_key)))
    return (*cases, Case(("cruzada", 4, 2)))


MASKS = Exercise(
    id="07.mascaras",
    title="três máscaras, três jeitos de ler (extra)",
    difficulty=2,
    importance=4,
    minutes=(4, 8),
    statement="""
Escreva `my_mask(kind, n_query, n_key)`: uma lista com `n_query` linhas de `n_key` números, 1 onde
a posição da linha pode ler a da coluna e 0 onde não pode.

- `"encoder"`: todas leem todas;
- `"decoder"`: cada uma lê a si mesma e as anteriores (`n_query` e `n_key` são iguais);
- `"cruzada"`: o decoder (linhas) lê o texto de origem (colunas), que já está todo escrito.
""",
    done_when="Só uma das três atenções do Transformer original esconde alguma coisa.",
    hints=(
        Hint("uma pergunta", "O que há para esconder num texto que já está inteiro na mesa?"),
        Hint(
            "o plano",
            "1. Se `kind` não é `decoder`, todas as linhas são só de números 1.\n"
            "2. Se é, a linha `query` tem 1 nas colunas `key` com `key <= query`.\n"
            "3. `int(key <= query)` dá 1 ou 0.",
        ),
        Hint(
            "por que erro só na cruzada?",
            "As linhas são de quem pergunta, o decoder. As colunas são de quem responde, e os "
            "dois textos podem ter tamanhos diferentes.",
        ),
        Hint("a saída esperada", "`my_mask('decoder', 2, 2)` dá `[[1, 0], [1, 1]]`."),
    ),
    name="my_mask",
    stub='''
def my_mask(kind: str, n_query: int, n_key: int) -> list[list[int]]:
    """Devolve, em linhas de 1 e 0, quem cada pergunta pode ler."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_mask,
    form=_ROWS,
    make_cases=_mask_cases,
    wrong=(
        KnownWrong(
            "sem_a_diagonal",
            _without_itself,
            "Seu resultado é igual ao de quem proíbe a posição de ler **a si mesma**. A primeira "
            "ficaria sem ter para onde olhar, e o softmax daria NaN. Use `<=`.",
        ),
        KnownWrong(
            "so_o_futuro",
            _future,
            "Seu resultado é igual ao de quem deixa ler **o futuro e esconde o passado**. Linhas "
            "são quem pergunta, colunas quem responde: a comparação está virada. Troque o sinal.",
        ),
        KnownWrong(
            "cruzada_causal",
            _causal_crossing,
            "Seu resultado é igual ao de quem põe a máscara causal **na atenção cruzada**. O "
            "texto de origem está todo escrito: a posição 3 de lá não é o futuro da posição 2 "
            "daqui. Deixe ler tudo.",
        ),
        KnownWrong(
            "encoder_causal",
            _causal_encoder,
            "Seu resultado é igual ao de quem põe máscara **no encoder**. Ele não prevê o próximo "
            "token, e ler para a frente é a sua vantagem. Deixe ler tudo.",
        ),
        KnownWrong(
            "tudo_livre",
            lambda kind, n_query, n_key: _mask("encoder", n_query, n_key),
            "Seu resultado é igual ao de quem **não esconde nada** em lugar nenhum. No decoder, "
            "cada posição leria a resposta que precisa prever. Trate `decoder` à parte.",
        ),
        KnownWrong(
            "cruzada_deitada",
            _turned,
            "Seu resultado é igual ao de quem troca **linhas e colunas** na cruzada. Linhas são "
            "de quem pergunta. A forma é `n_query` por `n_key`.",
        ),
        KnownWrong(
            "um_e_proibido",
            _inverted,
            "Seu resultado é igual ao de quem usa 1 para **proibido**. Algumas bibliotecas fazem "
            "assim, e a confusão é clássica. Aqui 1 é “pode ler”.",
        ),
    ),
)


def _split(c_attn, n_heads):
    """Corta a matriz do GPT-2 em W_Q, W_K e W_V, cada uma [head d_model d_head]."""
    d_model = c_attn.shape[0]
    parts = []
    for matrix in c_attn.split(d_model, dim=1):
        heads = matrix.reshape(d_model, n_heads, d_model // n_heads)
        parts.append(heads.transpose(0, 1))
    return parts


def _by_head(c_attn, n_heads):
    d_model = c_attn.shape[0]
    d_head = d_model // n_heads
    heads = c_attn.reshape(d_model, n_heads, 3, d_head)
    return [heads[:, :, part].transpose(0, 1) for part in range(3)]


def _wrong_view(c_attn, n_heads):
    d_model = c_attn.shape[0]
    parts = c_attn.split(d_model, dim=1)
    return [part.reshape(n_heads, d_model, d_model // n_heads) for part in parts]


def _split_cases() -> tuple[Case, ...]:
    cases = []
    sizes = ((2, 4), (1, 2), (2, 2), (3, 6), (2, 6), (1, 1), (4, 4), (4, 8))
    for number, (n_heads, d_model) in enumerate(sizes * 2):
        generator = torch.Generator().manual_seed(number)
        shape = (d_model, 3 * d_model)
        c_attn = torch.randint(-99, 100, shape, generator=generator).double()
        cases.append(Case((c_attn, n_heads), f"d_model={d_model}, n_heads={n_heads}"))
    return tuple(cases)


SPLIT = Exercise(
    id="07.cattn",
    title="desembrulhe o c_attn (extra)",
    difficulty=4,
    importance=3,
    minutes=(10, 15),
    statement="""
O GPT-2 guarda `W_Q`, `W_K` e `W_V` coladas numa matriz só, `c_attn`, de forma
`[d_model, 3 * d_model]`: primeiro **todo** o Q, depois todo o K, depois todo o V. Dentro de cada
um, as colunas vêm cabeça por cabeça.

Escreva `my_split(c_attn, n_heads)`. Ela devolve uma lista com três tensores, Q, K e V nesta
ordem, cada um com a forma deste curso: `[head, d_model, d_head]`.
""",
    done_when="Cada cabeça tem as suas colunas, e `x @ W_Q[h]` é a consulta da cabeça `h`.",
    hints=(
        Hint("uma pergunta", "Qual dos eixos de `c_attn` é a entrada e qual é a saída?"),
        Hint(
            "o plano",
            "1. `c_attn.split(d_model, dim=1)` corta as colunas em três matrizes.\n"
            "2. Em cada uma, `reshape(d_model, n_heads, d_head)` separa as colunas por cabeça.\n"
            "3. `transpose(0, 1)` troca os dois primeiros eixos.",
        ),
        Hint(
            "por que as formas conferem e os números não?",
            "`reshape(n_heads, d_model, d_head)` direto tem a forma certa e mistura linhas de "
            "entradas diferentes. Separe o eixo das colunas antes de mexer na ordem.",
        ),
        Hint(
            "a saída esperada",
            "`my_split(c_attn, n_heads)[0][h]` é `c_attn[:, h*d_head : (h+1)*d_head]`.",
        ),
    ),
    name="my_split",
    stub='''
def my_split(c_attn, n_heads):
    """Corta a matriz do GPT-2 em W_Q, W_K e W_V, cada uma [head d_model d_head]."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_split,
    form=Form("sequence", (_HEADS,), length=3, label="Q, K e V"),
    make_cases=_split_cases,
    wrong=(
        KnownWrong(
            "cabeca_por_fora",
            _by_head,
            "Seu resultado é igual ao de quem corta **primeiro em cabeças** e só depois em Q, K e "
            "V. Há modelos guardados assim, e as formas são as mesmas, por isso não dá erro: dá "
            "outro modelo. No GPT-2, o primeiro corte é em três.",
        ),
        KnownWrong(
            "reshape_direto",
            _wrong_view,
            "Seu resultado é igual ao de quem faz um **`reshape` direto** para a forma final. Ela "
            "fica certa, mas `reshape` só relê os números em ordem: as linhas de entradas vizinhas "
            "se misturam. Separe as colunas e depois troque os eixos.",
        ),
        KnownWrong(
            "sem_trocar_os_eixos",
            lambda c_attn, n_heads: [part.transpose(0, 1) for part in _split(c_attn, n_heads)],
            "Seu resultado é igual ao de quem **não troca os eixos** no fim: a cabeça ficou no "
            "meio. Neste curso ela é o primeiro eixo. Falta um `transpose(0, 1)`.",
        ),
        KnownWrong(
            "kqv",
            lambda c_attn, n_heads: [_split(c_attn, n_heads)[i] for i in (1, 0, 2)],
            "Seu resultado é igual ao de quem devolve **K antes de Q**. Os scores sairiam "
            "transpostos. A ordem na matriz é Q, K, V.",
        ),
        KnownWrong(
            "linha_por_linha",
            lambda c_attn, n_heads: [p.mT for p in _split(c_attn, n_heads)],
            "Seu resultado é igual ao de quem entrega cada cabeça **transposta**, "
            "`[head, d_head, d_model]`. É o jeito de `nn.Linear`, que guarda a saída primeiro. "
            "Aqui a entrada vem primeiro.",
        ),
        KnownWrong(
            "sem_cabecas",
            lambda c_attn, n_heads: list(c_attn.split(c_attn.shape[0], dim=1)),
            "Seu resultado é igual ao de quem **para em três matrizes** e não separa as cabeças. "
            "Confira o corte (todo o Q, depois todo o K, depois todo o V) e divida as colunas de "
            "cada uma em `n_heads`.",
        ),
    ),
)
