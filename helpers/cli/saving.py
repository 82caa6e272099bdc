"""Ao salvar e ao abrir, troca a vista de cada widget pela figura e pela frase que estão ao lado.

É uma extensão do servidor do Jupyter: `conf/jupyter_server.json` a liga em todo `jupyter lab`
deste ambiente. A página aberta não é tocada, e o que mais alguém tenha ligado ao salvamento
continua rodando. Fora do servidor (noutro editor, por exemplo) ela não age.
"""

import inspect

VIEW = "application/vnd.jupyter.widget-view+json"


def clean(model=None, **_) -> None:
    """Tira, de um notebook que vai para o disco ou que vem dele, o que só vale com o kernel vivo.

    Uma saída que só tem a vista fica como está: sem ela, a célula pareceria nunca ter rodado. Serve
    de `pre_save_hook`.

    Parâmetros:
        model: o que o Jupyter guarda; só notebooks são alterados, no lugar.
    """
    content = model.get("content") if isinstance(model, dict) else None
    if not isinstance(content, dict) or model.get("type") != "notebook":
        return
    only_views = False
    for data in _data_of_outputs(content):
        if VIEW in data and len(data) > 1:
            del data[VIEW]
        only_views |= VIEW in data
    metadata = content.get("metadata")
    if isinstance(metadata, dict) and not only_views:
        metadata.pop("widgets", None)


def _data_of_outputs(content):
    for cell in content.get("cells") or ():
        for output in cell.get("outputs") or ():
            data = output.get("data")
            if isinstance(data, dict):
                yield data


def _clean_on_opening(manager) -> None:
    """Faz um arquivo salvo antes desta extensão abrir já limpo."""
    read = manager.get

    def cleaned(model):
        try:
            clean(model)
        except Exception:  # um arquivo estranho abre como está
            manager.log.warning("a limpeza ao abrir falhou", exc_info=True)
        return model

    async def get_later(*args, **options):
        return cleaned(await read(*args, **options))

    def get_now(*args, **options):
        return cleaned(read(*args, **options))

    manager.get = get_later if inspect.iscoroutinefunction(read) else get_now


def _trust_what_shows_nothing(manager) -> None:
    """Sem saídas não há em que desconfiar: uma lição recém-entregue abre sem aviso no terminal."""
    judge = manager.mark_trusted_cells

    def mark(notebook, path=""):
        cells = notebook.get("cells", ())
        if any(cell.get("outputs") for cell in cells):
            judge(notebook, path)
        else:
            manager.notary.mark_cells(notebook, True)

    manager.mark_trusted_cells = mark


def _jupyter_server_extension_points():
    return [{"module": "helpers.cli.saving"}]


def _load_jupyter_server_extension(server):
    server.contents_manager.register_pre_save_hook(clean)
    _clean_on_opening(server.contents_manager)
    _trust_what_shows_nothing(server.contents_manager)
