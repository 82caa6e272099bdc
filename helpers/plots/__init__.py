"""Desenhos puros: números entram, figura ou texto SVG sai."""
