// Caixa de texto sobre o folheador: Enter ou "Ver" pede ao kernel os quadros do texto.

const SLOW_MS = 300;
const DEAD_MS = 5000;

function render({ model, el }) {
  const stop = renderFlipper({ model, el });
  const box = make("div", "tpd-live");
  const label = make("label", "tpd-name", "Seu texto");
  const input = make("input", "tpd-text");
  const button = make("button", "", "Ver");
  const status = make("p", "tpd-status");
  const row = make("div", "tpd-row tpd-write");
  input.type = "text";
  input.id = freshId();
  input.spellcheck = false;
  input.autocomplete = "off";
  input.maxLength = model.get("limit");
  label.htmlFor = input.id;
  status.setAttribute("role", "status");
  row.append(label, input, button);
  box.append(row, status);
  el.querySelector(".tpd-tools").prepend(box);

  let timers = [];
  let turn = 0;
  const quiet = () => { timers.forEach(clearTimeout); timers = []; };
  const settle = () => { status.textContent = model.get("note"); };
  // A resposta a um texto não pode apagar o que já se digita depois dele.
  const paintText = () => { if (!input.matches(":focus")) input.value = model.get("text"); };

  const ask = () => {
    quiet();
    turn = Date.now();
    timers = [
      setTimeout(() => { status.textContent = "calculando…"; }, SLOW_MS),
      setTimeout(() => {
        status.textContent = "O kernel não respondeu. Os quadros de antes continuam; para ver um "
          + "texto novo, reinicie o kernel e execute a célula de novo.";
      }, DEAD_MS),
    ];
    model.set("asked", { turn, text: input.value });
    model.save_changes();
  };
  const hear = () => {
    if (model.get("answered") !== turn) return;
    quiet();
    settle();
  };
  button.addEventListener("click", ask);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") ask(); });
  input.addEventListener("input", () => {
    const limit = model.get("limit");
    if (input.value.length >= limit) status.textContent = `A caixa aceita até ${limit} caracteres.`;
  });
  paintText();
  settle();
  const deaf = listen(model, { answered: hear, text: paintText, note: settle });
  return () => { quiet(); deaf(); stop(); };
}

export default { render };
