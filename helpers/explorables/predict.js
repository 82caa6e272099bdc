// Cartão de palpite: escolha (ou escreva um número), anote; ou pule.

const NO_ANSWER = "O kernel está ocupado ou parado. Se ele não voltar, a lição segue sem este palpite.";

function radioList(card, questionId) {
  const name = freshId();
  const group = make("div", "tpd-card-options");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-labelledby", questionId);
  const radios = card.options.map((markup) => {
    const label = make("label", "tpd-card-radio");
    const radio = make("input");
    radio.type = "radio";
    radio.name = name;
    label.append(radio, rich("span", "", markup));
    group.append(label);
    return radio;
  });
  return {
    node: group,
    read: () => { const at = radios.findIndex((radio) => radio.checked); return at < 0 ? null : at; },
    place: (value) => radios.forEach((radio, at) => { radio.checked = at === value; }),
    missing: "Escolha uma opção antes de anotar, ou pule.",
  };
}

function numberField(card, questionId) {
  const input = make("input", "tpd-card-number");
  input.type = "number";
  input.min = card.low;
  input.max = card.high;
  input.step = 1;
  input.setAttribute("aria-labelledby", questionId);
  return {
    node: input,
    read: () => {
      const value = input.valueAsNumber;
      return Number.isInteger(value) && value >= card.low && value <= card.high ? value : null;
    },
    place: (value) => { input.value = value === null ? "" : value; },
    missing: `Escreva um número inteiro, de ${card.low} a ${card.high}, ou pule.`,
  };
}

function render({ model, el }) {
  prepareRoot(model, el);
  const card = model.get("card");
  const box = make("div", "tpd-card");
  const question = rich("p", "tpd-card-question", card.question);
  question.id = freshId();
  const field = card.options.length ? radioList(card, question.id) : numberField(card, question.id);
  const said = liveRegion("tpd-card-said");
  let waiting = 0;

  const note = () => {
    if (model.get("closed")) return;
    const value = field.read();
    if (value === null) { said.textContent = field.missing; return; }
    said.textContent = "Anotando…";
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = NO_ANSWER; }, 4000);
    const again = model.get("guess") === value && !model.get("skipped");
    model.set({ guess: value, skipped: false });
    model.save_changes();
    if (again) paint();
  };
  const skip = () => {
    field.place(null);
    model.set({ guess: null, skipped: true });
    model.save_changes();
  };
  const paint = () => {
    clearTimeout(waiting);
    if (model.get("message")) said.textContent = model.get("message");
    else said.innerHTML = model.get("said");
  };
  const placeGuess = () => field.place(model.get("guess"));
  const close = () => {
    row.hidden = model.get("closed");
    field.node.querySelectorAll("input").forEach((input) => { input.disabled = row.hidden; });
    if (field.node.tagName === "INPUT") field.node.disabled = row.hidden;
    placeGuess();
  };

  if (!card.options.length) {
    field.node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) note();
    });
  }
  const row = make("div", "tpd-row");
  row.append(button("Anotar palpite", note), button("pular", skip, "tpd-quiet"));
  box.append(question, field.node, row, said);
  el.append(box);
  close();
  paint();
  const changes = { said: paint, message: paint, guess: placeGuess, closed: close };
  const stop = listen(model, changes);
  return () => { clearTimeout(waiting); stop(); };
}

export default { render };
