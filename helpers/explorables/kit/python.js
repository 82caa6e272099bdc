// O que as funções de desenho trazidas do Python (to_js.py) usam aqui: as operações que nas duas
// linguagens não são a mesma, e as peças que no Python vêm de uma biblioteca.

const $list = (x) => (Array.isArray(x) ? x : Array.from(x));
const $tuple = (x) => [...$list(x)];
const $truth = (x) => (Array.isArray(x) ? x.length > 0 : Boolean(x));
const $add = (a, b) => (Array.isArray(a) ? [...a, ...b] : a + b);
const $or = (...all) => all.slice(1).reduce((x, next) => ($truth(x) ? x : next()), all[0]());
const $and = (...all) => all.slice(1).reduce((x, next) => ($truth(x) ? next() : x), all[0]());
const $eq = (a, b) => (Array.isArray(a) && Array.isArray(b)
  ? a.length === b.length && a.every((x, i) => $eq(x, b[i])) : a === b);
const $in = (x, all) => (typeof all === "string" ? all.includes(x)
  : Array.isArray(all) ? all.some((y) => $eq(x, y)) : x in all);
const $at = (x, i) => (Array.isArray(x) && i < 0 ? x[x.length + i] : x[i]);
const $slice = (x, from, to) => x.slice(from ?? 0, to ?? undefined);
const $len = (x) => (typeof x === "string" ? Array.from(x).length : x.length);
const $sum = (x) => $list(x).reduce((a, b) => a + b, 0);
const $abs = Math.abs;
const $int = Math.trunc;
const $float = Number;
const $str = (x) => $format(x, "");
const $any = (x) => $list(x).some($truth);
const $all = (x) => $list(x).every($truth);
const $divmod = (a, b) => [Math.floor(a / b), a - b * Math.floor(a / b)];
const $reversed = (x) => [...$list(x)].reverse();
const $enumerate = (x, from = 0) => $list(x).map((one, i) => [from + i, one]);
const $zip = (...all) => $list(all[0]).slice(0, Math.min(...all.map($len)))
  .map((_, i) => all.map((one) => one[i]));

function $range(from, to, step = 1) {
  const [a, b] = to === undefined ? [0, from] : [from, to];
  return Array.from({ length: Math.max(0, Math.ceil((b - a) / step)) }, (_, i) => a + i * step);
}

function $order(a, b) {
  if (!Array.isArray(a)) return a < b ? -1 : a > b ? 1 : 0;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = $order(a[i], b[i]);
    if (order) return order;
  }
  return a.length - b.length;
}

function $extreme(x, key, empty, sign) {
  const all = $list(x);
  if (!all.length) return empty;
  return all.reduce((a, b) => (sign * $order(key(b), key(a)) > 0 ? b : a));
}
const $max = (x, key = (y) => y, empty = undefined) => $extreme(x, key, empty, 1);
const $min = (x, key = (y) => y, empty = undefined) => $extreme(x, key, empty, -1);

function $sorted(x, key = (y) => y, reverse = false) {
  const sign = reverse ? -1 : 1;
  return [...$list(x)].sort((a, b) => sign * $order(key(a), key(b)));
}

// No Python o meio exato (0,125 com duas casas) vai para o par; toFixed sempre sobe.
function $fixed(value, places) {
  const size = Math.abs(value);
  let text = size.toFixed(places);
  if ((size * 2 ** (places + 1)) % 2 === 1 && "13579".includes(text.at(-1))) {
    text = ((Math.floor(size * 10 ** places)) / 10 ** places).toFixed(places);
  }
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}
const $round = (value, places = 0) => Number($fixed(value, places));

function $format(value, spec) {
  if (value === null || value === undefined) return "None";
  if (spec === "") return Object.is(value, -0) ? "-0" : String(value);
  const found = /^\.(\d+)([fg])$/.exec(spec);
  if (!found) throw new Error(`o formato ${spec} não tem tradução`);
  const places = Number(found[1]);
  return found[2] === "f" ? $fixed(value, places) : String(Number(value.toPrecision(places)));
}

const $m_append = (x, one) => { x.push(one); };
const $m_endswith = (x, end) => x.endsWith(end);
const $m_startswith = (x, start) => x.startsWith(start);
const $m_get = (x, key, other = null) => x[key] ?? other;
const $m_index = (x, one) => $list(x).findIndex((y) => $eq(one, y));
const $m_items = (x) => Object.entries(x);
const $m_values = (x) => Object.values(x);
const $m_join = (between, x) => $list(x).join(between);
const $m_replace = (x, from, to, times = 0) => (
  times === 1 ? x.replace(from, () => to) : x.replaceAll(from, () => to));
const $m_strip = (x, letters = null) => {
  if (letters === null) return x.trim();
  const all = Array.from(x);
  while (all.length && letters.includes(all[0])) all.shift();
  while (all.length && letters.includes(all.at(-1))) all.pop();
  return all.join("");
};

// helpers/spoken.py e helpers/plots/svg.py.

function spokenDecimal(value, places = 2) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return decimal(value, places, $fixed(value, places));
}

const svgNumber = (value) => $format($round(value, 1), "");
const SVG_SAFE = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
const svgEscape = (text) => text.replace(/[&<>"']/g, (letter) => SVG_SAFE[letter]);

// Largura de leste: as faixas que o Unicode diz largas ou de corpo inteiro.
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

function svgLabelWidth(label, size = 17, mono = true) {
  let units = 0;
  for (const letter of label) {
    if (/[\p{M}\u200d]/u.test(letter)) continue;
    const wide = WIDE.test(letter);
    units += mono ? (wide ? 1.25 : 0.62) : (wide ? 1.2 : 0.6);
  }
  return units * size;
}

function svgShort(label, width, size = 14) {
  if (svgLabelWidth(label, size) <= width) return label;
  const letters = Array.from(label);
  while (letters.length && svgLabelWidth(`${letters.join("")}…`, size) > width) letters.pop();
  return `${letters.join("")}…`;
}

function svgZone(areas, state) {
  const place = Object.entries(state).map(([name, value]) => `${name}=${value}`).join(";");
  const n = svgNumber;
  const outline = areas.map(([x, y, w, h]) => `M${n(x)} ${n(y)}h${n(w)}v${n(h)}H${n(x)}`).join("");
  return `<path d="${outline}z" data-go="${svgEscape(place)}"/>`;
}

// Rótulo de um token, a partir dos seus bytes: espaço vira ·, byte que é meia letra vira ⟨c3⟩.
function tokenLabel(bytes) {
  const hex = (value) => `⟨${value.toString(16).padStart(2, "0")}⟩`;
  const reader = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const letters = [];
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at];
    const size = lead < 128 ? 1 : lead < 224 ? 2 : lead < 240 ? 3 : 4;
    let letter = null;
    try { letter = reader.decode(bytes.slice(at, at + size)); } catch { letter = null; }
    const whole = letter !== null && Array.from(letter).length === 1;
    letters.push(whole ? letter : bytes[at]);
    at += whole ? size : 1;
  }
  const last = letters.length - 1;
  return letters.map((letter, i) => {
    if (typeof letter === "number") return hex(letter);
    const named = { " ": "·", "\n": "↵", "\t": "⇥" }[letter];
    if (named) return named;
    if (letter === "\u200d" && i > 0 && i < last) return letter;
    if (/[\p{C}\p{Z}]/u.test(letter)) return Array.from(new TextEncoder().encode(letter), hex).join("");
    return i === 0 && /\p{M}/u.test(letter) ? `◌${letter}` : letter;
  }).join("");
}
