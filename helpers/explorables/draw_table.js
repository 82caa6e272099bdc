// Mesa de sorteio: barras de rolagem mudam o ajuste; a conta e o desenho são feitos aqui mesmo.

function render({ model, el }) {
  prepareRoot(model, el);
  const axes = model.get("axes");
  const logits = model.get("logits");
  const names = model.get("names");
  const asked = model.get("question");
  const stage = make("div", "tpd-stage");
  const speech = make("p", "tpd-sentence");
  const ask = make("div", "tpd-question");
  const bar = make("div", "tpd-bar");
  const actions = make("div", "tpd-row tpd-choices");
  const guess = make("p", "tpd-guess");
  const numbers = make("details", "tpd-numbers");
  const grid = make("div", "tpd-grid");
  const goals = make("ul", "tpd-goals");
  stage.setAttribute("aria-hidden", "true"); // a frase e a tabela dizem o mesmo a quem ouve
  speech.setAttribute("aria-live", "polite");
  actions.setAttribute("role", "group");
  actions.setAttribute("aria-label", "Sorteios e ajustes");
  numbers.append(make("summary", "", "ver os números"), grid);
  el.append(make("p", "tpd-title", model.get("title")), ask, bar, actions, guess, stage, speech,
    numbers, goals);

  const stateOf = (key) => Object.fromEntries(
    key.split(",").map((at, i) => [axes[i].name, axes[i].values[at]]));
  const change = (values) => {
    Object.entries(values).forEach(([name, value]) => model.set(name, value));
    model.save_changes();
  };
  const go = (key) => change({ key, counts: [], needle: {} });

  const controls = axes.map((axis, i) => {
    const label = make("label", "tpd-slider");
    const range = make("input");
    const shown = make("output");
    range.type = "range";
    range.min = 0;
    range.max = axis.labels.length - 1;
    range.setAttribute("aria-label", axis.label);
    range.addEventListener("input", () => {
      const places = model.get("key").split(",");
      places[i] = range.value;
      go(places.join(","));
    });
    label.append(make("span", "tpd-name", axis.label), range, shown);
    bar.append(label);
    return (at) => {
      range.value = at;
      shown.textContent = axis.labels[at];
      range.setAttribute("aria-valuetext", `${axis.label}: ${axis.labels[at]}`);
    };
  });

  const drawMany = (n) => {
    const { probs } = solve(logits, stateOf(model.get("key")));
    const counts = [...model.get("counts")];
    while (counts.length <= names.length) counts.push(0);
    const turn = model.get("turn") + 1;
    const random = seeded(turn);
    let needle = {};
    for (let i = 0; i < n; i += 1) {
      const u = random();
      const at = Math.min(pickAt(probs, u), names.length);
      counts[at] += 1;
      needle = { u, label: names[at] || "resto" };
    }
    change({ counts, needle, turn });
  };
  [["sortear 1", () => drawMany(1)], ["sortear 100", () => drawMany(100)],
    ["apagar sorteios", () => change({ counts: [], needle: {} })],
    ["guardar como A", () => change({ saved: model.get("key") })],
    ["voltar ao início", () => { go(model.get("start")); change({ saved: model.get("start") }); }],
  ].forEach(([said, act]) => {
    const button = make("button", "", said);
    button.addEventListener("click", act);
    actions.append(button);
  });

  const paintGoals = () => {
    const done = model.get("done");
    goals.replaceChildren(make("li", "tpd-goals-title", "Desafios"),
      ...model.get("challenges").map((goal, i) => {
        const met = done.includes(i);
        const item = make("li");
        item.append(make("span", "tpd-tick", met ? "☑" : "☐"), make("span", "", goal.text));
        item.setAttribute("aria-label", `${met ? "cumprido" : "por cumprir"}: ${goal.text}`);
        return item;
      }));
  };
  const locked = () => Boolean(asked.text) && !model.get("guess");
  const paint = () => {
    const waiting = locked();
    [bar, actions, stage, numbers, goals].forEach((part) => { part.hidden = waiting; });
    ask.hidden = !waiting;
    guess.hidden = waiting;
    if (waiting) return;
    const key = model.get("key");
    const state = stateOf(key);
    const now = solve(logits, state);
    const counts = model.get("counts");
    const before = solve(logits, stateOf(model.get("saved")));
    const rows = tableRows(names, now, before, counts);
    const needle = model.get("needle");
    key.split(",").forEach((at, i) => controls[i](Number(at)));
    stage.innerHTML = tableSvg(rows, "u" in needle ? needle : null);
    speech.textContent = tableSentence(names, logits.length, state, now, counts);
    const cells = rows.slice(0, 11).map((row) => (
      [row.label, comma(row.prob, 4), comma(row.before, 4), row.reason || "fica", `${row.count}`]));
    const head = ["token", "agora", "ajuste A", "corte", "saiu"];
    grid.replaceChildren(make("table"));
    [head, ...cells].forEach((cellsOfRow, r) => {
      const line = make("tr");
      line.append(...cellsOfRow.map((cell) => make(r ? "td" : "th", "", cell)));
      grid.firstChild.append(line);
    });
    const done = model.get("done");
    const met = model.get("challenges").map((goal, i) => (goalMet(goal, state, now) ? i : -1))
      .filter((i) => i >= 0 && !done.includes(i));
    if (met.length) change({ done: [...done, ...met].sort((a, b) => a - b) });
  };

  if (asked.text) {
    const row = make("div", "tpd-row");
    [...asked.options, "pular"].forEach((option) => {
      const button = make("button", option === "pular" ? "tpd-quiet" : "", option);
      button.addEventListener("click", () => {
        change({ guess: option });
        bar.querySelector("input").focus();
      });
      row.append(button);
    });
    ask.append(make("p", "tpd-asked", asked.text), row);
  }
  const paintGuess = () => {
    const at = (asked.options || []).indexOf(model.get("guess"));
    const verdict = model.get("guess") === asked.answer ? "Acertou!" : `A resposta: ${asked.answer}.`;
    guess.textContent = at < 0 ? "" : `Seu palpite: ${asked.options[at]}. ${verdict} `
      + asked.comments[at];
    paint();
  };
  paintGoals();
  paintGuess();
  return listen(model, {
    key: paint, counts: paint, saved: paint, needle: paint, guess: paintGuess, done: paintGoals,
  });
}

export default { render };
