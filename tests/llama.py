"""Um Llama minúsculo, de pesos sorteados, e os logits que a biblioteca transformers dá com ele.

`python tests/llama.py` refaz `data/llama`, que a lição 13 lê; `tests/test_llama_parity.py` confere.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[1] / "data" / "llama"
EXPECTED = "esperado.safetensors"
SIZES = {
    "vocab_size": 97,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-6,
}


def reference(seed: int = 0, theta: float = 10_000.0, **changes: object) -> torch.nn.Module:
    """Faz um Llama com todos os pesos sorteados, grandes o bastante para cada peça contar.

    Parâmetros:
        theta: a base dos ângulos.
        changes: como em `LlamaConfig`.
    """
    import transformers  # demora: só quem o usa paga

    transformers.utils.logging.disable_progress_bar()
    config = transformers.LlamaConfig(**(SIZES | {"bos_token_id": 0, "eos_token_id": 0} | changes))
    if hasattr(config, "rope_parameters"):
        config.rope_parameters = {"rope_type": "default", "rope_theta": theta}
    else:
        config.rope_theta = theta
    model = transformers.LlamaForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.normal_(float("norm" in name), 0.3, generator=generator)
    return model


def tokens(n_pos: int = 12, seed: int = 1) -> torch.Tensor:
    """Sorteia um texto em ids, [1 pos]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(SIZES["vocab_size"], (1, n_pos), generator=generator)


@torch.no_grad()
def write(folder: Path) -> None:
    """Grava o checkpoint, como a biblioteca grava, e os logits que ela dá.

    Parâmetros:
        folder: a pasta; é criada se não existir.
    """
    model, ids = reference(), tokens()
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file({"tokens": ids[0], "logits": model(ids).logits[0]}, folder / EXPECTED)


if __name__ == "__main__":
    write(FOLDER)
