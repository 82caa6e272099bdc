// Geração ao vivo na página: a árvore de story_tree.py e o que o kernel responderia a cada pedido. O
// desenho e as frases são os de live_generation.py, traduzidos.

// O gerador do torch, para que a mesma semente escreva a mesma história: Mersenne Twister (Matsumoto e
// Nishimura, 1998) e, de dois números de 32 bits, um de 53.
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
  constructor(reader, prompt, { seed, t }, most) {
    Object.assign(this, { reader, prompt, seed, t, most, here: 0 });
    this.nodes = [{ parent: -1, token: -1, prob: 1, picked: false, t: 1, children: [] }];
  }

  path(node = this.here) {
    const found = [];
    for (let at = node; at; at = this.nodes[at].parent) found.unshift(at);
    return found;
  }

  tokens(node) { return this.path(node).map((at) => this.nodes[at].token); }

  get finished() {
    const written = this.tokens();
    return written.at(-1) === GIVEN.end || written.length >= this.most;
  }

  probs() {
    const logits = this.reader.logits([...this.prompt, ...this.tokens()]);
    const most = Math.max(...logits);
    if (!this.t) return Array.from(logits, (logit) => Number(logit === most));
    const grown = Array.from(logits, (logit) => Math.exp((logit - most) / this.t));
    const total = grown.reduce((sum, value) => sum + value, 0);
    return grown.map((value) => value / total);
  }

  candidates(n = 8) { return this.finished ? [] : largest(this.probs(), n); }

  grow() {
    if (this.finished) return;
    const probs = this.probs();
    const total = probs.reduce((sum, prob) => sum + prob, 0);
    const point = total * uniform(1000003n * BigInt(this.seed) + BigInt(this.path().length));
    let sum = 0;
    this.enter(probs.findIndex((prob) => { sum += prob; return sum > point; }), false);
  }

  enter(token, picked) {
    const { children } = this.nodes[this.here];
    let at = children.find((one) => this.nodes[one].token === token);
    if (at === undefined) {
      if (this.finished) throw new Error("Aqui a história já acabou. Volte alguns tokens e escolha outro.");
      const { here: parent, t } = this;
      at = this.nodes.push({ parent, token, prob: this.probs()[token], picked, t, children: [] }) - 1;
      children.push(at);
    }
    this.here = at;
  }

  leaves() { return this.nodes.flatMap((node, at) => (at && !node.children.length ? [at] : [])); }

  greedy(n) {
    const written = [];
    while (written.length < n && written.at(-1) !== GIVEN.end) {
      const logits = this.reader.logits([...this.prompt, ...written]);
      written.push(logits.indexOf(Math.max(...logits)));
    }
    return written;
  }

  // Um ramo numa linha, e o contrário, como em story_tree.py.
  branch(node) {
    let now = this.t;
    return this.path(node).map((at) => {
      const { token, picked, t } = this.nodes[at];
      const heat = t === now ? "" : `@${pythonFloat(t)} `;
      now = t;
      return `${heat}${token}${picked ? "*" : ""}`;
    }).join(" ");
  }

  follow(branch) {
    const now = this.t;
    this.here = 0;
    for (const word of branch.split(" ").filter(Boolean)) {
      if (word.startsWith("@")) this.t = Number(word.slice(1));
      else this.enter(parseInt(word, 10), word.endsWith("*"));
    }
    this.t = now;
  }
}

const pythonFloat = (t) => (Number.isInteger(t) ? `${t}.0` : `${t}`);

class Story {
  constructor({ model, words }, own) {
    Object.assign(this, { words, own, reader: new Reader(model), room: model.config.n_ctx - own.most - 1 });
  }

  begin(text, seed, t) {
    const { limit, most_seed: most } = this.own;
    if (/\p{Surrogate}/u.test(text)) {
      throw new Error("Escreva um texto comum: há aí algo que não é uma letra inteira.");
    }
    if ([...text].length > limit) {
      throw new Error(`O começo tem ${[...text].length} letras; a caixa aceita até ${limit}.`);
    }
    if (!Number.isInteger(seed) || seed < 0 || seed > most) {
      throw new Error(`A semente é um inteiro de 0 a ${most}.`);
    }
    const whole = text.normalize("NFC").trim();
    const ids = this.words.encode(whole);
    this.text = text;
    this.note = whole ? "" : "Sem começo: o modelo inventa desde a primeira palavra.";
    if (ids.length > this.room) {
      this.note = `O começo tem ${ids.length} tokens; o modelo lê os últimos ${this.room}.`;
    }
    const prompt = [GIVEN.end, ...ids.slice(-this.room)];
    this.tree = new StoryTree(this.reader, prompt, { seed, t }, this.own.most);
  }

  // A árvore de uma linha de estado, como a que `line` devolve.
  resume(text, line) {
    if (line === this.told) return;
    const [, seed, t, ids, others] = /semente=(\d+),temperatura=([\d.]+),ids=([^,]*)(?:,ramos=([^,]*))?/.exec(line);
    this.begin(text, Number(seed), Number(t));
    [...(others ?? "").split(";"), ids].forEach((branch) => this.tree.follow(branch));
  }

  line() {
    const { tree, text, own } = this;
    const leaves = tree.leaves();
    const ids = `semente=${tree.seed},temperatura=${pythonFloat(tree.t)},ids=${tree.branch(tree.here)}`;
    const alone = !leaves.length || (leaves.length === 1 && leaves[0] === tree.here);
    const others = alone ? "" : `,ramos=${leaves.map((at) => tree.branch(at)).join(";")}`;
    return `${own.name}:${ids}${others}${text === own.text ? "" : `,texto=${JSON.stringify(text)}`}`;
  }

  label(token) { return labelOf(this.words, token); }

  tail(node) {
    const text = this.words.decode(this.tree.tokens(node).filter((token) => token !== GIVEN.end));
    return text.length > 28 ? `…${text.slice(-28)}` : text || "¶";
  }

  came({ token, prob, picked, t }) { return live_generation_came(this.label(token), prob, picked, t); }

  sentence() {
    const { tree } = this;
    const [{ length: n }, { length: leaves }] = [tree.path(), tree.leaves()];
    const written = tree.tokens().filter((token) => token !== GIVEN.end);
    const [best] = tree.candidates(1);
    const ended = tree.tokens().at(-1) === GIVEN.end;
    return live_generation_story_sentence(
      tree.seed, tree.t, n ? "" : this.label(best[0]), n ? 0 : best[1], n, this.words.decode(written).trim(),
      n ? this.came(tree.nodes[tree.here]) : "", leaves, ended, tree.finished,
    );
  }

  view() {
    const { tree } = this;
    const path = tree.path();
    const pieces = [
      ...tree.prompt.slice(-this.own.shown).map((token) => live_generation_Piece(this.label(token))),
      ...path.map((at) => {
        const { token, prob, picked } = tree.nodes[at];
        return live_generation_Piece(this.label(token), prob, picked, at);
      }),
    ];
    const greedy = tree.greedy(Math.max(8, path.length)).map((token) => this.label(token));
    return {
      svg: live_generation_story_frame(pieces, greedy),
      sentence: this.sentence(),
      candidates: tree.candidates().map(([token, prob]) => (
        { token, label: `${this.label(token)} ${spokenDecimal(prob, 3)}` })),
      leaves: tree.leaves().filter((at) => at !== tree.here).slice(-12)
        .map((node) => ({ node, label: this.tail(node) })),
      here: tree.here,
      places: Object.fromEntries(path.map((at) => [`${at}`, `Voltar até ${this.came(tree.nodes[at])}.`])),
      finished: tree.finished,
      started: path.length > 0,
      seed: tree.seed,
      t: tree.t,
    };
  }

  met() {
    const { tree } = this;
    const rare = tree.path().slice(0, -2).map((at) => tree.nodes[at])
      .some(({ prob, picked }) => picked && prob < this.own.rare);
    return [tree.leaves().length > 1, rare];
  }

  // Faz o que um botão pede.
  act({ do: wish, token, node, t, seed, text }) {
    const { tree } = this;
    if (wish === "write") this.begin(text, seed, t);
    else if (wish === "heat") tree.t = t;
    else if (wish === "pick") tree.enter(token, true);
    else if (wish === "jump") tree.here = node;
    else if (wish === "next") tree.grow();
    else tree.here = Math.max(0, tree.nodes[tree.here].parent);
  }
}

// Daqui em diante quem responde é a página; o kernel, se houver um, recebe a linha do estado.
BOXES.live_generation = (page, widget, part) => {
  const story = new Story(page, widget.get("own"));
  part.answer = (wish) => {
    try {
      story.resume(widget.get("text"), widget.get("kept"));
      story.act(wish);
    } catch (error) {
      return { message: error.message };
    }
    const { text, note } = story;
    story.told = story.line();
    const met = story.met().flatMap((is, i) => (is ? [i] : []));
    const done = [...new Set([...widget.get("done"), ...met])].sort((a, b) => a - b);
    return { view: story.view(), text, note, done, kept: story.told, message: "" };
  };
  // O que se pediu antes de o modelo chegar; se há kernel, a resposta é dele.
  const { turn, ...wish } = widget.get("asked");
  if (widget.send || !(turn > widget.get("answered"))) return;
  widget.set({ ...part.answer(wish), answered: turn });
  widget.save_changes();
};
