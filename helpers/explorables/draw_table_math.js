// As contas e o desenho da Mesa de sorteio, sem tocar na página: rodam também no Node, nos testes.
// Os logits vêm em ordem decrescente, e por isso todo corte guarda um começo da lista.

const LEFT = 112;
const FULL = 330;
const CUTS = ["top-k", "top-p", "min-p"];
const sumFrom = (list, start) => list.slice(start).reduce((a, b) => a + b, 0);

function softmaxOf(logits) {
  const raised = logits.map((z) => Math.exp(z - logits[0]));
  const total = sumFrom(raised, 0);
  return raised.map((value) => value / total);
}

// As probabilidades de quem fica e quantos ficam depois de cada corte, na ordem de CUTS.
function solve(logits, { t, k, p, min_p: least, late }) {
  const heat = (zs) => zs.map((z) => z / t);
  const read = late ? logits : heat(logits);
  const first = Math.min(k ?? logits.length, logits.length);
  let probs = softmaxOf(read.slice(0, first));
  let second = first;
  if (p < 1) {
    let sum = 0;
    for (second = 0; second < first && (!second || sum < p); second += 1) sum += probs[second];
  }
  probs = softmaxOf(read.slice(0, second));
  const kept = probs.filter((prob) => prob >= least * probs[0]).length;
  probs = softmaxOf(heat(logits.slice(0, kept)));
  const steps = [first, second, kept];
  return { probs, kept, best: probs[0], why: (i) => CUTS.find((_, f) => i >= steps[f]) || "" };
}

function pickAt(probs, u) {
  let total = 0;
  const at = probs.findIndex((prob) => { total += prob; return u < total; });
  return at < 0 ? probs.length - 1 : at;
}

// Gerador com semente (mulberry32): a mesma semente dá os mesmos sorteios.
function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const tenth = (value) => Math.round(value * 10) / 10;
const safe = (said) => said.replace(/[&<>]/g, (one) => `&#${one.charCodeAt()};`);
const textAt = (x, y, said, style) => (
  `<text x="${x}" y="${y}" class="${style}">${safe(said)}</text>`);
const boxAt = (y, w, style) => (
  `<rect x="${LEFT}" y="${y}" width="${tenth(w)}" height="16" rx="2" class="${style}"/>`);
const pathOf = (d, style) => `<path d="${d}" class="${style}"/>`;

function tableRows(names, now, before, counts) {
  const n = names.length;
  const at = ({ probs }, i) => (i < n ? probs[i] || 0 : sumFrom(probs, n));
  return [...names, "resto"].map((label, i) => ({
    label, prob: at(now, i), before: at(before, i), reason: now.why(i), count: counts[i] || 0,
  }));
}

function rowSvg({ label, prob, before, reason, count }, y, scale, total) {
  const size = FULL / scale;
  const tick = tenth(LEFT + before * size);
  const bar = reason ? boxAt(y, Math.max(3, before * size), "box dash")
    : boxAt(y, Math.max(1, prob * size), "c1");
  const x = tenth(LEFT + Math.min(1.04 * FULL, (count / total) * size));
  return textAt(LEFT - 8, y + 13, label, "ks end") + bar
    + pathOf(`M${tick} ${y - 3}L${tick} ${y + 19}`, "line")
    + (total ? pathOf(`M${x} ${y + 2}l6 6l-6 6l-6 -6z`, "p2") : "")
    + textAt(466, y + 13, (reason ? `fora: ${reason}` : decimal(prob, 3)) + (total ? ` · saiu ${count}` : ""), "s");
}

function rulerSvg(rows, y, needle) {
  const outline = (start, wide) => (
    `M${tenth(LEFT + start * FULL)} ${y}h${tenth(wide * FULL)}v22h${tenth(-wide * FULL)}z`);
  let start = 0;
  const soft = rows.map(({ prob }, i) => {
    start += prob;
    return i % 2 ? "" : outline(start - prob, prob);
  });
  return textAt(LEFT - 8, y + 16, "régua", "s end") + pathOf(soft.join(""), "soft")
    + pathOf(outline(0, 1), "line") + textAt(466, y + 16, "0 a 1", "m")
    + (needle ? pathOf(`M${tenth(LEFT + needle.u * FULL)} ${y + 18}l6 12h-12z`, "p2")
      + textAt(LEFT, y + 50, `última agulha: ${decimal(needle.u, 3)}, ${needle.label}`, "s") : "");
}

function tableSvg(rows, needle, still) {
  const largest = Math.max(...rows.flatMap((row) => [row.prob, row.before]));
  const scale = [0.25, 0.5].find((one) => largest <= one) || 1;
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const y = 48 + rows.length * 24;
  // A cada linha leva o top-k que corta logo depois dela; o resto leva a nenhum corte.
  const ends = [0, 1, 2, 3, 5, 8, 10, rows.length - 1, rows.length];
  const zones = ends.slice(1).map((end, i) => (still ? "" :
    `<path d="M2 ${30 + ends[i] * 24}h636v${(end - ends[i]) * 24}H2z" data-go="1=${i < 7 ? i : 10}"/>`));
  const head = `barra inteira: ${decimal(scale)} · traço: ajuste A${total ? " · losango: frequência" : ""}`;
  return `<svg viewBox="0 0 640 ${y + 62}" width="640" height="${y + 62}" `
    + `font-family="DejaVu Sans, sans-serif">${textAt(LEFT, 20, head, "m")}`
    + `${rows.map((row, i) => rowSvg(row, 34 + i * 24, scale, total)).join("")}${rulerSvg(rows, y, needle)}`
    + `<g class="hit">${zones.join("")}</g></svg>`;
}

function tableSentence(names, size, { t, k, p, min_p: least, late }, { probs, kept }, counts) {
  const cuts = [k && `top-k ${k}`, p < 1 && `top-p ${decimal(p)}`, least > 0 && `min-p ${decimal(least)}`]
    .filter(Boolean).join(", ");
  const best = names.slice(0, Math.min(3, kept)).map((label, i) => `${label} ${decimal(probs[i], 3)}`);
  const entropy = probs.reduce((sum, prob) => (prob > 0 ? sum - prob * Math.log(prob) : sum), 0);
  const total = sumFrom(counts, 0);
  return `Temperatura ${decimal(t)}, ${cuts || "sem corte"}`
    + (cuts && late ? ", cortes antes da temperatura" : "")
    + (kept === 1 ? ". Fica 1 token" : `. Ficam ${kept} tokens`) + ` de ${size}: ${best.join("; ")}. `
    + `Entropia ${decimal(entropy)} nats.`
    + (total ? ` Em ${total} sorteios, ${names[0]} saiu ${counts[0]}; esperado: ${decimal(total * probs[0], 1)}.` : "");
}

function goalMet(goal, state, now) {
  const seen = { ...state, kept: now.kept, best: now.best };
  return goal.tests.every(([name, sign, value]) => {
    const a = seen[name];
    return { "=": a === value, ">": a >= value, "<": a <= value }[sign];
  });
}
