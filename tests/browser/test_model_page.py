"""O modelo do curso numa página aberta do disco: sem servidor, sem kernel, sem rede."""

import base64
import html
import json

import pytest
import torch

from helpers.explorables.kit.base import load_js
from helpers.hooks import run_with_cache
from helpers.saved_model import TOKENIZER, load_model
from helpers.studies.thread import MODEL_DIR, SENTENCE

pytestmark = pytest.mark.browser

TEXTS = (SENTENCE, "Otorrinolaringologista 👩‍👩‍👧 na\u0303o", "")
NAME = "blocks.2.attn.hook_pattern"

# Num arquivo aberto do disco o navegador não importa outro arquivo: vai tudo dentro da página.
READ = """
const stored = (id) => document.getElementById(id).textContent;
const record = JSON.parse(stored("config"));
const bytes = Uint8Array.from(atob(stored("weights")), (letter) => letter.charCodeAt(0));
const model = new Decoder(record, bytes);
const words = new Tokenizer(JSON.parse(stored("words")));
window.read = (text) => {
  const { ids } = model.fit([1023, ...words.encode(text)]);
  const { logits, activations } = model.forward(ids, { names: [given] });
  return [ids, Array.from(logits.data), Array.from(activations[given].data, String)];
};
"""


def test_a_page_from_the_disk_computes_the_model(context, tmp_path):
    record = (MODEL_DIR / "config.json").read_text(encoding="utf-8")
    weights = (MODEL_DIR / json.loads(record)["weights"]).read_bytes()
    stored = {
        "config": record,
        "words": (MODEL_DIR / TOKENIZER).read_text(encoding="utf-8"),
        "weights": base64.b64encode(weights).decode(),
    }
    blocks = "".join(
        f'<script type="text/plain" id="{name}">{text}</script>' for name, text in stored.items()
    )
    code = f"const given = {json.dumps(NAME)};\n{load_js('bpe.js', 'decoder.js')}\n{READ}"
    path = tmp_path / "página.html"
    path.write_text(
        f'<!doctype html><meta charset="utf-8"><title>{html.escape(SENTENCE)}</title>{blocks}'
        f'<script type="module">{code}</script>',
        encoding="utf-8",
    )
    page, failures = context.new_page(), []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.route("file://**", lambda route: route.continue_())
    page.goto(path.as_uri())
    page.wait_for_function("() => window.read")
    model, tokenizer = load_model(MODEL_DIR)
    for text in TEXTS:
        ids, logits, pattern = page.evaluate("(text) => window.read(text)", text)
        assert ids == [1023, *tokenizer.encode(text)]
        with torch.no_grad():
            expected, cache = run_with_cache(model.eval(), torch.tensor([ids]), NAME)
        for found, value in ((logits, expected), (pattern, cache[NAME])):
            found = torch.tensor([float(number) for number in found])
            torch.testing.assert_close(found.view(value.shape), value, atol=1e-4, rtol=0)
    assert failures == []
    page.close()
