"""Proíbe, dentro de um processo Python, qualquer conexão que saia da própria máquina.

Só a biblioteca padrão. Também roda como roteiro na partida de um núcleo do Jupyter, para provar
que nenhum notebook do curso precisa de rede.
"""

import ipaddress
import socket


class NetworkBlocked(BaseException):
    """Avisa que o código tentou sair da própria máquina.

    Deriva de BaseException de propósito: um `except Exception` no caminho esconderia a tentativa.
    """


def is_local(host: object) -> bool:
    """Diz se o endereço fica na própria máquina.

    Parâmetros:
        host: nome ou número, como texto ou bytes; None e "" valem como locais.
    """
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost", "0.0.0.0", "::", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def _demand_local(address: object) -> None:
    host = address[0] if isinstance(address, tuple) and address else None
    if not is_local(host):
        raise NetworkBlocked(
            f"tentativa de acesso à rede: {host}. O curso funciona sem internet; "
            "use um arquivo de data/ no lugar."
        )


def block() -> None:
    """Troca as portas de saída do módulo `socket` por versões que só aceitam endereços locais."""
    if getattr(socket, "_only_local", False):
        return
    socket._only_local = True

    def guarded(method, position):
        def wrapper(self, *args, **kwargs):
            _demand_local(args[position] if args else kwargs.get("address"))
            return method(self, *args, **kwargs)

        return wrapper

    socket.socket.connect = guarded(socket.socket.connect, 0)
    socket.socket.connect_ex = guarded(socket.socket.connect_ex, 0)
    socket.socket.sendto = guarded(socket.socket.sendto, -1)

    # Procurar um nome já é falar com a rede: o servidor de nomes está fora da máquina.
    original_lookup = socket.getaddrinfo

    def lookup(host, *args, **kwargs):
        _demand_local((host,))
        return original_lookup(host, *args, **kwargs)

    socket.getaddrinfo = lookup


if __name__ == "__main__":
    block()
