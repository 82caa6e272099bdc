// Uma dimensão por vez: o produto dela e o lugar dele na soma. Os números já vêm arredondados do
// Python, em centésimos inteiros; aqui só se subtrai e se escreve.

const hundredths = (n) => decimal(n / 100);

function dimensionText(q, k, sums, at) {
  const before = at ? sums[at - 1] : 0;
  const added = hundredths(sums[at] - before);
  const end = at === sums.length - 1 ? ", o score" : "";
  return `Dimensão ${at}: q ${hundredths(q[at])} × k ${hundredths(k[at])} ≈ ${added}. `
    + `A soma passa de ${hundredths(before)} a ${hundredths(sums[at])}${end}.`;
}

// Dimensão sob o ponteiro, ou -1 fora das colunas; x em px da página, a partir do desenho.
function dimensionAt(place, n, x, shown) {
  const at = Math.floor(((x * place.width) / shown - place.left) / place.slot);
  return at >= 0 && at < n ? at : -1;
}

// Faixa atrás das barras e ponto na soma, em coordenadas do desenho. A maior soma do quadro enche a
// faixa dela, como no desenho do Python.
function dimensionMarks(place, sums, at) {
  const share = sums[at] / (Math.max(...sums.map(Math.abs)) || 1);
  const x = place.left + at * place.slot;
  return {
    band: { x, y: place.top, width: place.slot, height: place.bottom - place.top },
    dot: { cx: x + place.slot, cy: place.zero - share * place.half, r: 5 },
  };
}

function renderDimensions({ model, el }) {
  const stop = renderFlipper({ model, el });
  const stage = el.querySelector(".tpd-stage");
  const speech = make("p", "tpd-sentence");
  speech.setAttribute("aria-live", "polite");
  const names = ["todas", ...model.get("query_vectors")[0].map((_, i) => i)];
  const choose = (at) => {
    if (at === model.get("dimension")) return;
    model.set("dimension", at);
    model.save_changes();
  };
  const control = sliderControl({ label: "dimensão", labels: names }, (i) => choose(i - 1));
  const box = control.node;
  el.querySelector(".tpd-choices").before(box);
  el.querySelector(".tpd-view").append(speech);
  speech.tabIndex = 0;

  const shape = (drawing, name, marks, style) => {
    const node = document.createElementNS(drawing.namespaceURI, name);
    Object.entries({ ...marks, class: style }).forEach(([key, value]) => node.setAttribute(key, value));
    return node;
  };
  // A consulta, a chave e as somas: de um texto próprio, quem as tem é a cena.
  const vectors = () => {
    const scene = stop.part.scene();
    if (scene) return scene.dimensions(scene.key);
    const key = model.get("key");
    const [i, j] = key.split(",");
    return [model.get("query_vectors")[i], model.get("key_vectors")[j], model.get("sums")[key]];
  };
  const paint = () => {
    box.hidden = Boolean(model.get("question").text) && !model.get("guess");
    speech.hidden = box.hidden;
    const drawing = stage.querySelector("svg");
    stage.querySelectorAll("[data-dimension]").forEach((node) => node.remove());
    const at = model.get("dimension");
    control.place(at + 1);
    if (box.hidden || !drawing || stage.matches(".tpd-preview")) return;
    if (at < 0) {
      speech.textContent = "Escolha uma dimensão na barra, ou passe o ponteiro sobre o desenho.";
      return;
    }
    const [q, k, sums] = vectors();
    speech.textContent = dimensionText(q, k, sums, at);
    const marks = dimensionMarks(model.get("place"), sums, at);
    const band = shape(drawing, "rect", marks.band, "soft");
    const dot = shape(drawing, "circle", marks.dot, "p1");
    [band, dot].forEach((node) => { node.dataset.dimension = at; });
    drawing.prepend(band);
    drawing.append(dot);
  };
  const point = (event) => {
    const drawing = stage.querySelector("svg");
    if (!drawing || box.hidden) return;
    const frame = drawing.getBoundingClientRect();
    const x = event.clientX - frame.left;
    const at = dimensionAt(model.get("place"), names.length - 1, x, frame.width);
    if (at >= 0) choose(at);
  };
  stage.addEventListener("pointermove", point);
  stage.addEventListener("pointerdown", point);
  stage.addEventListener("pointerleave", paint);
  el.querySelector(".tpd-foot button").addEventListener("click", () => choose(-1));
  paint();
  stop.part.moved.push(paint);
  const hush = listen(model, { key: paint, guess: paint, dimension: paint });
  return () => { hush(); stop(); };
}
export default { render: renderDimensions };
