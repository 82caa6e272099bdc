"""Exercícios que sabem o que deu errado: enunciado, conferência, dicas e progresso."""
