"""As partes de `helpers.heads`: pesos, notas, relações, ablação e escritas."""
