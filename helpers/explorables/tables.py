"""Glossário e símbolos do curso como tabelas que se mostram no fim da célula."""

from typing import Any

from helpers.data import Symbol, Term, load_glossary, load_symbols


class MarkdownTable:
    """Tabela em Markdown, legível no JupyterLab, no GitHub e como texto puro."""

    def __init__(self, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Guarda cabeçalho e linhas.

        Parâmetros:
            rows: linhas, cada uma com uma célula por coluna; uma barra `|` é escapada.
        """
        self.header, self.rows = header, rows

    def __repr__(self) -> str:
        lines = [self.header, tuple("---" for _ in self.header), *self.rows]
        return "\n".join(
            "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/markdown": repr(self)}


def glossary_table() -> MarkdownTable:
    """Devolve os termos do curso: português, inglês, nome no código, definição e lição."""
    return MarkdownTable(
        ("em português", "em inglês", "no código", "o que é", "aparece em"),
        [_term_row(term) for term in load_glossary()],
    )


def symbol_table() -> MarkdownTable:
    """Devolve os símbolos do curso: fórmula, nome no código, significado, forma e exemplo."""
    return MarkdownTable(
        ("símbolo", "no código", "significado", "forma", "exemplo"),
        [_symbol_row(symbol) for symbol in load_symbols()],
    )


def _term_row(term: Term) -> tuple[str, ...]:
    lesson = term.primeira_celula.removeprefix("anexos/").split("_", 1)[0]
    return f"**{term.termo}**", term.ingles, _code(term.identificador), term.definicao, lesson


def _symbol_row(symbol: Symbol) -> tuple[str, ...]:
    formula = f"${symbol.simbolo.strip('$')}$"
    name, shape = _code(symbol.identificador), _code(symbol.forma)
    return formula, name, symbol.significado, shape, symbol.valor_exemplo


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
