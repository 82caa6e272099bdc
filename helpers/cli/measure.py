"""Comando `medir`: refaz os números do cartão de um modelo treinado em histórias.

O analisador usa só a biblioteca padrão, e o comando o mostra antes de o ambiente existir; o resto
roda dentro do ambiente.
"""

import argparse
import json
from pathlib import Path

from helpers.cli.bar import ProgressBar
from helpers.cli.console import COMMAND, CliError, print_failure, say
from helpers.cli.portuguese import Parser

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "data" / "modelo"
MEASURES, CARD = "medidas.json", "cartao.md"
TEMPERATURES = (1.0, 0.7)
#: Quantas histórias em cada medida; a de cabeças pede mais, porque os casos difíceis são poucos.
N_LOSS, N_STORIES, N_RELATIONS, N_ABLATION = 500, 200, 1000, 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Acrescenta ao analisador as opções do comando.

    Parâmetros:
        parser: o analisador de `medir`.
    """
    parser.add_argument("--modelo", metavar="PASTA", help="pasta do modelo (o do curso)")
    parser.add_argument(
        "--outras",
        nargs="*",
        default=[],
        metavar="PASTA",
        help="modelos da mesma receita e de outras sementes, para mostrar o espalhamento",
    )


def main(arguments: list[str]) -> int:
    """Mede, grava `medidas.json` e a segunda parte do cartão, e devolve o código de saída.

    Parâmetros:
        arguments: o que veio depois de `medir` na linha de comando.
    """
    from helpers.checkpoint import CheckpointError

    parser = Parser(prog=f"{COMMAND} medir")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    folder = Path(options.modelo) if options.modelo else MODEL
    try:
        _measure(folder, [Path(other) for other in options.outras])
    except CheckpointError as error:
        step = f"treine um modelo com {COMMAND} treinar, ou confira o caminho em --modelo."
        return print_failure(CliError(f"{str(error).rstrip('.')}.", step))
    except (OSError, ValueError) as error:
        step = "meça um modelo treinado nas histórias."
        return print_failure(CliError(f"{str(error).rstrip('.')}.", step))
    say(f"Medidas guardadas em {folder / MEASURES} e {folder / CARD}.")
    return 0


def _measure(folder, others):
    from helpers.checkpoint import CheckpointError
    from helpers.cli.card import add_measures
    from helpers.data import write_manifest
    from helpers.files import replace_file
    from helpers.studies.thread import save_thread
    from helpers.training import load_model

    # Medir leva minutos: o que falta se descobre antes.
    for path in (folder, *others):
        load_model(path)
    if not (folder / CARD).is_file():
        raise CheckpointError(f"falta {folder / CARD}, o cartão que o treino grava")
    origins = [_origin(other) for other in others]
    kept = [] if others else _other_seeds(folder)
    progress = ProgressBar(total=4 + len(others))
    try:
        found = measures(folder, progress)
        found["outras_sementes"] = kept
        for other, origin in zip(others, origins, strict=True):
            progress.step(f"Medindo as cabeças de {other.name}")
            kept.append({**origin, **heads(other)})
            progress.done()
    finally:
        progress.close()
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    replace_file(folder / MEASURES, text)
    add_measures(folder / CARD, found)
    save_thread(folder)
    if folder.resolve() == MODEL.resolve():
        write_manifest()


def _other_seeds(folder):
    """Devolve o que já se mediu nas outras sementes: sem elas à mão, não se apaga."""
    from helpers.checkpoint import CheckpointError, read_json

    path = folder / MEASURES
    if not path.exists():
        return []
    kept = read_json(path).get("outras_sementes")
    if not isinstance(kept, list):
        raise CheckpointError(f"{path} foi alterado; recupere-o, ou apague-o para medir do zero")
    return kept


def measures(folder, progress) -> dict:
    """Devolve todas as medidas de um modelo, prontas para guardar em JSON.

    Parâmetros:
        folder: a pasta do modelo.
        progress: onde mostrar o andamento.
    """
    from helpers.stories import Grammar
    from helpers.studies import storytelling
    from helpers.training import load_model

    model, tokenizer = load_model(folder)
    grammar, found = Grammar.load(), {}
    progress.step(f"Perda em {N_LOSS} histórias novas")
    loss = storytelling.loss_against_limit(model.eval(), tokenizer, grammar, N_LOSS)
    found["perda"] = {"n": N_LOSS, **_rounded(loss, "loss", "limit", "ratio")}
    progress.done()
    progress.step(f"Escrevendo {N_STORIES} histórias em cada temperatura")
    found["historias"] = {}
    for temperature in TEMPERATURES:
        texts = storytelling.write_stories(model, tokenizer, N_STORIES, temperature)
        found["historias"][f"{temperature:g}"] = _judged(storytelling.judge(texts, grammar))
    progress.done()
    progress.step("Medindo as cabeças")
    found["cabecas"] = heads(folder)
    progress.done()
    progress.step("Tirando uma cabeça por vez")
    found["ablacao"] = _ablation(storytelling.ablation(model, tokenizer, grammar, N_ABLATION))
    progress.done()
    return found


def _origin(folder):
    """Diz de que treino veio um modelo: quantos passos, e com que perda terminou."""
    from helpers.checkpoint import CheckpointError
    from helpers.training import load_history

    history = load_history(folder)
    if not history:
        raise CheckpointError(f"falta {Path(folder) / 'historico.csv'}")
    return {"passos": history[-1].step, "perda": round(history[-1].validation, 3)}


def heads(folder) -> dict:
    """Devolve, de cada nota e relação, a melhor cabeça e as referências dela.

    Parâmetros:
        folder: a pasta do modelo.
    """
    from helpers.stories import Grammar
    from helpers.studies import storytelling
    from helpers.training import load_model

    model, tokenizer = load_model(folder)
    grammar, model = Grammar.load(), model.eval()
    pools = {
        "sílabas": storytelling.syllable_ids(grammar, tokenizer),
        "todos": range(tokenizer.vocab_size - 1),
    }
    copies = {
        name: {kind: _score(score) for kind, score in storytelling.copy_scores(model, pool).items()}
        for name, pool in pools.items()
    }
    hits = storytelling.relation_scores(model, tokenizer, grammar, N_RELATIONS)
    return {"copia": copies, "relacoes": {kind: _hits(found) for kind, found in hits.items()}}


def _judged(judged):
    return {
        "n": judged.n,
        "certas": judged.right,
        "problemas": judged.problems,
        "concordancias": judged.agreements,
        "concordancias_erradas": judged.wrong_agreements,
    }


def _score(score):
    from helpers.studies.storytelling import best_head

    where = best_head(score.value)
    return {
        "cabeca": list(where),
        "valor": round(score.value[where].item(), 3),
        "uniforme": round(score.uniform, 3),
        "so_posicao": round(score.position[where].item(), 3),
        "embaralhado": round(score.random.amax().item(), 3),
    }


def _hits(found):
    from helpers.studies.storytelling import best_head

    where = best_head(found.advantage.mean)
    baselines = {name: round(v[where].item(), 3) for name, v in found.hit_baselines.items()}
    return {
        "cabeca": list(where),
        "n": found.n_relations,
        "acerto": round(found.hits.mean[where].item(), 3),
        "referencias": baselines,
        "vantagem": round(found.advantage.mean[where].item(), 3),
        "erro": round(found.advantage.error[where].item(), 3),
    }


def _ablation(table):
    rows = {"todos os tokens": table.overall, **table.by_kind}
    return {
        name: {
            "n": change.n_tokens,
            "perda": round(change.loss, 3),
            "mudanca": [[round(x, 3) for x in row] for row in change.change.mean.tolist()],
        }
        for name, change in rows.items()
    }


def _rounded(found, *names):
    return {name: round(getattr(found, name), 4) for name in names}
