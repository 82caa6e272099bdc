// O tokenizador do curso no navegador: lê o tokenizador.json que helpers/bpe grava e dá os mesmos
// ids. Cada byte se escreve com uma letra, na tabela do GPT-2; um símbolo é um texto dessas letras,
// e o par "Ã £" é a própria linha do arquivo.

const VISIBLE = (value) => (value > 32 && value < 127) || (value > 160 && value !== 173);
const LETTER_OF_BYTE = [];
for (let value = 0, hidden = 256; value < 256; value += 1) {
  LETTER_OF_BYTE.push(String.fromCharCode(VISIBLE(value) ? value : hidden));
  if (!VISIBLE(value)) hidden += 1;
}
const BYTE_OF_LETTER = new Map(LETTER_OF_BYTE.map((letter, value) => [letter, value]));

class Tokenizer {
  // record: o conteúdo de tokenizador.json, já lido como objeto.
  constructor(record) {
    if (!record || record.format !== "transformers-por-dentro/bpe" || record.version !== 1) {
      throw new Error("Isto não é um tokenizador deste curso, na versão 1 do formato.");
    }
    this.ranks = new Map(record.merges.map((pair, rank) => [pair, rank]));
    this.special = new Map(Object.entries(record.special_tokens));
    this.ids = new Map(record.ids ? Object.entries(record.ids) : []);
    if (!record.ids) {
      LETTER_OF_BYTE.forEach((letter, value) => this.ids.set(letter, value));
      for (const pair of record.merges) {
        const whole = pair.replace(" ", "");
        if (!this.ids.has(whole)) this.ids.set(whole, this.ids.size);
      }
    }
    // No JavaScript, \s é outra lista de espaços; a que a biblioteca regex usa é esta.
    this.pattern = record.pattern === null ? null : new RegExp(
      record.pattern.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"),
      "gu",
    );
    this.bytes = new Map();
    for (const [letters, id] of this.ids) {
      this.bytes.set(id, Uint8Array.from(letters, (letter) => BYTE_OF_LETTER.get(letter)));
    }
    for (const [text, id] of this.special) this.bytes.set(id, new TextEncoder().encode(text));
  }

  // Um token especial escrito no texto é texto comum, como em Tokenizer.encode.
  encode(text) {
    if (typeof text !== "string") throw new Error(`O texto deve ser string; veio ${typeof text}.`);
    const half = text.match(/\p{Surrogate}/u);
    if (half) {
      const code = half[0].charCodeAt(0).toString(16).toUpperCase();
      throw new Error(`O texto contém U+${code}, metade solta de um caractere: apague-a.`);
    }
    return this.split(text).flatMap((word) => (
      this.merge(word).map((symbol) => this.ids.get(symbol))));
  }

  decode(ids) {
    const parts = Array.from(ids, (id) => {
      if (this.bytes.has(id)) return this.bytes.get(id);
      throw new Error(`O id ${id} não existe neste tokenizador, de ${this.bytes.size} tokens.`);
    });
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of parts) { whole.set(part, end); end += part.length; }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
  }

  // Pré-tokens: nenhuma fusão atravessa um corte. O que o padrão não alcança é um pré-token também.
  split(text) {
    if (this.pattern === null) return text ? [text] : [];
    const words = [];
    let end = 0;
    for (const found of text.matchAll(this.pattern)) {
      words.push(text.slice(end, found.index), found[0]);
      end = found.index + found[0].length;
    }
    return [...words, text.slice(end)].filter((word) => word);
  }

  // Quão cedo o par foi aprendido; Infinity se não é uma fusão, ou se falta um dos dois.
  rank(left, right) {
    if (left === undefined || right === undefined) return Infinity;
    return this.ranks.get(`${left} ${right}`) ?? Infinity;
  }

  // Funde sempre o par aprendido primeiro; no empate, o mais à esquerda.
  merge(word) {
    let symbols = Array.from(new TextEncoder().encode(word), (value) => LETTER_OF_BYTE[value]);
    for (;;) {
      const first = symbols.reduce(
        (least, symbol, i) => Math.min(least, this.rank(symbol, symbols[i + 1])), Infinity,
      );
      if (first === Infinity) return symbols;
      symbols = this.mergeAll(symbols, first);
    }
  }

  // Uma passada: as ocorrências de um par, da esquerda para a direita. A passada acaba antes se uma
  // fusão criou um par aprendido ainda mais cedo, que tem a vez.
  mergeAll(symbols, rank) {
    const found = [];
    let i = 0;
    for (let earlier = false; i < symbols.length && !earlier; i += 1) {
      if (this.rank(symbols[i], symbols[i + 1]) !== rank) {
        found.push(symbols[i]);
        continue;
      }
      const whole = symbols[i] + symbols[i + 1];
      i += 1;
      earlier = this.rank(found.at(-1), whole) < rank || this.rank(whole, symbols[i + 1]) < rank;
      found.push(whole);
    }
    return [...found, ...symbols.slice(i)];
  }
}
