// O que chega, num texto próprio: as setas de cada bloco, e a aposta sem a mais grossa delas.

SCENES.streams = (read, wish, { layer: first }) => {
  const { model, labels, names, ids } = read;
  const layers = headsOf(read).map(({ weight, norm }, layer) => ({
    layer, labels, names, values: { weight, norm },
    peaks: { weight: Math.max(...weight.flat(2)), norm: Math.max(...norm.flat(2)) },
  }));
  const bets = new Map();
  // Sem a seta, tudo o que vem depois é calculado de novo.
  const betOf = (layer, token, head) => {
    const key = `${layer},${token},${head}`;
    if (bets.has(key)) return bets.get(key);
    const row = layers[layer].values.norm[head][token];
    const at = (head * ids.length + token) * ids.length + row.indexOf(Math.max(...row));
    const cut = (pattern) => { pattern.data[at] = 0; return pattern; };
    const { logits } = read.forward([], { [`blocks.${layer}.attn.hook_pattern`]: cut });
    bets.set(key, compareBets(read.words, probsAt(read.logits, token), probsAt(logits, token)));
    return bets.get(key);
  };
  const kinds = ["weight", "norm", "cut"];
  return {
    axes: [
      axisOf("token", "quem recebe", ids.map((_, i) => i), names),
      axisOf("head", "cabeça", layers[0].values.weight.map((_, h) => h)),
      axisOf("kind", "ver", kinds, ["peso A", "‖A v W_O‖", "corte a maior seta"], "buttons"),
      axisOf("layer", "bloco", layers.map((_, layer) => layer)),
    ],
    start: { token: ids.length - 1, layer: first },
    seen: { layers, betOf },
    view: (token, head, kind, layer) => (
      streams_view(layers[layer], betOf(layer, token, head), token, head, kind)),
  };
};
