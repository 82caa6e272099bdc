"""O JavaScript dos exploráveis como viaja: sem comentários, espaços e nomes compridos."""

import itertools
import re
import string

# Texto entre aspas, modelo de texto e expressão regular ficam como estão; comentário some.
_KEPT = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|"""
    r"""(?<=[(,=:&|!?])\s*/(?![/*])(?:\\.|\[(?:\\.|[^]\\\n])*\]|[^/\\\n[])+/[a-z]*)|//[^\n]*"""
)
_INSIDE = re.compile(r"\$\{([^}]*)\}")  # o que se calcula dentro de um modelo de texto
_QUOTED = re.compile(r'("[^"]*")')
_RESERVED = {"do", "if", "in", "of", "as", "is"}


def slim(code: str, whole: bool = False) -> str:
    """O mesmo programa, em menos bytes; as funções guardam o nome, e um erro na página o diz.

    Parâmetros:
        code: JavaScript com ponto e vírgula no fim de cada comando.
        whole: se o programa é um módulo inteiro, e ninguém de fora usa o que ele declara.
    """
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if found[1] is None:
            return ""
        kept.append(found[1].strip())
        return f"\x00{len(kept) - 1}\x00"

    bare = _KEPT.sub(hide, code)
    outer = set() if whole else set(re.findall(r"^(?:const|let) (\w+)", bare, re.MULTILINE))
    bare = re.sub(r"\s+", " ", bare)
    bare = re.sub(r" ?([{}()\[\];,:?=<>&|*]) ?", r"\1", bare)
    bare = re.sub(r"(?<![-+]) ([-+/]) (?![-+])", r"\1", bare).replace(";}", "}")
    bare = re.sub(r"(?<=[)\]])([-+/]) (?![-+])| ([-+!]=)|(?<=\w) (?=\x00)", r"\1\2", bare)
    bare = re.sub(r"\bconst\b", "let", re.sub(r",([)}\]])", r"\1", bare))
    bare, kept = _shorten(bare, kept, outer)
    bare = _gather(bare, whole)
    bare = re.sub(r"(?<![\w$])\((\w+)\)=>", r"\1=>", bare)
    # Uma função por linha: um erro na página diz em qual foi.
    bare = bare.replace("}function", "}\nfunction")
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], bare).strip()


def _gather(bare: str, whole: bool) -> str:
    """Declarações vizinhas, numa só: `let a=1,b=2`.

    Parâmetros:
        whole: se também as de fora de toda função.
    """
    declaring = [False]  # se o comando de agora, em cada nível de chaves, é uma declaração

    def join(found: re.Match[str]) -> str:
        mark = found[0]
        if mark in "{([":
            declaring.append(False)
        elif mark in "})]":
            declaring.pop()
        elif mark == ";let" and declaring[-1] and (whole or len(declaring) > 1):
            return ","
        else:
            declaring[-1] = mark != ";"
        return mark

    joined = re.sub(r"[{}()\[\]]|;let\b|;|\blet\b", join, bare)
    return re.sub(r",\s+(?=\w)", ",", joined)


def _keys(bare: str) -> set[str]:
    """Os nomes que são, ou podem ser, chave de um objeto."""
    found, inside = set(re.findall(r"(?<!\.\.)\.(\w+)", bare)), [""]
    for mark, name in re.findall(r"([{}()\[\],])(\w+(?=[:,}=]))?", bare):
        if mark in "{([":
            inside.append(mark)
        elif mark != ",":
            inside.pop()
        if name and inside[-1] == "{":
            found.add(name)
    return found


def _shorten(bare: str, kept: list[str], outer: set[str]) -> tuple[str, list[str]]:
    """Nomes curtos no que só existe dentro de uma função e nunca é chave de um objeto.

    Parâmetros:
        bare: o programa, com um número no lugar de cada texto.
        kept: os textos.
        outer: o que se declara fora de toda função, e outro módulo pode usar.
    """
    inside = ";".join(_INSIDE.findall(" ".join(one for one in kept if one.startswith("`"))))
    whole = f"{bare};{_QUOTED.sub('', inside)}"
    params = re.findall(r"\(([\w,]+)\)=>|function \w+\(([\w,]+)\)", bare)
    local = {*re.findall(r"\blet (\w+)", bare), *",".join(map(",".join, params)).split(",")}
    local -= outer | _keys(whole.replace(" ", ""))
    taken = {*re.findall(r"[A-Za-z_$][\w$]*", whole), *_RESERVED}
    letters = string.ascii_letters
    pool = (a + b for a, b in itertools.product(["", *letters], letters) if a + b not in taken)
    uses = {name: len(re.findall(rf"\b{name}\b", whole)) for name in local if len(name) > 2}
    short = dict(zip(sorted(uses, key=lambda name: (-uses[name], name)), pool, strict=False))

    def rename(text: str) -> str:
        return re.sub(r"(?<![\w$])[A-Za-z]\w*", lambda f: short.get(f[0], f[0]), text)

    def renamed(text: str) -> str:
        pieces = _QUOTED.split(text)
        pieces[::2] = map(rename, pieces[::2])
        return "".join(pieces)

    template = (_INSIDE.sub(lambda f: f"${{{renamed(f[1])}}}", one) for one in kept)
    return rename(bare), [
        new if old.startswith("`") else old for old, new in zip(kept, template, strict=True)
    ]
