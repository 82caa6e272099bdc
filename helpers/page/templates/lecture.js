// Uma lição no projetor: seção por seção, tela por tela, com o que o professor lê numa segunda janela.
// Serve à página e ao JupyterLab. Programa clássico, e não módulo: a página também se abre do disco.
(() => {
  const given = window.tpdAula;
  const root = document.documentElement;
  const make = (tag, className = "", text = "", doc = document) => {
    const node = Object.assign(doc.createElement(tag), { textContent: text });
    if (className) node.className = className;
    return node;
  };
  const SMALLEST = 0.6; // quanto encolhe, no máximo, o que não cabe numa tela
  const LETTER = 18; // px: a menor letra de um desenho, para a sala
  const PARTS = [0.95, 0.88, 0.8, 0.74]; // letra dos controles e da frase, sobre a da lição
  const SETTLE_MS = 1500; // uma saída viva ainda cresce um instante depois de a célula acabar
  const TYPED = "textarea, select, [contenteditable='true'], .cm-editor, "
    + "input:not([type=range], [type=radio], [type=checkbox])";
  const CONTROL = ".tpd-ex, button, a[href], summary, input";
  const kept = {
    get(name) { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    set(name, value) { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* só não lembra */ } },
  };
  const keyOf = (title) => /^(\d+)\./.exec(title)?.[1] ?? "fim";
  const minutes = (seconds) => `${seconds < 0 ? "−" : ""}${Math.floor(Math.abs(seconds) / 60)} min`;

  // O relógio: quanto se gastou em cada linha do plano e quanto falta até a próxima pausa.
  function planClock(plan) {
    const rows = plan.rows.map((row) => row.minutes);
    const spent = rows.map(() => 0);
    let [running, first, last] = [false, null, 0];
    const sum = (list) => list.reduce((total, one) => total + one, 0);
    return {
      start(row) {
        if (first === null) { first = row; running = true; last = Date.now(); }
      },
      toggle(row) {
        if (first === null) this.start(row);
        else { running = !running; last = Date.now(); }
      },
      tick(row) {
        const now = Date.now();
        if (running) spent[row] += (now - last) / 1000;
        last = now;
      },
      read(row) {
        const from = first ?? row;
        const stop = plan.pauses.find((pause) => pause >= Math.max(row, from)) ?? rows.length - 1;
        const left = 60 * sum(rows.slice(from, stop + 1)) - sum(spent);
        const here = 60 * rows[row] - spent[row];
        const planned = Math.max(0, here) + 60 * sum(rows.slice(row + 1, stop + 1));
        return { running, begun: first !== null, here, left, planned, breaks: stop < rows.length - 1 };
      },
    };
  }

  // A segunda janela. Quem a escreve é esta: não há endereço, servidor nem mensagem, e por isso ela
  // funciona sem rede e numa página aberta do disco.
  function notesWindow(name, plan, actions, hear) {
    let other = null;
    let part = null;
    const alive = () => other && !other.closed && part;
    const build = () => {
      const doc = other.document;
      const node = (tag, className, text) => make(tag, className, text, doc);
      // Escrito assim, o documento não é mais o vazio, que alguns navegadores trocam depois.
      doc.open();
      doc.write("<!doctype html><html lang='pt-BR'><head><meta charset='utf-8'></head><body></body></html>");
      doc.close();
      doc.title = plan.title;
      doc.head.append(node("style", "", given.notesStyle));
      part = Object.fromEntries(["where", "hour", "section", "class", "ensure", "note", "after", "rest"]
        .map((one) => [one, node({ section: "h1", rest: "details", note: "div" }[one] || "p", one)]));
      part.where.setAttribute("role", "status");
      const times = node("div", "times");
      times.append(part.here = node("p", "here"), part.class, part.hour);
      const bar = node("nav", "bar");
      bar.setAttribute("aria-label", "Apresentação");
      bar.append(...buttons(actions, doc, ["notas", "sair"]));
      part.rest.append(node("summary", "", "Para a lição toda"));
      const more = node("div");
      more.innerHTML = plan.more;
      part.rest.append(more);
      const main = node("main");
      main.append(part.section, part.ensure, part.note, part.after, part.rest);
      const top = node("header");
      top.append(part.where, times, bar);
      doc.body.replaceChildren(top, main);
      other.onkeydown = (event) => hear(event, true);
    };
    return {
      open() {
        if (!alive()) {
          other = window.open("", name, "popup,width=980,height=700");
          if (!other) return false;
          build();
        }
        other.focus();
        return true;
      },
      close() { if (alive()) other.close(); },
      show({ row, place, next, section }) {
        if (!alive()) return;
        part.where.textContent = place;
        part.after.textContent = next ? `Depois: ${next}` : "É a última tela.";
        if (part.shown === section) return;
        part.shown = section;
        part.section.textContent = section;
        part.ensure.innerHTML = row.ensure ? `Garanta: ${row.ensure}` : "";
        part.note.innerHTML = row.note;
        part.rest.open = !row.note;
        other.scrollTo(0, 0);
      },
      tell({ begun, running, here, left, planned, breaks }) {
        if (!alive()) return;
        const slack = left - planned;
        const pace = Math.abs(slack) < 60 ? "no plano"
          : `${minutes(Math.abs(slack))} de ${slack > 0 ? "folga" : "atraso"}`;
        part.here.textContent = here < 0
          ? `Esta parte passou ${minutes(-here)}` : `Nesta parte restam ${minutes(here)}`;
        part.here.dataset.late = here < 0;
        part.class.textContent = `Até ${breaks ? "a pausa" : "o fim"}: ${minutes(left)}, ${pace}`;
        const stopped = begun ? "relógio parado" : "o relógio começa quando você avança";
        part.hour.textContent = running
          ? new Date().toLocaleTimeString("pt-BR", { hour: "2-digit", minute: "2-digit" }) : stopped;
      },
    };
  }

  function buttons(actions, doc, without = []) {
    return actions.filter(({ label }) => label && !without.includes(label)).map((action) => {
      const { label, shown, act } = action;
      const button = make("button", "", `${label} `, doc);
      button.type = "button";
      button.dataset.acao = label;
      action.made.push(button);
      button.append(make("kbd", "", shown, doc));
      button.addEventListener("click", act);
      return button;
    });
  }

  // `place` diz o que há na lição e onde: as peças, na ordem; o palco; e o que é rodar e repetir.
  function lecture(place) {
    const { plan, stem } = place;
    const memory = `tpd:aula:${stem}`;
    const clock = planClock(plan);
    const opened = new Set();
    let [on, section, at, scale, expected, blank] = [false, 0, 0, 1, null, null];
    let [items, sections, groups, shown] = [[], [], [], []];
    let [bar, title, beat, frame, busy] = [null, null, 0, 0, false];

    const rowOf = (index) => {
      const found = sections.slice(0, index + 1).map(({ key }) => plan.keys[key]);
      return found.filter((row) => row !== undefined).at(-1) ?? 0;
    };
    const visible = (item) => !item.hidden && (!item.parent || opened.has(item.parent));
    const boxOf = (unit) => unit.flatMap((i) => items[i].nodes).map((node) => node.getBoundingClientRect())
      .filter(({ height }) => height > 0);

    // Uma peça que não se separa da anterior: a saída do código dobrado, o texto de um título.
    const unitsOf = ({ from, to }) => {
      const made = [];
      for (let i = from; i < to; i += 1) {
        const joined = items[i].joins && made.length && !opened.has(items[made.at(-1).at(-1)]);
        if (joined) made.at(-1).push(i);
        else made.push([i]);
      }
      return made;
    };

    function fitDrawing(unit, room) {
      const [board] = unit.flatMap((i) => items[i].nodes)
        .flatMap((node) => [...node.querySelectorAll(".tpd-ex:has(> .tpd-board)"), ...(node.matches(".tpd-ex:has(> .tpd-board)") ? [node] : [])]);
      if (!board) return;
      // A letra dos controles e da frase cede o lugar a um desenho que a sala não leria.
      for (const size of PARTS) {
        board.style.setProperty("--tpd-parte", size);
        board.style.setProperty("--tpd-altura", "");
        const boxes = boxOf(unit);
        const whole = Math.max(...boxes.map((b) => b.bottom)) - Math.min(...boxes.map((b) => b.top));
        const rest = whole - board.getBoundingClientRect().height;
        board.style.setProperty("--tpd-altura", `${Math.max(240, Math.floor(room - rest - 12))}px`);
        const tools = board.querySelector(".tpd-tools");
        if (letterOf(board) >= LETTER && !(tools?.scrollHeight > tools?.clientHeight + 1)) break;
      }
    }

    // A menor letra do desenho, em px da tela.
    function letterOf(board) {
      const svg = board.querySelector(".tpd-stage > svg");
      const { width, height } = svg?.getBoundingClientRect() ?? { width: 0 };
      if (!width) return LETTER;
      const view = svg.viewBox.baseVal;
      const letters = [...svg.querySelectorAll("text")].map((text) => parseFloat(getComputedStyle(text).fontSize));
      return Math.min(width / view.width, height / view.height) * Math.min(...letters);
    }

    // Reparte a seção em telas: enche uma, passa à seguinte; um explorável tem a sua.
    function lay() {
      const here = sections[section];
      items.forEach((item, i) => item.nodes.forEach((node) => {
        node.classList.toggle("tpd-fora", i < here.from || i >= here.to || !visible(item));
        node.style.zoom = "";
        node.classList.remove("tpd-primeira");
      }));
      const style = getComputedStyle(place.stage);
      const room = place.stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
      groups = [];
      let top = 0;
      let alone = true;
      for (const unit of unitsOf(here)) {
        const drawing = unit.some((i) => items[i].drawing);
        if (drawing) fitDrawing(unit, room);
        const boxes = boxOf(unit);
        if (!boxes.length) {
          if (groups.length) groups.at(-1).push(...unit);
          continue;
        }
        const start = Math.min(...boxes.map((box) => box.top));
        const end = Math.max(...boxes.map((box) => box.bottom));
        if (!groups.length || alone || drawing || end - top > room) {
          groups.push([...unit]);
          top = start;
        } else groups.at(-1).push(...unit);
        // O que vem depois de um resultado que ainda não se viu contaria qual ele é.
        alone = drawing || unit.some((i) => visible(items[i]) && place.waits(items[i]));
      }
      if (!groups.length) groups.push([here.from]);
      const number = Math.max(0, groups.findLastIndex((group) => group[0] <= at));
      shown = groups[number];
      at = shown[0];
      items.forEach((item, i) => {
        if (i >= here.from && i < here.to && !shown.includes(i)) item.nodes.forEach((node) => node.classList.add("tpd-fora"));
      });
      // O que ainda não coube encolhe um pouco; só o que passaria do limite da leitura rola.
      place.stage.classList.remove("tpd-longa");
      const floor = place.stage.getBoundingClientRect().top + parseFloat(style.paddingTop) + room;
      const nodes = shown.flatMap((i) => items[i].nodes);
      nodes.find((node) => node.getBoundingClientRect().height)?.classList.add("tpd-primeira");
      let zoom = 1;
      const excess = () => Math.max(0, ...boxOf(shown).map((box) => box.bottom)) - floor;
      while (excess() > 1 && zoom > SMALLEST) {
        zoom = Math.max(SMALLEST, zoom - 0.04);
        nodes.forEach((node) => { node.style.zoom = zoom; });
      }
      place.stage.classList.toggle("tpd-longa", excess() > 1);
      place.stage.scrollTop = 0;
      return number;
    }

    function paint(number, told = "") {
      const here = sections[section];
      const where = `${number + 1}/${groups.length} · ${here.title}`;
      actions.forEach(({ when, made }) => made.forEach((one) => { one.hidden = when && !when(); }));
      title.textContent = [where, busy ? "rodando…" : told].filter(Boolean).join(" · ");
      const following = number + 1 < groups.length
        ? `tela ${number + 2} de ${groups.length} desta seção` : sections[section + 1]?.title;
      notes.show({ row: plan.rows[rowOf(section)], section: here.title, place: where, next: following });
      notes.tell(clock.read(rowOf(section)));
      kept.set(memory, { section, at, scale });
    }

    const settle = (told) => {
      if (!on) return;
      watcher.disconnect();
      if (expected !== null) at = expected;
      paint(lay(), told);
      watched().forEach((node) => watcher.observe(node));
    };
    // O que muda de tamanho repagina; a tela é a da peça que se rodou, ou a mesma de antes.
    let sizes = "";
    // O desenho aparece depois da pergunta de abertura, sem que o quadro mude de altura.
    const stagesOf = (nodes) => nodes.flatMap((node) => [...node.querySelectorAll(".tpd-stage")]);
    const watched = () => {
      const nodes = shown.flatMap((i) => items[i].nodes);
      return [...nodes, ...stagesOf(nodes)];
    };
    const measured = () => `${shown}:${watched().map((node) => Math.round(node.getBoundingClientRect().height))}`;
    const watcher = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        if (!on || measured() === sizes) return;
        settle();
        sizes = measured();
      });
    });

    function go(toSection, toItem) {
      expected = null;
      [section, at] = [toSection, toItem];
      settle();
      sizes = measured();
      clock.tick(rowOf(section));
      if (!bar.contains(document.activeElement)) place.stage.focus({ preventScroll: true });
    }
    function step(by) {
      if (blank) return darken();
      const before = place.stage.scrollTop;
      if (place.stage.matches(".tpd-longa")) place.stage.scrollBy(0, by * place.stage.clientHeight * 0.85);
      if (place.stage.scrollTop !== before) return undefined;
      clock.tick(rowOf(section));
      if (by > 0) clock.start(rowOf(section));
      const number = groups.indexOf(shown) + by;
      if (groups[number]) return go(section, groups[number][0]);
      return jump(by, by < 0);
    }
    function jump(by, end = false) {
      const target = sections[section + by];
      if (!target) return;
      go(section + by, target.from);
      if (end) go(section, groups.at(-1)[0]);
    }
    function fold(item, open) {
      const now = open ?? !opened.has(item);
      opened[now ? "add" : "delete"](item);
      item.nodes.forEach((node) => node.classList.toggle("tpd-aberta", now));
      item.handle.setAttribute("aria-expanded", now);
      if (item.nodes[1]?.matches?.("details")) item.nodes[1].open = now;
    }
    const seen = () => shown.map((i) => items[i]).filter(visible);
    const folds = (kind) => seen().filter((item) => item.fold === kind);
    const target = () => seen().find(place.waits);
    function toggle(kind) {
      const found = folds(kind);
      if (!found.length) return settle(`nenhum ${kind} nesta tela`);
      const now = !opened.has(found[0]);
      found.forEach((item) => fold(item, now));
      expected = null;
      at = items.indexOf(found[0]);
      return settle();
    }
    async function run() {
      const found = target();
      if (busy || !found) return settle("nada a rodar nesta tela");
      expected = items.indexOf(found);
      busy = true;
      settle();
      try { await place.run(found); } finally { busy = false; }
      settle();
      setTimeout(() => { settle(); expected = null; sizes = measured(); }, SETTLE_MS);
      return undefined;
    }
    function again() {
      shown.forEach((i) => {
        if (items[i].fold) fold(items[i], false);
        items[i].nodes.forEach((node) => node.querySelectorAll(".tpd-ex > .tpd-foot button").forEach((one) => one.click()));
      });
      settle("de novo");
    }
    function darken() {
      if (blank) blank.remove();
      blank = blank ? null : make("div", "tpd-apagada", "Tela apagada.");
      if (blank) {
        blank.setAttribute("role", "status");
        document.body.append(blank);
      }
    }
    function resize(by) {
      scale = Math.min(1.6, Math.max(0.7, scale * by));
      root.style.setProperty("--tpd-escala", scale);
      settle();
    }
    const openNotes = () => {
      if (!notes.open()) return settle("o navegador não deixou abrir a janela das notas");
      return settle();
    };

    const actions = [
      { label: "anterior", shown: "PgUp", keys: ["PageUp", "ArrowLeft", "ArrowUp"], act: () => step(-1) },
      { label: "próximo", shown: "PgDn", keys: ["PageDown", "ArrowRight", "ArrowDown", " "], act: () => step(1) },
      { label: "de novo", shown: "D", keys: ["d"], act: again },
      { label: "rodar", shown: "R", keys: ["r"], act: run, when: () => target() },
      { label: "código", shown: "C", keys: ["c"], act: () => toggle("código"), when: () => folds("código").length },
      { label: "cartão", shown: "E", keys: ["e"], act: () => toggle("cartão"), when: () => folds("cartão").length },
      { label: "notas", shown: "N", keys: ["n"], act: openNotes },
      { label: "relógio", shown: "T", keys: ["t"], act: () => { clock.tick(rowOf(section)); clock.toggle(rowOf(section)); settle(); } },
      { label: "apagar", shown: "B", keys: ["b", "."], act: darken },
      { label: "sair", shown: "Esc", keys: ["Escape"], act: () => leave() },
      { keys: ["+", "="], act: () => resize(1.1) },
      { keys: ["-"], act: () => resize(1 / 1.1) },
    ].map((action) => ({ made: [], ...action })); // os botões de cada uma, nas duas janelas
    const acts = Object.fromEntries(actions.flatMap(({ keys, act }) => keys.map((key) => [key, act])));

    // Ouve antes de todos: um controle de apresentação avança de onde quer que o foco esteja, e as
    // letras de comando do JupyterLab, que apagam e criam células, não chegam a ele.
    function hear(event, fromNotes = false) {
      if (!on || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const target = event.target.closest ? event.target : document.body;
      if (target.closest("dialog[open], .jp-Dialog")) return;
      const pages = key === "PageDown" || key === "PageUp";
      const typing = target.closest(TYPED);
      const control = target.closest(CONTROL);
      if (typing && !pages) return;
      if (key === "Enter" && event.shiftKey && target.closest(".jp-Cell")) return; // a que se escreve ao vivo
      const act = event.shiftKey && pages ? () => jump(key === "PageDown" ? 1 : -1) : acts[key];
      const native = control && (/^(Arrow|Enter$| $)/.test(key) || (key === "Escape" && target.closest(".tpd-ex")));
      if (native || (fromNotes && key === "Escape")) return;
      const plain = key.length === 1 || key === "Enter" || key === "Backspace" || key === "Delete";
      if (!act && !(plain && place.guarded && !fromNotes)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (act) act();
    }
    const notes = notesWindow(`tpd-notas-${stem}`, plan, actions, hear);

    function enter() {
      if (on) return;
      on = true;
      opened.clear();
      root.classList.add("tpd-aula");
      place.stage.classList.add("tpd-palco");
      place.stage.tabIndex = -1;
      place.enter();
      items = place.items();
      items.filter((item) => item.fold).forEach((item) => {
        item.handle = make("button", "tpd-abre", item.name || item.fold);
        item.handle.type = "button";
        item.handle.addEventListener("click", () => {
          fold(item);
          expected = null;
          at = items.indexOf(item);
          settle();
          item.handle.focus();
        });
        item.nodes.forEach((node) => node.classList.add("tpd-dobra", ...(item.bare ? ["tpd-nua"] : [])));
        place.hang(item);
        fold(item, false);
      });
      sections = items.flatMap((item, i) => (item.title ? [{ title: item.title, from: i }] : []));
      sections.forEach((one, i) => {
        one.to = sections[i + 1]?.from ?? items.length;
        one.key = i ? keyOf(one.title) : "0";
      });
      bar = make("nav", "tpd-controle");
      bar.setAttribute("aria-label", "Apresentação");
      title = make("p");
      title.setAttribute("role", "status");
      bar.append(title, ...buttons(actions, document, ["relógio"]));
      document.body.append(bar);
      addEventListener("resize", settle.bind(null, ""));
      beat = setInterval(() => { clock.tick(rowOf(section)); notes.tell(clock.read(rowOf(section))); }, 1000);
      const saved = kept.get(memory) || {};
      scale = saved.scale || 1;
      root.style.setProperty("--tpd-escala", scale);
      const known = sections[saved.section];
      go(known ? saved.section : 0, known ? saved.at : 0);
      place.stage.focus({ preventScroll: true });
    }
    function leave() {
      if (blank) return darken();
      on = false;
      watcher.disconnect();
      clearInterval(beat);
      bar.remove();
      items.forEach((item) => {
        if (item.handle) item.handle.remove();
        item.nodes.forEach((node) => {
          node.classList.remove("tpd-fora", "tpd-primeira", "tpd-dobra", "tpd-nua", "tpd-aberta");
          node.style.zoom = "";
        });
      });
      root.classList.remove("tpd-aula");
      place.stage.classList.remove("tpd-palco", "tpd-longa");
      return place.leave();
    }
    addEventListener("keydown", hear, true);
    return { enter, leave };
  }

  // A página: as peças são o que está no texto; rodar é abrir o resultado que espera o palpite.
  function pagePlace(stem) {
    const stage = document.getElementById("conteudo");
    const OUTPUT = ".saida, .saida-html, .depois, .resultado";
    const items = () => {
      const made = [];
      let heading = false;
      for (const node of stage.children) {
        if (node.matches("script, .nota, nav")) {
          if (!node.matches("script")) made.push({ nodes: [node], hidden: true });
          continue;
        }
        const before = made.filter((item) => !item.hidden).at(-1);
        const item = { nodes: [node], joins: heading };
        // Quem apresenta o que vem depois não fica no pé de uma tela.
        heading = node.matches("h1, h2, h3, h4") || /:$/.test(node.textContent.trim())
          || (node.matches("p") && node.children.length === 1 && node.textContent === node.children[0].textContent);
        if (node.matches("h1, h2")) item.title = node.textContent.trim();
        if (node.matches("pre.codigo, details.dobrado")) {
          item.fold = "código";
          item.name = node.querySelector("summary")?.textContent || "código";
          item.joins ||= node.matches("details");
        } else if (node.matches(".exercicio")) item.fold = "cartão";
        else if (node.matches(OUTPUT)) item.joins ||= before?.fold === "código" || before?.output;
        else if (node.matches(".proprio")) item.joins = true;
        item.output = node.matches(OUTPUT);
        item.drawing = Boolean(node.querySelector(":scope > .tpd-board"));
        made.push(item);
      }
      return made;
    };
    const waiting = (item) => item.nodes.map((node) => node.querySelector(":scope > button:not([hidden])"))
      .find((button) => button?.parentNode.matches(".depois.fechado"));
    return {
      stem, stage, items, plan: given.plans[stem], guarded: false,
      hang: (item) => {
        if (item.fold === "cartão") item.nodes[0].querySelector("h3").after(item.handle);
        else { item.nodes[0].before(item.handle); item.nodes.unshift(item.handle); }
      },
      waits: waiting,
      run: (item) => waiting(item).click(),
      enter() {}, leave() { stage.focus(); },
    };
  }
  if (root.dataset.pagina) {
    let lesson = null; // as notas chegam depois deste programa
    given.enter = () => {
      lesson ||= lecture(pagePlace(root.dataset.pagina));
      lesson.enter();
    };
    return;
  }

  // O JupyterLab: as peças são as células, e rodar é rodar. Extensão já pronta, sem bundler: os
  // módulos do JupyterLab vêm do escopo que ele reparte.
  const NAME = "transformers-por-dentro-aula";
  const OMITTED = ["setup", "resume", "solution"];
  const QUIET = ["setup", "resume", "build", "exercise", "check"]; // rodam no caminho, sem parar nelas
  const SKIPPED = ["solution", "check"];
  function labPlace(panel, actions) {
    const { content } = panel;
    const stem = panel.context.path.split("/").at(-1).replace(/\.ipynb$/, "");
    const done = new Set();
    const tagsOf = (cell) => cell.model.getMetadata("tags") || [];
    const has = (cell, names) => tagsOf(cell).some((tag) => names.includes(tag));
    const codes = () => content.widgets.filter((cell) => cell.model.type === "code");
    // A saída de outro dia daria a resposta antes do palpite: só se vê a que se rodou agora.
    const paintOld = () => codes().forEach((cell) => {
      cell.node.classList.toggle("tpd-velha", tagsOf(cell).length > 0 && !done.has(cell.model.id));
    });
    actions.executed.connect((_, { notebook, cell }) => {
      if (notebook !== content) return;
      done.add(cell.model.id);
      paintOld();
    });
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (!/restarting|starting/.test(status)) return;
      done.clear();
      paintOld();
    });
    let windowing = null;
    const items = () => {
      let card = null;
      return content.widgets.map((cell, i) => {
        const source = cell.model.sharedModel.getSource();
        const item = { nodes: [cell.node], cell };
        const heading = cell.model.type === "markdown" && (i ? /^## (.*)/m : /^#{1,2} (.*)/m).exec(source);
        if (heading || i === 0) item.title = heading ? heading[1].replace(/`/g, "") : stem;
        if (cell.model.type === "markdown") {
          if (has(cell, ["card"])) { item.fold = "cartão"; card = item; }
          return item;
        }
        item.drawing = has(cell, ["explorable"]);
        if (has(cell, OMITTED)) item.hidden = true;
        else if (has(cell, ["exercise", "check"])) item.parent = card;
        else if (tagsOf(cell).length) item.fold = "código";
        // De um cartão ou explorável, que já se rodou, o código não interessa nem dobrado.
        item.bare = item.drawing || /^(predict|quiz)\(/.test(source);
        return item;
      });
    };
    return {
      stem, items, plan: given.plans[stem], guarded: true,
      stage: content.node.querySelector(".jp-WindowedPanel-outer") || content.node,
      hang: (item) => {
        const heading = item.fold === "cartão" && item.nodes[0].querySelector(".jp-RenderedMarkdown");
        if (heading) heading.parentNode.append(item.handle);
        else item.nodes[0].prepend(item.handle);
      },
      waits: ({ cell }) => cell.model.type === "code" && !done.has(cell.model.id)
        && cell.model.sharedModel.getSource().trim() !== "" && !has(cell, [...QUIET, ...SKIPPED]),
      async run({ cell }) {
        const all = codes();
        const before = all.slice(0, all.indexOf(cell) + 1)
          .filter((one) => !done.has(one.model.id) && !has(one, SKIPPED));
        await actions.runCells(content, before, panel.sessionContext);
      },
      // Fora da tela o JupyterLab desmonta as células; a aula precisa de todas para medi-las.
      enter() {
        windowing = content.notebookConfig;
        content.notebookConfig = { ...windowing, windowingMode: "none" };
        content.widgets.forEach((cell, i) => {
          if (cell.isAttached) return;
          cell.dataset.windowedListIndex = `${i}`;
          content.layout.insertWidget(i, cell);
        });
        paintOld();
        // Uma moldura que contém o que tem dentro não deixaria o palco cobrir a tela.
        for (let node = this.stage.parentElement; node; node = node.parentElement) node.classList.add("tpd-solto");
      },
      leave() {
        document.querySelectorAll(".tpd-solto").forEach((node) => node.classList.remove("tpd-solto"));
        content.notebookConfig = windowing;
        content.activate();
      },
    };
  }
  let shared = null;
  const pick = async (name) => {
    const versions = shared[name];
    return (await versions[Object.keys(versions).sort().at(-1)].get())();
  };
  async function plugin() {
    const { INotebookTracker, NotebookActions } = await pick("@jupyterlab/notebook");
    const { ICommandPalette } = await pick("@jupyterlab/apputils");
    return {
      id: `${NAME}:plugin`,
      autoStart: true,
      requires: [INotebookTracker],
      optional: [ICommandPalette],
      activate(app, tracker, palette) {
        document.head.append(make("style", "", given.style));
        let lesson = null;
        const ready = async (panel) => {
          await panel.context.ready;
          const stem = panel.context.path.split("/").at(-1).replace(/\.ipynb$/, "");
          if (!given.plans[stem]) return;
          await panel.sessionContext.ready;
          await panel.revealed;
          lesson = lecture(labPlace(panel, NotebookActions));
          const back = make("button", "tpd-volta", "▶ aula");
          back.addEventListener("click", lesson.enter);
          document.body.append(back);
          panel.disposed.connect(() => back.remove());
          requestAnimationFrame(() => lesson.enter());
        };
        tracker.forEach(ready);
        tracker.widgetAdded.connect((_, panel) => { ready(panel); });
        app.commands.addCommand("transformers-por-dentro:aula", {
          label: "Aula: voltar à apresentação", execute: () => lesson?.enter(),
        });
        palette?.addItem({ command: "transformers-por-dentro:aula", category: "Aula" });
      },
    };
  }
  (window._JUPYTERLAB ||= {})[NAME] = {
    init: (scope) => { shared = scope; },
    get: async () => { const made = await plugin(); return () => ({ __esModule: true, default: made }); },
  };
})();
