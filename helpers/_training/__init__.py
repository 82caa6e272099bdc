"""Peças internas do treino: lotes, otimizadores, o estado que se guarda, textos e receitas."""
