"""Seu texto: o modelo do curso vai uma vez para a página, e dali em diante o kernel não faz falta.

Vão os pesos, o tokenizador, `decoder.js` e o desenho de cada explorável que aceita texto próprio,
traduzido do Python por `to_js.py`. Cada um tem um `nome_own.js`, que lê o texto com o modelo, e uma
lista `OWN` de funções de desenho no módulo de mesmo nome.
"""

import base64
import functools
import importlib
import json
from typing import Any

from helpers.bpe import END
from helpers.checkpoint import read_json
from helpers.explorables.kit.base import HERE, read_part
from helpers.explorables.kit.slim import slim
from helpers.explorables.kit.to_js import translate
from helpers.saved_model import TOKENIZER
from helpers.stories import Grammar
from helpers.studies.thread import MODEL_DIR, SENTENCE

SIGNS = "!\",-.:?'0123456789"  # os sinais que há nas histórias


def own_box(scene: str, most: int = 256, **more: Any) -> dict[str, Any]:
    """O que a caixa de texto de um explorável precisa saber.

    Parâmetros:
        scene: nome da cena, o de `nome_own.js`.
        most: quantos tokens cabem, com a marca de começo.
        more: o que só essa cena usa, em tipos que o JSON conhece.
    """
    return {"scene": scene, "most": most, "text": SENTENCE, **more}


@functools.cache
def package() -> tuple[bytes, bytes]:
    """O que a página recebe: um programa e o arquivo dos pesos, em safetensors."""
    config = read_json(MODEL_DIR / "config.json")
    tokenizer = read_json(MODEL_DIR / TOKENIZER)
    given = {
        "config": config,
        "tokenizer": tokenizer,
        "end": tokenizer["special_tokens"][END],
        "known": sorted(Grammar.load().language.lexicon.vocabulary),
        "signs": SIGNS,
    }
    sent = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    scenes = sorted(path.name for path in HERE.parent.glob("*_own.js"))
    written = map(
        read_part, ("spoken.js", "python.js", "bpe.js", "decoder.js", "own_page.js", *scenes)
    )
    parts = (f"const GIVEN={sent};", slim("\n".join(written)), drawings(), "return start;")
    code = "window.tpdOwn.start=(()=>{" + "\n".join(parts) + "})();"
    return code.encode(), (MODEL_DIR / config["weights"]).read_bytes()


def drawings() -> str:
    """As funções de desenho, em JavaScript."""
    stems = sorted(path.stem.removesuffix("_own") for path in HERE.parent.glob("*_own.js"))
    modules = [importlib.import_module(f"helpers.explorables.{stem}") for stem in stems]
    return translate(function for module in modules for function in module.OWN)[0]


def page_script() -> str:
    """O mesmo para uma página sem kernel: um programa comum, que vem antes ou depois deles."""
    code, weights = (base64.b64encode(part).decode() for part in package())
    return (
        f'{{const parts=["{code}","{weights}"].map((s)=>Uint8Array.from(atob(s),'
        "(c)=>c.charCodeAt(0))),own=(window.tpdOwn??={asked:Infinity});"
        "own.take?.(parts);own.ready??=Promise.resolve(parts);}"
    )
