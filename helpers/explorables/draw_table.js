// Mesa de sorteio: barras de rolagem mudam o ajuste; a conta e o desenho são feitos aqui mesmo.

function render({ model, el }) {
  const part = makeBoard(model, el);
  const axes = model.get("axes");
  let scene = null; // de um texto próprio: outros logits e outros nomes
  const seen = (name) => (scene ? scene.seen[name] : model.get(name));
  part.choices.setAttribute("aria-label", "Sorteios e ajustes");

  const stateOf = (key) => Object.fromEntries(
    key.split(",").map((at, i) => [axes[i].name, axes[i].values[at]]));
  const change = (values) => {
    model.set(values);
    model.save_changes();
  };
  const forget = (values) => change({ counts: [], needle: {}, ...values });
  const go = (key) => { forget({ key }); part.keep(); };

  const controls = axes.map((axis, i) => controlOf(axis, (at) => {
    const places = model.get("key").split(",");
    places[i] = at;
    go(places.join(","));
  }));
  part.bar.append(...controls.map(({ node }, i) => {
    node.hidden = axes[i].kind === "hidden";
    return node;
  }));

  const drawMany = (n) => {
    const names = seen("names");
    const { probs } = solve(seen("logits"), stateOf(model.get("key")));
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
  part.choices.append(...[["sortear 1", () => drawMany(1)], ["sortear 100", () => drawMany(100)],
    ["apagar sorteios", () => forget({})],
    ["guardar como A", () => change({ saved: model.get("key") })],
  ].map(([said, act]) => {
    const button = make("button", "", said);
    button.addEventListener("click", act);
    return button;
  }));
  part.reset.addEventListener("click", () => {
    go(model.get("start"));
    change({ saved: model.get("start") });
  });

  let shown = "";
  // Mostra um ajuste: o que vale, ou o corte que está sob o ponteiro ou o foco.
  const show = (key) => {
    if (part.waiting()) return;
    shown = key;
    const [state, logits, names] = [stateOf(key), seen("logits"), seen("names")];
    const now = solve(logits, state);
    const counts = model.get("counts");
    const before = solve(logits, stateOf(model.get("saved")));
    const rows = tableRows(names, now, before, counts);
    const needle = model.get("needle");
    part.stage.classList.toggle("tpd-preview", key !== zones.now());
    dress(() => part.draw(tableSvg(rows, "u" in needle ? needle : null, axes[1].fixed)));
    part.sentence.textContent = tableSentence(names, logits.length, state, now, counts);
    const cells = rows.slice(0, 11).map((row) => (
      [row.label, decimal(row.prob, 4), decimal(row.before, 4), row.reason || "fica", row.count]));
    fillTable(part.grid, [["token", "agora", "ajuste A", "corte", "saiu"], ...cells]);
    if (key !== zones.now()) return;
    key.split(",").forEach((at, i) => controls[i].place(Number(at)));
    if (scene) return; // os desafios são da frase do curso
    const done = model.get("done");
    const met = model.get("challenges").map((goal, i) => (goalMet(goal, state, now) ? i : -1))
      .filter((i) => i >= 0 && !done.includes(i));
    if (met.length) change({ done: [...done, ...met].sort((a, b) => a - b) });
  };
  const zones = stateZones(model);
  const dress = zoneControl(part, { ...zones, go, preview: (key) => { if (key !== shown) show(key); } });
  const paint = () => show(zones.now());
  const paintLock = () => {
    const freed = part.lock();
    paint();
    if (freed) controls[0].first.focus();
  };
  part.put = (fresh) => {
    scene = fresh;
    forget({});
    paint();
  };
  part.paintGoals();
  paintLock();
  const free = ownText(model, part);
  const deaf = listen(model, {
    key: paint, counts: paint, saved: paint, needle: paint, guess: paintLock, done: part.paintGoals,
  });
  return () => { part.stop(); free(); deaf(); };
}

export default { render };
