// O que todo explorável com controles tem: pergunta, controles, palco, frase, palpite e desafios.

const SKIP = "pular";

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Pergunta de abertura: opções como botões, e "pular".
function questionBox(model) {
  const box = make("div", "tpd-question");
  const asked = model.get("question");
  const text = make("p", "tpd-asked", asked.text);
  text.id = freshId();
  const row = make("div", "tpd-row");
  tell(row, "group", text.id, "aria-labelledby");
  row.append(...[...asked.options, SKIP].map((option) => {
    const button = make("button", option === SKIP ? "tpd-quiet" : "", option);
    button.addEventListener("click", () => { model.set("guess", option); model.save_changes(); });
    return button;
  }));
  box.append(text, row);
  return box;
}

// O palpite fica escrito sob a resposta, com o comentário da opção escolhida.
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
  range.disabled = axis.fixed;
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
  const name = make("span", "tpd-name", capital(axis.label));
  name.id = freshId();
  tell(group, "radiogroup", name.id, "aria-labelledby");
  const radios = axis.labels.map((text, index) => {
    const radio = make("input");
    radio.type = "radio";
    radio.disabled = axis.fixed;
    radio.name = `${name.id}-radio`;
    radio.addEventListener("change", () => move(index));
    return radio;
  });
  group.append(name, ...radios.map((radio, i) => {
    const label = make("label", "tpd-option");
    label.append(radio, make("span", "", axis.labels[i]));
    return label;
  }));
  const place = (index) => radios.forEach((radio, i) => { radio.checked = i === index; });
  // Numa tela estreita as opções ficam abertas enquanto têm o foco. Só se recolhem depois do gesto que
  // as deixa: antes, o que se aperta mudaria de lugar sob o dedo.
  const fit = () => setTimeout(
    () => group.classList.toggle("tpd-open", group.matches(":focus-within")));
  group.addEventListener("focusin", fit);
  group.addEventListener("focusout", () => ["mouseup", "keyup"].forEach(
    (name) => window.addEventListener(name, fit, { once: true })));
  return { node: group, place, get first() { return radios.find((radio) => radio.checked); } };
}

const controlOf = (axis, move) => (
  (axis.kind === "buttons" ? buttonsControl : sliderControl)(axis, move));

function fillTable(host, rows) {
  const table = make("table");
  table.append(...rows.map((cells, r) => {
    const line = make("tr");
    line.append(...cells.map((cell) => {
      const node = make(r === 0 ? "th" : "td", "", cell);
      if (r === 0) node.scope = "col";
      return node;
    }));
    return line;
  }));
  host.replaceChildren(table);
}

// Mede o lugar que há e escolhe: controles ao lado do desenho, ou em cima. O desenho encolhe até a
// menor letra que se lê; daí em diante rola dentro da moldura, e os controles e a frase não saem.
function fitBoard(el, part) {
  const fit = () => {
    const em = parseFloat(getComputedStyle(el).fontSize);
    const outer = el.closest(".jp-WindowedPanel-outer");
    const [wide, room] = [el.clientWidth / em, (outer ? outer.clientHeight : innerHeight) / em - 1];
    const side = wide > 50 || (wide > 34 && room < 24);
    el.classList.toggle("tpd-side", side);
    el.classList.toggle("tpd-tight", wide < 30 || room < 24);
    const drawing = part.stage.querySelector("svg");
    const taken = (side ? 0 : part.tools.offsetHeight / em) + 5.5;
    const { width, height } = drawing ? drawing.viewBox.baseVal : { width: 1, height: 1 };
    el.style.setProperty("--tpd-room", `${room}em`);
    el.style.setProperty("--tpd-fit", `${((room - taken) * width) / height}em`);
    // O que rola recebe o foco: quem usa só o teclado rola com as setas.
    [part.stage, part.sentence].forEach((node) => {
      const hidden = node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight;
      node.tabIndex = hidden ? 0 : -1;
    });
  };
  const soon = () => setTimeout(fit); // fora da medida, que ela repete, e sem esperar outro quadro
  const watcher = new ResizeObserver(soon);
  soon();
  watcher.observe(el);
  watcher.observe(part.stage);
  window.addEventListener("resize", fit);
  return () => { watcher.disconnect(); window.removeEventListener("resize", fit); };
}

// As partes, pelo nome, na ordem em que se leem, e o que se pinta igual em todos os exploráveis.
function makeBoard(model, el) {
  prepareRoot(model, el);
  const tags = { title: "p", message: "p", numbers: "details", goals: "ul", sentence: "p", guess: "p" };
  const part = {};
  "title message opening board tools bar choices view stage sentence guess numbers grid foot goals"
    .split(" ").forEach((name) => { part[name] = make(tags[name] || "div", `tpd-${name}`); });
  const { title, message, opening, board, tools, bar, choices, view, stage, sentence } = part;
  title.textContent = model.get("title");
  message.setAttribute("role", "alert");
  sentence.setAttribute("aria-live", "polite");
  tell(stage, "group", "Desenho");
  choices.classList.add("tpd-row");
  tell(choices, "group", "Escolhas");
  part.foot.classList.add("tpd-row");
  part.reset = make("button", "", "voltar ao início");
  part.foot.append(part.reset);
  part.numbers.append(make("summary", "", "ver os números"), part.grid);
  tools.append(bar, choices);
  view.append(stage, sentence);
  board.append(tools, view);
  el.append(title, message, opening, board, part.guess, part.numbers, part.foot, part.goals);

  part.waiting = () => Boolean((model.get("question") || {}).text) && !model.get("guess");
  part.draw = (svg) => {
    stage.innerHTML = svg;
    stage.hidden = svg === "";
    // A frase e a tabela dizem o mesmo a quem ouve.
    const drawing = stage.querySelector("svg");
    if (drawing) drawing.setAttribute("aria-hidden", true);
  };
  // Enquanto a pergunta espera, o palco mostra a capa e os controles ficam parados.
  part.lock = () => {
    const waiting = part.waiting();
    const hadFocus = opening.contains(document.activeElement);
    opening.replaceChildren(...(waiting ? [questionBox(model)] : []));
    [bar, choices, sentence, part.numbers, part.foot, part.goals, part.own].forEach((one) => {
      if (one) one.hidden = waiting;
    });
    part.guess.textContent = guessText(model);
    if (waiting) part.draw(model.get("question").cover);
    return hadFocus && !waiting;
  };
  part.paintGoals = () => {
    const rows = model.get("challenges").map(({ text }, i) => {
      const met = model.get("done").includes(i);
      const item = make("li");
      item.append(make("span", "tpd-tick", met ? "☑" : "☐"), make("span", "", text));
      item.setAttribute("aria-label", `${met ? "cumprido" : "por cumprir"}: ${text}`);
      return item;
    });
    if (rows.length) rows.unshift(make("li", "tpd-goals-title", "Desafios"));
    part.goals.replaceChildren(...rows);
  };
  part.warn = () => { message.textContent = model.get("message"); };
  part.warn();
  // O kernel guarda o estado quando o controle descansa, e não a cada passo da barra.
  let rest = 0;
  part.keep = () => {
    clearTimeout(rest);
    rest = setTimeout(() => { model.set("kept", model.get("key")); model.save_changes(); }, 600);
  };
  const loose = fitBoard(el, part);
  part.stop = () => { clearTimeout(rest); loose(); };
  return part;
}

// Uma área do desenho diz que posição leva cada controle: `data-go="0=3,2=1"`.
function stateZones(model) {
  const now = () => model.get("key");
  const moves = (zone) => zone.dataset.go.split(",").map((pair) => pair.split("="));
  const target = (zone) => {
    const places = now().split(",");
    moves(zone).forEach(([axis, at]) => { places[axis] = at; });
    return places.join(",");
  };
  const nameOf = (zone) => moves(zone).map(([at, place]) => {
    const axis = model.get("axes")[at];
    return `${axis.label} ${axis.labels[place]}`;
  }).join(", ");
  return { now, target, nameOf };
}

// As áreas de um desenho: o ponteiro e o foco mostram, apertar vai. Devolve quem pinta o desenho sem
// perder o foco nem o lugar.
function zoneControl(part, { now, target, nameOf, preview, go }) {
  const { stage } = part;
  const zones = () => [...stage.querySelectorAll("[data-go]")];
  const zoneAt = (event) => !part.waiting() && event.target.closest("[data-go]");
  const look = (zone) => preview(zone ? target(zone) : now());
  Object.entries({
    // Só o ponteiro que se move: parado, o desenho que muda sob ele não pode virar prévia.
    pointermove: (event) => look(zoneAt(event)),
    pointerleave: () => look(null),
    focusin: (event) => { if (event.target.matches(":focus-visible")) look(zoneAt(event)); },
    focusout: ({ relatedTarget: to }) => { if (to && !stage.contains(to)) look(null); },
    click: (event) => {
      const zone = zoneAt(event);
      if (zone) go(target(zone));
    },
    // Uma parada de Tab; dentro do desenho, as setas vão de área em área.
    keydown: (event) => {
      const zone = zoneAt(event);
      if (!zone) return;
      const all = zones();
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      all[all.indexOf(zone) + step]?.focus();
      if (["Enter", " "].includes(event.key)) go(target(zone));
      else if (!step) return;
      event.preventDefault();
    },
  }).forEach(([name, hear]) => stage.addEventListener(name, hear));
  return (paint) => {
    const here = stage.contains(document.activeElement) && document.activeElement.dataset.go;
    paint();
    const found = zones();
    if (!found.length) return;
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
    (same || found.find((zone) => target(zone) === now()) || found[0]).tabIndex = 0;
    if (same) same.focus({ preventScroll: true });
  };
}
