"""Condições comuns a todos os testes: semente fixa e nada de rede."""

import gc
import os
import random
import time
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import HealthCheck, settings

SEED = 20
# Uma máquina ocupada muda a demora, nunca o veredito; e o mesmo código dá o mesmo veredito amanhã.
settings.register_profile(
    "curso", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("curso")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """O que a coleta cria (torch, milhares de testes) dura até o fim: o coletor não o percorre."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Põe o que vale para um teste inteiro, com as fixtures dele.

    As anotações são conferidas nos testes curtos; os longos e os de navegador chamam as mesmas
    funções, muitas vezes.
    Um explorável não lembra o que outro teste fez; um notebook, que não é um teste daqui, lembra.
    """
    is_long = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    jaxtyping.config.update("jaxtyping_disable", is_long)
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(item, pytest.Function):
            patch.setenv("TRANSFORMERS_POR_DENTRO_PROGRESSO", os.devnull)
        return (yield)


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


@pytest.fixture
def my_course(tmp_path, monkeypatch):
    """Dá a cada teste uma pasta de quem estuda só sua, fora do diretório atual."""
    path = tmp_path / "de quem estuda" / "meu_curso"
    path.mkdir(parents=True)
    monkeypatch.setenv("TRANSFORMERS_POR_DENTRO_MEU_CURSO", str(path))
    return path


@pytest.fixture(scope="session")
def course_site(tmp_path_factory):
    """O curso como página, com as folhas de exercícios: feito uma vez, para todos os processos."""
    from helpers.files import try_lock
    from helpers.page import site

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "página do curso"
    with open(shared / "pagina.tranca", "w") as lock:
        while not try_lock(lock.fileno()):
            time.sleep(0.2)
        if not (folder / site.MARK).exists():
            root = Path(__file__).resolve().parents[1]
            site.write_folder(folder, site.make(root, sheets=True, told=lambda title: None))
    return folder
