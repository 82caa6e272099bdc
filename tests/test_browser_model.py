"""O modelo no navegador: `bpe.js` e `decoder.js` dão os ids e as ativações do Python."""

import base64
import itertools
import random
import unicodedata

import javascript
import pytest
import regex
import torch
from safetensors.torch import load_file

from helpers.bpe import END, Tokenizer, split
from helpers.config import DecoderConfig
from helpers.data import read_text
from helpers.decoder import Decoder
from helpers.explorables.kit.base import HERE, load_js, read_part
from helpers.heads import ablation_edits
from helpers.hooks import editing, hook_names, run_with_cache, run_with_edits
from helpers.saved_model import load_model
from helpers.studies.thread import MODEL_DIR, SENTENCE

FILES = ("bpe.js", "decoder.js")
PARTS = [*HERE.glob("*.js"), *HERE.parent.glob("*.js")]
CLOSE = 1e-4

KNOWN = (
    SENTENCE,
    "A Ana pegou um livro. Ela leu o livro em casa.",
    "O Pedro comeu pão.",
    "Maria estava na praça, e o cachorro também.",
    "João",
    "o",
    " ",
    "Depois, ele foi para a escola.",
    "No fim, todos ficaram em casa.",
    "— Quem viu o gato?",
    'A mãe disse: "Vamos para casa."',
    "Ela cantou, cantou e cantou.",
)
STRANGE = (
    "",
    "Otorrinolaringologista",
    "xkcd zzz qwerty",
    "The quick brown fox doesn't jump; we'll see.",
    "def f(x): return x ** 2  # potência",
    "3,14159 e 1 000 000",
    "٣ ४ ५ Ⅻ ½",
    "😀",
    "família 👩‍👩‍👧‍👦 e bandeira 🇧🇷!",
    "👍🏽👍🏿 joinha",
    unicodedata.normalize("NFD", "não é avó, é avô; coração à força"),
    "a\u0301\u0302\u0303\u0304 zalgo o\u0338",
    "ﬁ ﬂ ß İ ı ſ Å Ω",
    "Привет, мир",
    "你好，世界",
    "こんにちは カタカナ",
    "مرحبا بالعالم",
    "שלום עולם",
    "हिन्दी में",
    "한국어 조선말",
    "\t\ttabulações\t e \n\n quebras \r\n de linha \r",
    "   três   espaços   ",
    "espaço\u00a0duro\u2003e\u2009fino\u3000largo",
    "\ufeffmarca de ordem\ufeff no meio",
    "linha\u0085seguinte\u2028separador\u2029fim",
    "controle \x00\x01\x1b\x1c\x1d\x1e\x1f\x7f",
    "<|fim|> é texto comum aqui",
    "<b>negrito</b> &amp; aspas \"'`",
    "'s 't 'll 've 're 'm 'd 'S ’s",
    "ção" * 30,
    "\U0001f9ff\U000e0041\ufffd\ufffe\U0010ffff",
    "undefined null NaN constructor __proto__ toString",
    "$1 $& $` \\s \\S",
)


def sentences():
    """As 50 frases: do curso, de palavras de fora, de letras estranhas, vazia e compridas."""
    corpus = read_text("cronicas_pt.txt")
    long = (
        corpus[:10_000],
        "".join(random.Random(7).choices("abcdeéãç", k=10_000)),  # uma palavra só
        "😀" * 10_000,
    )
    lines = [line for line in corpus.splitlines() if len(line) > 40]
    found = [*KNOWN, *STRANGE, *long]
    return [*found, *lines[: 50 - len(found)]]


@pytest.fixture(scope="module")
def course():
    model, tokenizer = load_model(MODEL_DIR)
    return model.eval(), tokenizer


LOAD = """
const fs = require("fs");
const json = (name) => JSON.parse(fs.readFileSync(`${given.folder}/${name}`, "utf8"));
const record = json("config.json");
const load = () => new Decoder(record, fs.readFileSync(`${given.folder}/${record.weights}`));
const tokenizer = () => new Tokenizer(json("tokenizador.json"));
// Grava tensores como safetensors, para o Python os ler sem passar por texto.
function save(name, tensors) {
  const header = {};
  let end = 0;
  for (const [key, { shape, data }] of Object.entries(tensors)) {
    header[key] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const bytes = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts = Object.values(tensors).map(bytes);
  fs.writeFileSync(`${given.out}/${name}.safetensors`, Buffer.concat([size, text, ...parts]));
}
const said = (act) => {
  try { act(); return "nada"; } catch (error) { return error.message; }
};
"""


def node(program, out, folder=MODEL_DIR, **given):
    """Roda um programa com os dois arquivos e devolve o que ele disse."""
    given |= {"folder": str(folder), "out": str(out)}
    return javascript.run(FILES, LOAD + program, given)


def tensors(out, name):
    """Lê os tensores que o programa gravou."""
    return load_file(out / f"{name}.safetensors")


def assert_close(found, expected, where=""):
    """Mesma forma, mesmos infinitos e diferença até `CLOSE`."""
    assert found.shape == expected.shape, where
    torch.testing.assert_close(
        found, expected, atol=CLOSE, rtol=0, msg=lambda text: f"{where}: {text}"
    )


# ids


ENCODE = """
const ours = tokenizer();
console.log(JSON.stringify(given.texts.map((text) => {
  const ids = ours.encode(text);
  return [ids, ours.decode(ids), ours.split(text)];
})));
"""


def test_ids_are_those_of_the_tokenizer(course, tmp_path):
    texts = sentences()
    assert len(texts) == len(set(texts)) == 50
    found = node(ENCODE, tmp_path, texts=texts)
    for text, (ids, back, words) in zip(texts, found, strict=True):
        assert ids == course[1].encode(text), text
        assert back == text
        assert words == split(text)


def test_spaces_cut_the_text_as_in_python(tmp_path):
    """O JavaScript tem outra lista de espaços: conta U+FEFF e não conta U+0085."""
    odd = [chr(code) for code in range(0x3001) if regex.match(r"\s", chr(code)) or code < 32]
    texts = [f"a{one}{one}b{one}1{one}!{one}" for one in [*odd, "\ufeff", "\u200b", "\u180e"]]
    program = """
    const ours = tokenizer();
    console.log(JSON.stringify(given.texts.map((text) => ours.split(text))));
    """
    assert node(program, tmp_path, texts=texts) == [split(text) for text in texts]


def test_half_a_letter_is_read_as_in_python(course, tmp_path):
    rng = random.Random(3)
    lists = [[rng.randrange(1024) for _ in range(12)] for _ in range(200)]
    program = (
        "const t = tokenizer(); console.log(JSON.stringify(given.ids.map((i) => t.decode(i))));"
    )
    assert node(program, tmp_path, ids=lists) == [course[1].decode(ids) for ids in lists]


def random_merges(rng):
    """Sorteia fusões possíveis; várias dão os mesmos bytes por caminhos diferentes."""
    tokens, merges = [b"a", b"b"], []
    while len(merges) < 30:
        pair = (rng.choice(tokens), rng.choice(tokens))
        if pair not in merges and len(pair[0] + pair[1]) < 7:
            merges.append(pair)
            tokens.append(pair[0] + pair[1])
    return merges


def test_any_list_of_merges_merges_in_the_same_order(tmp_path):
    rng = random.Random(5)
    # A última fusão cria abc, e o par dele com ab foi aprendido antes: tem a vez.
    jump = [(b"a", b"b"), (b"b", b"c"), (b"a", b"bc"), (b"abc", b"ab"), (b"ab", b"c")]
    assert Tokenizer(tuple(jump), pattern=None).pieces("abcabc") == [b"abcab", b"c"]
    cases = [(jump, ["abcabc", "cabcabcabc"])]
    cases += [
        (random_merges(rng), ["".join(rng.choices("ab", k=60)) for _ in range(5)])
        for _ in range(100)
    ]
    given = []
    for case, (merges, texts) in enumerate(cases):
        path = tmp_path / f"{case}.json"
        Tokenizer(tuple(merges), pattern=None).save(path)
        given.append((str(path), texts))
    program = """
    console.log(JSON.stringify(given.cases.map(([path, texts]) => {
      const ours = new Tokenizer(JSON.parse(fs.readFileSync(path, "utf8")));
      return texts.map((text) => ours.encode(text));
    })));
    """
    found = node(program, tmp_path, cases=given)
    for (merges, texts), ids in zip(cases, found, strict=True):
        tokenizer = Tokenizer(tuple(merges), pattern=None)
        assert ids == [tokenizer.encode(text) for text in texts], merges


# ativações


READ = """
const model = load();
const words = tokenizer();
const names = model.hookNames(true);
const read = (ids, options) => {
  const { logits, activations } = model.forward(ids, { names, ...options });
  return { logits, ...activations };
};
const texts = given.texts.map((text, i) => {
  const { ids, note } = model.fit([given.end, ...words.encode(text)]);
  save(`inteiro ${i}`, read(ids));
  const cache = model.newCache();
  const parts = [];
  for (let at = 0, size = 1; at < ids.length; at += size, size = (size * 3) % 7 || 4) {
    for (const [name, value] of Object.entries(read(ids.slice(at, at + size), { cache }))) {
      parts.push([`${at} ${name}`, value]);
    }
  }
  save(`em pedaços ${i}`, Object.fromEntries(parts));
  return { ids, note };
});
console.log(JSON.stringify({ texts, names, some: model.hookNames() }));
"""


def read_with_both(course, texts, out):
    """Compara, texto por texto, tudo o que os dois modelos calculam; devolve o que o Node disse."""
    model, tokenizer = course
    end = tokenizer.special_tokens[END]
    told = node(READ, out, texts=texts, end=end)
    names = hook_names(model, on_request=True)
    assert told["names"] == names
    assert told["some"] == hook_names(model)
    for i, (text, said) in enumerate(zip(texts, told["texts"], strict=True)):
        ids = [end, *tokenizer.encode(text)][: model.config.n_ctx]
        assert said["ids"] == ids
        with torch.no_grad():
            logits, cache = run_with_cache(model, torch.tensor([ids]), names)
        found = tensors(out, f"inteiro {i}")
        assert sorted(found) == sorted(["logits", *names])
        for name, value in {"logits": logits, **cache}.items():
            assert_close(found[name], value[0], f"{name}, em {text[:40]!r}")
        assert_same_in_parts(tensors(out, f"em pedaços {i}"), found)
    return told["texts"]


def assert_same_in_parts(parts, whole):
    """Com o cache, cada posição sai igual, bit por bit, à da leitura de uma vez."""
    starts = {int(key.split()[0]) for key in parts}
    assert len(parts) == len(starts) * len(whole)
    for key, part in parts.items():
        start, name = key.split()
        axis = 1 if name.endswith(("attn_scores", "pattern")) else 0
        n = part.shape[axis]
        expected = whole[name].narrow(axis, int(start), n)
        if axis:  # as chaves do futuro ainda não existiam
            expected = expected[..., : int(start) + n]
        assert torch.equal(part, expected), key


def test_every_activation_is_that_of_python(course, tmp_path):
    told = read_with_both(course, [SENTENCE, "", "pão 👩‍👩‍👧 a\u0301 xkcd"], tmp_path)
    assert [said["note"] for said in told] == ["", "", ""]


@pytest.mark.slow
def test_every_activation_is_that_of_python_in_fifty_sentences(course, tmp_path):
    texts = sentences()
    told = read_with_both(course, texts, tmp_path)
    cut = [text for text, said in zip(texts, told, strict=True) if said["note"]]
    assert cut == [text for text in texts if len(text) >= 10_000]
    n = 1 + len(course[1].encode(cut[0]))
    assert (
        told[texts.index(cut[0])]["note"]
        == f"O texto tem {n} tokens; o modelo lê os primeiros 256."
    )


def test_other_sizes_and_an_own_output_matrix(tmp_path):
    config = DecoderConfig(
        d_vocab=301, n_ctx=20, d_model=15, n_heads=3, n_layers=2, d_mlp=22, tied=False, eps=1e-3
    )
    model = Decoder(config, generator=torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)))
    model.save(tmp_path)
    ids = [5, 300, 0, 17, 17, 42]
    program = """
    const model = load();
    const { logits, activations } = model.forward(given.ids, { names: model.hookNames(true) });
    save("outro", { logits, ...activations });
    console.log("1");
    """
    node(program, tmp_path, folder=tmp_path, ids=ids)
    with torch.no_grad():
        logits, cache = run_with_cache(model, torch.tensor([ids]), hook_names(model, True))
    found = tensors(tmp_path, "outro")
    for name, value in {"logits": logits, **cache}.items():
        assert_close(found[name], value[0], name)


def test_cache_is_undone_by_its_length_and_a_failure_does_not_count(course, tmp_path):
    program = """
    const model = load();
    const cache = model.newCache();
    model.forward(given.ids.slice(0, 6), { cache });
    const fails = () => { throw new Error("de propósito"); };
    const why = said(() => (
      model.forward([1, 2], { cache, edits: { "blocks.2.hook_mlp_out": fails } })));
    const after = cache.length;
    model.forward([7, 8, 9], { cache });
    cache.length = 4;
    save("fim", { logits: model.forward(given.ids.slice(4), { cache }).logits });
    console.log(JSON.stringify([why, after]));
    """
    ids = [1023, *course[1].encode(SENTENCE)]
    assert node(program, tmp_path, ids=ids) == ["de propósito", 6]
    with torch.no_grad():
        assert_close(tensors(tmp_path, "fim")["logits"], course[0](torch.tensor([ids]))[0, 4:])


# edições


def bent(value):
    """Metade do valor, mais 0, 1/4 ou 1/2, por posição na memória."""
    steps = torch.arange(value.numel()).view(value.shape) % 3
    return value / 2 + steps / 4


def test_any_activation_may_be_edited(course, tmp_path):
    model, tokenizer = course
    names = hook_names(model, on_request=True)
    ids = [1023, *tokenizer.encode("O João comeu pão.")]
    program = """
    const model = load();
    const bent = ({ shape, data }) => (
      { shape, data: data.map((value, i) => value / 2 + (i % 3) / 4) });
    const found = { before: model.forward(given.ids).logits };
    for (const name of given.names) {
      const read = model.forward(given.ids, { edits: { [name]: bent }, names: [name] });
      found[name] = read.logits;
      found[`${name} trocada`] = read.activations[name];
    }
    save("trocas", found);
    console.log("1");
    """
    node(program, tmp_path, ids=ids, names=names)
    found, tokens = tensors(tmp_path, "trocas"), torch.tensor([ids])
    for name in names:
        with torch.no_grad(), editing(model, {name: bent}):
            logits, cache = run_with_cache(model, tokens, name)
        assert_close(found[name], logits[0], name)
        assert_close(found[f"{name} trocada"], cache[name][0], name)
        assert not torch.allclose(found[name], found["before"], atol=CLOSE, rtol=0), name


def test_an_edit_in_place_does_not_reach_what_was_read_before(tmp_path):
    program = """
    const model = load();
    const names = ["blocks.0.hook_resid_post", "blocks.1.hook_resid_pre"];
    const zero = (value) => { value.data.fill(0); return value; };
    const [before, after] = names;
    const read = model.forward([5, 6, 7], { names, edits: { [after]: zero } }).activations;
    const whole = model.forward([5, 6, 7], { names }).activations;
    const same = (a, b) => a.data.every((value, i) => value === b.data[i]);
    console.log(JSON.stringify([
      same(read[before], whole[before]), read[after].data.some((value) => value !== 0)]));
    """
    assert node(program, tmp_path) == [True, False]


def test_silenced_heads_are_those_of_the_ablation(course, tmp_path):
    model, tokenizer = course
    ids = [1023, *tokenizer.encode(SENTENCE)]
    cases = [[], *([pair] for pair in itertools.product(range(3), range(4)))]
    cases += [[(0, 1), (2, 3), (2, 0)], [(1, 2), (1, 2)]]
    program = """
    const model = load();
    save("caladas", Object.fromEntries(given.cases.map((heads, i) => (
      [`${i}`, model.forward(given.ids, { edits: silenceHeads(model, heads) }).logits]))));
    console.log("1");
    """
    node(program, tmp_path, ids=ids, cases=cases)
    found = tensors(tmp_path, "caladas")
    for i, heads in enumerate(cases):
        with torch.no_grad():
            expected = run_with_edits(model, torch.tensor([ids]), ablation_edits(model, heads))
        assert_close(found[f"{i}"], expected[0], f"{heads}")


def patched(saved, places, axis):
    """A mesma troca, em Python: nas posições dadas, a ativação do outro texto."""

    def edit(value):
        value = value.clone()
        where = (slice(None),) * axis + (places,)
        value[where] = saved[where]
        return value

    return edit


def test_patched_activations_are_those_of_the_other_text(course, tmp_path):
    model, tokenizer = course
    here = [1023, *tokenizer.encode(SENTENCE)]
    other = [1023, *tokenizer.encode(SENTENCE.replace("João", "Pedro"))]
    assert len(here) == len(other)
    everywhere = list(range(len(here)))
    cases = [
        (name, places)
        for name in (
            "hook_embed",
            "blocks.0.hook_resid_pre",
            "blocks.1.attn.hook_z",
            "blocks.1.attn.hook_pattern",
            "blocks.2.attn.hook_attn_scores",
            "blocks.2.attn.hook_result",
            "blocks.1.mlp.hook_post",
        )
        for places in (None, [2], [2, 5])
    ]
    program = """
    const model = load();
    const found = {};
    given.cases.forEach(([name, places], i) => {
      const saved = model.forward(given.other, { names: [name] }).activations;
      const edits = patchActivations(saved, places);
      found[`${i}`] = model.forward(given.here, { edits }).logits;
    });
    // Um texto mais curto também serve, nas posições que ele tem.
    const name = "blocks.1.hook_resid_post";
    const saved = model.forward(given.other.slice(0, 4), { names: [name] }).activations;
    found.short = model.forward(given.here, { edits: patchActivations(saved, [3]) }).logits;
    save("remendos", found);
    console.log("1");
    """
    node(program, tmp_path, here=here, other=other, cases=cases)
    found = tensors(tmp_path, "remendos")
    with torch.no_grad():
        for i, (name, places) in enumerate(cases):
            _, cache = run_with_cache(model, torch.tensor([other]), name)
            axis = 2 if name.endswith(("scores", "pattern")) else 1
            edit = patched(cache[name], places or everywhere, axis)
            expected = run_with_edits(model, torch.tensor([here]), {name: edit})
            assert_close(found[f"{i}"], expected[0], f"{name}, {places}")
        name = "blocks.1.hook_resid_post"
        _, cache = run_with_cache(model, torch.tensor([other]), name)
        edits = {name: patched(cache[name], [3], 1)}
        assert_close(found["short"], run_with_edits(model, torch.tensor([here]), edits)[0])


def test_swapped_token_is_another_text(course, tmp_path):
    model, tokenizer = course
    ids = [1023, *tokenizer.encode(SENTENCE)]
    program = """
    const model = load();
    const swapped = swapToken(model, given.ids, 2, given.id);
    save("troca", { logits: model.forward(swapped).logits });
    console.log(JSON.stringify([given.ids, swapped]));
    """
    [new] = tokenizer.encode(" Maria")
    kept, swapped = node(program, tmp_path, ids=ids, id=new)
    assert kept == ids
    assert swapped == [*ids[:2], new, *ids[3:]]
    with torch.no_grad():
        assert_close(tensors(tmp_path, "troca")["logits"], model(torch.tensor([swapped]))[0])


def test_edits_hold_while_a_text_is_read_with_the_cache(course, tmp_path):
    model, tokenizer = course
    ids = [1023, *tokenizer.encode(SENTENCE)]
    program = """
    const model = load();
    const edits = silenceHeads(model, [[0, 2], [1, 1]]);
    const cache = model.newCache();
    model.forward(given.ids.slice(0, 5), { cache, edits });
    save("aos poucos", { logits: model.forward(given.ids.slice(5), { cache, edits }).logits });
    console.log("1");
    """
    node(program, tmp_path, ids=ids)
    cache = model.new_cache()
    with torch.no_grad(), editing(model, ablation_edits(model, [(0, 2), (1, 1)])):
        model(torch.tensor([ids[:5]]), cache)
        expected = model(torch.tensor([ids[5:]]), cache)
    assert_close(tensors(tmp_path, "aos poucos")["logits"], expected[0])


# o que se recusa


REFUSED = {
    "model.forward([])": "Não há nenhum token para ler",
    "model.forward([1, 1024])": "O id 1024, na posição 1, está fora do vocabulário",
    "model.forward([-1])": "O id -1, na posição 0, está fora do vocabulário",
    "model.forward([1.5])": "O id 1.5, na posição 0, está fora do vocabulário",
    "model.forward(['7'])": "O id 7, na posição 0, está fora do vocabulário",
    "model.forward(Array(257).fill(1))": "O texto tem 257 tokens, e o modelo lê no máximo 256",
    "model.forward([1], { cache: full })": "O texto tem 257 tokens, e o modelo lê no máximo 256",
    "model.forward([1], { cache: load().newCache() })": "Este cache é de outro modelo",
    "model.forward([1], { names: ['hook_embedd'] })": "Não há ativação chamada hook_embedd",
    "model.forward([1], { names: 'blocks.9.hook_mlp_out' })": "você quis dizer blocks.0.hook_mlp",
    "model.forward([1], { edits: { nada: (x) => x } })": "Não há ativação chamada nada",
    "model.forward([1], { edits: { hook_embed: () => 3 } })": "A troca de hook_embed precisa",
    "model.forward([1], { edits: { hook_embed: () => newTensor([2]) } })": "de forma [1, 128]",
    "model.forward([1], { edits: { 'blocks.0.attn.hook_attn_scores': forbid } })": "é toda −∞",
    "silenceHeads(model, [[3, 0]])": "A camada 3 não existe aqui: vai de 0 a 2",
    "silenceHeads(model, [[0, 4]])": "A cabeça 4 não existe aqui: vai de 0 a 3",
    "swapToken(model, [1, 2], 2, 0)": "A posição 2 não existe aqui: vai de 0 a 1",
    "swapToken(model, [1, 2], 1, 5000)": "O id 5000, na posição 1, está fora do vocabulário",
    "patch([5])": "A posição 5 não existe aqui: vai de 0 a 1",
    "patch(null)": "O remendo de hook_embed tem a forma [2, 128]; a ativação, [3, 128]",
    "words.encode(5)": "O texto deve ser string; veio number",
    "words.encode('a\\ud83d')": "O texto contém U+D83D, metade solta de um caractere",
    "words.decode([1024])": "O id 1024 não existe neste tokenizador",
    "new Tokenizer({})": "não é um tokenizador deste curso",
    "new Decoder({}, weights)": "não é de um modelo do curso",
    "new Decoder(record, weights.subarray(0, 5000))": "está cortado ou não é safetensors",
    "new Decoder(record, weights.map((byte, i) => i < 8 ? byte : 65))": "está cortado ou não é",
    "new Decoder(record, weights.subarray(0, 4))": "está cortado ou não é safetensors",
    "new Decoder(other({ parts: [': Decoder(mask=no_mask)'] }), weights)": "não calcula esta peça",
    "new Decoder(other({ config: { ...record.config, n_ctx: 64 } }), weights)": "pos_embed.W_pos",
    "new Decoder(other({ config: { ...record.config, n_layers: 4 } }), weights)": "blocks.3.ln1.w",
}


def test_what_does_not_serve_is_refused_in_portuguese(tmp_path):
    program = """
    const model = load();
    const words = tokenizer();
    const weights = fs.readFileSync(`${given.folder}/${record.weights}`);
    const other = (change) => ({ ...record, ...change });
    const full = { ...model.newCache(), length: 256 };
    const forbid = ({ shape, data }) => ({ shape, data: data.fill(-Infinity) });
    const two = model.forward([1, 2], { names: ["hook_embed"] }).activations;
    const patch = (places) => model.forward([1, 2, 3], { edits: patchActivations(two, places) });
    console.log(JSON.stringify(given.calls.map((call) => said(() => eval(call)))));
    """
    found = node(program, tmp_path, calls=list(REFUSED))
    for (call, expected), told in zip(REFUSED.items(), found, strict=True):
        assert expected in told, (call, told)


# onde roda


def test_both_files_make_an_es_module(course, tmp_path):
    """Como no JupyterLab e numa página: um texto só, sem `require`, importado como módulo."""
    code = load_js(*FILES) + "\nexport { Decoder, Tokenizer };\n"
    assert not regex.search(r"\b(require|import|process|Buffer)\b\s*\(", code)
    program = """
    const url = `data:text/javascript;base64,${given.code}`;
    import(url).then(({ Decoder, Tokenizer }) => {
      const fs = require("fs");
      const read = (name) => fs.readFileSync(`${given.folder}/${name}`);
      const record = JSON.parse(read("config.json"));
      const model = new Decoder(record, new DataView(read(record.weights).buffer.slice(0)));
      const ids = new Tokenizer(JSON.parse(read("tokenizador.json"))).encode(given.text);
      console.log(JSON.stringify(Array.from(model.forward(ids).logits.data.slice(-1024))));
    });
    """
    given = {"folder": str(MODEL_DIR), "text": SENTENCE}
    given["code"] = base64.b64encode(code.encode()).decode()
    found = torch.tensor(javascript.run([], program, given))
    with torch.no_grad():
        expected = course[0](torch.tensor([course[1].encode(SENTENCE)]))[0, -1]
    assert_close(found, expected)


@pytest.mark.parametrize("name", FILES)
def test_a_name_of_the_kit_is_not_taken_twice(name, tmp_path):
    """Os arquivos se juntam num módulo só, e um nome declarado duas vezes o quebraria."""
    declared = r"^(?:const|let|function|class) (\w+)"
    names = lambda one: set(regex.findall(declared, read_part(one), regex.M))  # noqa: E731
    others = [path.name for path in PARTS if path.name != name]
    assert len(others) > 10
    for other in others:
        assert not names(name) & names(other), other
