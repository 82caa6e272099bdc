// Peças comuns aos cartões de palpite e de quiz.

// O HTML vem pronto do Python, já escapado: só traz <code>, <strong> e <br>.
function rich(tag, className, markup) {
  const node = make(tag, className);
  node.innerHTML = markup;
  return node;
}

// Região viva: lida em voz alta quando o texto muda.
function liveRegion(className) {
  const node = make("div", className);
  node.setAttribute("role", "status");
  node.setAttribute("aria-live", "polite");
  return node;
}

function button(text, onClick, className = "") {
  const node = make("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}
