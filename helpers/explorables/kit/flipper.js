// Folheador: recebe os quadros prontos e só troca de quadro. Um texto próprio traz uma cena: os
// quadros dele são desenhados na página, e o kernel não sabe em qual se está.

function renderFlipper({ model, el }) {
  const part = makeBoard(model, el);
  const { bar, choices, stage, numbers, grid, reset } = part;
  let controls = [];
  let shownChoices = "";
  let shown = "";
  let ground = ""; // o estado de quem são as áreas no palco
  let scene = null;
  part.moved = []; // quem ouve cada mudança de quadro

  const go = (key) => {
    if (scene) {
      scene.key = key;
      paint();
      return;
    }
    model.set("key", key);
    model.save_changes();
    part.keep();
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

  // Os controles e o estado são os da cena, quando há uma.
  const get = (name) => (scene ? scene[name] : model.get(name));
  const frameOf = (key) => (scene ? scene.frame(key) : model.get("frames")[key]);
  const zones = stateZones({ get });
  const { now } = zones;

  // Mostra um quadro: o do estado, ou o que está sob o ponteiro ou o foco. Na prévia as áreas são as
  // do estado: nada muda de lugar sob o ponteiro, e o foco não se perde.
  const show = (key) => {
    const frame = frameOf(key);
    if (!frame || part.waiting()) return null;
    const pieces = model.get("parts");
    const markup = scene ? frame.svg : frame.svg.map((i) => pieces[i]).join("");
    shown = key;
    stage.classList.toggle("tpd-preview", key !== now());
    part.sentence.textContent = frame.sentence;
    dress(() => {
      const before = ground === now() && stage.querySelector(".hit");
      if (before) {
        const fresh = make("div");
        fresh.innerHTML = markup;
        fresh.querySelector(".hit")?.remove();
        before.parentNode.replaceChildren(...fresh.firstChild.children, before);
      } else {
        part.draw(markup);
        ground = key;
      }
    });
    return frame;
  };
  const dress = zoneControl(part, { ...zones, go, preview: (key) => { if (key !== shown) show(key); } });

  const paint = () => {
    const key = now();
    const frame = show(key);
    if (!frame) return;
    const places = key.split(",").map(Number);
    controls.forEach(([axis, control]) => control.place(places[axis]));
    paintChoices(frame);
    paintNumbers(frame);
    part.moved.forEach((hear) => hear());
    if (scene) return;
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
    controls = get("axes").flatMap((axis, i) => {
      if (axis.kind === "hidden") return [];
      const move = (index) => {
        const places = now().split(",");
        places[i] = index;
        go(places.join(","));
      };
      return [[i, controlOf(axis, move)]];
    });
    bar.replaceChildren(...controls.map(([, control]) => control.node));
    shownChoices = "";
    ground = "";
    part.paintGoals();
    paintLock();
  };

  reset.addEventListener("click", () => go(get("start")));
  numbers.addEventListener("toggle", () => paintNumbers(frameOf(now()) || {}));
  build();
  part.put = (fresh) => { scene = fresh; build(); };
  part.scene = () => scene;
  part.place = () => Object.fromEntries(now().split(",").map((at, i) => {
    const { name, values, labels } = get("axes")[i];
    return [name, (values || labels)[at]];
  }));
  const free = model.get("own").scene ? ownText(model, part) : () => {};
  const deaf = listen(model, {
    key: paint, frames: build, guess: paintLock, done: part.paintGoals, message: part.warn,
  });
  const stop = () => { part.stop(); free(); deaf(); };
  stop.part = part;
  return stop;
}
