// Seu texto: o modelo vem uma vez por página, de um kernel ou da própria página, e fica nela.

function ownText(model, part) {
  const page = (window.tpdOwn ??= { asked: -Infinity });
  page.ready ??= new Promise((resolve) => { page.take = resolve; });
  const missing = "Para um texto seu, execute a célula de novo, com o kernel ligado.";
  part.own = make("div", "tpd-own", model.send ? missing : "");
  part.own.hidden = part.waiting();
  part.board.before(part.own);
  const hear = (_, found) => page.take(found);
  model.on("msg:custom", hear);
  if (model.send && Date.now() - page.asked > 20000) {
    page.asked = Date.now();
    model.send({});
  }
  page.begun ??= page.ready.then(([code, weights]) => {
    document.head.append(make("script", "", new TextDecoder().decode(code)));
    return page.start(weights);
  });
  page.begun.then((begin) => begin(model, part, { make, tell }));
  return () => model.off("msg:custom", hear);
}
