// Inspetor Q·K·V de um texto próprio: qualquer cabeça, e o score de qualquer par de tokens.

SCENES.inspector = (read, wish, { layer: first, head: second }) => {
  const { model, names, ids } = read;
  const { n_layers: nLayers, n_heads: nHeads, d_model: d } = model.config;
  const [n, dHead] = [ids.length, d / nHeads];
  const blocks = Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}.attn.hook_`);
  const hooks = blocks.flatMap((name) => ["q", "k", "v", "pattern"].map((one) => name + one));
  const { activations } = read.forward(hooks);
  const most = (rows) => rows.flat().reduce((peak, one) => Math.max(peak, Math.abs(one)), 0) || 1;
  const heads = new Map();
  const headOf = (layer, head) => {
    const key = `${layer},${head}`;
    if (heads.has(key)) return heads.get(key);
    const rows = (one) => ids.map((_, i) => {
      const from = (i * nHeads + head) * dHead;
      return Array.from(activations[blocks[layer] + one].data.subarray(from, from + dHead));
    });
    const [q, k, v] = ["q", "k", "v"].map(rows);
    const { data } = activations[`${blocks[layer]}pattern`];
    const weights = ids.map((_, i) => ids.map((_id, j) => (
      j <= i ? data[(head * n + i) * n + j] : null)));
    heads.set(key, { names, q, k, v, weights, peaks: [q, k, v].map(most) });
    return heads.get(key);
  };
  const cents = (row) => row.map((one) => $round(100 * one));
  return {
    axes: [
      axisOf("asker", "quem pergunta", names, names),
      axisOf("source", "quem responde", names, names),
      axisOf("layer", "camada", blocks.map((_, layer) => layer)),
      axisOf("head", "cabeça", Array.from({ length: nHeads }, (_, head) => head)),
    ],
    start: { asker: names.at(-1), source: names[0], layer: first, head: second },
    seen: { headOf },
    view: (asker, source, layer, head) => inspector_view(headOf(layer, head), asker, source),
    // O que a barra das dimensões percorre, em centésimos, como o Python manda os da frase do curso.
    dimensions: (asker, source, layer, head) => {
      const { q, k } = headOf(layer, head);
      const [a, b] = [q[names.indexOf(asker)], k[names.indexOf(source)]];
      return [cents(a), cents(b), cents(inspector__sums(a.map((one, i) => one * b[i])))];
    },
  };
};
