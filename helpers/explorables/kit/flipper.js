// Folheador: recebe os quadros prontos e só troca de quadro.

function renderFlipper({ model, el }) {
  const part = makeBoard(model, el);
  const { bar, choices, numbers, grid, reset } = part;
  let controls = [];
  let shownChoices = "";

  const go = (key) => { model.set("key", key); model.save_changes(); part.keep(); };

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
    if (part.waiting()) return;
    const key = model.get("key");
    const frame = model.get("frames")[key];
    if (!frame) return;
    const pieces = model.get("parts");
    part.draw(frame.svg.map((i) => pieces[i]).join(""));
    part.sentence.textContent = frame.sentence;
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

  const paintLock = () => {
    const freed = part.lock();
    paint();
    if (freed) (controls.length ? controls[0][1].first : choices.querySelector("button") || reset).focus();
  };

  const build = () => {
    controls = model.get("axes").flatMap((axis, i) => {
      if (axis.kind === "hidden") return [];
      const move = (index) => {
        const places = model.get("key").split(",");
        places[i] = index;
        go(places.join(","));
      };
      return [[i, controlOf(axis, move)]];
    });
    bar.replaceChildren(...controls.map(([, control]) => control.node));
    shownChoices = "";
    part.paintGoals();
    paintLock();
  };

  reset.addEventListener("click", () => go(model.get("start")));
  numbers.addEventListener("toggle", () => {
    const frame = model.get("frames")[model.get("key")];
    if (numbers.open && frame && frame.table) fillTable(grid, frame.table);
  });
  build();
  const deaf = listen(model, {
    key: paint, frames: build, guess: paintLock, done: part.paintGoals, message: part.warn,
  });
  return () => { part.stop(); deaf(); };
}
