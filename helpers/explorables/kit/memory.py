"""O que um explorável lembra: palpite, desafios e estado, depois de rodar a célula de novo.

Fica no progresso de quem estuda. Só entra o que veio do navegador: um `move` no código não é um
feito da pessoa. Sem onde guardar (`/dev/null`), nada se lembra.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from helpers.exercises import progress
from helpers.explorables.kit.frames import SKIP
from helpers.spoken import listing

Names = str | Sequence[str]  # um rótulo de controle, ou vários
# O que o navegador escreve e vale guardar; `kept` chega quando o controle descansa.
_WORTH = {"kept", "guess", "done", "text"}


class Remembering(traitlets.HasTraits):
    """O que falta a um `Explorable` para ter pergunta, desafios e um estado que se lembra."""

    title = traitlets.Unicode("").tag(sync=True)
    question = traitlets.Dict().tag(sync=True)
    guess = traitlets.Unicode("").tag(sync=True)
    challenges = traitlets.List().tag(sync=True)
    done = traitlets.List().tag(sync=True)
    kept = traitlets.Unicode("").tag(sync=True)
    own = traitlets.Dict().tag(sync=True)  # o que a caixa de texto próprio precisa, se há uma
    text = traitlets.Unicode("").tag(sync=True)  # o que se escreveu nela e se mudou, em JSON
    _name = ""

    def offer_own(self, own: dict[str, Any]) -> None:
        """Aceita textos próprios, se houver caixa, e manda o modelo à página que o pedir.

        Parâmetros:
            own: o que `own_box` dá; vazio, não há caixa.
        """
        if own:
            self.own = own
            self.on_msg(_hand_over)

    def open_at(self, state: str) -> None:
        """Vai ao estado que uma linha diz, como a que `state()` devolve.

        Parâmetros:
            state: a linha; o que ela não disser fica como no início.

        Erros:
            ValueError: se a linha for de outro explorável ou não disser um estado deste.
        """
        raise NotImplementedError(f"{type(self).__name__} precisa dizer como se abre num estado.")

    def fix(self, hide: Sequence[str], lock: Sequence[str], given: bool) -> None:
        """Esconde controles e trava outros: nem o desenho os muda.

        Parâmetros:
            hide: rótulos dos que somem da tela.
            lock: rótulos dos que ficam à vista, parados.
            given: se eles param no estado de agora; senão, no do início.

        Erros:
            ValueError: se um controle não existir.
        """
        raise NotImplementedError(f"{type(self).__name__} precisa dizer como os controles param.")

    def held(
        self, known: Mapping[str, str], hide: Sequence[str], lock: Sequence[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Os controles que somem e os que param, contados os que somem, pelo nome no código.

        Parâmetros:
            known: nome de cada controle, pelo rótulo.
            hide: rótulos dos que somem da tela.
            lock: rótulos dos que ficam à vista, parados.

        Erros:
            ValueError: se um controle não existir.
        """
        for label in (*hide, *lock):
            if label not in known:
                raise ValueError(
                    f"“{self.label}” não tem o controle {label!r}; tem {listing(list(known))}."
                )
        hidden = frozenset(known[label] for label in hide)
        return hidden, hidden | {known[label] for label in lock}

    def recall(self) -> None:
        """Repõe o palpite, os desafios e o estado guardados; o que já não existe fica de fora."""
        entry = progress.load().explorables.get(self._name, {})
        if entry.get("palpite") in [*self.question.get("options", ()), SKIP]:
            self.guess = entry["palpite"]
        same = entry.get("inicio") == self.beginning()
        if same and "scene" in self.own:
            self.text = entry.get("texto", "")
        if same and "estado" in entry:
            # Se a lição mudou, aquele estado pode já não existir.
            with contextlib.suppress(ValueError):
                self.open_at(entry["estado"])
        met = entry.get("desafios", [])
        self.done = [i for i, goal in enumerate(self.challenges) if goal["text"] in met]

    def beginning(self) -> str:
        """O que a célula pediu; se ela mudar, o estado guardado não serve mais."""
        return ""

    def remember(self) -> None:
        """Guarda o palpite, os desafios e o estado de agora."""
        if progress.path() is None:
            return
        met = [self.challenges[i]["text"] for i in self.done if i < len(self.challenges)]
        notice = progress.record(
            "explorable",
            self._name,
            palpite=self.guess,
            desafios=met,
            estado=self.state(),
            inicio=self.beginning(),
            **({"texto": self.text} if "scene" in self.own else {}),
        )
        if notice:
            self.message = notice

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Recebe o que o navegador escreveu e guarda o que vale lembrar.

        Parâmetros:
            sync_data: o que mudou lá, pelo nome.
        """
        super().set_state(sync_data)
        if _WORTH & set(sync_data):
            self.remember()


def read_state(state: Any, name: str, axes: Sequence[tuple[str, Sequence[str]]]) -> dict[int, int]:
    """Posição de cada eixo que uma linha de estado diz: `w1:regra=maior par,passo=2`.

    Parâmetros:
        state: a linha; o nome e os dois-pontos da frente podem faltar.
        name: nome do explorável.
        axes: rótulo e valores de cada eixo, em texto.

    Erros:
        ValueError: se a linha for de outro explorável, ou trouxer um controle ou valor que não há.
    """
    known = listing([label for label, _ in axes])
    if not isinstance(state, str) or not state.strip():
        raise ValueError(f"O estado é uma linha como {_example(name, axes)!r}; veio {state!r}.")
    head, colon, rest = state.strip().partition(":")
    if colon and "=" not in head:
        if head != name:
            raise ValueError(f"Este estado é de {head!r}, e este explorável é {name!r}.")
    else:
        rest = state.strip()
    found: dict[int, int] = {}
    while rest:
        at = next((i for i, (label, _) in enumerate(axes) if rest.startswith(f"{label}=")), None)
        if at is None:
            raise ValueError(
                f"Não entendi {rest[:40]!r} no estado: os controles são {known}. "
                f"Um exemplo: {_example(name, axes)!r}."
            )
        label, values = axes[at]
        rest = rest[len(label) + 1 :]
        # Um valor pode ter vírgulas: vale o mais comprido que acabe numa vírgula ou no fim.
        fits = [v for v in values if rest == v or rest.startswith(f"{v},")]
        if not fits:
            raise ValueError(f"{label}={rest.split(',')[0]!r} não existe; há {listing(values)}.")
        value = max(fits, key=len)
        found[at] = list(values).index(value)
        rest = rest[len(value) + 1 :]
    return found


def _example(name: str, axes: Sequence[tuple[str, Sequence[str]]]) -> str:
    return f"{name}:" + ",".join(f"{label}={values[0]}" for label, values in axes)


def _hand_over(widget: Remembering, *_: Any) -> None:
    """O modelo é grande, e só vai uma vez."""
    from helpers.explorables.kit.own_page import package  # conhece os exploráveis, que usam este

    widget.send({}, list(package()))


def _listed(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def opens(factory: Callable[..., Remembering]) -> Callable[..., Remembering]:
    """A mesma função, que aceita `state=`, a linha em que o explorável se abre, `hide=` e `lock=`.

    Parâmetros:
        factory: função que faz um explorável.
    """

    @functools.wraps(factory)
    def opened(
        *given: Any, state: str = "", hide: Names = (), lock: Names = (), **named: Any
    ) -> Remembering:
        widget = factory(*given, **named)
        if state:
            widget.open_at(state)
        if hide or lock:
            widget.fix(_listed(hide), _listed(lock), given=bool(state))
        return widget

    inside = inspect.signature(factory)
    extras = (("state", "", str), ("hide", (), Names), ("lock", (), Names))
    opened.__signature__ = inside.replace(
        parameters=[
            *inside.parameters.values(),
            *(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
                )
                for name, default, kind in extras
            ),
        ]
    )
    return opened
