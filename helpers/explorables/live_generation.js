// Geração ao vivo: cada botão é um pedido ao kernel ou, quando o modelo já chegou à página, a ela
// mesma; escrever vários é pedir um depois do outro.

const SLOW_MS = 300;
const DEAD_MS = 8000;
const MANY = 20;
const DEAD = "O kernel não respondeu. O que já foi escrito continua aqui; para ir além, reinicie o "
  + "kernel e execute a célula de novo.";
// Numa página sem kernel, quem responde é o modelo, e a rede pode ser lenta.
const COMING = "O modelo ainda está vindo para a página (4 MB). A resposta sai quando ele chegar.";

function render({ model, el }) {
  const part = makeBoard(model, el);
  const offers = part.choices;
  const group = (said) => {
    const row = make("div", "tpd-row");
    tell(row, "group", said);
    return row;
  };
  const top = group("Começo");
  const actions = group("Escrever");
  const leaves = group("Outros ramos");
  const status = make("p", "tpd-status");
  offers.setAttribute("aria-label", "Candidatos");
  status.setAttribute("role", "status");
  part.foot.replaceChildren(leaves);
  part.foot.before(top);
  part.bar.after(actions);
  part.view.append(status);

  const field = (said, type) => {
    const label = make("label", "tpd-field");
    const input = make("input", "tpd-text");
    input.type = type;
    label.append(make("span", "tpd-name", said), input);
    return [label, input];
  };
  const [textLabel, text] = field("Começo", "text");
  const [seedLabel, seed] = field("Semente", "number");
  const heats = model.get("heat");
  const heat = sliderControl(
    { label: "temperatura", labels: heats.map((t) => decimal(t, 1)) },
    (at) => { heat.place(at); later({ do: "heat", t: heats[at] }); },
  );
  heat.place(heats.indexOf(model.get("view").t));
  text.maxLength = model.get("limit");
  text.spellcheck = false;
  text.value = model.get("text");
  seed.min = 0;
  seed.value = model.get("view").seed;
  top.append(textLabel, seedLabel);
  part.bar.append(heat.node);
  const { começo: start, semente, temperatura, candidatos } = model.get("stopped");
  [[start, textLabel, text], [semente, seedLabel, seed], [temperatura, heat.node, heat.first]].forEach(
    ([how, row, input]) => { row.hidden = how === "hidden"; input.disabled = Boolean(how); });

  let turn = 0;
  let left = 0; // tokens que ainda serão pedidos
  let timers = [];
  let next = 0;
  const quiet = () => { [...timers, next].forEach(clearTimeout); timers = []; };
  const request = (wish) => {
    quiet();
    if (part.answer) {
      model.set(part.answer(wish));
      // O kernel guarda quando se descansa; a página, na hora.
      timers = [setTimeout(() => model.save_changes(), model.send ? 600 : 0)];
      settle();
      return;
    }
    turn = Math.max(Date.now(), turn + 1);
    const soon = (said, wait) => setTimeout(() => { status.textContent = said; }, wait);
    timers = model.send ? [
      soon("calculando…", SLOW_MS),
      soon(DEAD, DEAD_MS),
      setTimeout(() => { left = 0; }, DEAD_MS),
    ] : [soon(COMING, SLOW_MS)];
    model.set("asked", { turn, ...wish });
    model.save_changes();
  };
  // Arrastar a barra passa por muitos valores; só o último vira pedido.
  let pause = 0;
  const later = (wish) => { clearTimeout(pause); pause = setTimeout(() => request(wish), 150); };
  const restart = () => {
    left = 0;
    const t = heats[heat.first.value];
    request({ do: "write", text: text.value, seed: Math.trunc(Number(seed.value)), t });
  };
  const starter = make("button", "", "começar daqui");
  starter.addEventListener("click", restart);
  top.append(starter);
  const buttons = [
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

  const fill = (row, items, wish) => {
    const here = row.contains(document.activeElement);
    row.replaceChildren(...items.map((item) => {
      const button = make("button", "", item.label);
      button.addEventListener("click", () => { left = 0; request(wish(item)); });
      return button;
    }));
    if (here) (row.querySelector("button") || buttons[0]).focus();
  };
  // Uma área do desenho volta a um token já escrito: `data-go="node=5"`.
  const now = () => `${model.get("view").here}`;
  const target = (zone) => zone.dataset.go.slice(5);
  const told = (node) => model.get("view").places[node];
  const preview = (node) => {
    const { sentence } = model.get("view");
    part.stage.classList.toggle("tpd-preview", node !== now());
    part.sentence.textContent = node === now() ? sentence : told(node);
  };
  const dress = zoneControl(part, {
    now,
    target,
    preview,
    nameOf: (zone) => told(target(zone)),
    go: (node) => { left = 0; request({ do: "jump", node: Number(node) }); },
  });
  const paint = () => {
    if (part.waiting()) return;
    const view = model.get("view");
    dress(() => part.draw(view.svg));
    preview(now());
    fill(offers, candidatos === "hidden" ? [] : view.candidates, (item) => ({ do: "pick", token: item.token }));
    fill(leaves, view.leaves, (item) => ({ do: "jump", node: item.node }));
    [...offers.children].forEach((one) => { one.disabled = Boolean(candidatos); });
    buttons[0].disabled = view.finished;
    buttons[1].disabled = view.finished;
    buttons[3].disabled = !view.started;
  };
  // Chegou uma resposta: diz o aviso e, se falta escrever, pede o seguinte.
  const settle = () => {
    say();
    if (left > 0 && !model.get("view").finished && !model.get("message")) {
      left -= 1;
      next = setTimeout(() => request({ do: "next" }));
    } else {
      left = 0;
    }
  };
  const hear = () => {
    if (model.get("answered") !== turn) return;
    quiet();
    settle();
  };
  const paintLock = () => {
    const freed = part.lock();
    [top, actions].forEach((row) => { row.hidden = part.waiting(); });
    paint();
    if (freed) buttons[0].focus();
  };
  const say = () => { status.textContent = model.get("note"); };
  say();
  part.paintGoals();
  paintLock();
  const free = ownText(model, part);
  part.own?.replaceChildren(); // enquanto o modelo não chega, responde o kernel
  const deaf = listen(model, {
    view: paint, answered: hear, note: say, message: part.warn, guess: paintLock, done: part.paintGoals,
  });
  return () => { quiet(); clearTimeout(pause); left = 0; part.stop(); free(); deaf(); };
}

export default { render };
