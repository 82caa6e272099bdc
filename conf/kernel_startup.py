# Roda em todo kernel do ambiente, antes da primeira célula. Não deixa nome nenhum no notebook,
# e um defeito aqui nunca impede um notebook de rodar.
try:  # noqa: SIM105
    __import__("helpers.cli.missing_name", fromlist=["install"]).install(
        __import__("IPython").get_ipython()
    )
except Exception:
    pass
