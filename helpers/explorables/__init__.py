"""Exploráveis: controles viram estado, e cada estado tem um quadro já desenhado em Python."""
