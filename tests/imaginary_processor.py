"""Um processador que não existe: soma de trás para a frente e erra o último bit das funções.

Faz as vezes dos que não se podem emular aqui (outras bibliotecas, ARM). Carregado no começo de um
núcleo, vale até o fim dele. As contas exatas continuam exatas: produto por 0 e por 1, potências de
dois. O que este processador muda, um de verdade também pode mudar.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

#: Produtos: nome → quantos argumentos vêm antes das duas matrizes.
PRODUCTS = {"mm": 0, "bmm": 0, "mv": 0, "dot": 0, "addmm": 1, "baddbmm": 1, "addmv": 1}
SUMS = {"sum", "mean", "var", "std", "linalg_vector_norm", "logsumexp"}
ALONG = {"_softmax", "_log_softmax"}
#: Funções cujo último bit nenhuma norma fixa, e as que juntam várias contas numa só.
FUNCTIONS = {
    "exp",
    "log",
    "log2",
    "tanh",
    "sigmoid",
    "gelu",
    "cos",
    "sin",
    "pow",
    "rsqrt",
    "normal_",
    "randn",
    "cumsum",
    "native_layer_norm",
    "native_layer_norm_backward",
    "gelu_backward",
    "tanh_backward",
    "_softmax_backward_data",
    "_log_softmax_backward_data",
    "embedding_dense_backward",
    "linalg_solve_ex",
    "_scaled_dot_product_flash_attention_for_cpu",
}
KINDS = {torch.float32: torch.int32, torch.float64: torch.int64}


class Backwards(TorchDispatchMode):
    """Refaz cada conta em outra ordem, ou troca o último bit dela."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Devolve o resultado da conta, arredondado em outro lugar.

        Parâmetros:
            func: a conta.
            types: não é usado; existe porque a classe do PyTorch o prevê.
            args: os argumentos.
            kwargs: os argumentos com nome.
        """
        kwargs = kwargs or {}
        name = func._schema.name.removeprefix("aten::")
        if name in PRODUCTS:
            first = PRODUCTS[name]
            a, b = args[first : first + 2]
            turned = a.flip(-1), b.flip(-2 if b.ndim > 1 else -1)
            return func(*args[:first], *turned, *args[first + 2 :], **kwargs)
        if name in SUMS:
            return _turned(func(_turned(args[0]), *args[1:], **kwargs))
        if name in ALONG:
            return func(args[0].flip(args[1]), *args[1:], **kwargs).flip(args[1])
        found = func(*args, **kwargs)
        if name in FUNCTIONS:
            for part in found if isinstance(found, tuple) else (found,):
                _nudge(part)
        return found


def _turned(values: torch.Tensor) -> torch.Tensor:
    return values.flip(tuple(range(values.ndim)))


def _nudge(values) -> None:
    """Muda o último bit, para cima ou para baixo conforme o próprio número, no lugar."""
    if not isinstance(values, torch.Tensor) or values.dtype not in KINDS:
        return
    bits = values.detach().contiguous().view(-1).view(KINDS[values.dtype])
    step = ((bits.long() * 2654435761) >> 13) % 3 - 1
    scaled = values.detach() * 4096
    exact = (scaled == scaled.round()) | ~scaled.isfinite()
    moved = (bits + step.to(bits.dtype)).view(values.dtype).view(values.shape)
    values.detach().copy_(torch.where(exact, values.detach(), moved))


Backwards().__enter__()
