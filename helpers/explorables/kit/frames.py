"""O que um explorável de quadros precisa saber antes de existir: eixos, quadros, palpite, desafios.

Tudo aqui é dado puro. Quem vira widget é o `Flipper`, em `flipper.py`.
"""

import html
import itertools
import json
import re
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from helpers.spoken import decimal, percent

MAX_FRAMES = 80
MAX_BYTES = 150_000  # todos os quadros juntos, como viajam até o navegador
MAX_TABLE = 12  # linhas e colunas de "ver os números"
SKIP = "pular"  # palpite de quem preferiu não responder


@dataclass(frozen=True)
class Axis:
    """Um controle: nome no código, rótulo na tela e os valores por que ele passa.

    `kind` diz como ele aparece: `slider` (barra), `buttons` (escolha única) ou `hidden` (sem
    controle: quem muda o valor são as escolhas do próprio quadro). Dois valores são dois botões.
    """

    name: str
    label: str
    values: tuple[Any, ...]
    labels: tuple[str, ...] = ()
    kind: str = "slider"

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"O eixo {self.name!r} não tem valores; dê ao menos um.")
        if self.kind not in ("slider", "buttons", "hidden"):
            raise ValueError(f"kind={self.kind!r} deve ser 'slider', 'buttons' ou 'hidden'.")
        if self.kind == "slider" and len(self.values) == 2:
            object.__setattr__(self, "kind", "buttons")
        if not self.labels:
            object.__setattr__(self, "labels", tuple(str(value) for value in self.values))
        if len(self.labels) != len(self.values):
            raise ValueError(
                f"O eixo {self.name!r} tem {len(self.values)} valores e {len(self.labels)} rótulos."
            )

    def index(self, value: Any) -> int:
        """Posição de um valor no eixo.

        Parâmetros:
            value: um dos `values`.

        Erros:
            ValueError: se o valor não estiver no eixo.
        """
        if value not in self.values:
            raise ValueError(f"{self.name}={value!r} não existe; há {list(self.values)}.")
        return self.values.index(value)


@dataclass(frozen=True)
class Numbers:
    """Tabela de "ver os números": no máximo 12 linhas e 12 colunas, já em texto."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if len(self.header) > MAX_TABLE or len(self.rows) > MAX_TABLE:
            raise ValueError(
                f"A tabela tem {len(self.rows)} linhas e {len(self.header)} colunas; "
                f"cabem {MAX_TABLE} de cada."
            )
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("Toda linha da tabela precisa de uma célula por coluna do cabeçalho.")


@dataclass(frozen=True)
class Choice:
    """Botão que um quadro oferece: rótulo e para que valores ele leva."""

    label: str
    state: Mapping[str, Any]
    quiet: bool = False  # desfazer e afins: aparece discreto


@dataclass(frozen=True)
class Frame:
    """Um quadro: desenho, frase que diz o que ele mostra e, se houver, tabela e escolhas."""

    svg: str
    sentence: str
    table: Numbers | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Opening:
    """Pergunta que abre o explorável: opções, a certa e um comentário por opção.

    `cover` é o desenho que fica no palco até a resposta, sem entregar o resultado.
    """

    question: str
    options: tuple[str, ...]
    answer: str
    comments: tuple[str, ...]
    cover: str = ""

    def __post_init__(self) -> None:
        if self.answer not in self.options or len(self.comments) != len(self.options):
            raise ValueError(
                f"A resposta {self.answer!r} deve estar entre {self.options} "
                "e cada opção precisa do seu comentário."
            )

    def sent(self) -> dict[str, Any]:
        """A pergunta como o navegador a recebe."""
        return {
            "text": self.question,
            "options": list(self.options),
            "answer": self.answer,
            "comments": list(self.comments),
            "cover": self.cover,
        }


class _Spoken(string.Formatter):
    """Formatador em que `{x}` é o número como está, `{x:2}` o põe com casas, e `{x:%}`, em %."""

    def format_field(self, value: Any, spec: str) -> str:
        if spec == "%":
            return percent(value)
        return decimal(value, int(spec)) if spec else str(value)


def spoken(text: str, /, *places: Any, **facts: Any) -> str:
    """Texto com os números no lugar e por extenso: `spoken("Passe de {a:%}.", a=0.4)`."""
    return _Spoken().vformat(text, places, facts)


def fields(text: str) -> set[str]:
    """Os nomes que um texto chama entre chaves; as posições, como `{0}`, não são nomes."""
    names = {name for _, name, _, _ in _Spoken().parse(text) if name}
    return {name for name in names if not name.isdecimal()}


def fill(text: str, /, *places: Any, **numbers: Any) -> str:
    """Texto de desafio: como `spoken`, mas nenhum algarismo é escrito à mão.

    Parâmetros:
        places: números que o texto chama pela posição, como `{0}`; podem sobrar.
        numbers: números que o texto chama pelo nome; não podem sobrar.

    Erros:
        ValueError: se o texto trouxer um algarismo, ou se faltar ou sobrar um número.
    """
    written = "".join(piece for piece, _, _, _ in _Spoken().parse(text))
    if any(map(str.isdecimal, written)):
        raise ValueError(
            f"O desafio {text!r} traz um número escrito à mão; dê-o à parte, para a condição usar "
            "o mesmo."
        )
    if fields(text) != set(numbers):
        raise ValueError(
            f"O desafio {text!r} fala de {sorted(fields(text))}, e os números são "
            f"{sorted(numbers)}."
        )
    return spoken(text, *places, **numbers)


@dataclass(frozen=True)
class Challenge:
    """Desafio: o texto, a condição sobre o estado e os números que os dois dividem.

    Um número chega ao texto e à condição por `numbers`, e assim um não diz o que a outra não cobra:
    `Challenge("Passe de {least:%}.", lambda least, share: share > least, {"least": 0.4})`.

    Parâmetros:
        text: o que se pede; nele nenhum algarismo é escrito à mão.
        goal: recebe os números e um valor por eixo, pelo nome.
        numbers: os números, pelo nome.

    Erros:
        ValueError: se o texto trouxer um algarismo, ou se um número não aparecer nele.
    """

    text: str
    goal: Callable[..., bool] = field(compare=False)
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", fill(self.text, **self.numbers))

    def met(self, *place: Any, **state: Any) -> bool:
        """Se um estado cumpre o desafio.

        Parâmetros:
            place: o que a condição recebe pela posição.
            state: o que ela recebe pelo nome; num folheador, um valor por eixo.
        """
        return bool(self.goal(*place, **self.numbers, **state))


def following(values: Iterable[Any], value: Any) -> Any:
    """O valor seguinte de um controle; depois do último vem o primeiro.

    Parâmetros:
        values: os valores por que ele passa.
        value: o de agora.
    """
    ring = list(values)
    return ring[(ring.index(value) + 1) % len(ring)]


Draw = Callable[..., Frame]
_ZONE = re.compile(r'(<path d="[^"]*") data-go="([^"]*)"/>')


def states(axes: Sequence[Axis]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Todos os estados, um a um: a chave do quadro e os valores dos eixos."""
    for places in itertools.product(*(range(len(axis.values)) for axis in axes)):
        values = {axis.name: axis.values[i] for axis, i in zip(axes, places, strict=True)}
        yield ",".join(map(str, places)), values


def state_key(axes: Sequence[Axis], values: Mapping[str, Any]) -> str:
    """Chave do quadro de um estado, como `0,2`."""
    return ",".join(str(axis.index(values[axis.name])) for axis in axes)


def state_values(axes: Sequence[Axis], key: str) -> dict[str, Any]:
    """Valores dos eixos de uma chave de quadro.

    Parâmetros:
        key: chave como `0,2`.
    """
    places = map(int, key.split(","))
    return {axis.name: axis.values[i] for axis, i in zip(axes, places, strict=True)}


def draw_all(draw: Draw, axes: Sequence[Axis]) -> dict[str, Frame]:
    """Um quadro por estado, todos desenhados agora.

    Parâmetros:
        draw: função pura que recebe um valor por eixo e devolve o quadro.

    Erros:
        ValueError: se houver quadros demais ou um quadro sem frase.
    """
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MAX_FRAMES:
        raise ValueError(f"São {count} quadros; cabem {MAX_FRAMES}. Tire valores de um eixo.")
    frames = {}
    for key, values in states(axes):
        frame = draw(**values)
        if not frame.sentence.strip():
            raise ValueError(f"O quadro {values} não diz nada: toda figura precisa de uma frase.")
        frames[key] = replace(frame, svg=lead(frame.svg, axes))
    return frames


def lead(svg: str, axes: Sequence[Axis]) -> str:
    """O desenho com o destino de cada área em posições, como o navegador as lê: `data-go="0=3"`.

    Parâmetros:
        svg: o desenho, ou um pedaço dele.

    Erros:
        ValueError: se uma área falar de um controle que não existe.
    """
    return _ZONE.sub(partial(_led, axes), svg)


def _led(axes: Sequence[Axis], found: re.Match[str]) -> str:
    names = [axis.name for axis in axes]
    pairs = []
    for told in html.unescape(found[2]).split(";"):
        name, _, value = told.partition("=")
        if name not in names:
            raise ValueError(f"data-go fala de {name!r}; os controles são {names}.")
        at = names.index(name)
        values = [str(one) for one in axes[at].values]
        if value not in values:
            return ""
        pairs.append(f"{at}={values.index(value)}")
    return f'{found[1]} data-go="{",".join(pairs)}"/>'


def without(frame: Frame, axes: Sequence[Axis], fixed: Collection[str]) -> Frame:
    """O quadro sem as áreas e as escolhas que mudariam um controle parado.

    Parâmetros:
        fixed: nomes dos controles parados.
    """
    choices = tuple(one for one in frame.choices if not set(one.state) & set(fixed))
    return replace(frame, svg=still(frame.svg, axes, fixed), choices=choices)


def still(svg: str, axes: Sequence[Axis], fixed: Collection[str]) -> str:
    """O desenho, ou um pedaço dele, sem as áreas que mudariam um controle parado.

    Parâmetros:
        fixed: nomes dos controles parados.
    """
    places = {str(i) for i, axis in enumerate(axes) if axis.name in fixed}
    return _ZONE.sub(partial(_kept, places), svg) if places else svg


def _kept(fixed: Collection[str], found: re.Match[str]) -> str:
    moved = {pair.split("=")[0] for pair in found[2].split(",")}
    return "" if moved.intersection(fixed) else found[0]


def pack(frames: Mapping[str, Frame], axes: Sequence[Axis]) -> tuple[dict[str, Any], list[str]]:
    """Os quadros como o navegador os recebe: cada desenho é uma lista de peças de uma mesma caixa.

    Quadros vizinhos repetem quase tudo; guardar cada peça uma vez divide o peso por três ou mais.

    Parâmetros:
        axes: os controles, para achar o destino das escolhas.

    Retorna:
        Os quadros, com o desenho em números de peças, e a caixa de peças.

    Erros:
        ValueError: se o pacote pesar mais que `MAX_BYTES`.
    """
    places: dict[str, int] = {}
    packed = {}
    for key, frame in frames.items():
        here = state_values(axes, key)
        packed[key] = {
            "svg": [places.setdefault(part, len(places)) for part in _cut(frame.svg)],
            "sentence": frame.sentence,
        }
        if frame.table is not None:
            packed[key]["table"] = [list(frame.table.header), *map(list, frame.table.rows)]
        if frame.choices:
            packed[key]["choices"] = [
                {"label": c.label, "key": state_key(axes, {**here, **c.state}), "quiet": c.quiet}
                for c in frame.choices
            ]
    parts = list(places)
    # Sem espaços e em UTF-8: é assim que o JupyterLab manda o estado de um widget.
    sent = json.dumps([packed, parts], ensure_ascii=False, separators=(",", ":"))
    size = len(sent.encode())
    if size > MAX_BYTES:
        raise ValueError(f"Os quadros pesam {size} bytes; o limite é {MAX_BYTES}. Desenhe menos.")
    return packed, parts


def _cut(svg: str) -> list[str]:
    """Peças de um desenho: uma forma com o texto que vem logo depois, ou um texto sozinho."""
    mark = "\x01"  # proibido em XML: nunca está no desenho
    for shape in ("<rect", "<path", "<circle"):
        svg = svg.replace(shape, mark + shape)
    return [part for part in svg.replace("</text><text", f"</text>{mark}<text").split(mark) if part]
