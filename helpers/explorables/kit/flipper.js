// Folheador: recebe os quadros prontos e só troca de quadro.

function renderFlipper({ model, el }) {
  const part = makeBoard(model, el);
  const { bar, choices, stage, numbers, grid, reset } = part;
  let controls = [];
  let shownChoices = "";
  let shown = "";
  let ground = ""; // o estado de quem são as áreas no palco

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

  // Uma área do desenho diz que posição leva cada controle: `data-go="0=3,2=1"`.
  const now = () => model.get("key");
  const moves = (zone) => zone.dataset.go.split(",").map((pair) => pair.split("="));
  const target = (zone) => {
    const places = now().split(",");
    moves(zone).forEach(([axis, at]) => { places[axis] = at; });
    return places.join(",");
  };
  const axes = () => model.get("axes");
  const nameOf = (zone) => moves(zone)
    .map(([axis, at]) => `${axes()[axis].label} ${axes()[axis].labels[at]}`).join(", ");
  const zones = () => [...stage.querySelectorAll("[data-go]")];

  // Mostra um quadro: o do estado, ou o que está sob o ponteiro ou o foco. Na prévia as áreas são as
  // do estado: nada muda de lugar sob o ponteiro, e o foco não se perde.
  const show = (key) => {
    const frame = model.get("frames")[key];
    if (!frame || part.waiting()) return null;
    const pieces = model.get("parts");
    const markup = frame.svg.map((i) => pieces[i]).join("");
    const here = stage.contains(document.activeElement) && document.activeElement.dataset.go;
    const before = ground === now() && stage.querySelector(".hit");
    shown = key;
    stage.classList.toggle("tpd-preview", key !== now());
    part.sentence.textContent = frame.sentence;
    if (before) {
      const fresh = make("div");
      fresh.innerHTML = markup;
      fresh.querySelector(".hit").remove();
      before.parentNode.replaceChildren(...fresh.firstChild.children, before);
    } else {
      part.draw(markup);
      ground = key;
    }
    const found = zones();
    if (!found.length) return frame;
    // Quem ouve encontra as áreas; o resto do desenho já está dito na frase.
    const drawing = stage.querySelector("svg");
    drawing.removeAttribute("aria-hidden");
    [...drawing.children].forEach((node) => node.setAttribute("aria-hidden", !node.matches(".hit")));
    found.forEach((zone) => {
      tell(zone, "button", nameOf(zone));
      zone.setAttribute("aria-pressed", target(zone) === now());
      zone.tabIndex = -1;
    });
    const same = found.find((zone) => zone.dataset.go === here);
    const first = same || found.find((zone) => target(zone) === now()) || found[0];
    first.tabIndex = 0;
    if (same) same.focus({ preventScroll: true });
    return frame;
  };
  const preview = (zone) => {
    const key = zone ? target(zone) : now();
    if (key !== shown) show(key);
  };
  const zoneAt = (event) => !part.waiting() && event.target.closest("[data-go]");
  // Só o ponteiro que se move: parado, o desenho que muda sob ele não pode virar prévia.
  stage.addEventListener("pointermove", (event) => preview(zoneAt(event)));
  stage.addEventListener("pointerleave", () => preview(null));
  stage.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) preview(zoneAt(event));
  });
  stage.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !stage.contains(event.relatedTarget)) preview(null);
  });
  stage.addEventListener("click", (event) => {
    const zone = zoneAt(event);
    if (zone) go(target(zone));
  });
  // Uma parada de Tab; dentro do desenho, as setas vão de área em área.
  stage.addEventListener("keydown", (event) => {
    const zone = zoneAt(event);
    if (!zone) return;
    const all = zones();
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const next = all[all.indexOf(zone) + step];
    if (next) next.focus();
    if (["Enter", " "].includes(event.key)) go(target(zone));
    else if (!step) return;
    event.preventDefault();
  });

  const paint = () => {
    const key = now();
    const frame = show(key);
    if (!frame) return;
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
    controls = axes().flatMap((axis, i) => {
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

  reset.addEventListener("click", () => go(model.get("start")));
  numbers.addEventListener("toggle", () => paintNumbers(model.get("frames")[now()] || {}));
  build();
  const deaf = listen(model, {
    key: paint, frames: build, guess: paintLock, done: part.paintGoals, message: part.warn,
  });
  return () => { part.stop(); deaf(); };
}
