"""De quem é o ambiente, o que falta nele, e o que nunca se apaga sem pedir."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.cli import bootstrap, environment, installer, preflight
from helpers.cli.console import CliError

ROOT = Path(__file__).resolve().parents[1]
OWN = f".venv-{environment.SYSTEM}"


@pytest.fixture
def project(tmp_path):
    """Um projeto de mentira, sem ambiente."""
    root = tmp_path / "curso"
    for name in (*preflight.REQUIRED_FILES, "tests/requirements.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


def made_here(root, **changes):
    """Faz um ambiente de mentira, marcado pelo curso; `changes` altera a marca."""
    (root / ".venv").mkdir(exist_ok=True)
    environment.write_marker(root)
    python = environment.venv_python(root)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    site = environment.site_packages(root)
    package(site, "pip", "pip/__main__.py")
    package(site, "torch", "torch/__init__.py", "torch/lib/libtorch.so", "../../../bin/torchrun")
    package(site, "tqdm", "tqdm.py")
    environment.write_marker(root, "estudo")
    path = root / ".venv" / environment.MARKER
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")
    return site


def package(site, name, *files):
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).touch()


def snapshot(folder):
    return {path: path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


# ---------------------------------------------------------------- de quem é


def windows(folder):
    (folder / ("bin" if os.name == "nt" else "Scripts")).mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = C:\\Python313\nversion = 3.13.1\n")


def uv(folder):
    (folder / "bin").mkdir(parents=True)
    (folder / "Scripts").mkdir()
    numbers = ".".join(map(str, sys.version_info[:3]))
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nuv = 0.9\nversion_info = {numbers}\n")


def conda(folder):
    for name in ("bin", "Scripts", "conda-meta"):
        (folder / name).mkdir(parents=True)
    environment._python(folder).touch()


def other_python(folder):
    conda(folder)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.1\n")
    pip = environment._site(folder) / "pip"
    pip.mkdir(parents=True)
    (pip / "__main__.py").touch()


def other_computer(folder):
    root = folder.parent
    made_here(root, maquina="outra", pasta=os.fsencode("/outro/curso").hex())


def other_system(folder):
    made_here(folder.parent, sistema="macos-arm64")


@pytest.mark.parametrize(
    "make",
    [windows, uv, conda, other_python, other_computer, other_system],
    ids=lambda f: f.__name__,
)
def test_what_is_not_ours_is_never_erased(make, project, monkeypatch):
    make(project / ".venv")
    before = snapshot(project / ".venv")
    assert environment.venv_dir(project).name == OWN
    plan = environment.plan(project, "estudo")
    assert plan.action == "criar"
    assert plan.reason.startswith("a pasta .venv ")
    assert plan.reason.endswith(": fica como está")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, b""))
    installer.create_venv(project)
    assert snapshot(project / ".venv") == before
    assert (project / OWN / environment.MARKER).is_file()
    assert environment.venv_dir(project).name == OWN, "daí em diante, é sempre a mesma"


def test_file_in_the_place_of_the_folder_is_not_erased(project, monkeypatch):
    """Há quem guarde num arquivo `.venv` o nome do ambiente que usa."""
    (project / ".venv").write_text("curso-de-outro", encoding="utf-8")
    plan = environment.plan(project, "estudo")
    assert (plan.action, environment.venv_dir(project).name) == ("criar", OWN)
    installer._clear(project, environment.venv_dir(project))
    assert (project / ".venv").read_text(encoding="utf-8") == "curso-de-outro"


@pytest.mark.parametrize("packages", [5, None, [["a"]], {"a": 1}, "abc"], ids=repr)
def test_marker_with_odd_values_does_not_stop_anything(packages, project):
    made_here(project, pacotes=packages)
    assert environment.plan(project, "estudo").action == "pronto"


def test_marker_nested_too_deep_is_no_marker(project):
    made_here(project)
    (project / ".venv" / environment.MARKER).write_text("[" * 100_000)
    assert environment.plan(project, "estudo").action == "criar"


def test_record_that_is_not_a_folder_is_forgotten_too(project):
    site = made_here(project)
    for name in ("arquivo-1.0.dist-info", "~ip-1.0.dist-info"):
        (site / name).touch()
    (site / "atalho-1.0.dist-info").symlink_to("torch-1.0.dist-info")
    lost = ("arquivo", "atalho", "~ip")
    environment.forget(project, lost)
    assert not set(lost) & {path.name.split("-")[0] for path in site.iterdir()}
    assert (site / "torch-1.0.dist-info" / "RECORD").exists(), "o alvo do atalho fica"


def test_project_file_with_marks_of_conflict_is_told(project):
    made_here(project)
    (project / "pyproject.toml").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    with pytest.raises(CliError, match="marcas de conflito"):
        environment.plan(project, "estudo")


def test_environment_already_made_beside_another_goes_on_being_used(project):
    made_here(project)
    (project / OWN).mkdir()
    (project / OWN / environment.MARKER).write_text("{}")
    assert environment.venv_dir(project).name == OWN


def test_environment_made_by_hand_for_a_folder_that_moved_is_left_alone(project):
    made_here(project, origem=environment.BY_HAND)
    numbers = ".".join(map(str, sys.version_info[:3]))
    (project / ".venv" / "pyvenv.cfg").write_text(f"version = {numbers}\n")
    assert environment.venv_dir(project).name == ".venv"
    made_again = json.loads((project / ".venv" / environment.MARKER).read_text("utf-8"))
    made_again["pasta"] = os.fsencode(project.parent / "antes").hex()
    (project / ".venv" / environment.MARKER).write_text(json.dumps(made_again), "utf-8")
    assert environment.venv_dir(project).name == OWN


def test_half_made_environment_is_ours_and_is_remade(project, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        installer.create_venv(project)
    assert environment.venv_dir(project).name == ".venv"
    assert "pela metade" in environment.plan(project, "estudo").reason


def test_environment_made_by_hand_that_breaks_is_not_erased(project, monkeypatch):
    other_python(project / ".venv")
    numbers = ".".join(map(str, sys.version_info[:3]))
    (project / ".venv" / "pyvenv.cfg").write_text(f"version = {numbers}\n")
    assert "feito à mão" in environment.plan(project, "estudo").reason
    monkeypatch.setattr(bootstrap, "check_machine", lambda root: None)
    monkeypatch.setattr(installer, "pip_install", lambda *_: [])
    monkeypatch.setattr(installer, "install_torch_cpu", lambda *_: True)
    monkeypatch.setattr(installer, "confirm", lambda root: [{"name": "torch", "detail": "quebrou"}])
    for _ in range(2):
        with pytest.raises(CliError, match="torch não funciona: quebrou") as told:
            bootstrap.prepare(project, "estudo")
        assert "foi feito à mão" in told.value.next_step
        assert environment.venv_dir(project).name == ".venv"


@pytest.mark.skipif(os.name == "nt", reason="no Windows, criar links pede o modo de desenvolvedor")
def test_link_to_another_disk_stays_a_link(project, tmp_path, monkeypatch):
    (tmp_path / "outro disco").mkdir()
    (project / ".venv").symlink_to(tmp_path / "outro disco")
    made_here(project)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, b""))
    installer.create_venv(project)
    assert (project / ".venv").is_symlink()
    assert [path.name for path in (tmp_path / "outro disco").iterdir()] == [
        environment.MARKER,
        "tmp",
    ]


def test_same_folder_by_another_name_has_not_moved(project):
    made_here(project)
    assert environment.plan(project, "estudo").action == "pronto"
    marker = json.loads((project / ".venv" / environment.MARKER).read_text("utf-8"))
    again = project / "helpers" / ".." / "."
    (project / "helpers").mkdir()
    for before in (os.fsencode(again).hex(), str(project)):
        text = json.dumps(marker | {"pasta": before})
        (project / ".venv" / environment.MARKER).write_text(text, "utf-8")
        assert environment.plan(project, "estudo").action == "pronto"


@pytest.mark.skipif(os.name == "nt", reason="no Windows, os nomes de arquivo são sempre UTF-8")
def test_language_of_the_terminal_does_not_move_the_folder(tmp_path):
    root = tmp_path / "Área de Trabalho" / "curso"
    shutil.copytree(ROOT / "helpers" / "cli", root / "helpers" / "cli")
    shutil.copy(ROOT / "helpers" / "__init__.py", root / "helpers")
    code = (
        "from helpers.cli import environment as e\n"
        "import sys\n"
        "(e.ROOT / '.venv').mkdir(exist_ok=True)\n"
        "if sys.argv[1] == 'grava': e.write_marker(e.ROOT)\n"
        "print(sys.getfilesystemencoding(), e._moved(e.read_marker(e.ROOT), e.ROOT))"
    )
    said = []
    for step, variables in (
        ("grava", {"PYTHONUTF8": "1"}),
        ("lê", {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
    ):
        done = subprocess.run(
            [
                sys.executable,
                "-S",
                "-c",
                code,
                step,
            ],  # sem o `.pth` do ambiente, que o próprio Python lê
            env={**os.environ, **variables},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout.split())
    assert said[0] == ["utf-8", "False"]
    assert said[1][1] == "False"


# ---------------------------------------------------------------- o que se perdeu


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        (lambda site: shutil.rmtree(site / "torch"), ("torch",)),
        (lambda site: (site / "torch" / "lib" / "libtorch.so").unlink(), ("torch",)),
        (lambda site: (site / "tqdm.py").unlink(), ("tqdm",)),
        (lambda site: (site / "torch-1.0.dist-info" / "RECORD").unlink(), ("torch",)),
        (lambda site: shutil.rmtree(site / "tqdm-1.0.dist-info"), ("tqdm",)),
    ],
    ids=["pasta", "antivírus", "módulo", "RECORD", "pacote inteiro"],
)
def test_lost_package_is_put_back(damage, lost, project):
    site = made_here(project)
    assert environment.plan(project, "estudo").action == "pronto"
    damage(site)
    plan = environment.plan(project, "estudo")
    assert (plan.action, plan.lost) == ("instalar", lost)
    assert f"sumiram arquivos de {lost[0]}" in plan.reason
    environment.forget(project, plan.lost)
    assert lost[0] not in environment.installed_versions(site), "o pip o põe de novo"
    assert "pip" in environment.installed_versions(site)


def test_what_is_outside_or_added_by_the_student_does_not_count(project):
    site = made_here(project)
    (site / "../../../bin/torchrun").unlink()
    package(site, "emoji", "emoji/__init__.py")
    assert environment.plan(project, "estudo").action == "pronto"


def test_many_lost_packages_are_counted(project):
    site = made_here(project)
    for name in ("a", "b", "c"):
        package(site, name, f"{name}/__init__.py")
        shutil.rmtree(site / name)
    assert "sumiram arquivos de a, b, c; reponho" in environment.plan(project, "estudo").reason
    (site / "tqdm.py").unlink()
    assert "de a, b, c e mais 1; reponho" in environment.plan(project, "estudo").reason


def test_pins_are_the_version_and_not_what_comes_after_it(tmp_path):
    path = tmp_path / "requirements.txt"
    lines = ["-e .", "# a==1", "Torch_x == 2.1  # por quê", "b==3; python_version < '3.12'", "c>=4"]
    path.write_text("\n".join(lines))
    assert environment.pins(path) == {"Torch_x": "2.1", "b": "3"}


def test_lost_pip_remakes_the_environment(project):
    site = made_here(project)
    shutil.rmtree(site / "pip")
    plan = environment.plan(project, "estudo")
    assert (plan.action, plan.reason) == ("criar", "o pip do ambiente se perdeu")


def test_repair_reinstalls_what_was_lost(project, monkeypatch, capsys):
    site = made_here(project)
    shutil.rmtree(site / "torch")
    monkeypatch.setattr(bootstrap, "check_machine", lambda root: None)
    monkeypatch.setattr(installer, "install_torch_cpu", lambda *_: True)
    monkeypatch.setattr(installer, "confirm", lambda root: [])
    seen = []
    monkeypatch.setattr(
        installer, "pip_install", lambda *_: seen.append(environment.installed_versions(site))
    )
    bootstrap.prepare(project, "estudo")
    assert [sorted(versions) for versions in seen] == [["pip", "tqdm"]]
    assert "sumiram arquivos de torch" in capsys.readouterr().out


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="só root cria o que outro não pode ler"
)
def test_python_of_another_user_is_told(project, tmp_path):
    made_here(project)
    secret = tmp_path / "casa do professor"
    secret.mkdir()
    (secret / "python").touch()
    python = environment.venv_python(project)
    python.unlink()
    python.symlink_to(secret / "python")
    secret.chmod(0o700)
    with as_nobody(tmp_path), pytest.raises(CliError, match="não pode ler") as told:
        environment.plan(project, "estudo")
    assert "Python do sistema" in told.value.next_step


@contextlib.contextmanager
def as_nobody(folder):
    """Roda como um usuário comum, que entra em `folder` e não é dono de nada."""
    for path in (folder, *folder.parents):
        if path.stat().st_uid == 0 and path.parts[:2] == ("/", "tmp") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# ---------------------------------------------------------------- criar


@pytest.mark.skipif(os.name == "nt", reason="no Windows, o venv não cria links")
def test_disk_without_links_gets_copies(project, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    calls = []

    def run(command, **options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, b"")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(subprocess, "run", run)
    installer.create_venv(project)
    assert "--copies" in calls[0]
    assert (project / ".venv" / "lib64").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="no Windows, o venv não cria links")
def test_disk_with_links_uses_them(project, monkeypatch):
    calls = []

    def run(command, **options):
        calls.append((command, options["env"]))
        return subprocess.CompletedProcess(command, 0, b"")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("TMPDIR", "/pequena")
    installer.create_venv(project)
    ((command, variables),) = calls
    assert "--copies" not in command
    assert variables["TMPDIR"] == str(project / ".venv" / "tmp")


def test_environment_of_another_user_cannot_be_erased(project, monkeypatch):
    made_here(project)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(CliError, match=r"não consigo apagar o ambiente antigo \(\.venv\)"):
        installer.create_venv(project)
    assert environment.venv_dir(project).name == ".venv", "a marca ficou: ainda é nosso"


# ---------------------------------------------------------------- antes de criar


@pytest.mark.skipif(os.name == "nt", reason="no Windows, dois-pontos não cabem num nome")
def test_colon_in_the_path_is_told_before_anything(tmp_path):
    with pytest.raises(CliError, match=r"dois-pontos \(:\)") as told:
        preflight.check_folder_name(tmp_path / "aula:01" / "curso")
    assert "tire esse sinal" in told.value.next_step
    preflight.check_folder_name(tmp_path / "Área de Trabalho" / "curso [2026] 100% #1 & ç 😀")


def test_name_that_is_not_utf8_is_told(tmp_path):
    with pytest.raises(CliError, match="não estão em UTF-8"):
        preflight.check_folder_name(tmp_path / "\udce1rea")


@pytest.mark.parametrize("name", ["_ssl", "_ctypes", "zlib"])
def test_python_built_without_a_library_is_told(name, monkeypatch):
    real = preflight.importlib.util.find_spec
    monkeypatch.setattr(
        preflight.importlib.util, "find_spec", lambda n: None if n == name else real(n)
    )
    with pytest.raises(CliError, match=f"veio sem o módulo {name.strip('_')}") as told:
        preflight.check_modules((3, 13, 0))
    assert "libssl-dev" in told.value.next_step


def test_lost_certificate_names_the_variable(tmp_path):
    here = tmp_path / "escola.pem"
    here.touch()
    preflight.check_certificates({"PIP_CERT": str(here), "SSL_CERT_FILE": ""})
    with pytest.raises(CliError, match=r"SSL_CERT_FILE aponta .*: /nao/existe\.pem\.") as told:
        preflight.check_certificates({"PIP_CERT": str(here), "SSL_CERT_FILE": "/nao/existe.pem"})
    assert "unset SSL_CERT_FILE" in told.value.next_step
