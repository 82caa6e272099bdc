"""Varredura dos exploráveis: acha cada um e confere o que precisa valer em todos os estados."""

import importlib
import inspect
import pkgutil
import re
from xml.etree import ElementTree

from helpers import explorables
from helpers.explorables.kit import base, frames
from helpers.plots.svg import CLASSES

MAX_FRAME = 6_000  # bytes por quadro guardado no notebook


def factories():
    """Acha os exploráveis: cada função pública que diz devolver um, e percorre estados."""
    found = []
    for module in pkgutil.iter_modules(explorables.__path__, "helpers.explorables."):
        for function in vars(importlib.import_module(module.name)).values():
            if inspect.isfunction(function) and function.__module__ == module.name:
                kind = function.__annotations__.get("return")
                if not function.__name__.startswith("_") and hasattr(kind, "states"):
                    found.append(function)
    return found


def kinds(start=base.Explorable):
    """Todas as classes que herdam de `Explorable`, também as dos módulos que `factories` abriu."""
    return [one for kind in start.__subclasses__() for one in (kind, *kinds(kind))]


def sweep(widget, max_frame=MAX_FRAME):
    """Devolve {estado: quadro} depois de conferir cada quadro; falha dizendo o estado."""
    # Um explorável que calcula o quadro na hora não guarda quadros; o resto vale igual.
    flips = hasattr(widget, "frames")
    assert not flips or len(widget.frames) <= frames.MAX_FRAMES
    seen, sizes, led = {}, set(), 0
    for values in widget.states():
        frame = widget.move(**values)
        where = widget.state()
        assert frame.sentence.strip(), where
        assert len(frame.svg.encode()) <= max_frame, (where, len(frame.svg.encode()))
        root = ElementTree.fromstring(frame.svg)
        sizes.add(root.get("viewBox"))
        check_classes(root, where)
        if flips:
            sent = widget.frames[widget.key]
            assert "".join(widget.parts[i] for i in sent["svg"]) == frame.svg, where
        assert not re.search(r"https?://(?!www\.w3\.org)", frame.svg), where
        led += bool(widget.axes) and leads(widget, frame.svg, where)
        seen[tuple(values.items())] = frame
    assert len(sizes) == 1, f"a altura do palco muda de um estado a outro: {sizes}"
    check_controls(widget, seen)
    assert led > len(seen) / 2 or not widget.axes, "o desenho quase nunca leva a outro estado"
    return seen


def leads(widget, drawing, where):
    """Diz se um desenho leva a outro estado; cada área leva a um que existe, e tem nome."""
    here = getattr(widget, "key", "")
    reached = set()
    for go in re.findall('data-go="([^"]*)"', drawing):
        if hasattr(widget, "view"):  # as áreas são os tokens escritos
            assert widget.view["places"][go.removeprefix("node=")].strip(), where
            reached.add(go)
            continue
        places = here.split(",")
        for axis, place in (map(int, pair.split("=")) for pair in go.split(",")):
            label = widget.axes[axis]["labels"][place]
            assert widget.axes[axis]["label"].strip(), where
            assert label.strip(), where
            # O valor se diz em voz alta: o de uma tupla ou de um objeto não serve.
            assert not re.match(r"[(\[{<]|True|False|None", label), (where, label)
            places[axis] = str(place)
        assert not hasattr(widget, "frames") or ",".join(places) in widget.frames, (where, go)
        reached.add(",".join(places))
    return bool(reached - {here})


def check_classes(root, where):
    """Toda classe existe e todo texto usa uma classe de texto: é ela que dá cor e contraste."""
    for node in root.iter():
        names = node.get("class", "").split()
        assert set(names) <= set(CLASSES), (where, names)
        if node.tag.endswith("text"):
            assert any("font:" in CLASSES[name] for name in names), (where, node.text)


def check_controls(widget, seen):
    """Cada controle muda algum desenho; os desafios são possíveis e não vêm cumpridos."""
    for axis in widget.axes:
        groups = {}
        for values, frame in seen.items():
            others = tuple(pair for pair in values if pair[0] != axis["name"])
            groups.setdefault(others, set()).add(frame.svg)
        assert any(len(group) > 1 for group in groups.values()), f"{axis['label']} não muda nada"
    if not hasattr(widget, "frames"):
        assert widget.done == list(range(len(widget.challenges))), "desafio impossível"
        return
    for goal in widget.challenges:
        assert goal["keys"], f"desafio impossível: {goal['text']}"
    for goal in widget._goals:
        check_numbers(goal, [dict(values) for values in seen])
    for goal in widget.challenges:
        assert widget.start not in goal["keys"], f"desafio já cumprido: {goal['text']}"


def check_numbers(goal, states):
    """O número que o texto do desafio diz é o que a condição usa: outro número, outros estados."""
    met = [goal.met(**state) for state in states]
    for name in goal.numbers:
        moved = [
            [goal.goal(**{**goal.numbers, name: other}, **state) for state in states]
            for other in (-1e9, 1e9)
        ]
        assert any(list(map(bool, one)) != met for one in moved), f"{name} não decide: {goal.text}"


def meets(widget):
    """Devolve, para cada desafio, os estados que o cumprem."""
    return [
        [frames.state_values(widget._axes, key) for key in goal["keys"]]
        for goal in widget.challenges
    ]


def require_comments(asked, told):
    """Cada opção da pergunta leva o comentário que fala dela.

    Parâmetros:
        asked: a pergunta de um explorável.
        told: um trecho do comentário de cada opção.
    """
    pairs = zip(asked["options"], asked["comments"], strict=True)
    assert list(told) == asked["options"]
    for option, comment in pairs:
        assert told[option] in comment, (option, comment)
