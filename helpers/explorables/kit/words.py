"""O texto de um explorável, lido de `data/exploraveis.toml`: título, pergunta e desafios."""

import functools
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from helpers.explorables.kit.frames import Challenge, Opening, fields, fill, spoken

PATH = Path(__file__).resolve().parents[3] / "data" / "exploraveis.toml"
_KEYS = {"rotulo", "titulo", "pergunta", "certa", "opcoes", "desafios"}


class Words:
    """O que um explorável diz fora dos quadros; `{x}` no texto é um número que o código dá."""

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        """Confere a tabela de um explorável.

        Parâmetros:
            name: nome do explorável, como "w3".

        Erros:
            ValueError: se faltar o rótulo ou o título, ou houver uma chave que ninguém lê.
        """
        missing, extra = {"rotulo", "titulo"} - set(table), set(table) - _KEYS
        if missing or extra:
            raise ValueError(
                f"Em {PATH.name}, [{name}]: falta {sorted(missing)} e sobra {sorted(extra)}."
            )
        self.name, self._table = name, table

    def heading(self, **facts: Any) -> dict[str, str]:
        """Rótulo, nome e título, como o `Flipper` os recebe.

        Parâmetros:
            facts: o que o título chama pelo nome.
        """
        title = spoken(self._table["titulo"], **facts)
        return {"label": self._table["rotulo"], "name": self.name, "title": title}

    def opening(self, cover: str = "", right: int | None = None, **facts: Any) -> Opening:
        """A pergunta de abertura, com os números que o código contou.

        Parâmetros:
            cover: o desenho que fica no palco até a resposta.
            right: posição da opção certa, a partir de 0, quando é o código que a conta.
            facts: o que a pergunta, as opções e os comentários chamam pelo nome.

        Erros:
            ValueError: se a pergunta não tiver opção certa.
        """
        found = self._table["opcoes"]
        options = [spoken(option, **facts) for option in found]
        answer = spoken(self._table.get("certa", ""), **facts) if right is None else options[right]
        comments = [
            spoken(comment, verdict="Isso" if option == answer else "Não", **facts)
            for option, comment in zip(options, found.values(), strict=True)
        ]
        question = spoken(self._table["pergunta"], **facts)
        return Opening(question, tuple(options), answer, tuple(comments), cover)

    def challenge(self, key: str, *places: Any) -> str:
        """Texto de um desafio cuja condição o navegador confere.

        Parâmetros:
            places: os números da condição, que o texto chama pela posição.
        """
        return fill(self._table["desafios"][key], *places)

    def challenges(
        self, goals: Mapping[str, Callable[..., bool]], **numbers: Any
    ) -> tuple[Challenge, ...]:
        """Os desafios, na ordem do arquivo, cada um com a sua condição.

        Parâmetros:
            goals: a condição de cada desafio, pelo nome dele no arquivo.
            numbers: os números que os textos e as condições dividem.

        Erros:
            ValueError: se o arquivo e o código não falarem dos mesmos desafios e números.
        """
        texts = self._table.get("desafios", {})
        used = {key: fields(text) for key, text in texts.items()}
        if set(goals) != set(texts) or set().union(*used.values()) != set(numbers):
            raise ValueError(
                f"Em {PATH.name}, [{self.name}] tem os desafios {sorted(texts)} e os números "
                f"{sorted(set().union(*used.values()))}; o código, {sorted(goals)} e "
                f"{sorted(numbers)}."
            )
        return tuple(
            Challenge(text, goals[key], {name: numbers[name] for name in used[key]})
            for key, text in texts.items()
        )


@functools.cache
def _read() -> dict[str, Any]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


def words(name: str) -> Words:
    """O texto de um explorável.

    Parâmetros:
        name: nome do explorável, como "w3".

    Erros:
        ValueError: se o arquivo não tiver esse nome.
    """
    if name not in _read():
        raise ValueError(f"{PATH.name} não tem [{name}]; há {', '.join(_read())}.")
    return Words(name, _read()[name])
