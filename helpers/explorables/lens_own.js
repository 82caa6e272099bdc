// Lente logit de um texto próprio: o que se leria em cada altura, com a norma e sem ela.

SCENES.lens = (read, { word }) => {
  const { model, words, ids, labels, names } = read;
  const last = model.config.n_layers - 1;
  const heights = ["entrada", ...Array.from({ length: last + 1 }, (_, layer) => `bloco ${layer}`)];
  const hooks = [...Array.from({ length: last + 1 }, (_, layer) => `blocks.${layer}.hook_resid_pre`),
    `blocks.${last}.hook_resid_post`];
  const [target, ...rest] = word ? words.encode(word.normalize("NFC")) : [];
  const followed = target === undefined ? "" : labelOf(words, target);
  if (rest.length) {
    read.notes.push(`“${word}” são ${rest.length + 1} tokens; segue-se o primeiro, “${followed}”.`);
  }
  // Sem palavra a seguir, o último token não tem um verdadeiro que o siga.
  const end = Math.max(1, followed ? ids.length : ids.length - 1);
  const places = Array.from({ length: end }, (_, i) => i).slice(ids.length > 2 ? 1 : 0).slice(-6);
  const { activations } = read.forward(hooks);
  const plain = { hook: (_, value) => value };
  const lensOf = (normed) => hooks.map((name) => {
    const rows = rowsOf(activations[name], places);
    return model.unembed(normed ? model.norm("ln_final", rows, plain) : rows);
  });
  const came = places.map((place) => target ?? ids[place + 1] ?? ids[place]);
  const seen = {
    labels, names, heights, places, followed, top: {}, ranks: {}, shares: {},
    expected: came.map((id) => labelOf(words, id)),
  };
  for (const [kind, logits] of [["norm", lensOf(true)], ["raw", lensOf(false)]]) {
    const probs = logits.map((rows) => places.map((_, i) => probsAt(rows, i)));
    seen.top[kind] = probs.map((cells) => cells.map((one) => (
      largest(one, 5).map(([id, share]) => [labelOf(words, id), share]))));
    seen.ranks[kind] = came.map((id, i) => probs.map((cells) => rankOf(cells[i], id)));
    seen.shares[kind] = came.map((id, i) => probs.map((cells) => cells[i][id]));
  }
  return {
    axes: [
      axisOf("token", "token", places, places.map((place) => names[place])),
      axisOf("height", "altura", heights.map((_, i) => i), heights),
      axisOf("reading", "ler", ["norm", "raw"], ["com a norma final", "sem a norma final"]),
    ],
    start: { token: places.at(-1), height: heights.length - 1 },
    seen,
    view: (...state) => lens_view(seen, ...state),
  };
};
