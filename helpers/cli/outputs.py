"""A régua que decide se duas saídas de uma célula são a mesma, para os testes e para `executar`.

O texto se compara letra a letra. Um número também, salvo se a célula declara uma tolerância nos
metadados (`tolerance: 0.005`): então o número pode mudar até ela, e o texto em volta, não.
"""

import base64
import io
import json
import re
from difflib import SequenceMatcher

#: Chave dos metadados da célula com quanto os números dela podem mudar.
TOLERANCE = "tolerance"
#: Rótulo da célula que nunca dá duas vezes a mesma saída (tempos, por exemplo).
UNSTABLE = "nbval-ignore-output"
#: Rótulo da célula cujo desenho traz uma medida dessas; o texto dela se compara.
UNSTABLE_PICTURE = "unstable-picture"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
#: Desenhos mudam de bytes entre sistemas; avisos em stderr mudam entre versões.
NOT_COMPARED = {
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "application/javascript",
    "stderr",
    WIDGET_VIEW,
}
_INLINE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
# O que muda de máquina para máquina sem mudar o que se ensina. Cada regra, uma razão.
_RULES = (
    # Endereço de memória no texto de um objeto. Seis dígitos ou mais: "640x480" não é endereço.
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "0xENDERECO"),
    # Medida de tempo: a de quem gravou não é a de quem testa.
    (re.compile(r"(?m)^(CPU times|Wall time):.*$"), r"\1: TEMPO"),
    # Bytes do PNG dentro do HTML: o desenho das letras varia com o sistema. O texto ao lado não
    # varia, e continua comparado.
    (_INLINE, "data:image/png;base64,FIGURA"),
)
_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?")
#: Zero com sinal: quem lê vê um erro de conta, e o sinal depende do processador.
_SIGNED_ZERO = re.compile(r"(?<![\w.)\]])[-−]0(?:[.,]0*)?(?:e[-+]?\d+)?(?![\w]|[.,]\d)")
_SHADE = 8  # de 255: o arredondamento de uma borda, que ninguém vê
_WIDTH = 100  # letras de cada lado ao mostrar o que mudou


def differences(stored: list, fresh: list, tolerance: float = 0.0) -> list[tuple[str, str]]:
    """Devolve o que mudou entre duas saídas, em pares (guardado, novo); vazio se são a mesma.

    Parâmetros:
        stored: as saídas guardadas de uma célula.
        fresh: as que acabam de sair.
        tolerance: quanto cada número pode mudar.
    """
    before, after = compared_texts(stored), compared_texts(fresh)
    found = []
    for kind in {**before, **after}:
        old, new = before.get(kind, []), after.get(kind, [])
        if len(old) != len(new):
            found.append((f"{len(old)} × {kind}", f"{len(new)} × {kind}"))
            continue
        for one, other in zip(old, new, strict=True):
            found += _lines(one, settle(other, one, tolerance))
    return found


def look_alike(stored: list, fresh: list) -> bool:
    """Diz se quem olha não vê diferença entre os desenhos de duas saídas.

    Parâmetros:
        stored: as saídas guardadas de uma célula.
        fresh: as que acabam de sair.
    """
    before, after = _pictures(stored), _pictures(fresh)
    return len(before) == len(after) and all(
        one == other or (one[0] == other[0] == "image/png" and _same_pixels(one[1], other[1]))
        for one, other in zip(before, after, strict=True)
    )


def compared_texts(outputs: list) -> dict[str, list[str]]:
    """Devolve, de cada tipo de saída, os textos que se comparam.

    Parâmetros:
        outputs: as saídas de uma célula.
    """
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            previous = texts.get(output["name"], [""])[0]
            texts[output["name"]] = [previous + output["text"]]
        elif output["output_type"] == "error":
            texts.setdefault("error", []).append(f"{output['ename']}: {output['evalue']}")
        else:
            for kind, content in output.get("data", {}).items():
                text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
                texts.setdefault(kind, []).append(text)
    return {
        kind: [_cleaned(text) for text in contents]
        for kind, contents in texts.items()
        if kind not in NOT_COMPARED
    }


def settle(fresh: str, stored: str, tolerance: float) -> str:
    """Escreve `fresh` com os números de `stored` onde a diferença cabe na tolerância.

    Parâmetros:
        fresh: o texto novo.
        stored: o texto guardado.
        tolerance: quanto cada número pode mudar.

    Exemplo:
        >>> settle("perda 2.171 em 3 sementes", "perda 2.168 em 3 sementes", 0.005)
        'perda 2.168 em 3 sementes'
        >>> settle("perda 2.171", "perda 2.161", 0.005)
        'perda 2.171'
    """
    reference = [match[0] for match in _NUMBER.finditer(stored)]
    if not tolerance or len(_NUMBER.findall(fresh)) != len(reference):
        return fresh
    waiting = iter(reference)

    def chosen(match: re.Match) -> str:
        old = next(waiting)
        # A folga de um bilionésimo é do binário: 0.305 - 0.300 passa de 0.005.
        close = abs(_value(match[0]) - _value(old)) <= tolerance * (1 + 1e-9)
        return old if close else match[0]

    return _NUMBER.sub(chosen, fresh)


def tolerance_of(cell) -> float:
    """Devolve a tolerância que a célula declara; 0 se não declara nenhuma.

    Parâmetros:
        cell: a célula do notebook.

    Erros:
        ValueError: a tolerância não é um número positivo.
    """
    value = cell.metadata.get(TOLERANCE, 0.0)
    valid = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not valid or (TOLERANCE in cell.metadata and value == 0):
        raise ValueError(f"a tolerância deve ser um número maior que 0, e veio {value!r}")
    return float(value)


def signed_zeros(outputs: list) -> list[str]:
    """Devolve as linhas comparadas em que aparece um zero com sinal.

    Parâmetros:
        outputs: as saídas de uma célula.

    Exemplo:
        >>> signed_zeros([{"output_type": "stream", "name": "stdout", "text": "a\\n-0.000 0.5"}])
        ['-0.000 0.5']
    """
    texts = compared_texts(outputs)
    lines = [line for text in texts.values() for one in text for line in one.splitlines()]
    return [line for line in lines if _SIGNED_ZERO.search(line)]


def _pictures(outputs: list) -> list[tuple[str, str]]:
    """Devolve o tipo e o conteúdo de cada desenho, inclusive dos que estão dentro do HTML."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        found += [(kind, text) for kind, text in data.items() if kind.startswith("image/")]
        found += [("image/png", png) for png in _INLINE.findall(data.get("text/html", ""))]
    return found


def _same_pixels(stored: str, fresh: str) -> bool:
    import numpy as np
    from PIL import Image

    before, after = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), dtype=int)
        for png in (stored, fresh)
    )
    return before.shape == after.shape and bool(abs(before - after).max(initial=0) <= _SHADE)


def _cleaned(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _value(number: str) -> float:
    return float(number.replace("−", "-").replace(",", "."))


def _lines(old: str, new: str) -> list[tuple[str, str]]:
    if old == new:
        return []
    before, after = old.splitlines(), new.splitlines()
    found = []
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, before, after, False).get_opcodes():
        if kind == "equal":
            continue
        for k in range(max(a1 - a0, b1 - b0)):
            left = before[a0 + k] if a0 + k < a1 else ""
            right = after[b0 + k] if b0 + k < b1 else ""
            found.append(_excerpt(left, right))
    return found or [(repr(old[-20:]), repr(new[-20:]))]  # só a quebra de linha do fim mudou


def _excerpt(left: str, right: str) -> tuple[str, str]:
    same = 0
    while same < min(len(left), len(right)) and left[same] == right[same]:
        same += 1
    start = max(0, same - _WIDTH // 2)
    return tuple(
        ("…" if start else "")
        + text[start : start + _WIDTH]
        + ("…" if text[start + _WIDTH :] else "")
        for text in (left, right)
    )
