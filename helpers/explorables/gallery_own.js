// Galeria de um texto próprio: o padrão de cada cabeça, o que ela traz, e a aposta com e sem as caladas.

SCENES.gallery = (read, { silenced = [] }, { notes }) => {
  const { labels, names, ids } = read;
  const layers = headsOf(read);
  const share = (row) => {
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((one) => one / total);
  };
  const weights = {
    weight: layers.map(({ weight }) => weight),
    share: layers.map(({ norm }) => norm.map((head) => head.map(share))),
  };
  const seen = (asker) => ({
    pieces: labels, weights, notes, asker, silenced, bet: betOf(read, { silenced: [] }, asker),
  });
  return {
    axes: [
      axisOf("layer", "camada", layers.map((_, i) => i)),
      axisOf("head", "cabeça", layers[0].weight.map((_, h) => h)),
      axisOf("measure", "casas", ["weight", "share"], ["peso α", "parte de ‖α v W_O‖"]),
      axisOf("asker", "quem pergunta", ids.map((_, i) => i), names),
    ],
    start: { asker: ids.length - 1 },
    seen: seen(ids.length - 1),
    view: (layer, head, measure, asker) => gallery_view(seen(asker), layer, head, measure),
  };
};
