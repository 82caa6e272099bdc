"""Gravar um arquivo sem nunca o deixar pela metade, e trancá-lo para os outros programas."""

import contextlib
import errno
import os
import uuid
from pathlib import Path

#: O que o sistema diz em inglês quando recusa mexer num arquivo.
_REASONS = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "sem permissão"),
    errno.ENOENT: "não existe",
    errno.ENOSPC: "o disco está cheio",
    errno.EROFS: "o disco é só de leitura",
    errno.EISDIR: "é uma pasta, e não um arquivo",
    errno.ENOTDIR: "há um arquivo onde devia haver uma pasta",
    errno.EEXIST: "já existe",
    errno.ENAMETOOLONG: "o nome é comprido demais",
    errno.ELOOP: "os atalhos dão voltas",
    errno.EBUSY: "outro programa o está usando",
    errno.EIO: "o disco falhou ao ler ou gravar",
    errno.EFBIG: "passou do tamanho que o sistema deixa um arquivo ter",
    errno.EMFILE: "há arquivos abertos demais",
    getattr(errno, "EDQUOT", 122): "a sua cota de disco acabou",
    getattr(errno, "ESTALE", 116): "a pasta de rede caiu",
    getattr(errno, "ETXTBSY", 26): "outro programa o está usando",
}


def reason(error: OSError) -> str:
    """Diz em português por que o sistema recusou, ou, se não se conhece, como ele diz.

    Parâmetros:
        error: o que o sistema levantou.
    """
    return _REASONS.get(error.errno, error.strerror or str(error))


def replace_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    r"""Grava ao lado e troca: quem lê vê o arquivo antigo ou o novo, nunca um pedaço.

    A troca só acontece depois de o disco confirmar o conteúdo. Um arquivo que já existia conserva
    as permissões; um atalho continua atalho.

    Parâmetros:
        path: o arquivo; a pasta precisa existir.
        content: o conteúdo inteiro; o texto é gravado em UTF-8, com linhas terminadas em `\n`.

    Erros:
        OSError: se não for possível gravar; o arquivo de antes fica como estava.
    """
    target = Path(os.path.realpath(path))
    data = content.encode("utf-8") if isinstance(content, str) else content
    beside = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(beside, target.stat().st_mode)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def try_lock(handle: int) -> bool:
    """Tranca um arquivo aberto para os outros programas; False quando outro já o trancou.

    O sistema destranca se o programa morrer.

    Parâmetros:
        handle: o número do arquivo, como em `file.fileno()`.
    """
    if os.name == "nt":
        import msvcrt

        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # disco de rede sem trancas: seguir sem elas é melhor que não seguir
        return True
    return True


def unlock(handle: int) -> None:
    """Destranca um arquivo trancado por `try_lock`.

    Parâmetros:
        handle: o número do arquivo.
    """
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        return
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_UN)
