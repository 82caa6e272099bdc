"""Peças internas de `helpers.bpe`: treino rápido, codificação e arquivos."""
