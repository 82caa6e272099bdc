// Mesa de teste: os quadros do folheador e, embaixo, o que só existe ao vivo.

function themeName() {
  const { jpThemeName, jpThemeLight } = document.body.dataset;
  if (jpThemeName) return jpThemeName;
  return jpThemeLight === "false" ? "escuro" : "não identificado";
}

function render({ model, el }) {
  const stop = renderFlipper({ model, el });
  const box = make("div", "tpd-facts");
  const theme = make("p");
  const paint = () => { theme.textContent = `Tema: ${themeName()}. Versões: ${model.get("versions")}.`; };
  box.append(
    theme,
    make("p", "", "Teclado: Tab passa de um controle ao outro; ← e → movem a barra; Espaço aperta o botão; no desenho, as setas andam de casa em casa e Enter vai; Esc volta ao notebook."),
  );
  el.append(box);
  paint();
  // O tema pode mudar com a mesa aberta.
  const watcher = new MutationObserver(paint);
  watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  return () => { watcher.disconnect(); stop(); };
}

export default { render };
