"""Peças internas de `helpers.sampling`: equações, mensagens e o laço que escreve."""
