"""Partes da gramática de histórias: léxico, frases, estado, atos, leitura e conferência."""
