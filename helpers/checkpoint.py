"""Guardar e ler um modelo: `config.json` e um arquivo safetensors, que só contém números.

O `config.json` é trocado por último e diz o nome e a soma SHA-256 dos pesos. Uma gravação que
morre no meio deixa o modelo anterior inteiro; um arquivo cortado ou alterado não é lido.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from helpers.config import DecoderConfig
from helpers.files import reason, replace_file

FORMAT = "transformers-por-dentro"
VERSION = 1


class CheckpointError(ValueError):
    """Diz qual arquivo do checkpoint não serve, por quê, e o que fazer."""


def write(
    folder: str | Path, config: DecoderConfig, parts: list[str], tensors: Mapping[str, Tensor]
) -> None:
    """Grava um modelo na pasta; se já há um lá, troca-o de uma vez, no fim.

    Parâmetros:
        folder: a pasta; é criada se não existir, e o que mais houver nela fica.
        parts: as peças do modelo, uma por linha, para conferir na leitura.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data = tensors_to_bytes({name: t.detach().cpu().contiguous() for name, t in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    weights = f"model-{digest[:12]}.safetensors"
    record = {
        "format": FORMAT,
        "version": VERSION,
        "config": asdict(config),
        "parts": parts,
        "weights": weights,
        "sha256": digest,
    }
    before = _weights_in_use(folder)
    replace_file(folder / weights, data)
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    replace_file(folder / "config.json", text)
    if before and before != weights:
        (folder / before).unlink(missing_ok=True)


def read(folder: str | Path) -> tuple[DecoderConfig, list[str], dict[str, Tensor]]:
    """Lê o que `write` gravou, depois de conferir tudo.

    Retorna:
        Os tamanhos, as peças e os pesos.

    Erros:
        CheckpointError: se faltar um arquivo, ou ele for de outro formato, cortado ou alterado.
    """
    path = Path(folder) / "config.json"
    record = read_json(path)
    if record.get("format") != FORMAT:
        hint = "leia-a com Decoder.from_gpt2" if "model_type" in record else "confira a pasta"
        raise CheckpointError(f"{path} não foi gravado por este curso; {hint}")
    if record.get("version") != VERSION:
        raise CheckpointError(
            f"{path} é da versão {record.get('version')!r}, e aqui se lê a {VERSION}; "
            "atualize o curso ou grave o modelo de novo"
        )
    try:
        config = DecoderConfig(**record["config"])
        weights, digest, parts = record["weights"], record["sha256"], record["parts"]
        if Path(weights).name != weights:
            raise ValueError(f"weights={weights!r} deve ser um nome de arquivo, sem pasta")
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} foi alterado: {error}; grave o modelo de novo") from error
    data = _read_bytes(path.parent / weights)
    if hashlib.sha256(data).hexdigest() != digest:
        raise CheckpointError(
            f"{path.parent / weights} está cortado ou foi alterado: a soma SHA-256 não é a de "
            "config.json; copie-o outra vez ou grave o modelo de novo"
        )
    try:
        return config, parts, tensors_from_bytes(data)
    except SafetensorError as error:
        raise CheckpointError(f"{path.parent / weights} não é um arquivo safetensors") from error


def require_same_tensors(
    path: str | Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> None:
    """Recusa pesos que não são os do modelo: nomes a mais, a menos, ou de outra forma.

    Parâmetros:
        path: de onde vieram, para a mensagem.
        found: os pesos lidos.
        expected: os pesos do modelo.

    Erros:
        CheckpointError: diz quais.
    """
    troubles = [f"falta {name}" for name in expected if name not in found]
    troubles += [f"sobra {name}" for name in found if name not in expected]
    troubles += [
        f"{name} tem forma {list(found[name].shape)} em vez de {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in found and found[name].shape != tensor.shape
    ]
    if troubles:
        more = f" e mais {len(troubles) - 4}" if len(troubles) > 4 else ""
        raise CheckpointError(
            f"os pesos de {path} não são os deste modelo: {'; '.join(troubles[:4])}{more}; "
            "confira se config.json e os pesos são da mesma gravação"
        )


def require_same_parts(folder: str | Path, ours: list[str], saved: list[str]) -> None:
    """Recusa um modelo montado com outras peças: os pesos caberiam, e a conta seria outra.

    Parâmetros:
        folder: a pasta, para a mensagem.
        ours: as peças do modelo montado agora.
        saved: as peças do modelo gravado.

    Erros:
        CheckpointError: mostra a primeira diferença.
    """
    for here, there in zip_longest(ours, saved, fillvalue="nada"):
        if here != there:
            raise CheckpointError(
                f"{folder} foi gravado com outras peças: lá, {there!r}; aqui, {here!r}; passe a "
                "load as peças com que o modelo foi criado, como block=partial(Block, norm='post')"
            )


def read_json(path: Path) -> dict:
    """Lê um arquivo JSON que precisa conter um objeto.

    Erros:
        CheckpointError: se ele faltar, não for JSON em UTF-8 ou não contiver um objeto.
    """
    data = _read_bytes(path)
    try:
        record = json.loads(data.decode("utf-8"))
    except ValueError as error:
        message = f"{path} não é um JSON inteiro; copie-o outra vez ({error})"
        raise CheckpointError(message) from error
    if not isinstance(record, dict):
        raise CheckpointError(f"{path} deveria conter um objeto JSON; copie-o outra vez")
    return record


def _read_bytes(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"falta {path}; confira o caminho da pasta") from None
    except OSError as error:
        raise CheckpointError(f"não consegui ler {path} ({reason(error)})") from error


def _weights_in_use(folder):
    try:
        name = read_json(folder / "config.json").get("weights")
    except CheckpointError:
        return None
    return name if isinstance(name, str) and Path(name).name == name else None
