// Seu texto: o modelo vem uma vez por página, de um kernel ou da própria página, e fica nela.

const WAITING = "Para escrever um texto seu, o modelo precisa chegar a esta página. Com o kernel "
  + "ligado, execute a célula de novo.";

function ownText(model, part) {
  if (!window.tpdOwn && !model.send) return () => {}; // uma página que não o traz
  const page = (window.tpdOwn ??= { asked: -Infinity });
  page.ready ??= new Promise((resolve) => { page.take = resolve; });
  part.own = make("div", "tpd-own", WAITING);
  part.own.hidden = part.waiting();
  part.board.before(part.own);
  const hear = (_, found) => page.take(found);
  model.on("msg:custom", hear);
  if (Date.now() - page.asked > 20000) {
    page.asked = Date.now();
    model.send({});
  }
  page.ready.then(async ([code, weights]) => {
    page.begun ??= new Promise((resolve) => {
      const script = make("script");
      script.src = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      script.onload = () => resolve(page.start(weights));
      document.head.append(script);
    });
    (await page.begun)(model, part, { make, tell });
  });
  return () => model.off("msg:custom", hear);
}
