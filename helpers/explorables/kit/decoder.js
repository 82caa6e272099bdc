// O modelo do curso no navegador: as contas de helpers/decoder.py, para um texto só.
//
// Um tensor é { shape, data }: a forma e os números em float32. Os pontos de escuta têm os nomes de
// helpers/hooks.py, e cada ativação tem a forma que tem lá, sem o eixo do lote. As somas correm em
// float64 e só o resultado se arredonda. Ninguém muda um tensor pronto: cada etapa faz outro.

const sizeOf = (shape) => shape.reduce((size, n) => size * n, 1);
const shapeText = (shape) => `[${shape.join(", ")}]`;
const newTensor = (shape, data = new Float32Array(sizeOf(shape))) => ({ shape, data });

// Lê um arquivo safetensors: 8 bytes com o tamanho do cabeçalho, o cabeçalho em JSON e os números.
function readSafetensors(bytes) {
  const file = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
  const cut = "O arquivo de pesos está cortado ou não é safetensors: copie-o de novo.";
  if (file.length < 8) throw new Error(cut);
  const start = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (start > file.length) throw new Error(cut);
  const tensors = {};
  let header;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  } catch {
    throw new Error(cut);
  }
  for (const [name, { dtype, shape, data_offsets: place }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (dtype !== "F32") throw new Error(`${name} é ${dtype}; aqui se leem pesos em float32, F32.`);
    const [from, to] = place.map((byte) => start + byte);
    if (to > file.length || to - from !== 4 * sizeOf(shape)) throw new Error(cut);
    // slice copia: os números podem começar fora de um múltiplo de 4.
    tensors[name] = newTensor(shape, new Float32Array(file.slice(from, to).buffer));
  }
  return tensors;
}

// Soma dos produtos de n números de a, a partir de i, por n de b, a partir de j. Quatro somas
// correm juntas, porque uma só esperaria cada parcela ficar pronta: é duas vezes mais rápido.
function dot(a, i, b, j, n) {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 3 < n; d += 4) {
    s0 += a[i + d] * b[j + d];
    s1 += a[i + d + 1] * b[j + d + 1];
    s2 += a[i + d + 2] * b[j + d + 2];
    s3 += a[i + d + 3] * b[j + d + 3];
  }
  for (; d < n; d += 1) s0 += a[i + d] * b[j + d];
  return s0 + s1 + s2 + s3;
}

// x Wᵀ + b: uma linha de x e uma de W por vez. Guardada assim, cada saída de W é uma linha dela.
function linear({ data: x }, { shape: [nOut, nIn], data: W }, { data: b }, shape) {
  const out = newTensor(shape);
  const { data } = out;
  for (let at = 0, to = 0; at < x.length; at += nIn, to += nOut) {
    for (let j = 0; j < nOut; j += 1) data[to + j] = b[j] + dot(x, at, W, j * nIn, nIn);
  }
  return out;
}

// Um peso [entrada, saída] vira [saída, entrada]; com cabeças, as saídas ficam lado a lado.
function transposed(data, nIn, nOut) {
  const out = newTensor([data.length / nIn, nIn]);
  for (let start = 0; start < data.length; start += nIn * nOut) {
    for (let k = 0; k < nIn; k += 1) {
      for (let j = 0; j < nOut; j += 1) out.data[start + j * nIn + k] = data[start + k * nOut + j];
    }
  }
  return out;
}

// As linhas de uma tabela, na ordem pedida.
function rowsOf({ shape: [, width], data }, places) {
  const out = newTensor([places.length, width]);
  Array.from(places).forEach((place, i) => {
    out.data.set(data.subarray(place * width, (place + 1) * width), i * width);
  });
  return out;
}

const added = (a, b) => newTensor(a.shape, a.data.map((value, i) => value + b.data[i]));

// GELU na aproximação do GPT-2: x (1 + tanh u) / 2, que é o mesmo que x / (1 + e^(−2u)).
const GELU_RATE = -2 * Math.sqrt(2 / Math.PI);
const gelu = (x) => x / (1 + Math.exp(GELU_RATE * (x + 0.044715 * x * x * x)));

// Cada linha (o último eixo) vira pesos positivos que somam 1.
function softmaxRows({ shape, data }) {
  const n = shape.at(-1);
  const out = newTensor(shape);
  for (let at = 0; at < data.length; at += n) {
    const row = new Float64Array(data.subarray(at, at + n));
    const peak = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const raised = row.map((score) => Math.exp(score - peak));
    const total = raised.reduce((a, b) => a + b, 0);
    if (Number.isNaN(total)) {
      throw new Error(`A linha ${(at / n) % shape.at(-2)} dos scores é toda −∞, ou tem +∞ ou NaN: `
        + "o softmax não existe; deixe pelo menos um score finito.");
    }
    out.data.set(raised.map((value) => value / total), at);
  }
  return out;
}

// As peças que este arquivo sabe calcular, como config.json as descreve.
const PART = new RegExp(`^(${[
  ": Decoder\\(mask=causal\\)",
  "embed: TokenEmbedding\\(\\)",
  "pos_embed: LearnedPositions\\(\\)",
  "unembed: Unembedding\\(\\)",
  "blocks: ModuleList\\(\\)",
  "blocks\\.\\d+: Block\\(norm=pre, residual=add\\)",
  "blocks\\.\\d+\\.attn: Attention\\(\\)",
  "blocks\\.\\d+\\.mlp: MLP\\(.*, act=gelu_tanh\\)",
  "(blocks\\.\\d+\\.ln[12]|ln_final): LayerNorm\\(.*\\)",
].join("|")})$`);

// A forma de cada peso de um decoder.
function weightShapes({ d_vocab, n_ctx, d_model, n_heads, n_layers, d_mlp, tied }) {
  const d = d_model;
  const d_head = d / n_heads;
  const shapes = { "embed.W_E": [d_vocab, d], "pos_embed.W_pos": [n_ctx, d] };
  if (!tied) shapes["unembed.W_U"] = [d, d_vocab];
  const norm = (name) => { shapes[`${name}.w`] = [d]; shapes[`${name}.b`] = [d]; };
  norm("ln_final");
  for (let layer = 0; layer < n_layers; layer += 1) {
    const block = `blocks.${layer}`;
    norm(`${block}.ln1`);
    norm(`${block}.ln2`);
    for (const one of ["Q", "K", "V"]) {
      shapes[`${block}.attn.W_${one}`] = [n_heads, d, d_head];
      shapes[`${block}.attn.b_${one}`] = [n_heads, d_head];
    }
    shapes[`${block}.attn.W_O`] = [n_heads, d_head, d];
    shapes[`${block}.attn.b_O`] = [d];
    shapes[`${block}.mlp.W_in`] = [d, d_mlp];
    shapes[`${block}.mlp.b_in`] = [d_mlp];
    shapes[`${block}.mlp.W_out`] = [d_mlp, d];
    shapes[`${block}.mlp.b_out`] = [d];
  }
  return shapes;
}

class Decoder {
  // record: o conteúdo de config.json; bytes: o arquivo safetensors de que ele diz o nome.
  constructor(record, bytes) {
    if (!record || record.format !== "transformers-por-dentro" || record.version !== 1) {
      throw new Error("Este config.json não é de um modelo do curso, na versão 1 do formato.");
    }
    const strange = record.parts.find((part) => !PART.test(part));
    if (strange) throw new Error(`O navegador não calcula esta peça do modelo: ${strange}.`);
    this.config = record.config;
    this.weights = readSafetensors(bytes);
    for (const [name, shape] of Object.entries(weightShapes(this.config))) {
      const found = this.weights[name];
      if (!found || `${found.shape}` !== `${shape}`) {
        const got = found ? `tem a forma ${shapeText(found.shape)}` : "falta";
        const need = `pede-se a forma ${shapeText(shape)}`;
        throw new Error(`Estes pesos são de outro modelo: ${name} ${got}; ${need}.`);
      }
      if (/\.W_(Q|K|V|O|in|out|U)$/.test(name)) {
        const nIn = name.endsWith("W_O") ? this.config.d_model : shape.at(-2); // todas as cabeças
        this.weights[name] = transposed(found.data, nIn, shape.at(-1));
      }
    }
    const { d_vocab: size, tied } = this.config;
    if (tied) this.weights["unembed.W_U"] = this.weights["embed.W_E"]; // já é uma linha por saída
    this.weights["unembed.b_U"] = newTensor([size]); // o curso não a tem: zeros
  }

  // Os nomes das ativações, na ordem de hook_names; onRequest acrescenta as só calculadas a pedido.
  hookNames(onRequest = false) {
    const norm = (name) => [`${name}.hook_scale`, `${name}.hook_normalized`];
    const attn = ["q", "k", "v", "attn_scores", "pattern", "z", ...(onRequest ? ["result"] : [])];
    const block = (_, layer) => [
      "hook_resid_pre", ...norm("ln1"), ...attn.map((name) => `attn.hook_${name}`),
      "hook_attn_out", "hook_resid_mid", ...norm("ln2"), "mlp.hook_pre", "mlp.hook_post",
      "hook_mlp_out", "hook_resid_post",
    ].map((name) => `blocks.${layer}.${name}`);
    const blocks = Array.from({ length: this.config.n_layers }, block).flat();
    return ["hook_embed", "hook_pos_embed", ...blocks, ...norm("ln_final")];
  }

  // Um cache vazio. `length` é o único estado: diminuí-lo desfaz as últimas posições.
  newCache() {
    const { n_layers, n_ctx, d_model } = this.config;
    const reserve = () => new Float32Array(n_ctx * d_model);
    const layers = Array.from({ length: n_layers }, () => ({ keys: reserve(), values: reserve() }));
    return { model: this, length: 0, layers };
  }

  // Quantos ids cabem, a partir do primeiro, e o aviso do que ficou de fora.
  fit(ids) {
    const { n_ctx } = this.config;
    if (ids.length <= n_ctx) return { ids, note: "" };
    const note = `O texto tem ${ids.length} tokens; o modelo lê os primeiros ${n_ctx}.`;
    return { ids: ids.slice(0, n_ctx), note };
  }

  // Lê os ids e devolve os logits, [pos d_vocab], e as ativações pedidas em `names`.
  // cache: feito por newCache; então os ids são só os que ele ainda não leu.
  // edits: nome da ativação → função que recebe uma cópia dela e devolve outra, de mesma forma.
  forward(ids, { cache = null, edits = {}, names = [] } = {}) {
    const wanted = new Set([names].flat());
    const known = new Set(this.hookNames(true));
    [...wanted, ...Object.keys(edits)].forEach((name) => requireName(name, known));
    if (cache && cache.model !== this) throw new Error("Este cache é de outro modelo.");
    const start = cache ? cache.length : 0;
    requireTokens(ids, start, this.config);
    const activations = {};
    const hook = (name, value) => {
      const edit = edits[name];
      const passed = edit ? requireSameShape(name, edit(copyOf(value)), value) : value;
      if (wanted.has(name)) activations[name] = passed;
      return passed;
    };
    const asked = (name) => wanted.has(name) || name in edits;
    const reading = { n: ids.length, start, hook, asked, cache };
    const embed = hook("hook_embed", rowsOf(this.weights["embed.W_E"], ids));
    const places = Array.from(ids, (_, i) => start + i);
    const positions = hook("hook_pos_embed", rowsOf(this.weights["pos_embed.W_pos"], places));
    let resid = added(embed, positions);
    for (let layer = 0; layer < this.config.n_layers; layer += 1) {
      resid = this.block(layer, resid, reading);
    }
    const logits = this.unembed(this.norm("ln_final", resid, reading));
    if (cache) cache.length += ids.length; // só agora: uma leitura que falha no meio não conta
    return { logits, activations };
  }

  block(layer, residPre, reading) {
    const name = `blocks.${layer}`;
    const { hook } = reading;
    const pre = hook(`${name}.hook_resid_pre`, residPre);
    const attn = this.attention(layer, this.norm(`${name}.ln1`, pre, reading), reading);
    const mid = hook(`${name}.hook_resid_mid`, added(pre, hook(`${name}.hook_attn_out`, attn)));
    const mlp = this.mlp(`${name}.mlp`, this.norm(`${name}.ln2`, mid, reading), reading);
    return hook(`${name}.hook_resid_post`, added(mid, hook(`${name}.hook_mlp_out`, mlp)));
  }

  norm(name, { shape, data }, { hook }) {
    const [n, d] = shape;
    const { data: w } = this.weights[`${name}.w`];
    const { data: b } = this.weights[`${name}.b`];
    const means = new Float64Array(n);
    const scales = newTensor([n, 1]);
    for (let i = 0; i < n; i += 1) {
      const row = data.subarray(i * d, (i + 1) * d);
      means[i] = row.reduce((sum, value) => sum + value, 0) / d;
      const variance = row.reduce((sum, value) => sum + (value - means[i]) ** 2, 0) / d;
      scales.data[i] = Math.sqrt(variance + this.config.eps);
    }
    const { data: scale } = hook(`${name}.hook_scale`, scales);
    const out = newTensor(shape);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0, at = i * d; j < d; j += 1, at += 1) {
        out.data[at] = ((data[at] - means[i]) / scale[i]) * w[j] + b[j];
      }
    }
    return hook(`${name}.hook_normalized`, out);
  }

  attention(layer, x, { n, start, hook, asked, cache }) {
    const name = `blocks.${layer}.attn`;
    const { d_model: d, n_heads: nHeads } = this.config;
    const dHead = d / nHeads;
    const part = (one) => this.weights[`${name}.${one}`];
    const project = (one) => linear(x, part(`W_${one}`), part(`b_${one}`), [n, nHeads, dHead]);
    const q = hook(`${name}.hook_q`, project("Q"));
    let { data: keys } = hook(`${name}.hook_k`, project("K"));
    let { data: values } = hook(`${name}.hook_v`, project("V"));
    const nKey = start + n;
    if (cache) {
      const kept = cache.layers[layer];
      kept.keys.set(keys, start * d);
      kept.values.set(values, start * d);
      ({ keys, values } = kept);
    }
    const allowed = newTensor([nHeads, n, nKey]);
    allowed.data.fill(-Infinity); // o futuro, que ninguém vê
    for (let h = 0; h < nHeads; h += 1) {
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j <= start + i; j += 1) {
          const product = dot(q.data, i * d + h * dHead, keys, j * d + h * dHead, dHead);
          allowed.data[(h * n + i) * nKey + j] = product / Math.sqrt(dHead);
        }
      }
    }
    const scores = hook(`${name}.hook_attn_scores`, allowed);
    const { data: pattern } = hook(`${name}.hook_pattern`, softmaxRows(scores));
    const mixed = newTensor([n, nHeads, dHead]);
    for (let h = 0; h < nHeads; h += 1) {
      for (let i = 0; i < n; i += 1) {
        const row = new Float64Array(dHead);
        for (let j = 0; j < nKey; j += 1) {
          const weight = pattern[(h * n + i) * nKey + j];
          if (weight === 0) continue; // o futuro: metade da conta
          const from = j * d + h * dHead;
          for (let k = 0; k < dHead; k += 1) row[k] += weight * values[from + k];
        }
        mixed.data.set(row, i * d + h * dHead);
      }
    }
    const z = hook(`${name}.hook_z`, mixed);
    if (!asked(`${name}.hook_result`)) return linear(z, part("W_O"), part("b_O"), [n, d]);
    return this.sumOfHeads(name, z, part("W_O"), part("b_O"), hook);
  }

  // A mesma saída, com o que cada cabeça escreve à vista.
  sumOfHeads(name, { shape: [n, nHeads, dHead], data: z }, { data: W }, { data: b }, hook) {
    const d = b.length;
    const written = newTensor([n, nHeads, d]);
    for (let at = 0; at < n * nHeads; at += 1) {
      for (let j = 0; j < d; j += 1) {
        const from = j * d + (at % nHeads) * dHead;
        written.data[at * d + j] = dot(z, at * dHead, W, from, dHead);
      }
    }
    const { data: result } = hook(`${name}.hook_result`, written);
    const out = newTensor([n, d]);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < d; j += 1) {
        let sum = b[j];
        for (let h = 0; h < nHeads; h += 1) sum += result[(i * nHeads + h) * d + j];
        out.data[i * d + j] = sum;
      }
    }
    return out;
  }

  mlp(name, x, { n, hook }) {
    const { d_model: d, d_mlp: wide } = this.config;
    const part = (one) => this.weights[`${name}.${one}`];
    const pre = hook(`${name}.hook_pre`, linear(x, part("W_in"), part("b_in"), [n, wide]));
    const post = hook(`${name}.hook_post`, newTensor(pre.shape, pre.data.map(gelu)));
    return linear(post, part("W_out"), part("b_out"), [n, d]);
  }

  unembed(x) {
    const { "unembed.W_U": W, "unembed.b_U": b } = this.weights;
    return linear(x, W, b, [x.shape[0], this.config.d_vocab]);
  }
}

// Edições prontas, para `forward(ids, { edits })`.

// Cala cabeças, dadas em pares [camada, cabeça]: o z delas vira zero, e o resto fica como está.
function silenceHeads(model, heads) {
  const { n_layers, n_heads } = model.config;
  const edits = {};
  for (const [layer, head] of heads) {
    requireInside(`A camada ${layer}`, layer, n_layers);
    requireInside(`A cabeça ${head}`, head, n_heads);
    const name = `blocks.${layer}.attn.hook_z`;
    const before = edits[name] ?? ((z) => z);
    edits[name] = (value) => {
      const { shape: [n, nHeads, dHead], data } = before(value);
      for (let i = 0, at = head * dHead; i < n; i += 1, at += nHeads * dHead) {
        data.fill(0, at, at + dHead);
      }
      return value;
    };
  }
  return edits;
}

// Remenda: nas posições dadas (sem valor, em todas), a ativação é a que outro texto deixou.
// saved: nome da ativação → tensor, como `activations` de outra leitura. Com um cache, as posições
// contam do começo da leitura nova.
function patchActivations(saved, places = null) {
  const patch = ([name, { shape: from, data }]) => [name, (value) => {
    const axis = /hook_(attn_scores|pattern)$/.test(name) ? 1 : 0; // onde estão as posições
    const n = value.shape[axis];
    const same = value.shape.length === from.length
      && value.shape.every((size, i) => size === from[i] || (i === axis && places));
    if (!same) {
      const [piece, place] = [shapeText(from), shapeText(value.shape)];
      throw new Error(`O remendo de ${name} tem a forma ${piece}; a ativação, ${place}.`);
    }
    const width = sizeOf(from.slice(axis + 1));
    for (const place of places ?? Array.from({ length: n }, (_, i) => i)) {
      requireInside(`A posição ${place}`, place, Math.min(n, from[axis]));
      for (let outer = 0; outer < sizeOf(from.slice(0, axis)); outer += 1) {
        const at = (outer * from[axis] + place) * width;
        value.data.set(data.subarray(at, at + width), (outer * n + place) * width);
      }
    }
    return value;
  }];
  return Object.fromEntries(Object.entries(saved).map(patch));
}

// Os ids com um token trocado; os de quem chamou ficam como estavam.
function swapToken(model, ids, place, id) {
  requireInside(`A posição ${place}`, place, ids.length);
  const swapped = Array.from(ids);
  swapped[place] = id;
  requireTokens(swapped, 0, model.config);
  return swapped;
}

function requireInside(what, value, limit) {
  if (Number.isInteger(value) && value >= 0 && value < limit) return;
  throw new Error(`${what} não existe aqui: vai de 0 a ${limit - 1}.`);
}

function requireTokens(ids, start, { d_vocab, n_ctx }) {
  if (!ids.length) throw new Error("Não há nenhum token para ler: escreva ao menos uma letra.");
  if (start + ids.length > n_ctx) {
    throw new Error(`O texto tem ${start + ids.length} tokens, e o modelo lê no máximo ${n_ctx}.`);
  }
  Array.from(ids).forEach((id, i) => {
    if (Number.isInteger(id) && id >= 0 && id < d_vocab) return;
    throw new Error(
      `O id ${id}, na posição ${i}, está fora do vocabulário: os ids vão de 0 a ${d_vocab - 1}.`,
    );
  });
}

function requireName(name, known) {
  if (known.has(name)) return;
  const last = name.slice(name.lastIndexOf(".") + 1);
  const close = [...known].filter((one) => one.endsWith(last)).slice(0, 3);
  const hint = close.length ? `você quis dizer ${close.join(" ou ")}?` : "veja hookNames().";
  throw new Error(`Não há ativação chamada ${name} neste modelo; ${hint}`);
}

const copyOf = ({ shape, data }) => newTensor(shape, data.slice());

function requireSameShape(name, edited, { shape, data }) {
  const got = edited?.data instanceof Float32Array ? edited.data.length : "outra coisa";
  if (got === data.length && `${edited.shape}` === `${shape}`) return edited;
  throw new Error(`A troca de ${name} precisa devolver um tensor de forma ${shapeText(shape)}.`);
}
