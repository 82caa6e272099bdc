// A caixa "Seu texto": lê com o modelo que está na página e põe no quadro o que se desenha daqui.

// Nome da cena → função que lê um texto e diz os controles e o quadro de cada estado.
const SCENES = {};
// Nome → função que faz funcionar na página um explorável que tem a sua própria caixa.
const BOXES = {};
const LONGEST = 20000; // letras que a caixa aceita
const SOME = 5; // palavras desconhecidas que a nota diz

function start(weights) {
  const model = new Decoder(GIVEN.config, weights);
  const words = new Tokenizer(GIVEN.tokenizer);
  return (widget, part, tools) => {
    const box = BOXES[widget.get("own").box] ?? ownBox;
    box({ model, words }, widget, part, tools);
  };
}

const labelOf = (words, id) => (id === GIVEN.end ? "¶" : tokenLabel(words.bytes.get(id)));
const several = (n, one, many) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

// Por que um texto não serve, ou "" se serve.
function refusal(text) {
  if (!text) return "A caixa está vazia: escreva ao menos uma letra.";
  if (!text.trim()) return "O texto só tem espaços: escreva ao menos uma letra.";
  if (/\p{Surrogate}/u.test(text)) return "O texto tem metade de um caractere: apague-o e escreva de novo.";
  return "";
}

// O que no texto não está em nenhuma história que o modelo leu.
function unknownNote(text) {
  const known = new Set(GIVEN.known);
  const found = text.match(/\p{L}[\p{L}\p{M}]*(?:-[\p{L}\p{M}]+)*|[^\p{L}\s]\p{M}*/gu) ?? [];
  const strange = new Set(found.filter((one) => (
    !known.has(one.toLowerCase()) && !GIVEN.signs.includes(one) && /[^\u200d\ufe0f]/u.test(one))));
  if (!strange.size) return "";
  const told = [...strange].slice(0, SOME).map((one) => `“${one.slice(0, 30)}”`).join(", ");
  const more = strange.size > SOME ? ` e mais ${strange.size - SOME}` : "";
  return `O modelo não conhece ${told}${more}: lê em pedaços o que nunca viu.`;
}

// Os tokens de um texto, até quantos cabem, e o que se avisa sobre eles.
function tokensOf({ model, words }, text, most) {
  const all = [GIVEN.end, ...words.encode(text.normalize("NFC"))];
  const room = Math.min(most, model.config.n_ctx);
  const cut = all.length > room
    ? `O texto tem ${all.length} tokens com a marca ¶; cabem os primeiros ${room}.` : "";
  return { ids: all.slice(0, room), notes: [cut, unknownNote(text)].filter(Boolean) };
}

// Uma leitura: os ids, os rótulos e o modelo, com as mudanças de quem estuda já feitas.
function readingOf(page, ids, { silenced = [], hidden = [] } = {}) {
  const { model, words } = page;
  const edits = silenceHeads(model, silenced);
  for (let layer = 0; hidden.length && layer < model.config.n_layers; layer += 1) {
    edits[`blocks.${layer}.attn.hook_attn_scores`] = hideTokens(hidden);
  }
  const labels = ids.map((id) => labelOf(words, id));
  const names = token_names_unique_labels(labels);
  const again = (changes) => readingOf(page, ids, { silenced, hidden, ...changes });
  const read = { ...page, ids, labels, names, notes: [], again };
  read.forward = (wanted = [], more = {}) => {
    const found = model.forward(ids, { names: wanted, edits: { ...edits, ...more } });
    // Com as mudanças de quem estuda e nenhuma a mais, esta é a resposta do modelo.
    if (!Object.keys(more).length) read.logits = found.logits;
    return found;
  };
  return read;
}

// Ninguém lê estes tokens, a não ser eles mesmos.
function hideTokens(hidden) {
  return (scores) => {
    const [nHeads, n, nKey] = scores.shape;
    for (let row = 0; row < nHeads * n; row += 1) {
      for (const key of hidden) {
        if (key !== row % n) scores.data[row * nKey + key] = -Infinity;
      }
    }
    return scores;
  };
}

// As probabilidades do próximo token numa posição.
function probsAt({ data, shape: [, size] }, at) {
  const row = { shape: [1, size], data: data.slice(at * size, (at + 1) * size) };
  return softmaxRows(row).data;
}

// A primeira aposta antes de uma mudança, e o que houve com ela depois.
function compareBets(words, before, after) {
  const [[favourite], [winner]] = [largest(before, 1)[0], largest(after, 1)[0]];
  return {
    favourite: labelOf(words, favourite), before: before[favourite], after: after[favourite],
    winner: labelOf(words, winner), winning: after[winner],
  };
}

// O mesmo numa posição, entre a leitura sem certas mudanças e esta.
function betOf(read, without, at) {
  const probs = (one) => probsAt(one.logits ?? one.forward().logits, at);
  read.whole ??= read.again(without);
  return compareBets(read.words, probs(read.whole), probs(read));
}

// De cada camada, o peso e a norma do que cada cabeça traz, [head query key].
function headsOf(read) {
  const { model, ids } = read;
  const { n_layers: nLayers, n_heads: nHeads, d_model: d } = model.config;
  const n = ids.length;
  const layers = Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}.attn`);
  const { activations } = read.forward(layers.flatMap((name) => (
    [`${name}.hook_pattern`, `${name}.hook_v`])));
  return layers.map((name) => {
    const { data: pattern } = activations[`${name}.hook_pattern`];
    let brought; // v W_O, [key head d_model]
    const keep = (_, value) => { brought = value.data; return value; };
    const part = (one) => model.weights[`${name}.${one}`];
    model.sumOfHeads(name, activations[`${name}.hook_v`], part("W_O"), part("b_O"), keep);
    const weight = Array.from({ length: nHeads }, (_, h) => ids.map((_id, i) => (
      Array.from(pattern.subarray((h * n + i) * n, (h * n + i + 1) * n)))));
    const norm = weight.map((rows, h) => {
      const size = (j) => Math.hypot(...brought.subarray((j * nHeads + h) * d, (j * nHeads + h + 1) * d));
      const sizes = ids.map((_, j) => size(j));
      return rows.map((row) => row.map((one, j) => one * sizes[j]));
    });
    return { weight, norm };
  });
}

// Os n maiores, do maior ao menor: [posição, valor].
function largest(values, n) {
  return Array.from(values, (value, i) => [i, value]).sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, n);
}

const rankOf = (values, at) => values.reduce((count, value) => count + (value > values[at]), 1);

// O estado que uma área do desenho diz por nomes, em posições dos controles: `data-go="0=3"`.
function placed(svg, axes) {
  return svg.replace(/(<path d="[^"]*") data-go="([^"]*)"\/>/g, (_, path, told) => {
    const plain = Object.entries(SVG_SAFE).reduce((all, [one, safe]) => all.replaceAll(safe, one), told);
    const pairs = plain.split(";").map((pair) => {
      const [name, value] = pair.split("=");
      const at = axes.findIndex((axis) => axis.name === name);
      return [at, axes[at]?.values.findIndex((one) => String(one) === value) ?? -1];
    });
    if (pairs.some(([, place]) => place < 0)) return "";
    return `${path} data-go="${pairs.map((pair) => pair.join("=")).join(",")}"/>`;
  });
}

// Sem as áreas que mudariam um controle parado.
const stillZones = (svg, axes) => svg.replace(/<path d="[^"]*" data-go="([^"]*)"\/>/g, (zone, told) => (
  told.split(",").some((pair) => axes[pair.split("=")[0]].fixed) ? "" : zone));

const axisOf = (name, label, values, labels = values.map(String), kind = "slider") => (
  { name, label, values, labels, kind: values.length === 2 && kind === "slider" ? "buttons" : kind });

// O que o folheador precisa para trocar de quadro: eixos, começo e o quadro de cada estado.
// `held`: os controles do explorável, que quem ensina pode ter escondido ou travado.
function sceneOf(found, held) {
  const axes = found.axes.map((axis) => {
    const { kind, fixed, labels } = held.find(({ name }) => name === axis.name) ?? axis;
    return { ...axis, kind: kind === "hidden" ? kind : axis.kind, fixed: fixed && labels.length > 1 };
  });
  const drawn = new Map();
  const stateOf = (key) => key.split(",").map((at, i) => axes[i].values[at]);
  const frame = (key) => {
    if (drawn.has(key)) return drawn.get(key);
    const { svg, sentence, table } = found.view(...stateOf(key));
    const rows = table && [table.header, ...table.rows];
    drawn.set(key, { svg: stillZones(placed(svg, axes), axes), sentence, table: rows });
    return drawn.get(key);
  };
  // Um valor que este texto não tem cede ao do começo.
  const keyOf = (values) => axes.map(({ name, values: all }) => {
    const place = (value) => all.findIndex((one) => String(one) === String(value));
    return Math.max(0, place(values[name]) < 0 ? place(found.start?.[name]) : place(values[name]));
  }).join(",");
  const dimensions = (key) => found.dimensions(...stateOf(key));
  const { seen, title } = found;
  return { axes, seen, title, frame, keyOf, dimensions, start: keyOf({}), first: found.start };
}

// A caixa. O texto, as cabeças caladas e os tokens trocados ou escondidos fazem o quadro.
function ownBox(page, widget, part, { make, tell }) {
  const own = widget.get("own");
  const build = SCENES[own.scene];
  const course = { text: own.text, word: "", silenced: [], hidden: [], swapped: {} };
  const asked = { ...course };
  let shown = null;

  const row = (said) => {
    const node = make("div", "tpd-row tpd-write");
    tell(node, "group", said);
    return node;
  };
  const button = (said, act) => {
    const node = make("button", "", said);
    node.addEventListener("click", act);
    return node;
  };
  const field = (said, node) => {
    const label = make("label", "tpd-field");
    label.append(make("span", "tpd-name", said), node);
    return label;
  };
  const writer = (act) => {
    const node = make("input", "tpd-text");
    node.type = "text";
    node.spellcheck = false;
    node.autocomplete = "off";
    node.maxLength = LONGEST;
    node.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
    return node;
  };
  const picker = () => make("select", "tpd-text");
  const choices = (node, labels, at) => {
    node.replaceChildren(...labels.map((label, i) => {
      const option = make("option", "", label);
      option.value = i;
      return option;
    }));
    node.value = at;
  };

  const status = make("p", "tpd-status");
  const answer = make("p", "tpd-status");
  tell(status, "status", "Aviso");
  tell(answer, "status", "Resposta do modelo");

  // O que se escreveu e mudou, e o lugar em que se está: é disso que o explorável se lembra.
  let rest = 0;
  let left = Boolean(widget.get("text")); // o que se deixou ainda não está na tela
  const remember = () => {
    if (left) return;
    clearTimeout(rest);
    rest = setTimeout(() => {
      const told = shown ? JSON.stringify({ ...asked, note: "", place: placed() }) : "";
      if (told === widget.get("text")) return;
      widget.set("text", told);
      widget.save_changes();
    }, 600);
  };

  // Recalcula e mostra; `place` diz o lugar, ou o que muda nele. Um texto comprido leva um instante:
  // antes dele a página se pinta.
  const show = (change = {}, place = () => ({})) => {
    const why = refusal({ ...asked, ...change }.text);
    status.textContent = why || "calculando…";
    if (!why) requestAnimationFrame(() => setTimeout(() => compute(change, place)));
  };
  const compute = (change, place) => {
    const wish = { ...asked, note: "", ...change };
    try {
      const { ids, notes } = tokensOf(page, wish.text, own.most);
      const read = Object.entries(wish.swapped).filter(([at]) => at < ids.length)
        .reduce((all, [at, id]) => swapToken(page.model, all, Number(at), id), ids);
      const reading = readingOf(page, read, wish);
      const scene = sceneOf(build(reading, wish, own), widget.get("axes"));
      scene.key = scene.keyOf({ ...placed(), ...place(scene) });
      part.put(scene);
      part.title.textContent = scene.title ?? widget.get("title");
      Object.assign(asked, wish);
      shown = reading;
      status.textContent = [...notes, ...reading.notes, wish.note].filter(Boolean).join(" ");
      paint(ids);
      left = false;
      remember();
    } catch (error) {
      status.textContent = error.message;
    }
  };
  const fresh = (text) => show({ ...course, text, word: asked.word }, ({ first }) => first);

  const text = writer(() => fresh(text.value));
  text.value = own.text;
  const first = row("Texto");
  const back = button("voltar à frase do curso", () => {
    Object.assign(asked, course);
    shown = null;
    text.value = own.text;
    word.value = "";
    status.textContent = "";
    part.put(null);
    part.title.textContent = widget.get("title");
    paint([]);
    remember();
    text.focus();
  });
  first.append(field("Seu texto", text), button("Ver", () => fresh(text.value)), back);

  // Mudanças: calar uma cabeça, esconder ou trocar um token, seguir uma palavra.
  const changes = row("Mudanças");
  const heads = picker();
  const { n_layers: nLayers, n_heads: nHeads } = page.model.config;
  const pairs = Array.from({ length: nLayers * nHeads }, (_, i) => [Math.floor(i / nHeads), i % nHeads]);
  const placed = () => part.place?.() ?? {};
  const openHead = () => {
    const { layer, head } = { ...own, ...placed() }; // a frase do curso pode ter uma cabeça só
    return own.opened ? [Number(layer), Number(head)] : pairs[heads.value];
  };
  const same = ([a, b]) => ([c, d]) => a === c && b === d;
  const mute = button("", () => {
    const head = openHead();
    const has = asked.silenced.some(same(head));
    show({ silenced: has ? asked.silenced.filter((one) => !same(head)(one)) : [...asked.silenced, head] });
  });
  const token = picker();
  const hide = button("", () => {
    const at = Number(token.value);
    const has = asked.hidden.includes(at);
    show({ hidden: has ? asked.hidden.filter((one) => one !== at) : [...asked.hidden, at] });
  });
  const put = () => {
    const at = Number(token.value);
    const [id, ...rest] = page.words.encode(swap.value.normalize("NFC"));
    if (id === undefined) { status.textContent = "Escreva o pedaço que entra no lugar do token."; return; }
    const note = rest.length
      ? `“${swap.value}” são ${rest.length + 1} tokens; entrou o primeiro, “${labelOf(page.words, id)}”.` : "";
    show({ swapped: { ...asked.swapped, [at]: id }, note });
  };
  const swap = writer(put);
  const follow = () => show({ word: word.value });
  const word = writer(follow);
  if (!own.opened) changes.append(field("Cabeça", heads));
  (own.opened ? first : changes).append(mute);
  changes.append(field("Token", token), hide, field("Trocar por", swap), button("trocar", put));
  if (own.follows) changes.append(field("Palavra seguida", word), button("seguir", follow));

  const told = ([id, share]) => `“${labelOf(page.words, id)}”, ${spoken_percent(share)}`;
  const paint = (ids) => {
    const seen = shown ?? readingOf(page, tokensOf(page, own.text, own.most).ids);
    back.hidden = !shown;
    choices(token, seen.names, Math.min(token.value || 1, seen.names.length - 1));
    choices(heads, pairs.map(([l, h]) => `camada ${l}, cabeça ${h}`), heads.value || 0);
    paintButtons();
    const changed = asked.silenced.length + asked.hidden.length + Object.keys(asked.swapped).length;
    if (!shown) { answer.textContent = ""; return; }
    const best = (reading) => (
      largest(probsAt(reading.logits ?? reading.forward().logits, reading.ids.length - 1), 1)[0]);
    const now = best(seen);
    const end = `Depois de “${seen.names.at(-1)}”, o modelo aposta em ${told(now)}.`;
    answer.textContent = changed ? `${end} Sem as mudanças: ${told(best(readingOf(page, ids)))}.` : end;
  };
  const paintButtons = () => {
    const [layer, head] = openHead();
    const quiet = asked.silenced.some(same([layer, head]));
    mute.textContent = `${quiet ? "devolver a voz à" : "calar a"} cabeça ${layer}.${head}`;
    hide.textContent = asked.hidden.includes(Number(token.value)) ? "mostrar" : "esconder";
  };
  [heads, token].forEach((node) => node.addEventListener("change", paintButtons));
  part.moved?.push(paintButtons, remember);

  const more = make("details", "tpd-more");
  more.append(make("summary", "", "mudar o modelo ou o texto"), changes);
  part.own.replaceChildren(first, more, answer, status);
  paint([]);
  // O que se deixou da outra vez.
  if (widget.get("text")) {
    const { place, ...wish } = JSON.parse(widget.get("text"));
    text.value = wish.text;
    word.value = wish.word;
    show(wish, () => place);
  }
}
