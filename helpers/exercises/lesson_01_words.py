"""Exercícios de papel da lição 01: pedaços de uma palavra nova e contagens em NFC e NFD."""

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

_TEXTS = Form("sequence", (Form("text"),), label="uma lista de textos")
_COUNTS = Form(
    "sequence",
    (Form("int"),),
    length=4,
    label="pontos de código em NFC, bytes em NFC, pontos de código em NFD, bytes em NFD",
)

NEW_WORD = Exercise(
    id="01.palavra_nova",
    title="uma palavra que o treino nunca viu",
    difficulty=2,
    importance=4,
    minutes=(3, 6),
    statement="""
Este é de papel e lápis. O treino em `banana` deixou quatro fusões, nesta ordem:

1. `n` + `a` → `na`
2. `na` + `na` → `nana`
3. `b` + `a` → `ba`
4. `ba` + `nana` → `banana`

Em que pedaços esta lista corta `semana`? Escreva em `my_pieces` uma lista de textos, na ordem.
""",
    done_when="Seus pedaços, colados, dão `semana`, e nenhuma fusão da lista ainda cabe neles.",
    hints=(
        Hint(
            "uma pergunta",
            "Quais das quatro fusões encontram, em `s e m a n a`, os dois vizinhos que procuram?",
        ),
        Hint(
            "o plano",
            "1. Escreva as seis letras separadas.\n"
            "2. Percorra a lista de cima para baixo. Onde o par aparece, junte; onde não aparece, "
            "siga.\n"
            "3. Letras que ninguém juntou continuam sozinhas.",
        ),
        Hint(
            "por que não recebo pedaços maiores?",
            "Uma fusão só existe se o treino a aprendeu. `banana` não tem `s`, `e` nem `m`, então "
            "nenhuma fusão da lista fala deles.",
        ),
        Hint("a saída esperada", "São cinco pedaços, e só um deles tem duas letras."),
    ),
    name="my_pieces",
    stub='my_pieces = None  # troque por uma lista de textos, como ["ba", "na", "na"]',
    solution=["s", "e", "m", "a", "na"],
    form=_TEXTS,
    kind="value",
    solution_code="""
from helpers.bpe import merge_pair

my_pieces_solution = [b"s", b"e", b"m", b"a", b"n", b"a"]
for pair in [(b"n", b"a"), (b"na", b"na"), (b"b", b"a"), (b"ba", b"nana")]:
    my_pieces_solution = merge_pair(my_pieces_solution, pair)
my_pieces_solution = [piece.decode() for piece in my_pieces_solution]
""",
    wrong=(
        KnownWrong(
            "silabas",
            ["se", "ma", "na"],
            "Seu resultado é igual ao de quem corta em **sílabas**. É um belo corte, e um falante "
            "de português o faz sem pensar. O BPE não sabe o que é sílaba: só conhece os pares que "
            "viu em `banana`, e ali não há `se` nem `ma`. Confira na lista quais fusões existem.",
        ),
        KnownWrong(
            "so_letras",
            ["s", "e", "m", "a", "n", "a"],
            "Seu resultado é igual ao de quem acha que palavra nova fica em **letras soltas**. O "
            "treino não viu `semana`, mas viu um par que está dentro dela. Procure a primeira "
            "fusão da lista nas duas últimas letras.",
        ),
        KnownWrong(
            "palavra_inteira",
            ["semana"],
            "Seu resultado é igual ao de quem deixa a **palavra inteira** como um token. Para isso "
            "seria preciso que o treino tivesse construído `semana`, fusão por fusão. Parta das "
            "letras e junte só o que a lista manda.",
        ),
        KnownWrong(
            "regra_do_menor_id",
            ["s", "e", "m", "ana"],
            "Seu resultado é igual ao de quem usa a lista da **outra regra de desempate** (a do "
            "menor id, da biblioteca `tokenizers`), em que `an` veio antes e depois virou `ana`. "
            "Com a lista deste cartão a primeira fusão é `n` + `a`.",
        ),
        KnownWrong(
            "primeiro_visto",
            ["s", "e", "m", "an", "a"],
            "Seu resultado é igual ao de quem funde `an` primeiro, como faz a regra do **primeiro "
            "visto**. Da esquerda para a direita `an` aparece antes, mas não está na lista. "
            "Quem manda é a lista, e não a posição no texto.",
        ),
        KnownWrong(
            "ma_inventado",
            ["s", "e", "ma", "na"],
            "Seu resultado é igual ao de quem acertou o `na` e depois **inventou o `ma`**. Ele soa "
            "bem, mas nenhuma das quatro fusões junta `m` com `a`. O que a lista não junta fica "
            "separado.",
        ),
    ),
)

FORMS = Exercise(
    id="01.nfc_nfd",
    title="a mesma palavra, dois tamanhos",
    difficulty=2,
    importance=3,
    minutes=(4, 8),
    statement="""
`coração` tem sete letras na tela. Por dentro pode ter dois tamanhos:

- em **NFC**, cada letra acentuada é um ponto de código só;
- em **NFD**, ela é a letra básica e mais um sinal (a cedilha ou o til) que se pendura nela.

Sem rodar nada, escreva em `my_counts` quatro números, nesta ordem: pontos de código em NFC, bytes
em NFC, pontos de código em NFD, bytes em NFD.
""",
    done_when="Os quatro números fecham, e você sabe dizer de onde vem cada byte a mais.",
    hints=(
        Hint(
            "uma pergunta",
            "Quantas letras de `coração` têm algum sinal? Em cada forma, quantos pontos de código "
            "elas viram?",
        ),
        Hint(
            "o plano",
            "1. NFC: conte as letras; depois some um byte para cada letra com sinal.\n"
            "2. NFD: conte as letras e os sinais separados.\n"
            "3. A letra básica gasta 1 byte. Cada sinal separado gasta 2.",
        ),
        Hint(
            "por que NFD tem mais bytes do que pontos de código?",
            "Os sinais que se penduram (U+0327, a cedilha, e U+0303, o til) ficam longe no "
            "Unicode: em UTF-8 cada um gasta dois bytes.",
        ),
        Hint("a saída esperada", "Para `João` a resposta seria `(4, 5, 5, 6)`."),
    ),
    name="my_counts",
    stub="my_counts = None  # troque por quatro números, como (4, 5, 5, 6)",
    solution=(7, 9, 9, 11),
    form=_COUNTS,
    kind="value",
    solution_code="""
from unicodedata import normalize

my_counts_solution = tuple(
    size
    for form in ("NFC", "NFD")
    for word in [normalize(form, "coração")]
    for size in (len(word), len(word.encode("utf-8")))
)
""",
    wrong=(
        KnownWrong(
            "formas_trocadas",
            (9, 11, 7, 9),
            "Seu resultado é igual ao de quem **trocou NFC e NFD**. Os números estão certos, no "
            "lugar errado. Um jeito de lembrar: C de *composta*, tudo junto; D de *decomposta*, "
            "letra e sinal separados.",
        ),
        KnownWrong(
            "byte_igual_a_letra",
            (7, 7, 9, 9),
            "Seu resultado é igual ao de quem conta **um byte por ponto de código**. Vale para as "
            "letras sem acento. Em UTF-8, tudo o que está acima do 127 gasta pelo menos dois: "
            "reveja os bytes de `João`.",
        ),
        KnownWrong(
            "formas_iguais",
            (7, 9, 7, 9),
            "Seu resultado é igual ao de quem acha que as **duas formas são iguais**, porque na "
            "tela elas são. Em NFD, `ç` vira `c` e uma cedilha; `ã` vira `a` e um til. Conte esses "
            "sinais à parte.",
        ),
        KnownWrong(
            "so_um_acento",
            (7, 8, 8, 9),
            "Seu resultado é igual ao de quem viu **um sinal só**. A palavra tem dois: a cedilha "
            "do `ç` e o til do `ã`. A conta que você fez está certa; repita-a para o outro.",
        ),
        KnownWrong(
            "sinal_de_um_byte",
            (7, 9, 9, 9),
            "Seu resultado é igual ao de quem dá **um byte** a cada sinal separado. Em NFD o `a` "
            "gasta 1 byte e o til gasta 2: `ã` passa de 2 para 3 bytes. Refaça só o último número.",
        ),
        KnownWrong(
            "byte_antes_do_ponto",
            (9, 7, 11, 9),
            "Seu resultado é igual ao de quem escreveu os **bytes antes** dos pontos de código. A "
            "conta está certa; a ordem pedida é pontos de código, bytes, e de novo.",
        ),
        KnownWrong(
            "dois_bytes_por_letra",
            (7, 14, 9, 18),
            "Seu resultado é igual ao de quem dá **dois bytes a toda letra**. É o que faz outra "
            "codificação, a UTF-16. Em UTF-8 as letras sem acento gastam um byte só, e é por isso "
            "que ela é econômica.",
        ),
    ),
)
