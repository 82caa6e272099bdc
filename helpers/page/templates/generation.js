// Geração ao vivo sem kernel: o modelo do curso na página, com a árvore de helpers/explorables/
// story_tree.py e o desenho e a frase de live_generation.py. Os pesos só vêm no primeiro pedido.
(() => {
  const MOST = 40; // tokens escritos num ramo
  const FIRST = 5; // tokens já escritos quando se abre
  const SHOWN = 24; // tokens do começo que cabem no desenho
  const ROOM = 624;
  const RARE = 0.05;
  const [LINE, TALL, LINES, GREEDY_LINES] = [46, 18, 5, 2];

  // O gerador do torch, para que a mesma semente escreva a mesma história: Mersenne Twister (Matsumoto
  // e Nishimura, 1998) e, de dois números de 32 bits, um de 53.
  function uniform(seed) {
    const state = new Uint32Array(624);
    state[0] = Number(BigInt(seed) & 0xffffffffn);
    for (let i = 1; i < 624; i += 1) {
      state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
    // Dois números bastam, e eles só dependem dos 399 primeiros.
    const [high, low] = [0, 1].map((i) => {
      const mixed = (state[i] & 0x80000000) | (state[i + 1] & 0x7fffffff);
      let y = state[i + 397] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return (y ^ (y >>> 18)) >>> 0;
    });
    return ((high % 2 ** 21) * 2 ** 32 + low) / 2 ** 53;
  }

  // Lê ids e devolve os logits do último lugar; o que dois pedidos têm em comum se lê uma vez.
  class Reader {
    constructor(model) {
      this.model = model;
      this.known = new Map();
      this.caches = [0, 1].map(() => ({ cache: model.newCache(), ids: [] }));
    }

    logits(ids) {
      const key = `${ids}`;
      if (!this.known.has(key)) this.known.set(key, this.read(ids));
      return this.known.get(key);
    }

    read(ids) {
      const common = ({ ids: read }) => {
        let n = 0;
        while (n < ids.length - 1 && n < read.length && read[n] === ids[n]) n += 1;
        return n;
      };
      const best = this.caches.reduce((one, other) => (common(other) > common(one) ? other : one));
      best.cache.length = common(best);
      const { logits } = this.model.forward(ids.slice(best.cache.length), { cache: best.cache });
      best.ids = [...ids];
      const size = this.model.config.d_vocab;
      return logits.data.slice(logits.data.length - size);
    }
  }

  class StoryTree {
    constructor(reader, prompt, end, seed, t) {
      Object.assign(this, { reader, prompt, end, seed, t, here: 0 });
      this.nodes = [{ parent: -1, token: -1, prob: 1, picked: false, t: 1, children: [] }];
    }

    // A árvore inteira, para o navegador guardar e repor sem o modelo.
    kept() {
      const { prompt, seed, t, here, nodes } = this;
      return { prompt, seed, t, here, nodes };
    }

    path(node = this.here) {
      const found = [];
      for (let at = node; at; at = this.nodes[at].parent) found.unshift(at);
      return found;
    }

    tokens(node) { return this.path(node).map((at) => this.nodes[at].token); }

    get finished() {
      const written = this.tokens();
      return written.at(-1) === this.end || written.length >= MOST;
    }

    probs() {
      const logits = this.reader.logits([...this.prompt, ...this.tokens()]);
      const most = Math.max(...logits);
      const grown = Array.from(logits, (logit) => Math.exp((logit - most) / this.t));
      if (!this.t) return Array.from(logits, (logit) => Number(logit === most));
      const total = grown.reduce((sum, value) => sum + value, 0);
      return grown.map((value) => value / total);
    }

    candidates(n = 8) {
      if (this.finished) return [];
      return this.probs().map((prob, token) => [token, prob]).sort((a, b) => b[1] - a[1]).slice(0, n);
    }

    grow() {
      if (this.finished) return;
      const probs = this.probs();
      const number = 1000003n * BigInt(this.seed) + BigInt(this.path().length);
      const total = probs.reduce((sum, prob) => sum + prob, 0);
      const point = total * uniform(number);
      let sum = 0;
      const token = probs.findIndex((prob) => { sum += prob; return sum > point; });
      this.enter({ token, prob: probs[token], picked: false, t: this.t });
    }

    pick(token) {
      if (this.finished) throw new Error("Aqui a história já acabou. Volte alguns tokens e escolha outro.");
      this.enter({ token, prob: this.probs()[token], picked: true, t: this.t });
    }

    enter(node) {
      const { children } = this.nodes[this.here];
      let at = children.find((one) => this.nodes[one].token === node.token);
      if (at === undefined) {
        at = this.nodes.push({ parent: this.here, children: [], ...node }) - 1;
        children.push(at);
      }
      this.here = at;
    }

    leaves() { return this.nodes.flatMap((node, at) => (at && !node.children.length ? [at] : [])); }

    greedy(n) {
      const written = [];
      while (written.length < n && written.at(-1) !== this.end) {
        const logits = this.reader.logits([...this.prompt, ...written]);
        written.push(logits.indexOf(Math.max(...logits)));
      }
      return written;
    }
  }

  // ---------------------------------------------------------------- o desenho

  const round = (value) => `${Number(value.toFixed(1))}`;
  const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const word = (x, y, content, style) => (
    `<text x="${round(x)}" y="${round(y)}" class="${style}">${escaped(content)}</text>`);
  const brief = (label) => (label.length <= 24 ? label : `${label.slice(0, 23)}…`);
  // Os tokens do modelo são letras do português: todas têm a mesma largura na tela.
  const widthOf = (label) => label.replace(/\p{M}/gu, "").length * 0.62 * 14 + 3;
  const wrap = (labels) => {
    const lines = [[]];
    let used = 0;
    labels.forEach((label, i) => {
      if (lines.at(-1).length && used + widthOf(label) > ROOM) { lines.push([]); used = 0; }
      lines.at(-1).push(i);
      used += widthOf(label);
    });
    return lines;
  };
  function story(pieces, greedy) {
    const parts = [word(8, 18, "barra = probabilidade · contorno = você escolheu", "m")];
    const zones = [];
    wrap(pieces.map(({ label }) => brief(label))).slice(-LINES).forEach((line, row) => {
      const y = 46 + row * LINE;
      let x = 8;
      const outlines = { p1: "", c2: "" };
      line.forEach((i) => {
        const { label, prob, picked, node } = pieces[i];
        const width = widthOf(brief(label));
        parts.push(word(x, y, brief(label), prob === undefined ? "ks" : "ks b"));
        if (prob !== undefined) {
          outlines[picked ? "c2" : "p1"] += `M${round(x)} ${round(y + 5)}h${round(width - 3)}`
            + `v${round(Math.max(1, prob * TALL))}h${round(3 - width)}z`;
        }
        if (node !== undefined) {
          const [left, wide] = [round(x - 1), round(width - 1)];
          zones.push(`<path d="M${left} ${y - 15}h${wide}v${LINE - 6}H${left}z" data-go="node=${node}"/>`);
        }
        x += width;
      });
      Object.entries(outlines).forEach(([style, outline]) => {
        if (outline) parts.push(`<path d="${outline}" class="${style}"/>`);
      });
    });
    const y = 46 + LINES * LINE;
    parts.push(`<path d="M8 ${y - 18}L632 ${y - 18}" class="line"/>`);
    parts.push(word(8, y + 4, "escolha gulosa, do mesmo começo:", "m"));
    wrap(greedy.map(brief)).slice(-GREEDY_LINES).forEach((line, row) => {
      parts.push(word(8, y + 28 + row * 22, line.map((i) => brief(greedy[i])).join(""), "ks"));
    });
    parts.push(`<g class="hit">${zones.join("")}</g>`);
    const height = y + 28 + GREEDY_LINES * 22;
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 ${height}" width="640" height="${height}" `
      + `font-family="DejaVu Sans, sans-serif">${parts.join("")}</svg>`;
  }

  // ---------------------------------------------------------------- o que o kernel responderia

  class Story {
    constructor({ record, words, labels, end, weights }) {
      const bytes = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
      this.model = new Decoder(record, bytes);
      this.tokenizer = new Tokenizer(words);
      Object.assign(this, { labels, end });
      this.reader = new Reader(this.model);
    }

    begin(text, seed, t) {
      const whole = text.normalize("NFC").trim();
      const ids = this.tokenizer.encode(whole);
      const room = this.model.config.n_ctx - MOST - 1;
      let note = whole ? "" : "Sem começo: o modelo inventa desde a primeira palavra.";
      if (ids.length > room) note = `O começo tem ${ids.length} tokens; o modelo lê os últimos ${room}.`;
      this.tree = new StoryTree(this.reader, [this.end, ...ids.slice(-room)], this.end, seed, t);
      return note;
    }

    // A mesma árvore que o Python deixou desenhada: o começo e os primeiros tokens.
    resume(text, seed, t) {
      this.begin(text, seed, t);
      for (let i = 0; i < FIRST; i += 1) this.tree.grow();
    }

    restore({ nodes, here, prompt, seed, t }) {
      this.tree = new StoryTree(this.reader, prompt, this.end, seed, t);
      Object.assign(this.tree, { nodes, here });
    }

    label(token) { return token === this.end ? "¶" : this.labels[token]; }

    tail(node) {
      const text = this.tokenizer.decode(this.tree.tokens(node).filter((token) => token !== this.end));
      return text.length > 28 ? `…${text.slice(-28)}` : text || "¶";
    }

    came({ token, prob, picked, t }) {
      const who = picked ? "você escolheu" : t ? "sorteado" : "escolha gulosa";
      return `${this.label(token)}, ${who}, ${decimal(prob, 3)}`;
    }

    sentence() {
      const { tree } = this;
      const start = `Semente ${tree.seed}, temperatura ${decimal(tree.t, 1)}. `;
      const path = tree.path();
      if (!path.length) {
        const [[best, prob]] = tree.candidates(1);
        return `${start}Nada escrito ainda. Mais provável: ${this.label(best)}, ${decimal(prob, 3)}.`;
      }
      const last = tree.nodes[tree.here];
      const written = tree.tokens().filter((token) => token !== this.end);
      const text = this.tokenizer.decode(written).trim() || "só a marca de fim";
      const [n, leaves] = [path.length, tree.leaves().length];
      const told = `${start}${n} token${n > 1 ? "s" : ""}: “${text}”. Último: ${this.came(last)}. `
        + `${leaves} ramo${leaves > 1 ? "s" : ""}.`;
      if (last.token === this.end) return `${told} A história acabou.`;
      return tree.finished ? `${told} O ramo está cheio.` : told;
    }

    view() {
      const { tree } = this;
      const path = tree.path();
      const nodes = path.map((at) => tree.nodes[at]);
      const pieces = [
        ...tree.prompt.slice(-SHOWN).map((token) => ({ label: this.label(token) })),
        ...nodes.map(({ token, prob, picked }, i) => (
          { label: this.label(token), prob, picked, node: path[i] })),
      ];
      const greedy = tree.greedy(Math.max(8, nodes.length)).map((token) => this.label(token));
      return {
        svg: story(pieces, greedy),
        sentence: this.sentence(),
        candidates: tree.candidates().map(([token, prob]) => (
          { token, label: `${this.label(token)} ${decimal(prob, 3)}` })),
        leaves: tree.leaves().filter((at) => at !== tree.here).slice(-12)
          .map((node) => ({ node, label: this.tail(node) })),
        here: tree.here,
        places: Object.fromEntries(
          path.map((at, i) => [`${at}`, `Voltar até ${this.came(nodes[i])}.`])),
        finished: tree.finished,
        started: nodes.length > 0,
        seed: tree.seed,
        t: tree.t,
      };
    }

    met() {
      const { tree } = this;
      const rare = tree.path().slice(0, -2).map((at) => tree.nodes[at])
        .some(({ prob, picked }) => picked && prob < RARE);
      return [tree.leaves().length > 1, rare];
    }

    // Faz o que um botão pede e devolve o aviso.
    act({ do: wish, token, node, t, seed, text }) {
      const { tree } = this;
      if (wish === "write") {
        if (!Number.isInteger(seed) || seed < 0 || seed > 10 ** 12 - 1) {
          throw new Error(`A semente é um inteiro de 0 a ${10 ** 12 - 1}.`);
        }
        return this.begin(text, seed, t);
      }
      if (wish === "heat") tree.t = t;
      else if (wish === "pick") tree.pick(token);
      else if (wish === "jump") tree.here = node;
      else if (wish === "next") tree.grow();
      else if (wish === "back") tree.here = Math.max(0, tree.nodes[tree.here].parent);
      return null;
    }
  }

  let loading = null;
  const weightsOnce = () => {
    loading = loading || new Promise((ready, failed) => {
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.raiz}pesos.js`;
      script.addEventListener("load", () => ready(window.tpdModel));
      script.addEventListener("error", () => {
        loading = null;
        failed(new Error("Não consegui ler os pesos do modelo (pesos.js), que ficam ao lado da página."));
      });
      document.head.append(script);
    });
    return loading;
  };

  const stories = new WeakMap();
  async function answer(model) {
    const asked = model.get("asked");
    if (!asked.turn || asked.turn === model.get("answered") || asked.turn === answer.turn) return;
    answer.turn = asked.turn;
    try {
      if (!stories.has(model)) {
        const first = model.get("view");
        const made = new Story(await weightsOnce());
        if (model.get("tree")) made.restore(model.get("tree"));
        else made.resume(model.get("text"), first.seed, first.t);
        stories.set(model, made);
      }
      const made = stories.get(model);
      const note = made.act(asked);
      if (note !== null) model.set({ text: asked.text, note });
      model.set({ view: made.view(), tree: made.tree.kept(), message: "" });
      const done = new Set(model.get("done"));
      made.met().forEach((is, i) => { if (is) done.add(i); });
      model.set("done", [...done].sort());
    } catch (error) {
      model.set("message", error.message);
    }
    model.set("answered", asked.turn);
    model.save_changes();
  }
  window.tpdAnswers = { ...window.tpdAnswers, LiveGeneration: answer };
  window.tpdStory = Story;
})();
