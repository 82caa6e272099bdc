"""Como os tokens da frase do curso aparecem na tela."""

from collections.abc import Sequence

from helpers.plots import svg


def token_labels(thread) -> list[str]:
    """Texto de cada token da frase, com o espaço visível."""
    return [token_text(thread, token) for token in thread.ids]


def token_text(thread, token: int) -> str:
    """Texto de um id: espaço vira ·, byte que não é letra fica entre ⟨ ⟩, e a marca é ¶.

    Parâmetros:
        token: um id do tokenizador.
    """
    if token == thread.ids[0]:
        return thread.pieces[0]
    return svg.token_label(thread.tokenizer.decode_bytes([token]))


def unique_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Rótulos sem repetição: a segunda ocorrência ganha um número."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]}º)")
    return tuple(found)
