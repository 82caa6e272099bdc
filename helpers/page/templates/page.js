// A página sem kernel: exploráveis vivos, palpites, tema, busca e glossário. Programa clássico, e não
// módulo, porque de um arquivo aberto do disco o navegador não importa módulos.
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const make = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

  // O que fica neste navegador; numa janela que não deixa guardar, a página só não lembra.
  const kept = {
    get(name) { try { return JSON.parse(localStorage.getItem(`tpd:${name}`)); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(`tpd:${name}`, JSON.stringify(value)); } catch { /* cheio ou proibido */ } },
  };
  const REMEMBERED = ["key", "guess", "skipped", "closed", "done", "at", "chosen", "first", "ever", "saved",
    "text", "kept", "view"];

  // O modelo de que um explorável precisa: get, set, save_changes, on e off.
  function modelOf(state, saved) {
    const heard = {};
    return {
      get: (name) => state[name],
      set(name, value) {
        const given = typeof name === "string" ? { [name]: value } : name;
        for (const [one, fresh] of Object.entries(given)) {
          const changed = JSON.stringify(state[one]) !== JSON.stringify(fresh);
          state[one] = fresh;
          if (changed) (heard[`change:${one}`] || []).slice().forEach((listener) => listener());
        }
      },
      save_changes: () => saved(),
      on(name, listener) { (heard[name] = heard[name] || []).push(listener); },
      off(name, listener) { heard[name] = (heard[name] || []).filter((other) => other !== listener); },
    };
  }

  const fill = (text, guess) => text.replace("{guess}", guess);
  // O cartão de palpite: o que no notebook quem responde é o kernel.
  function answerGuess(model, { named, noted, closed, late }) {
    const guess = model.get("guess");
    const shown = guess === null ? "" : named[guess] ?? `${guess}`;
    if (model.get("closed")) return guess === null ? late : fill(closed, shown);
    if (model.get("skipped")) return "Tudo bem, sem palpite. O resultado está logo abaixo.";
    return guess === null ? "" : fill(noted, shown);
  }
  function verdictOf(found, guess) {
    if (guess === null || guess === undefined) return found.none;
    if (found.each) return found.each[guess];
    const away = Math.abs(guess - found.result);
    const text = away === 0 ? found.right : away <= found.within ? found.near : found.far;
    return fill(text, guess);
  }

  const load = (path) => new Promise((done, failed) => {
    const script = Object.assign(make("script"), { src: root.dataset.raiz + path, onload: done, onerror: failed });
    document.head.append(script);
  });
  // O modelo só vem quando alguém o pede; então, para todos os quadros da página.
  let coming = null;
  const bringModel = () => (coming ??= load("proprio.js").then(
    () => document.querySelectorAll(".proprio").forEach((one) => one.remove()),
    () => {
      coming = null;
      throw new Error("Não consegui ler o modelo (proprio.js), que fica ao lado da página.");
    }));

  const guesses = {};
  function bringAlive(place) {
    const { kind, mark, state, guess } = JSON.parse(find(place.dataset.estado).textContent);
    const name = `${root.dataset.pagina}:${place.dataset.nome}:${mark}:${place.dataset.estado}`;
    const saved = kept.get(name) || {};
    REMEMBERED.forEach((one) => { if (one in saved) state[one] = saved[one]; });
    const keep = () => kept.set(name, Object.fromEntries(
      REMEMBERED.filter((one) => one in state).map((one) => [one, state[one]])));
    const model = modelOf(state, () => {
      if (guess) model.set("said", answerGuess(model, guess));
      if (state.own?.box && state.asked.turn > state.answered) {
        bringModel().catch(({ message }) => model.set({ message, answered: state.asked.turn }));
      }
      keep();
    });
    if (guess) {
      guesses[guess.id] = { model, told: guess, keep };
      state.said = answerGuess(model, guess);
    }
    place.replaceChildren(); // o retrato cede o lugar
    window.tpd[kind]().render({ model, el: place });
    if (state.own?.scene) offerOwnText(place);
    // A caixa de texto destes quadros pede ao Python que desenhe.
    const box = place.querySelector(".tpd-live");
    if (box) {
      const link = make("a", "no JupyterLab");
      link.href = `${root.dataset.raiz}abrir.html`;
      box.replaceChildren("Um texto seu, neste quadro, só ", link, ".");
    }
  }

  function offerOwnText(place) {
    const button = make("button", "escrever um texto seu (traz o modelo, 4 MB)");
    button.type = "button";
    button.className = "proprio";
    button.addEventListener("click", () => {
      button.disabled = true;
      bringModel().catch(({ message }) => button.replaceWith(make("p", message)));
    });
    place.after(button);
  }

  // O resultado espera o palpite: quem quer ver antes aperta e vê.
  function closeUntilGuess(box) {
    const id = box.dataset.palpite;
    const card = guesses[id];
    if (!card) return;
    const { model, told, keep } = card;
    const verdict = box.querySelector(".resultado");
    const stored = box.querySelector(".vereditos");
    const button = make("button");
    button.type = "button";
    const label = () => {
      button.textContent = model.get("guess") === null && !model.get("skipped")
        ? "ver o resultado sem palpite" : "ver o resultado";
    };
    const paint = () => {
      const open = model.get("closed");
      box.classList.toggle("fechado", !open);
      button.hidden = open;
      label();
      if (open && verdict) verdict.innerHTML = verdictOf(JSON.parse(stored.textContent), model.get("guess"));
    };
    button.addEventListener("click", () => {
      model.set("closed", true);
      model.set("said", answerGuess(model, told));
      keep();
      box.tabIndex = -1;
      box.focus({ preventScroll: true });
    });
    model.on("change:closed", paint);
    model.on("change:guess", label);
    model.on("change:skipped", label);
    const above = box.previousElementSibling;
    if (!above || above.dataset.palpite !== id) box.prepend(button);
    paint();
  }

  function themes() {
    const button = find("tema");
    const isDark = () => root.dataset.tema === "escuro";
    const paint = () => {
      button.title = isDark() ? "tema claro" : "tema escuro";
      button.setAttribute("aria-label", button.title);
    };
    button.addEventListener("click", () => {
      root.dataset.tema = isDark() ? "claro" : "escuro";
      try { localStorage.setItem("tpd:tema", root.dataset.tema); } catch { /* só não lembra */ }
      paint();
    });
    paint();
  }

  // A aula só vem quando alguém projeta: primeiro o programa, depois as notas desta lição.
  function projector() {
    const button = find("projetar");
    if (!button) return;
    const start = async () => {
      try {
        if (!window.tpdAula) {
          await load("aula.js");
          document.head.append(make("style", window.tpdAula.style));
          await load(`notas/${root.dataset.pagina}.js`);
        }
        window.tpdAula.enter();
      } catch {
        button.replaceWith(make("p", "Não consegui ler a aula (aula.js e notas), que fica ao lado da página."));
      }
    };
    button.addEventListener("click", start);
    if (new URLSearchParams(location.search).has("aula")) start();
  }

  function glossary() {
    const entry = find("verbete");
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.termo");
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      find("verbete-nome").textContent = link.textContent;
      find("verbete-texto").textContent = link.dataset.termo;
      find("verbete-mais").href = link.href;
      entry.showModal();
    });
    [entry, find("busca")].forEach((dialog) => dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    }));
  }

  // Busca: cada palavra precisa estar na seção, com ou sem acento; no título vale mais.
  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  function search() {
    const dialog = find("busca");
    const input = find("procurado");
    const list = find("achados");
    const told = find("achados-frase");
    let entries = null;
    const open = () => {
      if (entries) return;
      entries = [];
      load("busca.js").then(() => {
        entries = window.tpdBusca.map((row) => ({ row, title: fold(row[3]), text: fold(row[4]) }));
        look();
      });
    };
    const count = (text, word) => {
      const starts = new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "gu");
      return (text.match(starts) || []).length;
    };
    const snippet = (text, words) => {
      const plain = fold(text);
      const at = Math.max(0, plain.indexOf(words[0]) - 60);
      const found = make("p");
      let shown = (at ? "…" : "") + text.slice(at, at + 180);
      const where = fold(shown).indexOf(words[0]);
      // Um acento some ao dobrar; com o mesmo tamanho, as posições são as mesmas.
      if (where < 0 || fold(shown).length !== shown.length) { found.textContent = shown; return found; }
      const mark = make("mark", shown.slice(where, where + words[0].length));
      found.append(shown.slice(0, where), mark, shown.slice(where + words[0].length), "…");
      return found;
    };
    const look = () => {
      const words = fold(input.value).split(/\s+/).filter((word) => word.length > 1);
      list.replaceChildren();
      if (!words.length || !entries.length) { told.textContent = ""; return; }
      const found = entries.map((entry) => {
        const each = words.map((word) => 12 * count(entry.title, word) + count(entry.text, word));
        return { entry, score: each.includes(0) ? 0 : each.reduce((sum, n) => sum + Math.min(n, 20), 0) };
      }).filter(({ score }) => score).sort((a, b) => b.score - a.score);
      told.textContent = found.length ? `${found.length} ${found.length > 1 ? "seções" : "seção"}.` : "Nada com essas palavras.";
      list.append(...found.slice(0, 12).map(({ entry: { row: [stem, anchor, page, title, text] } }) => {
        const item = make("li");
        const link = make("a", title === page ? page : `${page}: ${title}`);
        link.href = `${root.dataset.raiz}${stem}.html#${anchor}`;
        link.addEventListener("click", () => dialog.close());
        item.append(link, snippet(text, words));
        return item;
      }));
    };
    input.addEventListener("input", () => { open(); look(); });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    find("abrir-busca").addEventListener("click", () => { open(); dialog.showModal(); input.select(); });
  }

  document.querySelectorAll(".vivo").forEach(bringAlive);
  document.querySelectorAll(".depois").forEach(closeUntilGuess);
  const contents = document.querySelector(".sumario details");
  if (contents && matchMedia("(min-width: 76rem)").matches) contents.open = true;
  themes();
  glossary();
  search();
  // Os exploráveis mudam a altura da página depois que o navegador já foi à âncora.
  if (location.hash) {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    if (target) target.scrollIntoView();
  }
  // O que rola para o lado recebe o foco: quem usa só o teclado rola com as setas.
  const scrollers = [...document.querySelectorAll("pre, .larga, .formula")];
  const reach = () => {
    const over = scrollers.map((one) => one.scrollWidth > one.clientWidth);
    scrollers.forEach((one, i) => { if (over[i]) one.tabIndex = 0; else one.removeAttribute("tabindex"); });
  };
  setTimeout(reach);
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  root.classList.add("pronta");
  projector();
})();
