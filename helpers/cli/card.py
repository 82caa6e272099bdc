"""O cartão de um modelo: de que texto veio, com que ajustes, e quanto aprendeu."""

from pathlib import Path

COMMAND = "python -m helpers treinar"


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
        ("tokens vistos", f"{last.tokens} ({material.n_tokens} no texto de treino)"),
        ("vocabulário", f"{config.d_vocab} tokens, BPE em bytes"),
        ("decoder", _shape(config)),
        ("pesos", f"{config.n_params} em float32 ({_comma(config.n_params * 4 / 1e6, 2)} MB)"),
        ("ajustes", _settings(settings)),
        ("perda no texto separado", f"{_comma(last.validation)} nats por token"),
    ]
    if material.limit is not None:
        ratio = _comma(last.validation / material.limit)
        rows.append(("limite da gramática", f"{_comma(material.limit)} nats por token"))
        rows.append(("perda / limite", ratio))
    lines = ["# Cartão do modelo", "", "| o quê | quanto |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "Para refazer:", "", "```bash", _command(choices), "```", ""]
    return "\n".join(lines)


def _source(recipe, choices):
    if choices["texto"] is not None:
        return f"`{Path(choices['texto']).name}`"
    return f"{recipe.n_stories} histórias sorteadas da gramática do curso"


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


def _comma(value, places=3):
    return f"{value:.{places}f}".replace(".", ",")
