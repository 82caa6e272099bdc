"""Para a resposta que não acaba: vigia o tempo e a memória, e interrompe o que passa da conta.

Uma linha de execução à parte olha de tempos em tempos; a resposta roda sem ser rastreada, na
velocidade dela. Quando é preciso parar, levanta-se `Stopped` dentro da resposta, e um `except:`
que a engula recebe outra logo depois. Uma importação em andamento nunca é cortada no meio: isso
estragaria o módulo até reiniciar o kernel.

O que não dá para parar: uma conta que não volta ao Python nem solta o interpretador, como
`sum(itertools.count())`. Aí só reiniciando o kernel.
"""

import builtins
import contextlib
import ctypes
import functools
import io
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import CodeType, FrameType

from helpers.exercises.stuck import AskedForInput, Reason, Stop, Stopped, locate

CASE_SECONDS = 3.0
TOTAL_SECONDS = 12.0
GROWTH = 512 << 20  # bytes a mais na memória, desde o início da conferência
HEARD = 2_000  # caracteres guardados do que a resposta escreve na tela
RECURSION = 3_000
_TICK = 0.05


class Heard(io.TextIOBase):
    """Ouve o que a resposta escreve e guarda só o começo."""

    def __init__(self) -> None:
        self.text = ""
        self.lost = 0

    def write(self, text: str) -> int:
        """Guarda o texto, até `HEARD` caracteres.

        Parâmetros:
            text: o que foi escrito.
        """
        room = max(0, HEARD - len(self.text))
        self.text += text[:room]
        self.lost += len(text[room:])
        return len(text)

    def writable(self) -> bool:
        """Diz que se pode escrever aqui."""
        return True


class Patience:
    """Espera por uma resposta, caso a caso, dentro de um `with`.

    Parâmetros:
        code: código da resposta, para dizer em que linha dela se parou; `None` se não há.
        case_seconds: quanto um caso pode durar.
        total_seconds: quanto todos os casos podem durar juntos.
        growth: quantos bytes a memória pode crescer.
    """

    def __init__(
        self,
        code: CodeType | None = None,
        case_seconds: float = CASE_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        growth: int = GROWTH,
    ) -> None:
        self.code = code
        self.limits = (case_seconds, total_seconds, growth)
        self.stop: Stop | None = None
        self._reason: Reason | None = None
        self._spent = self._total = 0.0
        self._busy = False
        self._early: list[FrameType] = []
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.get_ident()
        self._native = threading.get_native_id()
        self._is_main = threading.current_thread() is threading.main_thread()
        self._insist = _insistence(self._thread)
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> "Patience":
        """Começa a vigiar."""
        self._memory = _resident()
        self._undo.callback(sys.setrecursionlimit, sys.getrecursionlimit())
        sys.setrecursionlimit(max(RECURSION, sys.getrecursionlimit()))
        self._undo.callback(setattr, builtins, "input", builtins.input)
        builtins.input = _no_input
        _limit_memory(2 * self.limits[2], self._undo)
        if self._is_main:
            self._former = signal.signal(signal.SIGINT, self._on_signal)
            self._undo.callback(signal.signal, signal.SIGINT, self._former)
        else:
            self._lines = _Lines(self._thread)
            self._undo.callback(self._lines.free)
        watcher = threading.Thread(target=self._watch, daemon=True)
        self._undo.callback(watcher.join)
        self._undo.callback(self._over.set)
        watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Deixa de vigiar e põe tudo como estava."""
        self._undo.close()

    def run(self, heard: Heard, function: Callable[..., object], *args: object) -> object:
        """Devolve o que a função devolve.

        Parâmetros:
            heard: quem ouve o que a função escreve na tela.
            function: a resposta, ou quem a chama.
            args: argumentos com que é chamada.

        Erros:
            Stopped: a função foi parada; `stop` diz por quê e onde.
        """
        screen = sys.stdout, sys.stderr
        tracer = sys.gettrace()
        sys.stdout = sys.stderr = heard
        self._spent, self._early, self._busy = 0.0, [], True
        if not self._is_main:  # aqui não chegam sinais: só quem já rastreia pode insistir
            sys.settrace(_insistence(0))  # linha de execução que não existe: não faz nada
        try:
            try:
                answer = _call(function, args)
            finally:
                sys.settrace(tracer)
                self._calm()
        except KeyboardInterrupt:  # levantado pela própria resposta
            self.stop = self.stop or Stop("mão")
            raise Stopped from None
        finally:
            sys.settrace(tracer)  # de novo: uma última interrupção pode ter caído no `finally`
            self._calm()
            sys.stdout, sys.stderr = screen
        if self._reason:  # a resposta engoliu a interrupção e devolveu alguma coisa
            raise Stopped
        return answer

    def _calm(self) -> None:
        with self._lock:
            self._busy, self._early = False, []
            if not self._is_main:
                self._lines.spare()
        with contextlib.suppress(Stopped):  # a que estava a caminho chega agora, e acaba aqui
            _nothing()

    def _watch(self) -> None:
        last, waited = time.monotonic(), _queued(self._native)
        while not self._over.wait(_TICK):
            now, queue = time.monotonic(), _queued(self._native)
            # Um programa congelado, ou à espera de um núcleo livre, não é tempo da resposta.
            step = min(now - last - (queue - waited), 2 * _TICK)
            last, waited = now, queue
            with self._lock:
                self._look(max(0.0, step))

    def _look(self, step: float) -> None:
        frame = sys._current_frames().get(self._thread)
        if not self._busy or not _inside(frame):
            return
        if _importing(frame):
            self._memory = max(self._memory, _resident())  # um módulo não é culpa da resposta
            return
        self._spent += step
        self._total += step
        if self._spent > self.limits[0] / 6 and not self._early:
            self._early = _frames(frame)
        self._reason = self._reason or self._excess()
        if self._reason:
            self._note(frame)
            self._interrupt(frame)

    def _excess(self) -> Reason | None:
        case_seconds, total_seconds, growth = self.limits
        if self._spent > case_seconds:
            return "tempo"
        if self._total > total_seconds:
            return "total"
        return "memória" if _resident() - self._memory > growth else None

    def _interrupt(self, frame: FrameType) -> None:
        if not self._is_main:
            _corner(frame, self._insist)
            self._lines.cut(_frames(frame))
            self._insist(None, None, None)
        elif hasattr(signal, "pthread_kill"):  # acorda também quem dorme em `time.sleep`
            signal.pthread_kill(self._thread, signal.SIGINT)
        else:
            signal.raise_signal(signal.SIGINT)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not _inside(frame):
            # Um sinal nosso que chegou tarde não interessa; o de quem estuda segue o caminho dele.
            if self._reason is None and callable(self._former):
                self._former(number, frame)
            return
        self._reason = self._reason or "mão"
        if _importing(frame):
            return  # quem vigia tenta de novo quando a importação acabar
        self._note(frame)
        sys.settrace(self._insist)
        _corner(frame, self._insist)
        raise Stopped

    def _note(self, frame: FrameType) -> None:
        if self.stop is not None:
            return
        frames = _frames(frame)
        # Quem está preso é o laço que já rodava antes, e não uma função que ele chama.
        stuck = [seen for seen in frames if any(seen is early for early in self._early)]
        try:
            self.stop = locate(self._reason, stuck or frames, frames, self.code)
        except Exception:  # dizer onde parou é um favor; parar não pode falhar
            self.stop = Stop(self._reason)


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Adia para o fim do bloco a interrupção de quem estuda.

    Erros:
        KeyboardInterrupt: houve uma interrupção dentro do bloco.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    former = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if pressed:
        raise KeyboardInterrupt


def _queued(thread: int) -> float:
    """Devolve os segundos que uma linha de execução já esperou por um núcleo; 0 onde não se sabe.

    Parâmetros:
        thread: o número dela no sistema.

    Fonte:
        `schedstat`, no Linux. https://docs.kernel.org/scheduler/sched-stats.html
    """
    try:
        with open(f"/proc/self/task/{thread}/schedstat", encoding="ascii") as told:
            return int(told.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _call(function: Callable[..., object], args: tuple[object, ...]) -> object:
    """Chama a resposta; só se interrompe o que roda por baixo daqui."""
    return function(*args)


# Marca uma interrupção para a próxima volta do interpretador. Como não é código Python, serve
# também de rastreador: chamado a cada linha, não é ele que recebe a interrupção que marcou. Os três
# últimos argumentos são os de um rastreador, e a função do Python os ignora. Nunca se desmarca com
# NULL: no Python 3.11 isso deixa o interpretador girando em falso.
_mark = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, *[ctypes.py_object] * 4)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


def _insistence(thread: int) -> Callable[..., None]:
    """Devolve o rastreador que interrompe a cada linha quem engoliu a interrupção."""
    return functools.partial(_mark, thread, Stopped)


def _corner(frame: FrameType, tracer: Callable[..., None]) -> None:
    for inner in _frames(frame):
        inner.f_trace = tracer


class _Lines:
    """Levanta `Stopped` em cada linha da resposta, onde não chegam sinais.

    Do Python 3.12 em diante, a interrupção marcada só é entregue na volta do laço, já dentro do
    `try` que a engole; a vigia de linhas levanta também dentro do `except`. No 3.11, que não a tem,
    basta o rastreador.

    Parâmetros:
        thread: o número da linha de execução da resposta.

    Fonte:
        `sys.monitoring`. https://docs.python.org/pt-br/3/library/sys.monitoring.html
    """

    _TOOL = 4  # um dos dois números que o Python não reserva

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._cut: list[CodeType] = []
        self._watch = getattr(sys, "monitoring", None)
        try:
            if self._watch:
                self._watch.use_tool_id(self._TOOL, __name__)
                event = self._watch.events.LINE
                self._watch.register_callback(self._TOOL, event, self._on_line)
        except ValueError:  # outro programa já usa o número
            self._watch = None

    def _on_line(self, code: CodeType, line: int) -> None:
        if self._cut and threading.get_ident() == self._thread:
            raise Stopped

    def cut(self, frames: list[FrameType]) -> None:
        """Passa a interromper em cada linha destes quadros."""
        for frame in frames if self._watch else ():
            self._cut.append(frame.f_code)
            self._watch.set_local_events(self._TOOL, frame.f_code, self._watch.events.LINE)

    def spare(self) -> None:
        """Deixa de interromper."""
        while self._cut:
            self._watch.set_local_events(self._TOOL, self._cut.pop(), 0)

    def free(self) -> None:
        """Solta o número da vigia."""
        if self._watch:
            self._watch.register_callback(self._TOOL, self._watch.events.LINE, None)
            self._watch.free_tool_id(self._TOOL)


def _nothing() -> None:
    """Dá ao interpretador a vez de entregar uma interrupção pendente."""


def _no_input(*_: object) -> str:
    raise AskedForInput


def _frames(frame: FrameType | None) -> list[FrameType]:
    """Devolve os quadros da resposta, do mais interno ao que `_call` chamou."""
    found = []
    while frame is not None and not _is_call(frame):
        found.append(frame)
        frame = frame.f_back
    return found


def _inside(frame: FrameType | None) -> bool:
    while frame is not None and not _is_call(frame):
        frame = frame.f_back
    return frame is not None


def _is_call(frame: FrameType) -> bool:
    return frame.f_code.co_name == "_call" and frame.f_globals is globals()


def _importing(frame: FrameType | None) -> bool:
    frames = _frames(frame)
    return any(seen.f_code.co_filename.startswith("<frozen importlib") for seen in frames)


def _resident() -> int:
    try:
        import psutil

        return psutil.Process().memory_info().rss
    except Exception:  # sem como medir, só o tempo é vigiado
        return 0


def _limit_memory(room: int, undo: contextlib.ExitStack) -> None:
    """No Linux, faz uma conta presa no C, como `list(count())`, acabar em `MemoryError`."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    try:
        used = resource.getrlimit(resource.RLIMIT_DATA)
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            data = next(int(line.split()[1]) for line in status if line.startswith("VmData"))
        limit = data * 1024 + room
        if used[0] == resource.RLIM_INFINITY or used[0] > limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, used[1]))
            undo.callback(resource.setrlimit, resource.RLIMIT_DATA, used)
    except (OSError, ValueError, StopIteration):
        return
