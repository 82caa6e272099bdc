"""O que todo explorável usa: quadros, controles, texto vivo, figura parada e teclas."""
