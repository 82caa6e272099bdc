"""O cartão de um modelo: de que texto veio, com que ajustes, e quanto aprendeu."""

from pathlib import Path

from helpers.spoken import decimal, percent, thousands

COMMAND = "python -m helpers treinar"
MEASURED = "## Medidas"
REMAKE = """\
```bash
python -m helpers medir
```

E, com as outras sementes:

```bash
python -m helpers treinar --semente 1 --passos 6000 --saida semente_1
python -m helpers treinar --semente 2 --passos 6000 --saida semente_2
python -m helpers medir --outras semente_1 semente_2
```"""
LIMITS = """\
### O que ele não faz

Este modelo só conhece as histórias da gramática do curso: umas setecentas formas de palavras, um \
punhado de situações. Ele não responde a perguntas sobre o mundo, não segue instruções e não \
entende um texto de fora. Na temperatura 1 ele às vezes inventa uma palavra: na tabela acima, \
“palavra desconhecida”. Pesos e corpus foram feitos para o curso: CC BY 4.0.\
"""
SCORES = {
    "previous_token": "token anterior",
    "duplicate_token": "cópia do próprio token",
    "induction": "indução",
    "first_token": "primeiro token",
}


def card(recipe, model, material, records, choices) -> str:
    """Escreve o cartão em Markdown; nada nele depende da máquina nem da hora.

    Parâmetros:
        recipe: a receita, com os ajustes usados.
        model: o decoder treinado.
        material: o que ele leu.
        records: os registros do treino.
        choices: as opções da linha de comando.
    """
    config, settings, last = model.config, recipe.settings, records[-1]
    rows = [
        ("texto", _source(recipe, choices)),
        (
            "tokens vistos",
            f"{thousands(last.tokens)} ({thousands(material.n_tokens)} no texto de treino)",
        ),
        ("vocabulário", f"{config.d_vocab} tokens, BPE em bytes"),
        ("decoder", _shape(config)),
        (
            "pesos",
            f"{thousands(config.n_params)} em float32 ({decimal(config.n_params * 4 / 1e6, 2)} MB)",
        ),
        ("ajustes", _settings(settings)),
        ("perda no texto separado", f"{decimal(last.validation, 3)} nats por token"),
    ]
    if material.apart:
        rows.append(("texto separado", "; ".join((material.apart, *material.remarks))))
    if material.limit is not None:
        ratio = decimal(last.validation / material.limit, 3)
        rows.append(("limite da gramática", f"{decimal(material.limit, 3)} nats por token"))
        rows.append(("perda / limite", ratio))
    lines = ["# Cartão do modelo", "", "| o quê | quanto |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "Para refazer:", "", "```bash", _command(choices), "```", ""]
    return "\n".join(lines)


def add_measures(path, found) -> None:
    """Acrescenta ao cartão, ou troca nele, a parte das medidas.

    Parâmetros:
        path: o cartão que `treinar` gravou.
        found: as medidas, como em `medidas.json`.
    """
    from helpers.files import replace_file

    text = path.read_text(encoding="utf-8").split(f"\n{MEASURED}\n")[0]
    replace_file(path, f"{text}\n{measured_card(found)}")


def measured_card(found) -> str:
    """Escreve as medidas em Markdown: perda, histórias, cabeças e ablação.

    Parâmetros:
        found: as medidas, como em `medidas.json`.
    """
    parts = [_loss_and_stories(found), _others(found), _copies(found)]
    parts += [_relations(found), _ablation(found)]
    return "\n\n".join([MEASURED, *parts, LIMITS]) + "\n"


def _loss_and_stories(found):
    loss = found["perda"]
    lines = [
        f"Em {loss['n']} histórias novas, a perda é {decimal(loss['loss'], 3)} nats por token, e o "
        f"limite da gramática, {decimal(loss['limit'], 3)}: razão {decimal(loss['ratio'], 3)}.",
        "",
        "| temperatura | histórias | inteiramente certas | concordâncias certas | o que falha |",
        "|---|--:|--:|--:|---|",
    ]
    for temperature, row in found["historias"].items():
        total = row["concordancias"] + row["concordancias_erradas"]
        share = percent(row["certas"] / row["n"], 1)
        agreement = f"{percent(row['concordancias'] / max(1, total), 1)} de {total}"
        wrong = ", ".join(f"{name} {n}" for name, n in row["problemas"].items()) or "nada"
        lines.append(
            f"| {decimal(float(temperature), 1)} | {row['n']} | {share} | {agreement} | {wrong} |"
        )
    lines += [
        "",
        "Quem julga é a gramática (`Grammar.check`), que para no primeiro erro. As concordâncias "
        "são contadas nas histórias certas, e os erros de concordância, em todas.",
    ]
    return "\n".join(lines)


def _others(found):
    rows = found["outras_sementes"]
    if not rows:
        return "As cabeças foram medidas neste modelo só; outras sementes podem dar outras cabeças."
    told = "; ".join(
        f"{thousands(row['passos'])} passos, perda {decimal(row['perda'], 3)}" for row in rows
    )
    return (
        f"Para ver o que se repete, as cabeças foram medidas também em {len(rows)} modelos da "
        f"mesma receita e de outras sementes ({told}). De cada um vale a melhor cabeça dele, que "
        "pode estar em outro lugar."
    )


def _copies(found):
    lines = [
        "### Cabeças: olhar para trás e copiar",
        "",
        "Tokens sorteados que se repetem a uma distância também sorteada. A nota é o peso médio no "
        "alvo; ao lado, a atenção uniforme, o que só a posição explica e a maior nota em modelos "
        "de pesos embaralhados. A última coluna repete a nota com outras sementes.",
        "",
        "| tokens | nota | cabeça | valor | uniforme | posição | embaralhado | outras sementes |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    for pool, scores in found["cabecas"]["copia"].items():
        for kind, name in SCORES.items():
            row = scores[kind]
            others = [other["copia"][pool][kind]["valor"] for other in found["outras_sementes"]]
            numbers = (row[column] for column in ("valor", "uniforme", "so_posicao", "embaralhado"))
            cells = " | ".join(decimal(value, 2) for value in numbers)
            lines.append(f"| {pool} | {name} | {_head(row)} | {cells} | {_spread(others)} |")
    return "\n".join(lines)


def _relations(found):
    lines = [
        "### Cabeças: relações verdadeiras",
        "",
        "Só os casos que um deslocamento fixo não acerta. Acerto é a parte em que o maior peso da "
        "cabeça cai no alvo; a vantagem é sobre a referência mais forte (deslocamento, lugar fixo, "
        "só posição, alvo embaralhado, uniforme), com o erro-padrão.",
        "",
        "| relação | casos | cabeça | acerto | vantagem | outras sementes |",
        "|---|--:|---|--:|--:|---|",
    ]
    for kind, row in found["cabecas"]["relacoes"].items():
        others = [
            other["relacoes"][kind]["vantagem"]
            for other in found["outras_sementes"]
            if kind in other["relacoes"]
        ]
        edge = f"{decimal(row['vantagem'], 2)} ± {decimal(row['erro'], 2)}"
        hit = decimal(row["acerto"], 2)
        lines.append(f"| {kind} | {row['n']} | {_head(row)} | {hit} | {edge} | {_spread(others)} |")
    return "\n".join([*lines, "", _unspecialised(found["cabecas"]["relacoes"])])


def _unspecialised(rows):
    """Diz em que relações nenhuma cabeça vence a referência por dois erros-padrão."""
    names = [kind for kind, row in rows.items() if row["vantagem"] <= 2 * row["erro"]]
    if not names:
        return "Em todas as relações, alguma cabeça vence a referência por dois erros-padrão."
    return (
        f"Sem cabeça que vença a referência por dois erros-padrão: {', '.join(names)}. Nessas, o "
        "modelo acerta por outro caminho, que o olhar de uma cabeça só não mostra."
    )


def _ablation(found):
    rows = found["ablacao"]
    heads = [
        f"{layer}.{head}"
        for layer, values in enumerate(next(iter(rows.values()))["mudanca"])
        for head in range(len(values))
    ]
    lines = [
        "### Tirar uma cabeça por vez",
        "",
        "Quanto a perda sobe, em nats por token, quando a saída da cabeça vira a média dela; no "
        "todo, e nos tokens que cada relação prevê. Camada e cabeça são contadas de 0.",
        "",
        "| tokens | n | perda | " + " | ".join(heads) + " |",
        "|---|--:|--:|" + "--:|" * len(heads),
    ]
    for name, row in rows.items():
        values = " | ".join(decimal(x, 2) for layer in row["mudanca"] for x in layer)
        lines.append(f"| {name} | {row['n']} | {decimal(row['perda'], 2)} | {values} |")
    return "\n".join([*lines, "", "Para refazer estas medidas:", "", REMAKE])


def _head(row):
    return f"camada {row['cabeca'][0]}, cabeça {row['cabeca'][1]}"


def _spread(values):
    return "; ".join(decimal(value, 2) for value in values) or "não medidas"


def _source(recipe, choices):
    if choices["texto"] is not None:
        return f"`{Path(choices['texto']).name}`"
    return f"{thousands(recipe.n_stories)} histórias sorteadas da gramática do curso"


def _shape(config):
    return (
        f"{config.n_layers} camadas, {config.n_heads} cabeças, d_model={config.d_model}, "
        f"n_ctx={config.n_ctx}"
    )


def _settings(settings):
    return (
        f"{settings.steps} passos de {settings.batch_size} textos, {settings.optimizer}, "
        f"lr={settings.lr:g}, aquecimento de {settings.warmup}, semente {settings.seed}"
    )


def _command(choices):
    parts = [COMMAND]
    if choices["texto"] is not None:
        parts.append(f'--texto "{Path(choices["texto"]).name}"')
    parts += ["--rapido"] if choices["rapido"] else []
    parts += [f"--semente {choices['semente']}"] if choices["semente"] else []
    parts += [f"--passos {choices['passos']}"] if choices["passos"] else []
    return " ".join(parts)
