"""Passos numerados na tela, com o tempo decorrido correndo enquanto se espera."""

import shutil
import sys
import threading
import time
from io import TextIOBase

from helpers.cli.console import say


class ProgressBar:
    """Mostra passos numerados; num terminal, o detalhe do passo se atualiza na mesma linha.

    Parâmetros:
        total: quantos passos haverá.
        stream: onde escrever; a saída padrão quando falta.
        tick: segundos entre atualizações do tempo num terminal.
        patience: segundos até avisar, fora de um terminal, que o trabalho continua.
    """

    def __init__(
        self,
        total: int,
        stream: TextIOBase | None = None,
        tick: float = 0.5,
        patience: float = 30.0,
    ) -> None:
        self.total = total
        self.stream = sys.stdout if stream is None else stream
        self.live = bool(getattr(self.stream, "isatty", lambda: False)())
        self._number = 0
        self._interval = tick if self.live else patience
        self._detail = ""
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def step(self, text: str) -> None:
        """Abre o próximo passo.

        Parâmetros:
            text: o que o passo faz.
        """
        self.close()
        self._number += 1
        self._start = time.monotonic()
        self._detail = ""
        say(f"[{self._number}/{self.total}] {text}", self.stream)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(self._stop,), daemon=True)
        self._thread.start()

    def detail(self, text: str) -> None:
        """Mostra em que ponto está o passo aberto.

        Parâmetros:
            text: o detalhe, numa linha.
        """
        with self._lock:
            self._detail = text
            if self.live:
                self._redraw()
            else:
                say(f"      {text}", self.stream)

    def done(self, text: str = "feito") -> None:
        """Fecha o passo aberto e diz quanto tempo levou.

        Parâmetros:
            text: como o passo terminou.
        """
        elapsed = self.elapsed()
        self.close()
        say(f"      {text} ({elapsed})", self.stream)

    def close(self) -> None:
        """Para o relógio e limpa a linha que se atualizava."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            if self.live and self._detail:
                self.stream.write("\r" + " " * (self._width() - 1) + "\r")
            self._detail = ""

    def elapsed(self) -> str:
        """Devolve o tempo do passo aberto, como "8 s" ou "2 min 05 s"."""
        seconds = int(time.monotonic() - self._start)
        return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(self._interval):
            with self._lock:
                if self.live:
                    self._redraw()
                else:
                    say(f"      ainda trabalhando ({self.elapsed()})", self.stream)

    def _redraw(self) -> None:
        width = self._width() - 1
        line = f"      {self._detail or 'um momento'} · {self.elapsed()}"[:width]
        say("\r" + line.ljust(width), self.stream, end="")

    @staticmethod
    def _width() -> int:
        return shutil.get_terminal_size().columns or 80
