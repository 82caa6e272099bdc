"""Um desenho escrito uma vez, em Python, e levado ao navegador como JavaScript.

Os textos de quem estuda são desenhados na página, sem kernel, pelas mesmas funções que desenham a
frase do curso. Traduz-se o pedaço do Python de que elas precisam: funções puras sobre números,
textos, listas e dicionários. O que não tem tradução é um erro, com o nome da função e a linha.
"""

import ast
import builtins
import dataclasses
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from helpers.explorables.kit.base import read_part

#: Função do Python -> a que `python.js` escreve à mão, porque usa o que só a biblioteca tem.
NATIVE = {
    "helpers.plots.svg.number": "svgNumber",
    "helpers.plots.svg.escape": "svgEscape",
    "helpers.plots.svg.label_width": "svgLabelWidth",
    "helpers.plots.svg.short": "svgShort",
    "helpers.plots.svg.zone": "svgZone",
    "helpers.spoken.decimal": "spokenDecimal",
}
#: O que `python.js` sabe fazer: `len` é `$len`, e o método `append` é `$m_append`.
KNOWN = frozenset(re.findall(r"(?:const|function) \$(\w+)", read_part("python.js")))
OPERATORS = {ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Mod: "%"}
ORDERS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def translate(functions: Iterable[Callable[..., Any]]) -> tuple[str, list[str]]:
    """O JavaScript de umas funções e de tudo o que elas chamam; precisa de `python.js` antes.

    Parâmetros:
        functions: funções puras, no pedaço do Python que se traduz.

    Retorna:
        O código e o nome que cada função tem nele, na mesma ordem.

    Erros:
        ValueError: se uma delas usar algo que não tem tradução.
    """
    found: dict[str, str] = {}
    names = [_named(function, found) for function in functions]
    return "\n".join(found.values()), names


def _named(value: Any, found: dict[str, str]) -> str:
    """Como um valor global do Python se chama no JavaScript; o código dele entra em `found`."""
    if callable(value):
        return _called(inspect.unwrap(value), found)
    if value is None or isinstance(value, (bool, int, float, str, tuple, list, dict)):
        return json.dumps(value, ensure_ascii=False)
    raise ValueError(f"{value!r} não tem tradução: só números, textos, listas e funções.")


def _called(value: Any, found: dict[str, str]) -> str:
    place = f"{value.__module__}.{value.__qualname__}"
    if place in NATIVE:
        return NATIVE[place]
    if value.__module__ == "math":
        return f"Math.{value.__name__}"
    name = "_".join(place.split(".")[-2:])  # helpers.plots.svg.text vira svg_text
    if name not in found:
        found[name] = ""  # quem chama a si mesma já tem nome
        make = _record if dataclasses.is_dataclass(value) else _function
        found[name] = make(value, name, found)
    return name


def _record(kind: type, name: str, found: dict[str, str]) -> str:
    """Uma classe só de campos vira uma função que faz um objeto com os mesmos campos."""
    parts = []
    for one in dataclasses.fields(kind):
        given = one.default is not dataclasses.MISSING
        parts.append(f"{one.name}={_named(one.default, found)}" if given else one.name)
    fields = ",".join(one.name for one in dataclasses.fields(kind))
    return f"const {name}=({','.join(parts)})=>({{{fields}}});"


def _function(value: Callable[..., Any], name: str, found: dict[str, str]) -> str:
    node = ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]
    return _Body(value, found).function(node, name)


class _Body:
    """O corpo de uma função, comando a comando."""

    def __init__(self, function: Callable[..., Any], found: dict[str, str]) -> None:
        self.source, self.found = function, found
        self.names = function.__globals__
        self.local: set[str] = set()

    def function(self, node: ast.FunctionDef, name: str) -> str:
        given = inspect.signature(self.source).parameters
        heads = []
        for one in given.values():
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                raise ValueError(f"{name}: *{one.name} não tem tradução.")
            default = "" if one.default is one.empty else f"={_named(one.default, self.found)}"
            heads.append(one.name + default)
        stored = [n.id for n in ast.walk(node) if _is_store(n)]
        self.local = {*given, *stored}
        inner = dict.fromkeys(n for n in stored if n not in given)
        body = "".join(map(self.statement, node.body))
        names = f"let {','.join(inner)};" if inner else ""
        return f"function {name}({','.join(heads)}){{{names}{body}}}"

    def refuse(self, node: ast.AST) -> ValueError:
        where = f"{self.source.__qualname__}, linha {getattr(node, 'lineno', '?')}"
        return ValueError(f"{where}: {ast.unparse(node)} não tem tradução para JavaScript.")

    # comandos

    def statement(self, node: ast.stmt) -> str:
        match node:
            case ast.Expr(value=ast.Constant()):
                return ""  # o texto que documenta
            case ast.Expr():
                return f"{self.say(node.value)};"
            case ast.Return():
                return f"return {self.say(node.value) if node.value else 'null'};"
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
                # O ponto e vírgula da frente: a linha começa por [ quando o alvo é uma lista.
                return f";{self.target(target)}={self.say(node.value)};"
            case ast.AugAssign(op=ast.Add()):
                target = self.target(node.target)
                return f"{target}=$add({target},{self.say(node.value)});"
            case ast.AugAssign():
                return f"{self.target(node.target)}{self.operator(node)}={self.say(node.value)};"
            case ast.If():
                other = f"else{{{self.block(node.orelse)}}}" if node.orelse else ""
                return f"if({self.truth(node.test)}){{{self.block(node.body)}}}{other}"
            case ast.For(orelse=[]):
                head = (self.target(node.target), "of", f"$list({self.say(node.iter)})")
                return f"for({' '.join(head)}){{{self.block(node.body)}}}"
            case ast.Continue():
                return "continue;"
        raise self.refuse(node)

    def block(self, body: list[ast.stmt]) -> str:
        return "".join(map(self.statement, body))

    def target(self, node: ast.expr) -> str:
        match node:
            case ast.Name():
                return node.id
            case ast.Tuple() | ast.List():
                return f"[{','.join(map(self.target, node.elts))}]"
            case ast.Subscript():
                return f"{self.say(node.value)}[{self.say(node.slice)}]"
            case ast.Starred():
                return f"...{self.target(node.value)}"
        raise self.refuse(node)

    def operator(self, node: Any) -> str:
        if type(node.op) not in OPERATORS:
            raise self.refuse(node)
        return OPERATORS[type(node.op)]

    # expressões

    def truth(self, node: ast.expr) -> str:
        return self.say(node) if isinstance(node, ast.Compare) else f"$truth({self.say(node)})"

    def say(self, node: ast.expr) -> str:
        say = getattr(self, f"say_{type(node).__name__}", None)
        if say is None:
            raise self.refuse(node)
        return say(node)

    def several(self, nodes: Iterable[ast.expr]) -> str:
        return ",".join(map(self.say, nodes))

    def say_Constant(self, node: ast.Constant) -> str:
        return json.dumps(node.value, ensure_ascii=False)

    def say_Name(self, node: ast.Name) -> str:
        if node.id in self.local:
            return node.id
        if node.id in self.names:
            return _named(self.names[node.id], self.found)
        if node.id in KNOWN and hasattr(builtins, node.id):
            return f"${node.id}"
        raise self.refuse(node)

    def say_Attribute(self, node: ast.Attribute) -> str:
        held = self.held(node)
        return f"{self.say(node.value)}.{node.attr}" if held is self else _named(held, self.found)

    def held(self, node: ast.expr) -> Any:
        """O valor global de um nome, como `svg.text`; esta própria conta, se o nome é local."""
        match node:
            case ast.Name() if node.id not in self.local:
                return self.names.get(node.id, self)
            case ast.Attribute():
                inside = self.held(node.value)
                return getattr(inside, node.attr) if isinstance(inside, ModuleType) else self
        return self

    def say_Call(self, node: ast.Call) -> str:
        callee, words = self.held(node.func), {one.arg: one.value for one in node.keywords}
        if callee is not self:
            return f"{_named(callee, self.found)}({self.given(node, callee, words)})"
        match node.func:
            case ast.Attribute(attr=name) if f"m_{name}" in KNOWN:
                return f"$m_{name}({self.several([node.func.value, *node.args])})"
            case ast.Name(id=("min" | "max") as name):
                every = node.args if len(node.args) == 1 else [ast.List(node.args)]
                rest = [words.get(key, ast.Name("undefined")) for key in ("key", "default")]
                self.local.add("undefined")
                return f"${name}({self.several([*every, *rest])})"
            case ast.Name(id="sorted"):
                self.local.add("undefined")
                rest = [words.get(key, ast.Name("undefined")) for key in ("key", "reverse")]
                return f"$sorted({self.several([*node.args, *rest])})"
        words.pop("strict", None)  # do `zip`: quem tem tamanhos diferentes já falhou no Python
        return f"{self.say(node.func)}({self.several([*node.args, *words.values()])})"

    def given(self, node: ast.Call, callee: Any, words: dict[str, ast.expr]) -> str:
        """Os argumentos de uma função nossa, postos na ordem em que ela os declara."""
        callee = inspect.unwrap(callee)
        if f"{callee.__module__}.{callee.__qualname__}" == "helpers.plots.svg.zone":
            state = ",".join(f"{key}:{self.say(value)}" for key, value in words.items())
            return f"[{self.several(node.args)}],{{{state}}}"
        if not words:
            return self.several(node.args)
        order = list(inspect.signature(callee).parameters)[len(node.args) :]
        last = max(map(order.index, words))
        rest = [self.say(words[key]) if key in words else "undefined" for key in order[: last + 1]]
        return ",".join([*map(self.say, node.args), *rest])

    def say_BinOp(self, node: ast.BinOp) -> str:
        left, right = self.say(node.left), self.say(node.right)
        if isinstance(node.op, ast.Add):
            return f"$add({left},{right})"
        if isinstance(node.op, ast.FloorDiv):
            return f"Math.floor({left}/{right})"
        return f"({left}{self.operator(node)}{right})"

    def say_UnaryOp(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return f"!{self.truth(node.operand)}"
        if isinstance(node.op, ast.USub):
            return f"(-{self.say(node.operand)})"
        raise self.refuse(node)

    def say_BoolOp(self, node: ast.BoolOp) -> str:
        """No Python, `a or b` devolve um dos dois; o segundo só é calculado se for preciso."""
        word = "$or" if isinstance(node.op, ast.Or) else "$and"
        return f"{word}({','.join(f'()=>{self.say(one)}' for one in node.values)})"

    def say_Compare(self, node: ast.Compare) -> str:
        sides = [node.left, *node.comparators]
        found = []
        for left, order, right in zip(sides, node.ops, sides[1:], strict=False):
            a, b = self.say(left), self.say(right)
            match order:
                case ast.Eq() | ast.NotEq():
                    found.append(f"{'!' * isinstance(order, ast.NotEq)}$eq({a},{b})")
                case ast.Is() | ast.IsNot() if b == "null":
                    found.append(f"({a}{'!' if isinstance(order, ast.IsNot) else '='}=null)")
                case ast.In() | ast.NotIn():
                    found.append(f"{'!' * isinstance(order, ast.NotIn)}$in({a},{b})")
                case _ if type(order) in ORDERS:
                    found.append(f"({a}{ORDERS[type(order)]}{b})")
                case _:
                    raise self.refuse(node)
        return f"({'&&'.join(found)})"

    def say_IfExp(self, node: ast.IfExp) -> str:
        return f"({self.truth(node.test)}?{self.say(node.body)}:{self.say(node.orelse)})"

    def say_JoinedStr(self, node: ast.JoinedStr) -> str:
        return "(" + "+".join(['""', *map(self.piece, node.values)]) + ")"

    def piece(self, node: ast.expr) -> str:
        if not isinstance(node, ast.FormattedValue):
            return self.say(node)
        spec = self.say(node.format_spec) if node.format_spec else '""'
        return f"$format({self.say(node.value)},{spec})"

    def say_List(self, node: ast.List | ast.Tuple) -> str:
        return f"[{self.several(node.elts)}]"

    say_Tuple = say_List

    def say_Starred(self, node: ast.Starred) -> str:
        return f"...$list({self.say(node.value)})"

    def say_Dict(self, node: ast.Dict) -> str:
        if None in node.keys:
            raise self.refuse(node)
        pairs = zip(node.keys, node.values, strict=True)
        return f"({{{','.join(f'[{self.say(k)}]:{self.say(v)}' for k, v in pairs)}}})"

    def say_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        return self.loop(node.generators, node.elt)

    say_GeneratorExp = say_ListComp

    def loop(self, loops: list[ast.comprehension], each: ast.expr) -> str:
        one, *rest = loops
        target, many = self.target(one.target), f"$list({self.say(one.iter)})"
        for test in one.ifs:
            many += f".filter(({target})=>{self.truth(test)})"
        if rest:
            return f"{many}.flatMap(({target})=>{self.loop(rest, each)})"
        return f"{many}.map(({target})=>{self.say(each)})"

    def say_Lambda(self, node: ast.Lambda) -> str:
        names = [one.arg for one in node.args.args]
        kept, self.local = self.local, self.local | set(names)
        body = self.say(node.body)
        self.local = kept
        return f"(({','.join(names)})=>{body})"

    def say_Subscript(self, node: ast.Subscript) -> str:
        inside = self.say(node.value)
        if isinstance(node.slice, ast.Slice):
            if node.slice.step:
                raise self.refuse(node)
            ends = (self.say(e) if e else "undefined" for e in (node.slice.lower, node.slice.upper))
            return f"$slice({inside},{','.join(ends)})"
        return f"$at({inside},{self.say(node.slice)})"


def _is_store(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
