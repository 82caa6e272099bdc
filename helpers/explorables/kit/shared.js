// Peças comuns a todos os explorables. Vêm antes do código de cada um.

// Teclas digitadas num explorável não podem chegar ao notebook: ali "b" cria célula e "dd" apaga.
// Passam as que o JupyterLab precisa ouvir: atalhos com Ctrl/Cmd/Alt, Tab, Esc e Shift+Enter.
function isolateKeys(el) {
  const keep = (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey || altKey || key === "Tab" || (shiftKey && key === "Enter")) return;
    // Sai do explorável: o foco volta à célula, e as teclas voltam a ser do notebook.
    if (key === "Escape") el.closest(".jp-Cell")?.focus();
    else event.stopPropagation();
  };
  ["keydown", "keypress"].forEach((name) => el.addEventListener(name, keep));
}

// Cria um elemento com classe e texto. O texto entra por textContent: nunca vira marcação.
function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

// Identificador novo a cada vista: duas vistas do mesmo explorável não dividem nomes.
let viewsMade = 0;
function freshId() {
  viewsMade += 1;
  return `tpd-${viewsMade}-${Math.random().toString(36).slice(2, 8)}`;
}

// Diz a quem ouve o que um elemento é e como se chama, ou que elemento lhe dá o nome.
function tell(node, role, name, how = "aria-label") {
  node.setAttribute("role", role);
  node.setAttribute(how, name);
}

// Prepara a raiz: classe, nome acessível e teclas isoladas.
function prepareRoot(model, el) {
  el.classList.add("tpd-ex");
  tell(el, "group", model.get("label"));
  isolateKeys(el);
}

// Escuta traits e devolve a função que desliga tudo, para render() devolver.
function listen(model, handlers) {
  const pairs = Object.entries(handlers).map(([name, fn]) => [`change:${name}`, fn]);
  pairs.forEach(([name, fn]) => model.on(name, fn));
  return () => pairs.forEach(([name, fn]) => model.off(name, fn));
}
