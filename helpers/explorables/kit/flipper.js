// Folheador: recebe os quadros prontos e só troca de quadro.

const SKIP = "pular";

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Pergunta de abertura: opções como botões, e "pular".
function questionBox(model) {
  const box = make("div", "tpd-question");
  const asked = model.get("question");
  const id = freshId();
  const text = make("p", "tpd-asked", asked.text);
  text.id = id;
  const row = make("div", "tpd-row");
  row.setAttribute("role", "group");
  row.setAttribute("aria-labelledby", id);
  const answer = (value) => { model.set("guess", value); model.save_changes(); };
  asked.options.forEach((option) => {
    const button = make("button", "", option);
    button.addEventListener("click", () => answer(option));
    row.append(button);
  });
  const skip = make("button", "tpd-quiet", SKIP);
  skip.addEventListener("click", () => answer(SKIP));
  row.append(skip);
  box.append(text, row);
  return box;
}

// O palpite fica escrito sobre a resposta, com o comentário da opção escolhida.
function guessText(model) {
  const asked = model.get("question");
  const guess = model.get("guess");
  const at = (asked.options || []).indexOf(guess);
  if (at < 0) return "";
  const verdict = guess === asked.answer ? "Acertou!" : `A resposta: ${asked.answer}.`;
  return `Seu palpite: ${guess}. ${verdict} ${asked.comments[at]}`;
}

function sliderControl(axis, move) {
  const label = make("label", "tpd-slider");
  const range = make("input");
  const shown = make("output");
  range.type = "range";
  range.min = 0;
  range.max = axis.labels.length - 1;
  range.step = 1;
  range.disabled = axis.labels.length < 2;
  range.addEventListener("input", () => move(Number(range.value)));
  label.append(make("span", "tpd-name", capital(axis.label)), range, shown);
  range.setAttribute("aria-label", capital(axis.label));
  const place = (index) => {
    if (Number(range.value) !== index) range.value = index;
    shown.textContent = `${axis.labels[index]}`;
    const where = `${axis.label} ${axis.labels[index]}, ${index + 1} de ${axis.labels.length}`;
    range.setAttribute("aria-valuetext", where);
  };
  return { node: label, place, first: range };
}

function buttonsControl(axis, move) {
  const group = make("div", "tpd-options");
  const id = freshId();
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-labelledby", id);
  const name = make("span", "tpd-name", capital(axis.label));
  name.id = id;
  group.append(name);
  const radios = axis.labels.map((text, index) => {
    const label = make("label", "tpd-option");
    const radio = make("input");
    radio.type = "radio";
    radio.name = `${id}-radio`;
    radio.addEventListener("change", () => move(index));
    label.append(radio, make("span", "", text));
    group.append(label);
    return radio;
  });
  const place = (index) => radios.forEach((radio, i) => { radio.checked = i === index; });
  return { node: group, place, first: radios[0] };
}

function fillTable(host, rows) {
  const table = make("table");
  rows.forEach((cells, r) => {
    const line = make("tr");
    cells.forEach((cell) => {
      const node = make(r === 0 ? "th" : "td", "", cell);
      if (r === 0) node.scope = "col";
      line.append(node);
    });
    table.append(line);
  });
  host.replaceChildren(table);
}

function renderFlipper({ model, el }) {
  prepareRoot(model, el);
  const head = make("p", "tpd-title", model.get("title"));
  const ask = make("div");
  const bar = make("div", "tpd-bar");
  const guess = make("p", "tpd-guess");
  const stage = make("div", "tpd-stage");
  const speech = make("p", "tpd-sentence");
  const choices = make("div", "tpd-row tpd-choices");
  const numbers = make("details", "tpd-numbers");
  const grid = make("div", "tpd-grid");
  const foot = make("div", "tpd-row tpd-foot");
  const reset = make("button", "", "voltar ao início");
  const goals = make("ul", "tpd-goals");
  const message = make("p", "tpd-message");
  message.setAttribute("role", "alert");
  speech.setAttribute("aria-live", "polite");
  stage.setAttribute("aria-hidden", "true"); // a frase e a tabela dizem o mesmo a quem ouve
  choices.setAttribute("role", "group");
  choices.setAttribute("aria-label", "Escolhas");
  numbers.append(make("summary", "", "ver os números"), grid);
  foot.append(reset);
  el.append(head, message, ask, bar, choices, guess, stage, speech, numbers, foot, goals);
  let controls = [];
  let shownChoices = "";

  const locked = () => Boolean(model.get("question").text) && !model.get("guess");
  const go = (key) => { model.set("key", key); model.save_changes(); };

  const paintGoals = () => {
    const done = new Set(model.get("done"));
    const rows = model.get("challenges").map((goal, i) => {
      const item = make("li", done.has(i) ? "tpd-met" : "");
      item.append(make("span", "tpd-tick", done.has(i) ? "☑" : "☐"), make("span", "", goal.text));
      item.setAttribute("aria-label", `${done.has(i) ? "cumprido" : "por cumprir"}: ${goal.text}`);
      return item;
    });
    const title = rows.length ? [make("li", "tpd-goals-title", "Desafios")] : [];
    goals.replaceChildren(...title, ...rows);
  };

  const paintChoices = (frame) => {
    const offered = frame.choices || [];
    const signature = JSON.stringify(offered);
    if (signature === shownChoices) return;
    const before = [...choices.children];
    const focused = before.indexOf(document.activeElement);
    shownChoices = signature;
    choices.replaceChildren(...offered.map((choice) => {
      const button = make("button", choice.quiet ? "tpd-quiet" : "tpd-choice", choice.label);
      button.addEventListener("click", () => go(choice.key));
      return button;
    }));
    // Com o mesmo número de escolhas (ligar e desligar), o foco fica no botão que se apertou.
    const same = choices.children.length === before.length ? choices.children[focused] : null;
    if (focused >= 0) (same || choices.querySelector("button") || reset).focus();
  };

  const paintNumbers = (frame) => {
    numbers.hidden = !frame.table;
    if (numbers.open && frame.table) fillTable(grid, frame.table);
  };

  const paint = () => {
    if (locked()) return;
    const key = model.get("key");
    const frame = model.get("frames")[key];
    if (!frame) return;
    const parts = model.get("parts");
    stage.innerHTML = frame.svg.map((i) => parts[i]).join("");
    speech.textContent = frame.sentence;
    const places = key.split(",").map(Number);
    controls.forEach(([axis, control]) => control.place(places[axis]));
    paintChoices(frame);
    paintNumbers(frame);
    const goalsHit = model.get("challenges").flatMap((g, i) => (g.keys.includes(key) ? [i] : []));
    const done = model.get("done");
    if (goalsHit.some((i) => !done.includes(i))) {
      model.set("done", [...new Set([...done, ...goalsHit])].sort((a, b) => a - b));
      model.save_changes();
    }
  };

  // Enquanto a pergunta espera, o palco mostra a capa e os controles ficam parados.
  const paintLock = () => {
    const waiting = locked();
    const hadFocus = ask.contains(document.activeElement);
    ask.replaceChildren(...(waiting ? [questionBox(model)] : []));
    [bar, choices, numbers, foot, goals].forEach((part) => { part.hidden = waiting; });
    guess.textContent = guessText(model);
    guess.hidden = guess.textContent === "";
    if (waiting) {
      stage.innerHTML = model.get("question").cover;
      stage.hidden = stage.innerHTML === "";
      speech.textContent = "";
      return;
    }
    stage.hidden = false;
    paint();
    if (hadFocus) (controls.length ? controls[0][1].first : choices.querySelector("button") || reset).focus();
  };

  const build = () => {
    controls = model.get("axes").flatMap((axis, i) => {
      if (axis.kind === "hidden") return [];
      const move = (index) => {
        const places = model.get("key").split(",");
        places[i] = index;
        go(places.join(","));
      };
      return [[i, (axis.kind === "buttons" ? buttonsControl : sliderControl)(axis, move)]];
    });
    bar.replaceChildren(...controls.map(([, control]) => control.node));
    shownChoices = "";
    paintGoals();
    paintLock();
  };

  reset.addEventListener("click", () => go(model.get("start")));
  numbers.addEventListener("toggle", () => {
    const frame = model.get("frames")[model.get("key")];
    if (numbers.open && frame && frame.table) fillTable(grid, frame.table);
  });
  const warn = () => { message.textContent = model.get("message"); };
  build();
  warn();
  return listen(model, {
    key: paint, frames: build, guess: paintLock, done: paintGoals, message: warn,
  });
}
