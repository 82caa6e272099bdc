"""Exercício 01.compressao: quantos bytes de texto cabem em um token."""

from functools import lru_cache

from helpers import bpe
from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_PT = (
    "A feira começa cedo na praça. O João compra pão, mamão e uma porção de limões. "
    "A avó pergunta se há maçã; não há. Então levam bananas, e o caminhão não espera ninguém."
)
_EN = (
    "The market opens early in the square. John buys bread, papaya and a handful of limes. "
    "His grandmother asks for apples; there are none. So they take bananas, and the truck leaves."
)
_TEXTS = (
    "O João entregou um pão para Maria.",
    "The bread was for Maria and her mother.",
    "banana",
    "ação, coração, pão",
    "🍌 não 🍌",
    "a",
    "",
    "   \n",
)


def _bytes_per_token(tokenizer, text: str) -> float:
    """Devolve quantos bytes de texto cabem, em média, em um token; 0.0 no texto vazio."""
    tokens = tokenizer.encode(text)
    if not tokens:
        return 0.0
    return len(text.encode("utf-8")) / len(tokens)


def _tokens_per_byte(tokenizer: bpe.Tokenizer, text: str) -> float:
    data = text.encode("utf-8")
    return len(tokenizer.encode(text)) / len(data) if data else 0.0


def _characters_per_token(tokenizer: bpe.Tokenizer, text: str) -> float:
    tokens = tokenizer.encode(text)
    return len(text) / len(tokens) if tokens else 0.0


def _bytes_per_word(tokenizer: bpe.Tokenizer, text: str) -> float:
    words = text.split()
    return len(text.encode("utf-8")) / len(words) if words else 0.0


def _tokens_per_word(tokenizer: bpe.Tokenizer, text: str) -> float:
    words = text.split()
    return len(tokenizer.encode(text)) / len(words) if words else 0.0


def _divides_by_vocab(tokenizer: bpe.Tokenizer, text: str) -> float:
    return len(text.encode("utf-8")) / tokenizer.vocab_size


def _breaks_on_empty(tokenizer: bpe.Tokenizer, text: str) -> float:
    return len(text.encode("utf-8")) / len(tokenizer.encode(text))


def _integer_division(tokenizer: bpe.Tokenizer, text: str) -> int:
    tokens = tokenizer.encode(text)
    return len(text.encode("utf-8")) // len(tokens) if tokens else 0


def _distinct_tokens(tokenizer: bpe.Tokenizer, text: str) -> float:
    tokens = set(tokenizer.encode(text))
    return len(text.encode("utf-8")) / len(tokens) if tokens else 0.0


@lru_cache(maxsize=1)
def _cases() -> tuple[Case, ...]:
    cases = []
    for name, corpus in (("português", _PT), ("inglês", _EN)):
        for size in (256, 280, 300):
            tokenizer = bpe.train(corpus, vocab_size=size)
            label = f"tokenizador de {name}, {tokenizer.vocab_size} entradas"
            cases += [Case((tokenizer, text), f"{label}; {text!r}") for text in _TEXTS]
    return tuple(cases)


COMPRESSION = Exercise(
    id="01.compressao",
    title="quanto cabe em um token",
    difficulty=2,
    importance=4,
    minutes=(5, 10),
    statement="""
Para comparar dois tokenizadores precisamos de uma medida justa com qualquer língua. A de sempre é
**bytes por token**: quantos bytes de texto, em média, um token carrega.

Escreva `my_bytes_per_token(tokenizer, text)`. Conte os bytes do texto em UTF-8 e divida pelo
número de tokens que `tokenizer.encode(text)` devolve. Texto vazio não tem média: devolva `0.0`.
""",
    done_when="Com 256 entradas a medida dá 1.0; com mais fusões, ela cresce.",
    hints=(
        Hint(
            "uma pergunta",
            "Se um tokenizador não aprendeu nenhuma fusão, cada token é um byte. Que número a sua "
            "função deve dar para ele, seja qual for o texto?",
        ),
        Hint(
            "o plano",
            "1. Codifique o texto e guarde a lista de ids.\n"
            "2. Se ela estiver vazia, devolva `0.0`.\n"
            "3. Senão, divida o tamanho de `text.encode('utf-8')` pelo tamanho da lista.",
        ),
        Hint(
            "por que só erro nos textos com acento?",
            "`len(text)` conta pontos de código. Em `pão` são 3, mas os bytes são 4: conte depois "
            "de `.encode('utf-8')`.",
        ),
        Hint(
            "a saída esperada",
            "Com a lista de `banana` (frequência mínima 2), `banana` vira 4 tokens: 6 / 4 = 1.5.",
        ),
    ),
    name="my_bytes_per_token",
    stub='''
def my_bytes_per_token(tokenizer, text: str) -> float:
    """Devolve quantos bytes de texto cabem, em média, em um token."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_bytes_per_token,
    form=Form("number"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "invertido",
            _tokens_per_byte,
            "Seu resultado é igual ao de quem calcula **tokens por byte**. É a mesma informação, "
            "de cabeça para baixo: o seu número cai quando a compressão melhora. Troque o "
            "numerador pelo denominador.",
        ),
        KnownWrong(
            "caracteres",
            _characters_per_token,
            "Seu resultado é igual ao de quem conta **caracteres por token**. Em inglês quase não "
            "se nota; em português, `pão` tem 3 caracteres e 4 bytes. Conte "
            "`len(text.encode('utf-8'))`.",
        ),
        KnownWrong(
            "bytes_por_palavra",
            _bytes_per_word,
            "Seu resultado é igual ao de quem divide por **palavras** e não por tokens. Palavra é "
            "o que está entre espaços; token é o que o tokenizador devolve. O seu número nem muda "
            "quando se troca de tokenizador: esse é o sinal.",
        ),
        KnownWrong(
            "tokens_por_palavra",
            _tokens_per_word,
            "Seu resultado é igual ao de quem calcula **tokens por palavra**. Essa medida existe e "
            "chama-se *fertilidade*, mas depende do que é palavra em cada língua. A "
            "pedida aqui é bytes divididos por tokens.",
        ),
        KnownWrong(
            "divide_pelo_vocabulario",
            _divides_by_vocab,
            "Seu resultado é igual ao de quem divide pelo **tamanho do vocabulário**. O "
            "vocabulário é o estoque de tokens possíveis; interessa quantos este texto usou, isto "
            "é, `len(tokenizer.encode(text))`.",
        ),
        KnownWrong(
            "tokens_distintos",
            _distinct_tokens,
            "Seu resultado é igual ao de quem conta os tokens **sem repetição**. Um token usado "
            "duas vezes ocupa dois lugares na sequência e custa duas vezes. Use o tamanho da "
            "lista, sem `set`.",
        ),
        KnownWrong(
            "texto_vazio",
            _breaks_on_empty,
            "Seu resultado é igual ao de quem acerta tudo, menos o **texto vazio**: sem tokens, a "
            "divisão é por zero. Quem mede mil textos acaba encontrando um vazio. Antes de "
            "dividir, veja se há tokens e, se não houver, devolva `0.0`.",
        ),
        KnownWrong(
            "divisao_inteira",
            _integer_division,
            "Seu resultado é igual ao de quem usa a **divisão inteira**, `//`. O 1,5 vira 1, e "
            "tokenizadores bem diferentes parecem iguais. Use uma barra só.",
        ),
    ),
)
