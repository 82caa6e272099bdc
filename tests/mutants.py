"""Mutantes: a solução de um exercício com um só estrago por vez, cada um com um nome legível.

O que os casos de um exercício não distinguem da solução passaria como resposta certa.
"""

import ast
import copy
import inspect
import textwrap
from collections import Counter
from dataclasses import dataclass
from functools import cache

MOST_TURNS = 20_000  # voltas de laço numa chamada: um mutante sem fim para aqui

_OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_COUSINS = {
    "min": ("max",),
    "max": ("min", "sum"),
    "sum": ("max", "len"),
    "len": ("max",),
    "any": ("all",),
    "all": ("any",),
    "ceil": ("floor",),
    "floor": ("ceil",),
    "sin": ("cos",),
    "cos": ("sin",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "mean": ("sum",),
    "softmax": ("log_softmax",),
    "triu": ("tril",),
    "tril": ("triu",),
    "append": ("extend",),
    "extend": ("append",),
}
# Trocar o tipo sem trocar o valor não é estrago: a conferência lê os dois.
_CONVERSIONS = {"float", "list", "tuple", "tolist", "int", "bool"}
_SYMMETRIC = {"min", "max", "transpose"}
# `zip(strict=True)` só protege quem escreve a solução; nos casos, os comprimentos combinam.
_IDLE_KEYWORDS = {"strict"}
_SKIPPED = (ast.Import, ast.ImportFrom, ast.arguments, ast.Pass)


class EndlessMutant(Exception):
    """Avisa que o mutante deu voltas demais."""


@dataclass(frozen=True)
class Mutant:
    """Guarda uma solução estragada.

    Parâmetros:
        name: o trecho que mudou, antes e depois.
        function: a solução com o trecho mudado.
    """

    name: str
    function: object


def mutants(function):
    """Devolve os mutantes de uma função, na ordem em que o texto é lido.

    Parâmetros:
        function: solução escrita com `def`, que usa só o que está dentro dela e do módulo.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    places, names = _places(tree), _names(tree)
    found, seen = [], Counter()
    for number, node in enumerate(places):
        for name, changed in (*_changes(node), *_other_names(node, names)):
            seen[name] += 1
            label = name if seen[name] == 1 else f"{name} · {seen[name]}ª vez"
            found.append(Mutant(label, _build(function, tree, number, changed)))
    return found


def _places(tree):
    """Percorre, sempre na mesma ordem, os nós que se podem mudar."""
    found = []

    def visit(node):
        if isinstance(node, _SKIPPED):
            return
        found.append(node)
        for field, value in ast.iter_fields(node):
            if field in ("returns", "annotation", "decorator_list", "ctx"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.keyword) and child.arg in _IDLE_KEYWORDS:
                    continue
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    visit(child.value if _is_width(node, child) else child)

    visit(tree.body[0])
    return found


def _is_width(parent, node):
    """Diz se é o `x[0]` de `len(x[0])`: as linhas de uma tabela têm todas o mesmo comprimento."""
    measured = isinstance(parent, ast.Call) and getattr(parent.func, "id", "") == "len"
    numbered = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    return measured and numbered


def _is_docstring(node):
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(node.value.value, str)


def _changes(node):
    """Dá (nome, nó novo) de cada mudança que se faz no lugar de um nó."""
    for new in _replacements(node):
        before, after = _text(node), _text(new)
        if before != after:
            yield f"{before} → {after}", new
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.Return):
        yield f"sem {_text(node)}", ast.Pass()


def _names(tree):
    """Devolve os nomes que a função define: parâmetros, variáveis e contadores."""
    found = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    found += [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return tuple(dict.fromkeys(found))


def _other_names(node, names):
    """Dá um nome no lugar de outro: linha por coluna, largura por comprimento."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for other in names:
            if other != node.id:
                yield f"{node.id} → {other}", ast.Name(other, ast.Load())


def _text(node):
    """Escreve o nó numa linha; de um bloco, só o cabeçalho."""
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return text.splitlines()[0].strip()


def _replacements(node):
    for kind, makers in _MAKERS.items():
        if isinstance(node, kind):
            for make in makers:
                yield from make(copy.deepcopy(node))


def _operator(node):
    for operator in _OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, operator(), node.right)
    if not isinstance(node.op, ast.Mult | ast.Add) or _joins_lists(node):
        yield ast.BinOp(node.right, node.op, node.left)
    yield node.left
    yield node.right
    if isinstance(node.op, ast.Sub):
        yield ast.Call(ast.Name("abs", ast.Load()), [node], [])


def _joins_lists(node):
    lists = any(isinstance(part, ast.List | ast.ListComp) for part in ast.walk(node))
    return isinstance(node.op, ast.Add) and lists


def _sign(node):
    yield node.operand


def _constant(node):
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str | bytes) and value:
        yield ast.Constant(type(value)())


def _comparison(node):
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)
    yield ast.Constant(True)
    yield ast.Constant(False)


def _connective(node):
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(other, node.values)
    yield from node.values


def _truth(node):
    """`if`, `while` e `a if c else b` com a condição trocada."""
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif not isinstance(node.test, ast.Compare):
        for value in (True, False):
            changed = copy.deepcopy(node)
            changed.test = ast.Constant(value)
            yield changed


def _call(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    for other in _COUSINS.get(name, ()):
        changed = copy.deepcopy(node)
        if isinstance(changed.func, ast.Attribute):
            changed.func.attr = other
        else:
            changed.func.id = other
        yield changed
    for index in range(len(node.args) - 1 if name not in _SYMMETRIC else 0):
        changed = copy.deepcopy(node)
        changed.args[index : index + 2] = changed.args[index : index + 2][::-1]
        yield changed
    for index, keyword in enumerate(node.keywords):
        if keyword.arg not in _IDLE_KEYWORDS:
            changed = copy.deepcopy(node)
            del changed.keywords[index]
            yield changed
    if name not in _CONVERSIONS:
        yield from _unwrapped(node)
    if name == "range" and len(node.args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
        yield ast.Call(node.func, [ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))], [])
        yield ast.Call(node.func, [ast.BinOp(node.args[0], ast.Add(), ast.Constant(1))], [])


def _unwrapped(node):
    """O passo esquecido: `f(x)` e `x.f()` viram `x`."""
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield node.func.value
    elif len(node.args) == 1 and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        yield node.args[0]
    elif len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        yield ast.ListComp(node.args[0].elt, node.args[0].generators)


def _is_module(node):
    return isinstance(node, ast.Name) and node.id in ("math", "torch", "np", "random")


def _slice(node):
    for side in ("lower", "upper", "step"):
        value = getattr(node, side)
        if value is None:
            continue
        changed = copy.deepcopy(node)
        setattr(changed, side, None)
        yield changed
        for operator in (ast.Add, ast.Sub) if side != "step" else ():
            changed = copy.deepcopy(node)
            setattr(changed, side, ast.BinOp(value, operator(), ast.Constant(1)))
            yield changed


def _subscript(node):
    if not isinstance(node.ctx, ast.Load):
        return
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        swapped = ast.Tuple(node.slice.elts[::-1], ast.Load())
        yield ast.Subscript(node.value, swapped, ast.Load())
    elif not isinstance(node.slice, ast.Slice | ast.Tuple | ast.Constant):
        yield ast.Subscript(
            node.value, ast.BinOp(node.slice, ast.Sub(), ast.Constant(1)), ast.Load()
        )
    if isinstance(node.slice, ast.Slice):
        yield node.value


def _attribute(node):
    if node.attr in ("T", "mT") and isinstance(node.ctx, ast.Load):
        yield node.value


def _augmented(node):
    for operator in _OPERATORS.get(type(node.op), ()):
        yield ast.AugAssign(node.target, operator(), node.value)
    yield ast.Assign([node.target], node.value)


def _filter(node):
    if node.ifs:
        yield ast.comprehension(node.target, node.iter, [], node.is_async)


def _leaving(node):
    yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _elements(node):
    for index in range(len(node.elts) - 1):
        if isinstance(node.ctx, ast.Load):
            changed = copy.deepcopy(node)
            changed.elts[index : index + 2] = changed.elts[index : index + 2][::-1]
            yield changed


_MAKERS = {
    ast.BinOp: (_operator,),
    ast.UnaryOp: (_sign,),
    ast.Constant: (_constant,),
    ast.Compare: (_comparison,),
    ast.BoolOp: (_connective,),
    ast.If | ast.While | ast.IfExp: (_truth,),
    ast.Call: (_call,),
    ast.Slice: (_slice,),
    ast.Subscript: (_subscript,),
    ast.Attribute: (_attribute,),
    ast.AugAssign: (_augmented,),
    ast.comprehension: (_filter,),
    ast.Break | ast.Continue: (_leaving,),
    ast.List | ast.Tuple: (_elements,),
}


class _CountTurns(ast.NodeTransformer):
    """Põe em cada laço uma chamada que conta as voltas."""

    def _counted(self, node):
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(ast.Call(ast.Name("_turn", ast.Load()), [], [])))
        return node

    visit_While = visit_For = _counted


def _build(function, tree, number, changed):
    """Devolve a função em que o nó de número dado é outro; só se compila ao chamá-la."""

    def compiled():
        fresh = copy.deepcopy(tree)
        target = _places(fresh)[number]
        for parent in ast.walk(fresh):
            for field, value in ast.iter_fields(parent):
                if value is target:
                    setattr(parent, field, changed)
                elif isinstance(value, list):
                    value[:] = [changed if item is target else item for item in value]
        fresh = ast.fix_missing_locations(_CountTurns().visit(fresh))
        return compile(fresh, f"<mutante de {function.__name__}>", "exec")

    code = cache(compiled)

    def mutant(*args):
        turns = iter(range(MOST_TURNS))

        def turn():
            if next(turns, None) is None:
                raise EndlessMutant

        scope = {**function.__globals__, "_turn": turn}
        exec(code(), scope)
        return scope[function.__name__](*args)

    return mutant
