"""Ninguém espera: a resposta que não acaba é parada, e se diz onde e por quê."""

import builtins
import itertools
import os
import signal
import sys
import threading
import time

import pytest
from effort import calls

from helpers.exercises import patience, stuck
from helpers.exercises.patience import Heard, Patience
from helpers.exercises.stuck import AskedForInput, Stopped

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limite do Linux")


def forgets(items):
    i = 0
    while i < len(items):
        pair = items[i]
    return pair


def backwards(n):
    while n > 0:
        n += 1


def for_ever(*_):
    while True:
        time.perf_counter()


def grows_while_walked(items):
    for item in items:
        items.append(item)


def sleeps(*_):
    time.sleep(60)


def waits(*_):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def doubles(n):
    return 1 if n < 2 else doubles(n - 1) + doubles(n - 2)


def calls_a_busy_helper(*_):
    def helper():
        k = 0
        while k < 5_000:
            k += 1

    while True:
        helper()


def _busy():
    for _ in range(2_000):
        pass


def swallows_once(*_):
    try:
        for_ever()
    except:  # noqa: E722
        return "acabei"


def swallows_always(*_):
    while True:
        try:  # noqa: SIM105
            _busy()
        except:  # noqa: E722
            pass


def swallows_twice(*_):
    while True:
        try:
            try:
                _busy()
            except:  # noqa: E722
                _busy()
            finally:
                _busy()
        except BaseException:
            pass


def never_lets_go(*_):
    while True:
        try:
            _busy()
        finally:
            continue  # noqa: B012


ENDLESS = [
    forgets,
    for_ever,
    sleeps,
    waits,
    swallows_once,
    swallows_always,
    swallows_twice,
    never_lets_go,
]


def stop(function, *args, **limits):
    limits = {"case_seconds": 0.3, **limits}
    with Patience(function.__code__, **limits) as watch, pytest.raises(Stopped):
        watch.run(Heard(), function, *args)
    return watch.stop


@pytest.mark.parametrize("function", ENDLESS)
def test_endless_answer_is_stopped_and_nothing_stays_changed(function):
    before = (signal.getsignal(signal.SIGINT), sys.gettrace(), builtins.input, sys.stdout)
    limit, threads = sys.getrecursionlimit(), threading.active_count()
    assert stop(function, [1]).reason == "tempo"
    assert before == (signal.getsignal(signal.SIGINT), sys.gettrace(), builtins.input, sys.stdout)
    assert (sys.getrecursionlimit(), threading.active_count()) == (limit, threads)
    assert sum(range(10**5)), "nenhuma interrupção chega atrasada"


@pytest.mark.parametrize("function", [f for f in ENDLESS if f not in (sleeps, waits)])
def test_endless_answer_is_stopped_outside_the_main_thread_too(function):
    found = []
    worker = threading.Thread(target=lambda: found.append(stop(function, [1])))
    worker.start()
    worker.join(20)
    assert [stopped.reason for stopped in found] == ["tempo"]


@pytest.mark.parametrize(
    ("function", "argument", "source", "advice"),
    [
        (forgets, [1], "while i < len(items)", "Falta fazer `i` crescer?"),
        (backwards, 1, "while n > 0", "`n` muda em toda volta, e no sentido certo?"),
        (for_ever, 1, "while True", "Falta um `break` ou um `return` que se alcance?"),
        (calls_a_busy_helper, 1, "while True", "Falta um `break` ou um `return` que se alcance?"),
        (grows_while_walked, [1], "for item in items", "`items` cresce enquanto é percorrida?"),
        (doubles, 60, "return 1 if n < 2 else doubles(n - 1) + doubles(n - 2)", "`doubles` chama"),
        (sleeps, 1, "time.sleep(60)", ""),
    ],
)
def test_stop_names_the_line_and_the_likely_variable(function, argument, source, advice):
    found = stop(function, argument, growth=1 << 40)
    assert found.source == source
    assert found.advice.startswith(advice)
    first = function.__code__.co_firstlineno
    assert first < found.line < first + 12


@pytest.mark.parametrize(
    ("loop", "advice"),
    [
        ("while i != n:\n    x = i", "Falta fazer `i` crescer?"),
        ("while n > i:\n    x = i", "Falta fazer `n` diminuir?"),
        ("while 10 > i:\n    x = 1", "Falta fazer `i` crescer?"),
        ("while queue:\n    x = queue[0]", "Falta fazer `queue` mudar?"),
        ("while queue:\n    queue.pop(0)", "`queue` muda em toda volta, e no sentido certo?"),
        ("while table[0]:\n    table[0] = 1", "`table` muda em toda volta, e no sentido certo?"),
        ("while len(xs) < n:\n    xs = xs + [1]", "`xs` muda em toda volta, e no sentido certo?"),
        ("while time.time() < end:\n    pass", "Falta fazer `end` diminuir?"),
    ],
)
def test_likely_variable_comes_from_the_condition(loop, advice):
    import ast

    assert stuck._advice(ast.parse(loop).body[0]) == advice


def test_growing_memory_is_stopped_before_the_clock():
    def grows(*_):
        kept = []
        while True:
            # Devagar: mais depressa, o limite do sistema chegaria antes de quem vigia. E em pedaços
            # grandes, que não cabem no que outros testes devolveram.
            kept.append("x" * 1_000_000 + str(sum(range(1_000_000))))

    found = stop(grows, case_seconds=600.0, total_seconds=600.0, growth=64 << 20)
    assert found.reason == "memória"
    assert found.source == "while True"


@linux
def test_list_that_grows_inside_c_ends_in_a_memory_error():
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with Patience(case_seconds=60.0, growth=32 << 20) as watch, pytest.raises(MemoryError):
        watch.run(Heard(), lambda: list(itertools.repeat(None)))
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_all_cases_together_have_a_limit_too():
    def many_cases(watch):
        for _ in range(100):
            watch.run(Heard(), time.sleep, 0.1)

    with Patience(case_seconds=9.0, total_seconds=0.4) as watch:
        with pytest.raises(Stopped):
            many_cases(watch)
        assert watch.stop.reason == "total"


def test_a_slow_import_is_not_cut_in_the_middle(tmp_path, monkeypatch, press_later):
    (tmp_path / "lento_de_propósito.py").write_text("import time\ntime.sleep(1)\nDONE = True\n")
    monkeypatch.syspath_prepend(tmp_path)

    def answer():
        from lento_de_propósito import DONE

        return DONE

    with Patience(answer.__code__, case_seconds=0.2) as watch:
        press_later(0.3)
        with pytest.raises(Stopped):
            watch.run(Heard(), lambda: answer() and for_ever())
    assert sys.modules["lento_de_propósito"].DONE, "o módulo acabou de ser importado"
    assert watch.stop.reason == "mão"


def press_stop():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def press_later():
    """Interrompe daqui a pouco, e nunca depois que o teste acabou."""
    timers = []

    def later(seconds):
        timers.append(threading.Timer(seconds, press_stop))
        timers[-1].start()

    yield later
    for timer in timers:
        timer.cancel()
        timer.join()


@pytest.mark.skipif(os.name != "posix", reason="manda o sinal a este processo")
@pytest.mark.parametrize("function", [forgets, swallows_always, sleeps])
def test_interrupting_by_hand_says_where_it_was(function, press_later):
    press_later(1.0)  # a resposta já começou, também numa máquina ocupada
    found = stop(function, [1], case_seconds=60.0)
    assert found.reason == "mão"
    assert found.line > function.__code__.co_firstlineno


@pytest.mark.skipif(os.name != "posix", reason="manda o sinal a este processo")
def test_interruption_outside_the_answer_follows_its_way():
    # Um teste posto em segundo plano pelo terminal nasce surdo a interrupções.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reached = []

    def interrupted(block):
        with block:
            press_stop()
            time.sleep(0.05)
            reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupted(Patience())
    assert not reached
    with pytest.raises(KeyboardInterrupt):
        interrupted(patience.unbroken())
    assert reached, "o bloco acaba antes de a interrupção valer"


@pytest.mark.skipif(os.name != "posix", reason="para e continua um processo")
def test_a_frozen_machine_is_not_time_of_the_answer():
    code = (
        "import time\nfrom helpers.exercises.patience import *\n"
        "with Patience(case_seconds=1.5) as watch:\n"
        "    print('foi', flush=True)\n"
        "    print(watch.run(Heard(), lambda: [time.sleep(0.05) for _ in range(8)] and 'certo'))\n"
    )
    import subprocess

    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "foi\n"
    program.send_signal(signal.SIGSTOP)
    time.sleep(2)
    program.send_signal(signal.SIGCONT)
    assert program.communicate(timeout=120)[0] == "certo\n"


@pytest.mark.parametrize(("share", "ends"), [(1.0, True), (0.9, True), (0.0, False)])
def test_waiting_for_a_core_is_not_time_of_the_answer(share, ends, monkeypatch):
    """Numa máquina cheia, a mesma resposta demora dez vezes mais, e continua certa."""
    start = time.monotonic()
    monkeypatch.setattr(patience, "_queued", lambda thread: share * (time.monotonic() - start))

    def slow():
        limit = time.monotonic() + 0.9
        while time.monotonic() < limit:
            time.sleep(0.01)
        return "certo"

    with Patience(case_seconds=0.3) as watch:
        if ends:
            assert watch.run(Heard(), slow) == "certo"
        else:
            with pytest.raises(Stopped):
                watch.run(Heard(), slow)


@linux
def test_the_queue_for_a_core_is_read_from_the_system():
    assert patience._queued(threading.get_native_id()) >= 0
    assert patience._queued(0) == 0


def test_what_is_printed_is_heard_and_cropped():
    def talks():
        print("olhe")
        print("aviso", file=sys.stderr)
        print("x" * 10**6)
        return 3

    heard = Heard()
    with Patience() as watch:
        assert watch.run(heard, talks) == 3
    assert heard.text.startswith("olhe\naviso\nxxx")
    assert len(heard.text) == patience.HEARD
    assert heard.lost == 10**6 + 12 - patience.HEARD


def test_input_is_refused():
    with Patience() as watch, pytest.raises(AskedForInput):
        watch.run(Heard(), lambda: input("n? "))


def test_recursion_of_a_thousand_fits():
    def count(n):
        return 0 if n == 0 else 1 + count(n - 1)

    with Patience() as watch:
        assert watch.run(Heard(), count, 1_500) == 1_500
        with pytest.raises(RecursionError):
            watch.run(Heard(), count, 10**6)


def test_watched_answer_runs_untraced_and_calls_nothing_more():
    def work():
        assert sys.gettrace() is None
        return sum(i * i for i in range(2_000))

    with Patience() as watch:
        assert calls(watch.run, Heard(), work) < calls(work) + 50
