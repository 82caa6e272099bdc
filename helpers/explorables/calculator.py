"""A calculadora: parâmetros e MACs de modelos conhecidos, contados pelas formas."""

from collections.abc import Mapping, Sequence

from helpers.explorables.kit.flipper import Flipper
from helpers.explorables.kit.frames import Axis, Frame, Numbers, following
from helpers.explorables.kit.memory import opens
from helpers.explorables.kit.words import words
from helpers.plots import svg
from helpers.plots.svg import Px
from helpers.spoken import compact, percent, thousands
from helpers.studies.sizes import PRESETS, PUBLISHED, Architecture, macs, parameters

TEXT = words("calculadora")

POSITIONS = (16, 128, 512, 1024)
HEIGHT = 308
BAR_X, BAR_W, BAR_H = 16, 608, 40
FILLS = ("box", "c1", "c3", "c2")


def calculator_frame(
    name: str, sizes: str, bars: Sequence[tuple[str, Mapping[str, int]]], foot: Sequence[str]
) -> str:
    """Um quadro: o modelo, uma barra por conta, e o que mais se quer dizer embaixo.

    Parâmetros:
        sizes: os tamanhos, numa linha.
        bars: título e partes de cada barra, na ordem em que se empilham.
        foot: linhas de texto embaixo; no máximo duas.
    """
    body = [svg.text(BAR_X, 24, name, "t b"), svg.text(BAR_X, 46, sizes, "m")]
    for i, (title, parts) in enumerate(bars):
        body.append(_bar(title, parts, 84 + i * 100))
    for i, line in enumerate(foot):
        body.append(svg.text(BAR_X, 276 + i * 22, line, "s"))
    return svg.document("".join(body), HEIGHT)


def _bar(title: str, parts: Mapping[str, int], top: Px) -> str:
    total = sum(parts.values()) or 1
    body = [svg.text(BAR_X, top - 8, f"{title}: {compact(sum(parts.values()))}", "s b")]
    x: Px = BAR_X
    for (name, value), fill in zip(parts.items(), FILLS, strict=True):
        width = BAR_W * value / total
        body.append(svg.box(x, top, width, BAR_H, fill, 0))
        if fill == "c2":
            body.append(svg.hatch(x, top, width, BAR_H, 8))
        label = f"{name} {percent(value / total)}"
        if width > svg.label_width(label, 14, mono=False) + 8:
            body.append(svg.text(x + width / 2, top + 25, label, "s halo", "middle"))
        x += width
    small = [
        f"{name} {percent(value / total)}"
        for name, value in parts.items()
        if BAR_W * value / total
        <= svg.label_width(f"{name} {percent(value / total)}", 14, mono=False) + 8
    ]
    if small:
        note = "na barra, sem rótulo: " + "; ".join(small)
        body.append(svg.text(BAR_X, top + BAR_H + 18, note, "m"))
    return "".join(body)


def layers_said(found: Architecture) -> str:
    """As camadas de uma arquitetura, em palavras."""
    if found.encoder and found.decoder:
        return f"{found.encoder} + {found.decoder} camadas"
    side = "encoder" if found.encoder else "decoder"
    return f"{found.encoder or found.decoder} camadas de {side}"


def fits(found: Architecture, n_pos: int) -> bool:
    """Diz se um texto de `n_pos` tokens cabe na janela da arquitetura."""
    return found.n_ctx == 0 or n_pos <= found.n_ctx


def counted(model: str, n_pos: int, tied: bool) -> Frame:
    """Quadro de um modelo de `PRESETS` lendo um texto de `n_pos` tokens."""
    found = PRESETS[model].with_output(tied)
    weights, work = parameters(found), macs(found, n_pos)
    total, sides = sum(weights.values()), "de cada lado" if found.encoder and found.decoder else ""
    sizes = (
        f"{layers_said(found)}; largura {found.d_model}; {found.n_heads} cabeças de "
        f"{found.width // found.n_heads}; vocabulário {thousands(found.d_vocab)}"
    )
    read = f"MACs para ler {n_pos} tokens {sides}".strip()
    foot = [_room(found, n_pos), _source(model, found)]
    drawing = calculator_frame(model, sizes, (("parâmetros", weights), (read, work)), foot)
    drawing = svg.over(
        drawing,
        svg.zone((2, 4, 636, 50), model=following(PRESETS, model)),
        svg.zone((2, 58, 636, 92), tied=not tied),
        svg.zone((2, 158, 636, 92), n_pos=following(POSITIONS, n_pos)),
    )
    return Frame(
        drawing, _sentence(model, found, n_pos, weights, work), _table(weights, work, total)
    )


def _sentence(name, found, n_pos, weights, work) -> str:
    total, mults = sum(weights.values()), sum(work.values())
    output = (
        ", sem saída"
        if not found.unembeds
        else ", saída amarrada"
        if found.tied
        else ", saída solta"
    )
    squared = percent(work["scores e médias"] / mults)
    head = (
        f"{name}{output}: {thousands(total)} parâmetros, {percent(weights['MLP'] / total)} no MLP"
    )
    tail = f"Ler {n_pos} tokens custa {compact(mults)} de MACs, {squared} em scores e médias"
    if mults < 10**6:
        tail = tail.replace(" de MACs", " MACs")
    return f"{head}. {tail}. {_room(found, n_pos)}"


def _room(found: Architecture, n_pos: int) -> str:
    if found.n_ctx == 0:
        return "Esta arquitetura não tem tabela de posições: o texto pode ser mais longo."
    if fits(found, n_pos):
        return f"Cabe: a janela é de {found.n_ctx} posições."
    return f"Não cabe: a janela é de {found.n_ctx} posições. A conta vale como hipótese."


def _source(name: str, found: Architecture) -> str:
    if name not in PUBLISHED:
        return "O modelo deste curso."
    millions, where = PUBLISHED[name]
    told = f"{millions // 1000} bilhões" if millions >= 10_000 else f"{millions} milhões"
    as_told = "" if found == PRESETS[name] or not found.unembeds else ", saída amarrada"
    return f"Publicado{as_told}: {told} ({where})."


def _table(weights, work, total) -> Numbers:
    rows = [("parâmetros", name, thousands(value)) for name, value in weights.items()]
    rows += [("parâmetros", "total", thousands(total))]
    rows += [("MACs", name, thousands(value)) for name, value in work.items()]
    return Numbers(
        ("conta", "parte", "valor"), (*rows, ("MACs", "total", thousands(sum(work.values()))))
    )


def _squared_share(model: str, n_pos: int, tied: bool) -> float:
    work = macs(PRESETS[model].with_output(tied), n_pos)
    return work["scores e médias"] / sum(work.values())


def _tables_share(name: str, tied: bool) -> float:
    weights = parameters(PRESETS[name].with_output(tied))
    return weights["tabelas"] / sum(weights.values())


@opens
def size_calculator() -> Flipper:
    """Calculadora: escolha um modelo e o tamanho do texto; veja onde estão o peso e o trabalho."""
    question = TEXT.opening(
        calculator_frame("GPT-2 pequeno, médio, grande e XL", "parâmetros: ?", (), ())
    )
    return Flipper(
        counted,
        [
            Axis("model", "modelo", tuple(PRESETS)),
            Axis("n_pos", "tokens", POSITIONS),
            Axis("tied", "saída", (True, False), ("amarrada", "solta"), kind="buttons"),
        ],
        **TEXT.heading(),
        question=question,
        start={"model": "GPT-2 pequeno", "n_pos": 128},
        challenges=TEXT.challenges(
            {
                "tabelas": lambda tables, model, n_pos, tied: _tables_share(model, tied) > tables,
                "trabalho": lambda work, **state: _squared_share(**state) > work,
            },
            tables=0.4,
            work=0.15,
        ),
    )
