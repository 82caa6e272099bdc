"""Exercícios de conta da lição 05: formas e multiplicações."""

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_WIDTHS = Form(
    "sequence",
    (Form("int"),),
    length=5,
    label="largura de uma cabeça, da concatenação, da escrita; linhas e colunas de W_O",
)
_FOUR = Form("sequence", (Form("int"),), length=4, label="q, k e v; scores; mistura; W_O")

SHAPES = Exercise(
    id="05.formas",
    title="que forma sai de cada etapa",
    difficulty=2,
    importance=5,
    minutes=(3, 6),
    statement="""
Este é de papel e lápis. Um texto de `N = 7` posições entra numa atenção com `d_model = 96`,
4 cabeças e valores de largura `d_v = 32`. Repare que `4 · 32` não é 96.

Escreva em `my_widths` cinco números: a largura (o último eixo) da saída de **uma** cabeça, da
**concatenação**, do que a camada **escreve** no fluxo; e as **linhas** e as **colunas** de `W_O`
como matriz.
""",
    done_when="A largura que sai é a que entrou: por isso as camadas podem ser empilhadas.",
    hints=(
        Hint("uma pergunta", "Qual dos três produtos devolve o vetor à largura do fluxo?"),
        Hint(
            "o plano",
            "1. Uma cabeça devolve uma média de valores, e cada valor tem `d_v` números.\n"
            "2. Concatenar põe as larguras em fila: some-as.\n"
            "3. `W_O` recebe a concatenação e devolve `d_model`.",
        ),
        Hint(
            "por que o 7 não aparece na resposta?",
            "Nenhuma matriz de pesos depende do comprimento do texto. O 7 é o número de linhas de "
            "tudo o que passa, do começo ao fim.",
        ),
        Hint("a saída esperada", "Com `d_model = 8`, 2 cabeças e `d_v = 3`: `(3, 6, 8, 6, 8)`."),
    ),
    name="my_widths",
    stub="my_widths = None  # troque por cinco números, como (3, 6, 8, 6, 8)",
    solution=(32, 128, 96, 128, 96),
    form=_WIDTHS,
    kind="value",
    solution_code="""
d_model, n_heads, d_v = 96, 4, 32

my_widths_solution = (d_v, n_heads * d_v, d_model, n_heads * d_v, d_model)
""",
    wrong=(
        KnownWrong(
            "d_v_de_costume",
            (24, 96, 96, 96, 96),
            "Seu resultado é igual ao de quem usa `d_v = d_model / n_heads`, o de costume. Aqui "
            "ele é 32, escolhido à parte: a largura dos valores é livre.",
        ),
        KnownWrong(
            "soma_em_vez_de_concatenar",
            (32, 32, 96, 32, 96),
            "Seu resultado é igual ao de quem **soma** as cabeças. Concatenar deixa os quatro "
            "blocos de 32 lado a lado, e a largura cresce.",
        ),
        KnownWrong(
            "w_o_nao_muda_a_largura",
            (32, 128, 128, 128, 128),
            "Seu resultado é igual ao de quem faz `W_O` quadrada. O que a camada escreve precisa "
            "ser somado ao fluxo, que tem 96 números: `W_O` leva 128 a 96.",
        ),
        KnownWrong(
            "w_o_deitada",
            (32, 128, 96, 96, 128),
            "Seu resultado é igual ao de quem **deita** `W_O`. Neste curso o vetor vem à esquerda, "
            "`x @ W`: as linhas da matriz combinam com a entrada, as colunas com a saída.",
        ),
        KnownWrong(
            "cada_cabeca_inteira",
            (96, 384, 96, 384, 96),
            "Seu resultado é igual ao de quem dá a **cada cabeça** a largura inteira do modelo. "
            "Alguns resumos dizem isso, mas cada cabeça devolve `d_v` números por posição.",
        ),
    ),
)


def _macs(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    """Devolve quantas multiplicações cada etapa faz: q, k e v; scores; mistura; W_O."""
    width = n_heads * d_head
    project = 3 * n_pos * d_model * width
    scores = n_heads * n_pos * n_pos * d_head
    mix = n_heads * n_pos * n_pos * d_head
    output = n_pos * width * d_model
    return [project, scores, mix, output]


def _one_head(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    return _macs(n_pos, d_model, 1, d_head)


def _no_three(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, *rest = _macs(n_pos, d_model, n_heads, d_head)
    return [project // 3, *rest]


def _linear(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, scores, mix, output = _macs(n_pos, d_model, n_heads, d_head)
    return [project, scores // n_pos, mix // n_pos, output]


def _square(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    side = n_pos * d_model * d_model
    return [3 * side, n_pos * n_pos * d_model, n_pos * n_pos * d_model, side]


def _doubled(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    return [2 * count for count in _macs(n_pos, d_model, n_heads, d_head)]


def _full_width_heads(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    project, _, _, output = _macs(n_pos, d_model, n_heads, d_head)
    wide = n_heads * n_pos * n_pos * d_model
    return [project, wide, wide, output]


def _parameters(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    width = n_heads * d_head
    return [3 * d_model * width, n_heads * n_pos * n_pos, n_heads * n_pos * n_pos, width * d_model]


def _cases() -> tuple[Case, ...]:
    sizes = [
        (5, 8, 2, 4),
        (1, 6, 3, 2),
        (1024, 768, 12, 64),
        (3, 10, 2, 4),
        (7, 12, 1, 12),
        (2, 5, 4, 3),
    ]
    sizes += [(n, 10, h, d) for n in (3, 6) for h in (2, 5) for d in (2, 3, 7)]
    return tuple(Case(size) for size in sizes)


MACS = Exercise(
    id="05.multiplicacoes",
    title="onde vai o tempo",
    difficulty=3,
    importance=4,
    minutes=(10, 15),
    statement="""
Multiplicar uma matriz `[a, b]` por outra `[b, c]` faz `a · b · c` multiplicações.

Escreva `my_macs(n_pos, d_model, n_heads, d_head)`, que devolve quatro números, nesta ordem:

1. as três projeções, q, k e v, de todas as cabeças;
2. os scores, `q @ k.T`;
3. a mistura, `pattern @ v`;
4. a multiplicação por `W_O`.

Conte só multiplicações, em um texto, sem descontar a máscara. `d_v` é igual a `d_head`, e
`n_heads · d_head` pode ser diferente de `d_model`.
""",
    done_when="No GPT-2 pequeno com 1024 posições, scores e mistura somam 1,6 bilhão.",
    hints=(
        Hint("uma pergunta", "Em quais das quatro etapas dobrar o texto quadruplica a conta?"),
        Hint(
            "o plano",
            "1. Uma projeção é `[n_pos, d_model]` por `[d_model, n_heads · d_head]`; são três.\n"
            "2. Em cada cabeça, `q @ k.T` é `[n_pos, d_head]` por `[d_head, n_pos]`.\n"
            "3. Em cada cabeça, `pattern @ v` é `[n_pos, n_pos]` por `[n_pos, d_head]`.\n"
            "4. `W_O` recebe `[n_pos, n_heads · d_head]` e devolve `[n_pos, d_model]`.",
        ),
        Hint(
            "por que o número de cabeças quase some da conta?",
            "Nos scores aparece `n_heads · d_head`. Quando esse produto é `d_model`, mais cabeças "
            "significam cabeças mais estreitas, e o total não muda.",
        ),
        Hint("a saída esperada", "`my_macs(5, 8, 2, 4)` devolve `[960, 200, 200, 320]`."),
    ),
    name="my_macs",
    stub='''
def my_macs(n_pos: int, d_model: int, n_heads: int, d_head: int) -> list[int]:
    """Devolve quantas multiplicações cada etapa faz: q, k e v; scores; mistura; W_O."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_macs,
    form=_FOUR,
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "uma_cabeca_so",
            _one_head,
            "Seu resultado é igual ao de quem conta **uma cabeça só**. Multiplique cada etapa por "
            "`n_heads`: todas as cabeças trabalham.",
        ),
        KnownWrong(
            "uma_projecao_so",
            _no_three,
            "Seu resultado é igual ao de quem conta **uma projeção** no lugar de três. q, k e v "
            "saem de três matrizes diferentes.",
        ),
        KnownWrong(
            "esquece_o_quadrado",
            _linear,
            "Seu resultado é igual ao de quem esquece que **cada posição lê todas**. O padrão é "
            "uma tabela N × N: scores e mistura crescem com `n_pos · n_pos`.",
        ),
        KnownWrong(
            "supoe_d_model",
            _square,
            "Seu resultado é igual ao de quem troca `n_heads · d_head` por **`d_model`**. No GPT-2 "
            "são iguais; aqui podem não ser. Use os números recebidos.",
        ),
        KnownWrong(
            "conta_somas_tambem",
            _doubled,
            "Seu resultado é igual ao de quem conta **somas e multiplicações** (a conta em FLOPs, "
            "o dobro). É um uso comum, mas o pedido são só as multiplicações.",
        ),
        KnownWrong(
            "cabeca_larga",
            _full_width_heads,
            "Seu resultado é igual ao de quem dá a cada cabeça a largura **d_model** nos scores. "
            "O produto escalar de uma cabeça soma `d_head` parcelas.",
        ),
        KnownWrong(
            "conta_numeros_guardados",
            _parameters,
            "Seu resultado é igual ao de quem conta **números guardados**: os pesos das matrizes e "
            "o tamanho dos padrões. Trabalho é outra coisa: cada peso é usado em cada posição.",
        ),
    ),
)
