// As contas e o desenho da Mesa de sorteio, sem tocar na página: rodam também no Node, nos testes.
// Os logits vêm em ordem decrescente, e por isso todo corte guarda um começo da lista.

const NAMED = 12;
const SCALES = [0.25, 0.5, 1];
const LEFT = 112;
const FULL = 330;

function softmaxOf(logits) {
  const peak = logits[0];
  const raised = logits.map((z) => Math.exp(z - peak));
  const total = sumFrom(raised, 0);
  return raised.map((value) => value / total);
}

// Quantos ficam depois de cada corte, na ordem top-k, top-p, min-p.
function keptAfter(logits, state) {
  const steps = [];
  let kept = Math.min(state.k === null ? logits.length : state.k, logits.length);
  steps.push(kept);
  if (state.p < 1) {
    const probs = softmaxOf(logits.slice(0, kept));
    let sum = 0;
    let n = 0;
    while (n < kept && (n === 0 || sum < state.p)) { sum += probs[n]; n += 1; }
    kept = n;
  }
  steps.push(kept);
  const probs = softmaxOf(logits.slice(0, kept));
  kept = probs.filter((prob) => prob >= state.min_p * probs[0]).length;
  steps.push(kept);
  return steps;
}

function solve(logits, state) {
  const heat = (zs) => zs.map((z) => z / state.t);
  const steps = keptAfter(state.late ? logits : heat(logits), state);
  const probs = softmaxOf(heat(logits.slice(0, steps[2])));
  const entropy = probs.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  const why = (i) => ["top-k", "top-p", "min-p"].find((_, f) => i >= steps[f]) || "";
  return { probs, kept: steps[2], entropy, best: probs[0], why };
}

function pickAt(probs, u) {
  let total = 0;
  for (let i = 0; i < probs.length; i += 1) {
    total += probs[i];
    if (u < total) return i;
  }
  return probs.length - 1;
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

const place = (value) => String(Math.round(value * 10) / 10);
const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
  .replace(/"/g, "&quot;").replace(/'/g, "&#x27;");
const textAt = (x, y, said, style) => (
  `<text x="${place(x)}" y="${place(y)}" class="${style}">${safe(said)}</text>`);
const boxAt = (x, y, w, h, style) => (
  `<rect x="${place(x)}" y="${place(y)}" width="${place(w)}" height="${place(h)}" rx="2" `
  + `class="${style}"/>`);
const pathOf = (d, style) => `<path d="${d}" class="${style}"/>`;
const sumFrom = (list, start) => list.slice(start).reduce((a, b) => a + b, 0);

function tableRows(names, now, before, counts) {
  const rows = names.map((label, i) => ({
    label,
    prob: now.probs[i] || 0,
    before: before.probs[i] || 0,
    reason: now.why(i),
    count: counts[i] || 0,
  }));
  rows.push({
    label: "resto",
    prob: sumFrom(now.probs, names.length),
    before: sumFrom(before.probs, names.length),
    reason: now.why(names.length),
    count: counts[names.length] || 0,
  });
  return rows;
}

function rowSvg(row, y, scale, total) {
  const tick = LEFT + (row.before / scale) * FULL;
  let svg = textAt(LEFT - 8, y + 13, row.label, "ks end");
  let told = decimal(row.prob, 3);
  if (row.reason) {
    svg += boxAt(LEFT, y, Math.max(3, tick - LEFT), 16, "box dash");
    told = `fora: ${row.reason}`;
  } else {
    svg += boxAt(LEFT, y, Math.max(1, (row.prob / scale) * FULL), 16, "c1");
  }
  svg += pathOf(`M${place(tick)} ${place(y - 3)}L${place(tick)} ${place(y + 19)}`, "line");
  if (total) {
    const x = LEFT + Math.min(1.04, row.count / total / scale) * FULL;
    svg += pathOf(`M${place(x)} ${place(y + 2)}l6 6l-6 6l-6 -6z`, "p2");
    told += ` · saiu ${row.count}`;
  }
  return svg + textAt(LEFT + FULL + 24, y + 13, told, "s");
}

function rulerSvg(rows, y, needle) {
  const outline = (a, b) => (
    `M${place(LEFT + a * FULL)} ${place(y)}h${place((b - a) * FULL)}v22h${place((a - b) * FULL)}z`);
  let soft = "";
  let start = 0;
  rows.forEach((row, i) => {
    if (i % 2 === 0) soft += outline(start, start + row.prob);
    start += row.prob;
  });
  let svg = textAt(LEFT - 8, y + 16, "régua", "s end") + pathOf(soft, "soft")
    + pathOf(outline(0, 1), "line") + textAt(LEFT + FULL + 24, y + 16, "0 a 1", "m");
  if (needle) {
    svg += pathOf(`M${place(LEFT + needle.u * FULL)} ${place(y + 18)}l6 12h-12z`, "p2");
    svg += textAt(LEFT, y + 50, `última agulha: ${decimal(needle.u, 3)}, ${needle.label}`, "s");
  }
  return svg;
}

// A cada linha leva o top-k que corta logo depois dela; o resto leva a nenhum corte.
function zonesSvg(n) {
  const ends = [0, 1, 2, 3, 5, 8, 10, n - 1, n];
  const areas = ends.slice(1).map((end, i) => (
    `<path d="M2 ${30 + ends[i] * 24}h636v${(end - ends[i]) * 24}H2z" data-go="1=${i < 7 ? i : 10}"/>`));
  return `<g class="hit">${areas.join("")}</g>`;
}

function tableSvg(rows, needle) {
  const largest = Math.max(...rows.map((row) => Math.max(row.prob, row.before)));
  const scale = SCALES.find((one) => largest <= one) || 1;
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const y = 34 + rows.length * 24 + 14;
  let head = `barra inteira: ${decimal(scale)} · traço: ajuste A`;
  if (total) head += " · losango: frequência";
  const body = rows.map((row, i) => rowSvg(row, 34 + i * 24, scale, total)).join("");
  return `<svg viewBox="0 0 640 ${y + 62}" width="640" `
    + `height="${y + 62}" font-family="DejaVu Sans, sans-serif">${textAt(LEFT, 20, head, "m")}`
    + `${body}${rulerSvg(rows, y, needle)}${zonesSvg(rows.length)}</svg>`;
}

function settingText(state) {
  const cuts = [];
  if (state.k !== null) cuts.push(`top-k ${state.k}`);
  if (state.p < 1) cuts.push(`top-p ${decimal(state.p)}`);
  if (state.min_p > 0) cuts.push(`min-p ${decimal(state.min_p)}`);
  const order = cuts.length && state.late ? ", cortes antes da temperatura" : "";
  return `Temperatura ${decimal(state.t)}, ${cuts.join(", ") || "sem corte"}${order}`;
}

function tableSentence(names, size, state, now, counts) {
  const best = names.slice(0, Math.min(3, now.kept))
    .map((label, i) => `${label} ${decimal(now.probs[i], 3)}`).join("; ");
  const many = now.kept === 1 ? "Fica 1 token" : `Ficam ${now.kept} tokens`;
  let said = `${settingText(state)}. ${many} de ${size}: ${best}. `
    + `Entropia ${decimal(now.entropy)} nats.`;
  const total = sumFrom(counts, 0);
  if (total) {
    said += ` Em ${total} sorteios, ${names[0]} saiu ${counts[0]}; esperado: `
      + `${decimal(total * now.probs[0], 1)}.`;
  }
  return said;
}

function goalMet(goal, state, now) {
  const seen = { ...state, kept: now.kept, best: now.best };
  return goal.tests.every(([name, sign, value]) => (
    sign === "=" ? seen[name] === value : sign === ">" ? seen[name] >= value : seen[name] <= value));
}
