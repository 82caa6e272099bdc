"""Um explorável sozinho numa página vazia, sem JupyterLab e sem kernel."""

import json

from helpers.explorables.kit.own_page import page_script

# O mínimo que um explorável espera do modelo: get, set, save_changes, send, on e off.
MODEL = """
window.leaks = [];
document.addEventListener("keydown", (event) => window.leaks.push(event.key));
window.mount = async ([source, given]) => {
  const heard = {}, state = JSON.parse(given);
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      const given = typeof name === "string" ? {[name]: value} : name;
      for (const [key, fresh] of Object.entries(given)) {
        const changed = JSON.stringify(state[key]) !== JSON.stringify(fresh);
        state[key] = fresh;
        if (changed) (heard[`change:${key}`] || []).forEach((listener) => listener());
      }
    },
    save_changes: () => {},
    send: () => {},
    on: (name, listener) => { (heard[name] = heard[name] || []).push(listener); },
    off: (name, listener) => { heard[name] = heard[name].filter((other) => other !== listener); },
  };
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const stop = (await import(url)).default.render({model, el: document.getElementById("root")});
  Object.assign(window, {
    model,
    stop: () => { stop(); return Object.values(heard).flat().length; },
  });
};
"""

# As cores do JupyterLab escuro; no claro nada se define, e valem as de reserva.
DARK = {
    "--jp-ui-font-color1": "rgba(255, 255, 255, .87)",
    "--jp-ui-font-color2": "rgba(255, 255, 255, .54)",
    "--jp-layout-color0": "#111111",
    "--jp-layout-color1": "#212121",
    "--jp-layout-color2": "#424242",
    "--jp-border-color1": "#616161",
    "--jp-brand-color1": "#2196f3",
}


def give_model(page):
    """Põe na página o modelo do curso, como a página sem kernel o traz."""
    if not page.evaluate("() => Boolean(window.tpdOwn?.ready)"):
        page.evaluate(page_script())


def paint(page, dark):
    """Troca as cores da página, sem montar o explorável de novo.

    Parâmetros:
        dark: se as cores são as do JupyterLab escuro.
    """
    page.evaluate(
        """([colors, dark]) => {
          for (const [name, value] of Object.entries(colors)) {
            document.documentElement.style.setProperty(name, dark ? value : "");
          }
          document.body.style.background = dark ? "#111111" : "#ffffff";
        }""",
        [DARK, dark],
    )


def mount(page, widget):
    """Monta um explorável numa página vazia e clara.

    Parâmetros:
        widget: o explorável, como sai da função que o faz.
    """
    page.evaluate("() => { if (window.model) window.stop(); }")  # o anterior não fica à escuta
    page.set_content(
        "<!doctype html><style>body { margin: 0; background: #ffffff; }"
        f"{widget._css}</style><div id='root'></div>"
    )
    page.add_script_tag(content=MODEL)
    state = {k: v for k, v in widget.get_state().items() if not k.startswith("_")}
    # Num texto só: o Playwright percorre, valor por valor, tudo o que não é texto.
    page.evaluate("(given) => window.mount(given)", [widget._esm, json.dumps(state)])
