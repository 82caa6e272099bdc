"""A calculadora: parâmetros e MACs de modelos conhecidos, contados pelas formas."""

from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots.calculator import calculator_frame, compact, share
from helpers.sizes import PRESETS, PUBLISHED, Architecture, macs, parameters

POSITIONS = (16, 128, 512, 1024)


def grouped(value: int) -> str:
    """Um inteiro com espaço entre os milhares.

    Parâmetros:
        value: o número.
    """
    return f"{value:,}".replace(",", " ")


def layers_said(found: Architecture) -> str:
    """As camadas de uma arquitetura, em palavras.

    Parâmetros:
        found: as formas.
    """
    if found.encoder and found.decoder:
        return f"{found.encoder} + {found.decoder} camadas"
    side = "encoder" if found.encoder else "decoder"
    return f"{found.encoder or found.decoder} camadas de {side}"


def fits(found: Architecture, n_pos: int) -> bool:
    """Diz se um texto cabe na janela da arquitetura.

    Parâmetros:
        found: as formas.
        n_pos: quantos tokens.
    """
    return found.n_ctx == 0 or n_pos <= found.n_ctx


def counted(name: str, n_pos: int, tied: bool) -> Frame:
    """Quadro de um modelo lendo um texto.

    Parâmetros:
        name: uma chave de `PRESETS`.
        n_pos: quantos tokens.
        tied: se a saída usa a tabela de entrada.
    """
    found = PRESETS[name].with_output(tied)
    weights, work = parameters(found), macs(found, n_pos)
    total, sides = sum(weights.values()), "de cada lado" if found.encoder and found.decoder else ""
    sizes = (
        f"{layers_said(found)}; largura {found.d_model}; {found.n_heads} cabeças de "
        f"{found.width // found.n_heads}; vocabulário {grouped(found.d_vocab)}"
    )
    read = f"MACs para ler {n_pos} tokens {sides}".strip()
    foot = [_room(found, n_pos), _source(name, found)]
    drawing = calculator_frame(name, sizes, (("parâmetros", weights), (read, work)), foot)
    return Frame(
        drawing, _sentence(name, found, n_pos, weights, work), _table(weights, work, total)
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
    squared = share(work["scores e médias"], mults)
    head = f"{name}{output}: {grouped(total)} parâmetros, {share(weights['MLP'], total)} no MLP"
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


def _table(weights, work, total) -> Table:
    rows = [("parâmetros", name, grouped(value)) for name, value in weights.items()]
    rows += [("parâmetros", "total", grouped(total))]
    rows += [("MACs", name, grouped(value)) for name, value in work.items()]
    return Table(
        ("conta", "parte", "valor"), (*rows, ("MACs", "total", grouped(sum(work.values()))))
    )


def _squared_share(name: str, n_pos: int, tied: bool) -> float:
    work = macs(PRESETS[name].with_output(tied), n_pos)
    return work["scores e médias"] / sum(work.values())


def _tables_share(name: str, tied: bool) -> float:
    weights = parameters(PRESETS[name].with_output(tied))
    return weights["tabelas"] / sum(weights.values())


def size_calculator(name: str = "calculadora") -> Flipper:
    """Calculadora: escolha um modelo e o tamanho do texto; veja onde estão o peso e o trabalho.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """
    question = Prediction(
        "Do GPT-2 pequeno ao XL, o que acontece com a fatia das tabelas nos parâmetros?",
        ("cresce", "diminui", "fica igual"),
        "diminui",
        (
            "A tabela cresce com a largura, mas as matrizes crescem com o quadrado dela.",
            "As matrizes crescem com o quadrado da largura; a tabela, com a largura só.",
            "Compare as duas barras: a tabela cresce, mas o resto cresce muito mais.",
        ),
        cover=calculator_frame("GPT-2 pequeno, médio, grande e XL", "parâmetros: ?", (), ()),
    )
    return show(
        name,
        Flipper(
            lambda model, n_pos, tied: counted(model, n_pos, tied),
            [
                Axis("model", "modelo", tuple(PRESETS)),
                Axis("n_pos", "tokens", POSITIONS),
                Axis("tied", "saída", (True, False), ("amarrada", "solta"), kind="buttons"),
            ],
            "Calculadora",
            name="calculadora",
            title="Calculadora: onde estão o peso e o trabalho?",
            question=question,
            start={"model": "GPT-2 pequeno", "n_pos": 128},
            challenges=(
                Challenge(
                    "Ponha mais de 40 % dos parâmetros nas tabelas.",
                    lambda model, n_pos, tied: _tables_share(model, tied) > 0.4,
                ),
                Challenge(
                    "Faça os scores e as médias passarem de 15 % do trabalho.",
                    lambda model, n_pos, tied: _squared_share(model, n_pos, tied) > 0.15,
                ),
            ),
        ),
    )
