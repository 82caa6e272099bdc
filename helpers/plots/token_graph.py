"""A atenção como grafo: tokens em fila e uma seta por peso, de quem é lido a quem lê."""

from collections.abc import Sequence

from helpers.plots import svg
from helpers.spoken import decimal

Edge = tuple[int, int, float]
BOX_H = 34
LEAST = 0.02  # abaixo deste peso a seta não se veria


def token_graph(names: Sequence[str], edges: Sequence[Edge], target: int) -> str:
    """Fila de tokens com as setas que chegam a um deles, grossas conforme o peso.

    Parâmetros:
        edges: quem recebe, quem manda e o peso; as que não chegam a `target` ficam finas.
        target: token em destaque.

    Erros:
        ValueError: se `target` não for um dos tokens.
    """
    if not 0 <= target < len(names):
        raise ValueError(f"target={target} deve ficar entre 0 e {len(names) - 1}.")
    pitch = (svg.WIDTH - 40) / len(names)
    middles = [20 + pitch * (i + 0.5) for i in range(len(names))]
    top, parts = 150, []
    ordered = sorted(edges, key=lambda edge: edge[0] == target)
    for receiver, sender, weight in ordered:
        if weight >= LEAST:
            parts.append(_arrow(middles, receiver, sender, weight, top, receiver == target))
    for i, (name, x) in enumerate(zip(names, middles, strict=True)):
        width = min(pitch - 8, svg.label_width(name, 17) + 18)
        parts.append(svg.box(x - width / 2, top, width, BOX_H))
        if i == target:
            parts.append(svg.box(x - width / 2, top, width, BOX_H, "c1"))
        parts.append(svg.text(x, top + 23, name, "kc b" if i == target else "kc"))
    for receiver, sender, weight in ordered:
        if receiver == target:
            parts.append(svg.text(middles[sender], top + BOX_H + 22, decimal(weight), "kc"))
    parts.append(svg.text(middles[0] - pitch / 2 + 4, top + BOX_H + 46, "pesos das setas", "m"))
    return svg.document("".join(parts), top + BOX_H + 56)


def _arrow(
    middles: Sequence[float], receiver: int, sender: int, weight: float, top: int, bold: bool
) -> str:
    x1, x2 = middles[sender], middles[receiver]
    # A espessura vai em `style` porque a classe já traz a sua, e o atributo simples perderia.
    thick = f' style="stroke-width:{svg.number(1 + 7 * weight)}"' if bold else ""
    kind = "l1" if bold else "line"
    if receiver == sender:
        return f'<path d="M{svg.number(x1 - 9)} {top}c-14 -34 32 -34 18 0" class="{kind}"{thick}/>'
    rise = min(130.0, 30 + 0.24 * abs(x2 - x1))
    tip = f'<path d="M{svg.number(x2 - 4)} {top - 1}l-5 -8h10z" class="ink"/>'
    return svg.arc(x1, x2 - 4, top - 3, rise, kind).replace("/>", f"{thick}/>") + tip
