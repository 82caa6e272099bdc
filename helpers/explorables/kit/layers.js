// Explorável de camadas: o quadro de um estado se compõe aqui, de peças de desenho, frases e números
// prontos. O par de kit/layers.py. {2} é o número 2 da linha do estado; {2:}, em centésimos; {a1}, o
// rótulo do controle 1.

function filled(text, row, axes, places) {
  return text.replace(/\{(a?)(\d+)(:?)\}/g, (_, axis, i, cents) => {
    if (axis) return axes[i].labels[places[i]];
    return cents ? decimal(row[i] / 100) : row[i];
  });
}

// data: axes, layers, rows, at e said, como o Python os manda.
function composed({ axes, layers, rows, at, said }, key) {
  const places = key.split(",").map(Number);
  const row = rows[at[places.reduce((sum, place, i) => sum * axes[i].labels.length + place, 0)]];
  if (!row) return undefined;
  const fill = (text) => filled(text, row, axes, places);
  // Um número negativo não é um controle, é um lugar da linha: -1 é o primeiro.
  const part = ({ on, parts }) => parts[on.map((i) => (i < 0 ? row[-1 - i] : places[i])).join(",")];
  const { sentence, table } = said[row[0]];
  const svg = fill(layers.map((layer) => part(layer) ?? "").join(""));
  return { svg: [svg], sentence: fill(sentence), table: table.map((line) => line.map(fill)) };
}

function renderLayers({ model, el }) {
  const names = ["axes", "layers", "rows", "at", "said"];
  const data = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const own = {
    frames: new Proxy({}, { get: (_, key) => composed(data, key) }),
    parts: new Proxy({}, { get: (_, markup) => markup }), // cada quadro já traz o desenho inteiro
    own: {}, // sem texto próprio
  };
  const view = { get: (name) => own[name] ?? model.get(name) };
  ["set", "save_changes", "on", "off"].forEach((name) => {
    view[name] = (...given) => model[name](...given);
  });
  return renderFlipper({ model: view, el });
}
