"""Comandos do curso: `python -m helpers abrir | testar | verificar | executar`."""
