// Geração ao vivo: cada botão é um pedido ao kernel; escrever vários é pedir um depois do outro.

const SLOW_MS = 300;
const DEAD_MS = 8000;
const MANY = 20;

function render({ model, el }) {
  prepareRoot(model, el);
  const asked = model.get("question");
  const box = (tag, cls) => make(tag, cls);
  const ask = box("div", "tpd-question");
  const top = box("div", "tpd-row");
  const setup = box("div", "tpd-bar");
  const actions = box("div", "tpd-row tpd-choices");
  const offers = box("div", "tpd-row tpd-choices");
  const leaves = box("div", "tpd-row");
  const guess = box("p", "tpd-guess");
  const stage = box("div", "tpd-stage");
  const speech = box("p", "tpd-sentence");
  const status = box("p", "tpd-status");
  const message = box("p", "tpd-message");
  const goals = box("ul", "tpd-goals");
  stage.setAttribute("aria-hidden", "true"); // a frase diz o mesmo a quem ouve
  speech.setAttribute("aria-live", "polite");
  status.setAttribute("role", "status");
  message.setAttribute("role", "alert");
  [[actions, "Escrever"], [offers, "Candidatos"], [leaves, "Outros ramos"]].forEach(([row, said]) => {
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", said);
  });
  el.append(box("p", "tpd-title"), message, ask, top, setup, actions, guess, stage, speech, offers,
    leaves, status, goals);
  el.querySelector(".tpd-title").textContent = model.get("title");

  const field = (said, type) => {
    const label = make("label", "tpd-slider");
    const input = make("input", type === "range" ? "" : "tpd-text");
    input.type = type;
    input.setAttribute("aria-label", said);
    label.append(make("span", "tpd-name", said), input);
    return [label, input];
  };
  const [textLabel, text] = field("Começo", "text");
  const [seedLabel, seed] = field("Semente", "number");
  const [heatLabel, heat] = field("Temperatura", "range");
  const shown = make("output");
  const heats = model.get("heat");
  text.maxLength = model.get("limit");
  text.spellcheck = false;
  text.value = model.get("text");
  seed.min = 0;
  seed.value = model.get("view").seed;
  heat.max = heats.length - 1;
  heat.value = heats.indexOf(model.get("view").t);
  heatLabel.append(shown);
  textLabel.style.flex = "1 1 300px";
  top.append(textLabel, seedLabel);
  setup.append(heatLabel);
  const sayHeat = () => {
    shown.textContent = decimal(heats[heat.value], 1);
    heat.setAttribute("aria-valuetext", shown.textContent);
  };
  sayHeat();

  let turn = 0;
  let left = 0; // tokens que ainda serão pedidos
  let timers = [];
  const quiet = () => { timers.forEach(clearTimeout); timers = []; };
  const request = (wish) => {
    quiet();
    turn = Math.max(Date.now(), turn + 1);
    timers = [
      setTimeout(() => { status.textContent = "calculando…"; }, SLOW_MS),
      setTimeout(() => {
        left = 0;
        status.textContent = "O kernel não respondeu. O que já foi escrito continua aqui; para ir "
          + "além, reinicie o kernel e execute a célula de novo.";
      }, DEAD_MS),
    ];
    model.set("asked", { turn, ...wish });
    model.save_changes();
  };
  const restart = () => {
    left = 0;
    request({ do: "write", text: text.value, seed: Math.trunc(Number(seed.value)), t: heats[heat.value] });
  };
  const buttons = [
    ["começar daqui", restart],
    ["próximo", () => { left = 0; request({ do: "next" }); }],
    [`escrever ${MANY}`, () => { left = MANY - 1; request({ do: "next" }); }],
    ["parar", () => { left = 0; }],
    ["voltar", () => { left = 0; request({ do: "back" }); }],
  ].map(([said, act]) => {
    const button = make("button", "", said);
    button.addEventListener("click", act);
    actions.append(button);
    return button;
  });
  [text, seed].forEach((input) => input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") restart();
  }));
  heat.addEventListener("input", sayHeat);
  heat.addEventListener("change", () => request({ do: "heat", t: heats[heat.value] }));

  const fill = (row, items, wish) => {
    const here = row.contains(document.activeElement);
    row.replaceChildren(...items.map((item) => {
      const button = make("button", "", item.label);
      button.addEventListener("click", () => { left = 0; request(wish(item)); });
      return button;
    }));
    if (here) (row.querySelector("button") || buttons[1]).focus();
  };
  const paint = () => {
    const waiting = Boolean(asked.text) && !model.get("guess");
    [top, setup, actions, stage, offers, leaves, goals].forEach((part) => { part.hidden = waiting; });
    ask.hidden = !waiting;
    guess.hidden = waiting;
    message.textContent = model.get("message");
    if (waiting) return;
    const view = model.get("view");
    stage.innerHTML = view.svg;
    speech.textContent = view.sentence;
    fill(offers, view.candidates, (item) => ({ do: "pick", token: item.token }));
    fill(leaves, view.leaves, (item) => ({ do: "jump", node: item.node }));
    buttons[1].disabled = view.finished;
    buttons[2].disabled = view.finished;
    buttons[4].disabled = !view.started;
  };
  const hear = () => {
    if (model.get("answered") !== turn) return;
    quiet();
    status.textContent = model.get("note");
    if (left > 0 && !model.get("view").finished && !model.get("message")) {
      left -= 1;
      request({ do: "next" });
    } else {
      left = 0;
    }
  };
  const paintGoals = () => {
    goals.replaceChildren(make("li", "tpd-goals-title", "Desafios"),
      ...model.get("challenges").map((goal, i) => {
        const met = model.get("done").includes(i);
        const item = make("li");
        item.append(make("span", "tpd-tick", met ? "☑" : "☐"), make("span", "", goal.text));
        item.setAttribute("aria-label", `${met ? "cumprido" : "por cumprir"}: ${goal.text}`);
        return item;
      }));
  };
  const paintGuess = () => {
    const at = (asked.options || []).indexOf(model.get("guess"));
    const verdict = model.get("guess") === asked.answer ? "Acertou!" : `A resposta: ${asked.answer}.`;
    guess.textContent = at < 0 ? "" : `Seu palpite: ${asked.options[at]}. ${verdict} `
      + asked.comments[at];
    paint();
  };
  if (asked.text) {
    const row = make("div", "tpd-row");
    [...asked.options, "pular"].forEach((option) => {
      const button = make("button", option === "pular" ? "tpd-quiet" : "", option);
      button.addEventListener("click", () => {
        model.set("guess", option);
        model.save_changes();
        buttons[1].focus();
      });
      row.append(button);
    });
    ask.append(make("p", "tpd-asked", asked.text), row);
  }
  status.textContent = model.get("note");
  paintGoals();
  paintGuess();
  const deaf = listen(model, {
    view: paint, answered: hear, note: () => { status.textContent = model.get("note"); },
    message: paint, guess: paintGuess, done: paintGoals,
  });
  return () => { quiet(); left = 0; deaf(); };
}

export default { render };
