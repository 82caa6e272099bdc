// Mesa de sorteio de um texto próprio: os logits depois do último token, do maior ao menor.

SCENES.draw_table = ({ forward, words, names }, wish, { title, named }) => {
  const { logits } = forward();
  const [, size] = logits.shape;
  const order = largest(logits.data.subarray(logits.data.length - size), size);
  return {
    axes: [],
    title: title.replace("{word}", names.at(-1)),
    seen: {
      logits: order.map(([, logit]) => logit),
      names: order.slice(0, named).map(([id]) => labelOf(words, id)),
    },
  };
};
