"""Ver e mudar o que passa por dentro de um modelo, sem mexer no código dele.

Um `HookPoint` é uma identidade com endereço: seu nome é o caminho do módulo, como
`blocks.0.attn.hook_pattern` (os nomes são os da TransformerLens). Quem quer ver ou mudar o valor
escuta o ponto; ao fim de cada chamada ninguém mais escuta, mesmo que ela termine em exceção.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial

from torch import Tensor, nn

Edit = Callable[[Tensor], Tensor]


class Hooked(nn.Module):
    """Módulo com pontos de escuta: alcança as partes dele sem a busca lenta de `nn.Module`.

    Quem responde por uma parte é sempre o registro do PyTorch (`_modules`): a parte que se troca,
    se acrescenta ou se apaga por qualquer caminho é a que o cálculo usa, ou deixa de usar.
    """

    def __setattr__(self, name: str, value: object):
        super().__setattr__(name, value)
        if isinstance(value, nn.Module) and not hasattr(type(self), name):
            setattr(type(self), name, _Registered(name))


class _Registered:
    """Atributo de classe que lê uma parte no registro do PyTorch, sem guardar nada."""

    def __init__(self, name):
        self.name = name

    def __get__(self, module, owner=None):
        try:
            return module._modules[self.name]
        except (AttributeError, KeyError):  # a classe, ou uma parte que não há
            raise AttributeError(self.name) from None


class HookPoint(nn.Module):
    """Devolve o próprio valor que recebe; quem escuta pode guardá-lo ou trocá-lo.

    Parâmetros:
        on_request: se o valor custa caro e só é calculado quando alguém o pede pelo nome.
    """

    def __init__(self, on_request: bool = False):
        super().__init__()
        self.on_request = on_request

    @property
    def is_listened(self) -> bool:
        """Diz se alguém escuta este ponto agora."""
        return bool(
            self._forward_hooks
            or self._backward_hooks
            or self._forward_pre_hooks
            or self._backward_pre_hooks
        )

    def __call__(self, value: Tensor) -> Tensor:
        # Sem ouvintes, nem a chamada de módulo do PyTorch é paga.
        if (
            self._forward_hooks
            or self._backward_hooks
            or self._forward_pre_hooks
            or self._backward_pre_hooks
        ):
            return super().__call__(value)
        return value

    def forward(self, value: Tensor) -> Tensor:
        """Devolve `value`."""
        return value


def hook_names(model: nn.Module, on_request: bool = False) -> list[str]:
    """Lista os nomes das ativações do modelo, na ordem em que os módulos foram criados.

    Parâmetros:
        on_request: se entram também as que só são calculadas a pedido.
    """
    points = _hook_points(model).items()
    return [name for name, point in points if on_request or not point.on_request]


def run_with_cache(
    model: nn.Module, tokens: Tensor, names: str | Iterable[str] | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Roda o modelo e devolve, junto da saída, as ativações que passaram pelos pontos.

    Parâmetros:
        names: uma ativação ou várias; sem valor, todas as de `hook_names(model)`.

    Retorna:
        A saída do modelo e o dicionário nome → ativação, na ordem em que foram calculadas.

    Erros:
        ValueError: se um nome não existir no modelo.
    """
    if names is None:
        names = hook_names(model)
    cache = {}
    names = [names] if isinstance(names, str) else list(names)
    with editing(model, {name: partial(_keep, cache, name) for name in names}):
        return model(tokens), cache


def run_with_edits(model: nn.Module, tokens: Tensor, edits: Mapping[str, Edit]) -> Tensor:
    """Roda o modelo com algumas ativações trocadas no caminho.

    Parâmetros:
        edits: nome da ativação → função que recebe o valor e devolve outro de mesma forma.

    Retorna:
        A saída do modelo com as trocas.

    Erros:
        ValueError: se um nome não existir ou uma troca mudar a forma.
        TypeError: se uma troca não devolver um tensor.
    """
    with editing(model, edits):
        return model(tokens)


@contextmanager
def editing(model: nn.Module, edits: Mapping[str, Edit]) -> Iterator[None]:
    """Mantém as trocas valendo dentro do `with`, para gerar ou treinar com elas.

    Parâmetros:
        edits: nome da ativação → função que recebe o valor e devolve outro de mesma forma.

    Erros:
        ValueError: se um nome não existir no modelo.
    """
    points = [_hook_point(model, name) for name in edits]
    handles = [
        point.register_forward_hook(partial(_torch_hook, name, edit))
        for point, (name, edit) in zip(points, edits.items(), strict=True)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook_points(model):
    return {name: part for name, part in model.named_modules() if isinstance(part, HookPoint)}


def _hook_point(model, name):
    try:
        point = model.get_submodule(name)
    except AttributeError:
        point = None
    if name and isinstance(point, HookPoint):
        return point
    close = get_close_matches(name, _hook_points(model))
    hint = f"você quis dizer {' ou '.join(close)}?" if close else "veja hook_names(model)"
    raise ValueError(f"não há ativação chamada {name!r} neste modelo; {hint}")


def _keep(cache, name, value):
    cache[name] = value
    return value


def _torch_hook(name, edit, module, args, value):
    edited = edit(value)
    if not isinstance(edited, Tensor):
        kind = type(edited).__name__
        raise TypeError(f"a troca de {name} devolveu {kind}; ela precisa devolver um tensor")
    if edited.shape != value.shape:
        raise ValueError(
            f"a troca de {name} devolveu a forma {tuple(edited.shape)}; "
            f"a ativação tem a forma {tuple(value.shape)}"
        )
    return edited
