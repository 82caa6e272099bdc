"""Arquivos do tokenizador: JSON próprio e o par `vocab.json` + `merges.txt` do GPT-2."""

_PRINTABLE = (*range(33, 127), *range(161, 173), *range(174, 256))

#: Os 256 bytes na ordem do GPT-2: primeiro os que têm letra visível, depois os outros.
GPT2_BYTES = tuple(
    bytes([value]) for value in (*_PRINTABLE, *(v for v in range(256) if v not in _PRINTABLE))
)
