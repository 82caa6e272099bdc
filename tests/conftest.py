"""Condições comuns a todos os testes: semente fixa e nada de rede."""

import random

import pytest

SEED = 20


@pytest.fixture(scope="session", autouse=True)
def only_this_machine():
    """Bloqueia, no próprio processo dos testes, qualquer conexão para fora."""
    from helpers.cli.no_network import block

    block()


@pytest.fixture(autouse=True)
def fixed_seed():
    """Fixa o sorteio da biblioteca padrão; quem usa torch ou numpy passa a própria semente."""
    random.seed(SEED)


@pytest.fixture
def progress_file(tmp_path, monkeypatch):
    """Dá a cada teste um arquivo de progresso só seu."""
    path = tmp_path / "progresso.json"
    monkeypatch.setenv("TRANSFORMERS_POR_DENTRO_PROGRESSO", str(path))
    return path
