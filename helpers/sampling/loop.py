"""O laço de geração: o lote de textos sendo escritos, a leitura pelo modelo e a escrita.

Os textos do lote alinham-se pelo começo e avançam juntos, uma posição por vez. Enquanto um prompt
curto já escreve, um longo ainda é lido. Assim cada linha vê só os próprios tokens, nas próprias
posições: não há enchimento (*padding*) nem máscara para ele.
"""

from __future__ import annotations

import torch
from torch import Tensor


class Sheet:
    """Os textos sendo escritos: ids `[batch pos]` e quem escreve em cada posição.

    Parâmetros:
        prompts: uma lista de ids por linha.
        n_new: quantos tokens cada linha escreve, no máximo.
        device: onde o modelo espera os ids.
    """

    def __init__(self, prompts, n_new, device):
        self.starts = [len(prompt) for prompt in prompts]
        self.shortest, self.width = min(self.starts), max(self.starts) + n_new
        self.ids = torch.zeros(len(prompts), self.width, dtype=torch.long, device=device)
        for row, prompt in enumerate(prompts):
            self.ids[row, : len(prompt)] = torch.tensor(prompt)
        starts, columns = torch.tensor(self.starts).unsqueeze(1), torch.arange(self.width)
        self.writing = (columns >= starts) & (columns < starts + n_new)
        self.together = self.writing.all(dim=0).tolist()
        self.ends = torch.tensor(self.starts) + n_new

    def rows(self, pos):
        """Diz que linhas escrevem em `pos`; a fatia inteira, quando são todas.

        Parâmetros:
            pos: a posição, a partir de 0.
        """
        if self.together[pos]:
            return slice(None)
        return self.writing[:, pos].nonzero().squeeze(1)

    def unfinished(self, pos):
        """Diz que linhas ainda escrevem em `pos` ou depois.

        Parâmetros:
            pos: a posição, a partir de 0.
        """
        return (self.ends > pos).nonzero().squeeze(1)

    def put(self, pos, rows, drawn, stop):
        """Guarda os tokens; a linha que escreveu um token de parada não escreve mais.

        Parâmetros:
            pos: a posição em que escrever.
            rows: as linhas que escrevem, como em `rows`.
            drawn: um id por linha que escreve.
            stop: conjunto de ids de parada.
        """
        self.ids[rows, pos] = drawn
        stopped = [token in stop for token in drawn.tolist()] if stop else ()
        if any(stopped):
            writers = torch.arange(len(self.ids))[rows]
            stopping = writers[torch.tensor(stopped)]
            self.writing[stopping, pos + 1 :] = False
            self.ends[stopping] = pos + 1
            self.together = self.writing.all(dim=0).tolist()

    def texts(self):
        """Dá cada linha sem as posições que ela não escreveu."""
        n_written = self.writing.sum(dim=1).tolist()
        ends = map(sum, zip(self.starts, n_written, strict=True))
        return [row[:end] for row, end in zip(self.ids.tolist(), ends, strict=True)]


class Reader:
    """Lê os ids com o modelo e dá os logits da última posição, das linhas que ainda interessam.

    Com cache, cada chamada lê só o que ainda não foi lido. Passado `n_ctx`, a janela anda: todas as
    posições mudam, o que está no cache deixa de valer, e a janela é relida inteira a cada token.

    Parâmetros:
        model: função de ids em logits; com `new_cache`, se tiver cache.
        n_rows: linhas do lote.
        n_ctx: quantas posições o modelo lê; `None` não limita.
        use_cache: se `False`, não usa o cache que o modelo oferece.
    """

    def __init__(self, model, n_rows, n_ctx, use_cache):
        self.model, self.n_ctx, self.n_read = model, n_ctx, 0
        self.cache = model.new_cache(n_rows) if use_cache and hasattr(model, "new_cache") else None
        self.rows = torch.arange(n_rows)
        self.can_drop = self.cache is None or hasattr(self.cache, "keep")

    def keep(self, rows):
        """Deixa de ler as outras linhas.

        Parâmetros:
            rows: as que ainda se leem, em ordem, entre as que se liam.
        """
        if self.cache is not None:
            self.cache.keep(torch.searchsorted(self.rows, rows))
        self.rows = rows

    def __call__(self, ids):
        if self.n_ctx is not None and ids.shape[1] > self.n_ctx:
            self.cache, ids = None, ids[:, -self.n_ctx :]
        if self.cache is None:
            return _last(self.model(ids), ids)
        unread, self.n_read = ids[:, self.n_read :], ids.shape[1]
        return _last(self.model(unread, cache=self.cache), unread)


def _last(logits, ids):
    if not isinstance(logits, Tensor):
        raise TypeError(
            f"o modelo devolveu {type(logits).__name__} no lugar de um tensor de logits. Se ele é "
            "de transformers, passe lambda ids: modelo(ids).logits."
        )
    if logits.ndim != 3 or logits.shape[:2] != ids.shape:
        raise ValueError(
            f"o modelo leu ids {list(ids.shape)} e devolveu {list(logits.shape)}; o esperado é "
            f"[{ids.shape[0]}, {ids.shape[1]}, d_vocab]."
        )
    return logits[:, -1]


def write(sheet, reader, sampler, generator, stop):
    """Escreve posição por posição; dá os ids escritos, os logits e o que veio antes.

    Parâmetros:
        sheet: os textos, que recebem os tokens.
        reader: quem lê.
        sampler: quem escolhe: `sample(logits, previous, generator)`.
        generator: um gerador, ou um por linha do lote.
        stop: conjunto de ids de parada.
    """
    for pos in range(sheet.shortest, sheet.width):
        rows = sheet.rows(pos)
        only_some = isinstance(rows, Tensor)
        if only_some and not len(rows):
            if not len(sheet.unfinished(pos)):
                return
            continue  # uns já pararam, e os outros ainda leem o prompt
        # O modo de inferência fecha antes do `yield`: aberto, valeria também para quem recebe.
        with torch.inference_mode():
            # A linha que parou não se lê mais; tirá-las aos montes custa menos que uma por uma.
            unfinished = sheet.unfinished(pos)
            if reader.can_drop and 4 * len(unfinished) <= 3 * len(reader.rows):
                reader.keep(unfinished)
            previous = sheet.ids[reader.rows, :pos]
            logits, draws = reader(previous), generator
            if only_some:
                among = torch.searchsorted(reader.rows, rows)
                logits, previous = logits[among], previous[among]
                draws = _of_rows(generator, rows)
            drawn = sampler.sample(logits, previous, draws)
            sheet.put(pos, rows, drawn, stop)
        yield drawn, logits, previous


def _of_rows(generator, rows):
    one_for_all = isinstance(generator, torch.Generator)
    return generator if one_for_all else [generator[row] for row in rows]


def device_of(model):
    """Diz onde estão os pesos do modelo; sem pesos, a CPU.

    Parâmetros:
        model: qualquer função; com `parameters`, se for um módulo do torch.
    """
    parameters = getattr(model, "parameters", None)
    first = next(iter(parameters()), None) if callable(parameters) else None
    return first.device if isinstance(first, Tensor) else torch.device("cpu")


def context_of(model, n_ctx):
    """Diz quantas posições o modelo lê: o que foi pedido ou o que ele declara.

    Parâmetros:
        model: qualquer função; com `config.n_ctx`, se declarar.
        n_ctx: o que foi pedido; `None` usa o que o modelo declara.
    """
    return n_ctx if n_ctx is not None else getattr(getattr(model, "config", None), "n_ctx", None)
