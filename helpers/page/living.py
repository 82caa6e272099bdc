"""Exploráveis e cartões sem kernel: o estado de cada um e o JavaScript que o desenha."""

import ast
import hashlib
import json
import re
from typing import Any

from helpers.exercises import guesses
from helpers.exercises.catalog import GuessQuestion
from helpers.exercises.markup import inline_html, plain
from helpers.explorables.kit.base import Explorable

NUMBER = 10**9  # um palpite que ninguém dá: marca onde o número entra na frase
NONE = "Sem palpite desta vez."
EXPORT = re.compile(r"export default\s*(\{.*?\});?\s*$", re.S)


class PageError(ValueError):
    """Diz que célula não pode virar página, e por quê."""


class Kinds:
    """Os programas e os estilos dos exploráveis usados no site, cada um uma vez."""

    def __init__(self) -> None:
        self._programs: dict[str, str] = {}  # o programa e o nome dele
        self._styles: dict[str, None] = {}

    def add(self, widget: Explorable) -> str:
        """Guarda o programa de um explorável e devolve o nome dele.

        Erros:
            PageError: se o programa não acabar como os outros.
        """
        source, style = str(widget._esm), str(widget._css)
        if not EXPORT.search(source):
            raise PageError(f"{type(widget).__name__}: o programa não acaba em `export default`.")
        self._styles[style] = None
        return self._programs.setdefault(source, f"{type(widget).__name__}{len(self._programs)}")

    def script(self) -> str:
        """Programa clássico, que o navegador também aceita num arquivo aberto do disco."""
        made = []
        for source, name in self._programs.items():
            body = EXPORT.sub(lambda found: f"return {found[1]};", source)
            made.append(f"tpd.{name}=()=>{{{body}}};")
        return "window.tpd={};\n" + "\n".join(made) + "\n"

    def stylesheet(self) -> str:
        """Os estilos de todos."""
        return "\n".join(self._styles) + "\n"


def build(source: str, names: dict[str, Any], where: str) -> Explorable:
    """O explorável que uma célula mostra; a célula roda como está, sem kernel.

    Parâmetros:
        source: o código da célula.
        names: o que ela pode usar; fica com o que ela importar.
        where: a lição e a célula, para a mensagem.

    Erros:
        PageError: se a célula pedir o que só outra célula faz, ou não acabar num explorável.
    """
    *before, last = ast.parse(source).body
    try:
        exec(compile(ast.Module(before, []), where, "exec"), names)
        widget = eval(compile(ast.Expression(last.value), where, "eval"), names)
    except (NameError, AttributeError) as error:
        raise PageError(
            f"{where}: {error}. Uma célula `explorable` só usa o que ela mesma e a primeira célula "
            "da lição importam, e `thread`."
        ) from error
    if not isinstance(widget, Explorable):
        raise PageError(f"{where}: a célula `explorable` não acaba num explorável.")
    return widget


def imports(source: str, names: dict[str, Any], where: str) -> None:
    """Faz só os `import` de uma célula.

    Parâmetros:
        source: o código da célula.
        names: onde os nomes importados ficam.
        where: a lição e a célula, para a mensagem.
    """
    found = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(found, []), where, "exec"), names)


def card(name: str, given: str) -> Explorable:
    """O cartão que uma célula chama.

    Parâmetros:
        name: `predict` ou `quiz`.
        given: o palpite, como `01.aaa`, ou a lição.
    """
    from helpers.explorables import cards

    return getattr(cards, name)(given)


def packed(widget: Explorable, kind: str, more: dict[str, Any] | None = None) -> str:
    """O estado de um explorável em JSON, pronto para entrar num `<script>`.

    Parâmetros:
        kind: o nome do programa, de `Kinds.add`.
        more: o que o cartão de palpite precisa além do estado.
    """
    # `layout` é o número, sorteado, de outro widget: com ele, a marca mudaria a cada publicação.
    unseen = ("_", "layout")
    state = {k: v for k, v in widget.get_state().items() if not k.startswith(unseen)}
    mark = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:8]
    whole = {"kind": kind, "mark": mark, "state": state, **(more or {})}
    return json_text(whole)


def json_text(value: Any) -> str:
    """JSON que pode ficar dentro de um `<script>`: nada nele o fecha antes da hora.

    Parâmetros:
        value: o que escrever.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def sayings(prediction: GuessQuestion) -> dict[str, Any]:
    """O que o cartão de palpite responde, que no notebook quem diz é o kernel."""
    from helpers.explorables import cards

    options = [f"“{inline_html(plain(option))}”" for option in prediction.options]
    return {
        "id": prediction.id,
        "named": options,
        "noted": inline_html(cards.NOTED),
        "closed": inline_html(cards.CLOSED),
        "late": inline_html(cards.TOO_LATE),
    }


def verdicts(prediction: GuessQuestion, told: str) -> dict[str, Any]:
    """As frases que põem cada palpite ao lado do resultado guardado na lição.

    Parâmetros:
        told: o que a lição guardou, sem palpite: “Sem palpite desta vez. O resultado é 5. …”.

    Erros:
        PageError: se o texto guardado não for o desta ficha.
    """
    value = _value(prediction, told)
    none = inline_html(guesses.compare(prediction, None, value)).removeprefix(NONE).strip()
    if prediction.options:
        each = [guesses.compare(prediction, i, value) for i in range(len(prediction.options))]
        return {"none": none, "each": list(map(inline_html, each))}
    _, close, distant = prediction.said
    far = guesses.compare(prediction, NUMBER, value).replace(str(NUMBER), "{guess}")
    tail = " ".join(part for part in (distant, prediction.lesson_learned) if part)
    head = far.removesuffix(tail).strip()
    near = " ".join(part for part in (head, close, prediction.lesson_learned) if part)
    result = guesses._number(prediction.answer if value is None else value)
    right = guesses.compare(prediction, result, value) if isinstance(result, int) else near
    return {
        "none": none,
        "result": result,
        "within": prediction.near,
        "right": inline_html(right),
        "near": inline_html(near),
        "far": inline_html(far),
    }


def _value(prediction: GuessQuestion, told: str) -> object:
    """O resultado que a lição mediu, tirado da frase que ela guardou."""
    candidates: list[object] = [None, *range(len(prediction.options))]
    if not prediction.options and (found := re.search(r"O resultado é (.+?)\.(?: |$)", told)):
        candidates.append(found[1].replace("−", "-").replace("\u202f", "").replace(" ", ""))
    for value in candidates:
        try:
            said = plain(guesses.compare(prediction, None, value))
            # O que a ficha ensina pode ter mudado depois; o resultado é o que a lição mediu.
            if told.startswith(said.removesuffix(plain(prediction.lesson_learned)).strip()):
                return value
        except ValueError:
            continue
    raise PageError(f"palpite {prediction.id}: a lição guardou {told!r}, que não é desta ficha.")
