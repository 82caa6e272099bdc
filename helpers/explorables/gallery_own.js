// Galeria de um texto próprio: o padrão de cada cabeça, o que ela traz, e a aposta com e sem as caladas.

SCENES.gallery = (read, { silenced = [] }, { notes }) => {
  const { model, labels, names, ids } = read;
  const { n_layers: nLayers, n_heads: nHeads, d_model: d } = model.config;
  const n = ids.length;
  const layers = Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}.attn`);
  const { activations } = read.forward(layers.flatMap((name) => (
    [`${name}.hook_pattern`, `${name}.hook_v`])));
  const weights = { weight: [], share: [] };
  for (const name of layers) {
    const { data: pattern } = activations[`${name}.hook_pattern`];
    let brought;
    const keep = (_, value) => { brought = value.data; return value; };
    const part = (one) => model.weights[`${name}.${one}`];
    model.sumOfHeads(name, activations[`${name}.hook_v`], part("W_O"), part("b_O"), keep);
    const heads = { weight: [], share: [] };
    for (let h = 0; h < nHeads; h += 1) {
      const row = (i) => Array.from(pattern.subarray((h * n + i) * n, (h * n + i + 1) * n));
      const sizes = ids.map((_, j) => Math.hypot(...brought.subarray((j * nHeads + h) * d, (j * nHeads + h + 1) * d)));
      heads.weight.push(ids.map((_, i) => row(i)));
      heads.share.push(ids.map((_, i) => {
        const written = row(i).map((weight, j) => weight * sizes[j]);
        const total = written.reduce((a, b) => a + b, 0);
        return written.map((one) => one / total);
      }));
    }
    weights.weight.push(heads.weight);
    weights.share.push(heads.share);
  }
  const seen = (asker) => ({
    pieces: labels, weights, notes, asker, silenced, bet: betOf(read, { silenced: [] }, asker),
  });
  return {
    axes: [
      axisOf("layer", "camada", layers.map((_, i) => i)),
      axisOf("head", "cabeça", Array.from({ length: nHeads }, (_, h) => h)),
      axisOf("measure", "casas", ["weight", "share"], ["peso α", "parte de ‖α v W_O‖"]),
      axisOf("asker", "quem pergunta", ids.map((_, i) => i), names),
    ],
    start: { asker: n - 1 },
    seen: seen(n - 1),
    view: (layer, head, measure, asker) => gallery_view(seen(asker), layer, head, measure),
  };
};
