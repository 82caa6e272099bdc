// Quiz: uma pergunta por painel; a explicação aparece ao escolher, e dá para tentar de novo.

function panelOf(model, question, at, total) {
  const panel = make("div", "tpd-card-panel");
  const title = rich("p", "tpd-card-question", question.html);
  title.id = freshId();
  const group = make("div", "tpd-card-options");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", title.id);
  const buttons = question.options.map((option, index) => {
    const node = button("", () => choose(model, at, index));
    const mark = make("span", "tpd-card-mark");
    mark.setAttribute("aria-hidden", "true");
    node.append(mark, rich("span", "", option.html));
    group.append(node);
    return { node, mark, option };
  });
  const explanation = liveRegion("tpd-card-explanation");
  panel.append(make("p", "tpd-card-count", `Pergunta ${at + 1} de ${total}`), title, group, explanation);

  const paint = () => {
    panel.hidden = model.get("at") !== at;
    const chosen = model.get("chosen")[at];
    buttons.forEach(({ node, mark, option }, index) => {
      const picked = index === chosen;
      node.setAttribute("aria-pressed", String(picked));
      if (picked) node.dataset.verdict = option.right ? "right" : "wrong";
      else delete node.dataset.verdict;
      mark.textContent = picked ? (option.right ? "✓" : "✗") : "○";
    });
    const option = question.options[chosen];
    const markup = option ? `<strong>${option.verdict}</strong> ${option.explanation}` : "";
    // Só troca quando muda: uma região viva reescrita é lida outra vez.
    if (explanation.dataset.shown !== String(chosen)) explanation.innerHTML = markup;
    explanation.dataset.shown = String(chosen);
  };
  return { panel, paint };
}

function replaceAt(list, at, value) {
  return list.map((old, index) => (index === at ? value : old));
}

function choose(model, at, index) {
  model.set("chosen", replaceAt(model.get("chosen"), at, index));
  for (const name of ["ever", "first"]) {
    if (model.get(name)[at] < 0) model.set(name, replaceAt(model.get(name), at, index));
  }
  model.save_changes();
}

function scoreText(model) {
  const [first, ever, questions] = ["first", "ever", "questions"].map((name) => model.get(name));
  const rightIn = (picked) =>
    picked.filter((option, at) => option >= 0 && questions[at].options[option].right).length;
  const answered = first.filter((option) => option >= 0).length;
  if (answered < questions.length) return `Respondidas: ${answered} de ${questions.length}.`;
  const once = `${rightIn(ever)} de ${questions.length}`;
  if (String(first) === String(ever)) return `Fim: você acertou ${once} de primeira.`;
  return `Fim: desta vez, ${rightIn(first)} de ${questions.length}; da primeira vez, ${once}.`;
}

function render({ model, el }) {
  prepareRoot(model, el);
  const questions = model.get("questions");
  const last = questions.length - 1;
  const box = make("div", "tpd-card");
  const panels = questions.map((question, at) => panelOf(model, question, at, questions.length));
  const go = (step) => {
    model.set("at", Math.min(last, Math.max(0, model.get("at") + step)));
    model.save_changes();
  };
  const back = button("← anterior", () => go(-1));
  const next = button("próxima →", () => go(1));
  const restart = button("recomeçar", () => {
    const blank = questions.map(() => -1);
    model.set({ at: 0, chosen: blank, first: blank });
    model.save_changes();
  }, "tpd-quiet");
  const row = make("div", "tpd-row");
  row.append(back, next, restart);
  const score = liveRegion("tpd-card-said");
  const message = make("p", "tpd-message");
  box.append(...panels.map(({ panel }) => panel), row, score, message);
  el.append(box);

  const paint = () => {
    panels.forEach((each) => each.paint());
    // aria-disabled, e não disabled: o foco não se perde na primeira nem na última pergunta.
    back.setAttribute("aria-disabled", String(model.get("at") === 0));
    next.setAttribute("aria-disabled", String(model.get("at") === last));
    const text = scoreText(model);
    if (score.textContent !== text) score.textContent = text;
    message.textContent = model.get("message");
  };
  paint();
  return listen(model, { at: paint, chosen: paint, first: paint, message: paint });
}

export default { render };
