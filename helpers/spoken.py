"""Números como se leem em português: vírgula, sinal, porcentagem, milhares e milhões.

Só daqui saem a vírgula decimal e o espaço antes do %; o navegador usa `spoken.js`, que é igual.
Escrito para o Python antigo, porque as conferências de antes da instalação também falam.
"""

import math
from numbers import Real

_GAP = "\N{NO-BREAK SPACE}"  # o número não se separa do % nem dos seus milhares no fim da linha
_SIZES = ((10**12, "trilhão", "trilhões"), (10**9, "bilhão", "bilhões"))
_SIZES += ((10**6, "milhão", "milhões"), (10**3, "mil", "mil"))


def decimal(value: Real, places: int = 2) -> str:
    """Número com vírgula e sinal de menos de verdade; nunca `−0`.

    Parâmetros:
        value: o número; infinito e NaN também têm como se ler.
        places: casas decimais.

    Exemplo:
        >>> decimal(-1.5), decimal(-0.001), decimal(math.inf)
        ('−1,50', '0,00', '∞')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{places}f}".replace(".", ",")
    return text[1:] if text.startswith("-") and not text.strip("-0,") else text.replace("-", "−")


def signed(value: Real, places: int = 2) -> str:
    """Número com vírgula e sempre com sinal, como `+1,25`; o zero não tem sinal.

    Parâmetros:
        places: casas decimais.
    """
    text = decimal(value, places)
    return text if text.startswith("−") or not text.strip("0,") else f"+{text}"


def percent(share: Real, places: int = 0, less: str = "menos de ") -> str:
    """Porcentagem de uma parte, como `71 %`; parte que o arredondamento zeraria não vira zero.

    Parâmetros:
        share: de 0 a 1.
        places: casas decimais.
        less: o que se diz antes da menor porcentagem escrita, quando a parte é menor que ela.

    Exemplo:
        >>> percent(0.714).split(), percent(0.001, less="<").split()
        (['71', '%'], ['<1', '%'])
    """
    text = decimal(100 * share, places)
    if share > 0 and not text.strip("0,"):
        text = less + decimal(10**-places, places)
    return f"{text}{_GAP}%"


def thousands(value: int) -> str:
    """Inteiro com espaço entre os milhares.

    Parâmetros:
        value: qualquer inteiro, com sinal ou sem.
    """
    return f"{value:_}".replace("_", _GAP)


def compact(value: int) -> str:
    """Número grande em mil, milhões, bilhões ou trilhões, com três algarismos.

    Parâmetros:
        value: zero ou positivo.
    """
    for size, one, many in _SIZES:
        if value >= size:
            number = value / size
            text = decimal(number, 2 if number < 10 else 1 if number < 100 else 0)
            return f"{text} {one if number < 2 else many}"
    return str(value)


def listing(items, joiner: str = "e") -> str:
    """Itens em português corrido, como "a, b e c".

    Parâmetros:
        items: sequência de textos.
        joiner: palavra antes do último.
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joiner} {items[-1]}"
