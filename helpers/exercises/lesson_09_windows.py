"""Exercício 09.janelas: cortar um texto em entradas e alvos, cada token previsto uma vez."""

import random

from helpers.exercises.catalog import Case, Exercise, Form, Hint, KnownWrong

_IDS = Form("sequence", (Form("int"),), label="uma lista de ids")
_PAIR = Form("sequence", (_IDS,), length=2, label="um par (entradas, alvos)")

Pairs = list[tuple[list[int], list[int]]]


def _windows(ids: list[int], n_ctx: int) -> list[tuple[list[int], list[int]]]:
    """Devolve pares (entradas, alvos) de até n_ctx posições; cada token é alvo uma vez só."""
    pairs = []
    for start in range(0, len(ids) - 1, n_ctx):
        end = min(start + n_ctx, len(ids) - 1)
        pairs.append((ids[start:end], ids[start + 1 : end + 1]))
    return pairs


def _same_targets(ids: list[int], n_ctx: int) -> Pairs:
    return [(inputs, inputs) for inputs, _ in _windows(ids, n_ctx)]


def _swapped(ids: list[int], n_ctx: int) -> Pairs:
    return [(targets, inputs) for inputs, targets in _windows(ids, n_ctx)]


def _cut_then_shift(ids: list[int], n_ctx: int) -> Pairs:
    pieces = [ids[start : start + n_ctx] for start in range(0, len(ids), n_ctx)]
    return [(piece[:-1], piece[1:]) for piece in pieces if len(piece) > 1]


def _without_the_rest(ids: list[int], n_ctx: int) -> Pairs:
    return [pair for pair in _windows(ids, n_ctx) if len(pair[0]) == n_ctx]


def _one_input_left(ids: list[int], n_ctx: int) -> Pairs:
    starts = range(0, len(ids) - 1, n_ctx)
    return [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in starts]


def _last_without_target(ids: list[int], n_ctx: int) -> Pairs:
    starts = range(0, len(ids), n_ctx)
    return [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in starts]


def _one_by_one(ids: list[int], n_ctx: int) -> Pairs:
    last = max(1, len(ids) - n_ctx)
    found = [(ids[i : i + n_ctx], ids[i + 1 : i + 1 + n_ctx]) for i in range(last)]
    return [(inputs[: len(targets)], targets) for inputs, targets in found if targets]


def _only_next(ids: list[int], n_ctx: int) -> Pairs:
    return [(inputs, targets[-1:]) for inputs, targets in _windows(ids, n_ctx)]


def _two_ahead(ids: list[int], n_ctx: int) -> Pairs:
    found = []
    for start in range(0, len(ids) - 2, n_ctx):
        end = min(start + n_ctx, len(ids) - 2)
        found.append((ids[start:end], ids[start + 2 : end + 2]))
    return found


def _cases() -> tuple[Case, ...]:
    fixed = [
        ([10, 11, 12, 13, 14], 2),
        ([10, 11, 12, 13], 2),
        ([7, 7, 8], 8),
        ([1, 2], 1),
        ([5], 3),
        ([3, 1, 4, 1, 5, 9, 2], 3),
    ]
    generator = random.Random(902)
    while len(fixed) < 20:
        size = generator.randrange(2, 14)
        fixed.append(([generator.randrange(50) for _ in range(size)], generator.randrange(1, 6)))
    return tuple(Case(args) for args in fixed)


WINDOWS = Exercise(
    id="09.janelas",
    title="entradas e alvos",
    difficulty=2,
    importance=5,
    minutes=(8, 15),
    statement="""
O texto não cabe inteiro no contexto. Para medir a perda nele, corte-o em **janelas** vizinhas de
até `n_ctx` posições. Em cada posição o modelo lê um token e precisa prever o seguinte.

Escreva `my_windows(ids, n_ctx)`. Devolva uma lista de pares `(entradas, alvos)`, duas listas do
mesmo tamanho, com o alvo de cada posição sendo o token **seguinte** do texto. Do segundo em diante,
cada token do texto é alvo **exatamente uma vez**, até na emenda entre duas janelas. A última janela
pode ser menor.
""",
    done_when="Os alvos de todas as janelas, em fila, são o texto sem o primeiro token.",
    hints=(
        Hint(
            "uma pergunta",
            "Um texto de 5 tokens faz quantas perguntas? Com `n_ctx = 2`, em quantas janelas?",
        ),
        Hint(
            "o plano",
            "1. O último token não tem seguinte: são `len(ids) - 1` posições a repartir.\n"
            "2. Comece em 0 e ande de `n_ctx` em `n_ctx`.\n"
            "3. Uma janela de `start` a `end` tem alvos de `start + 1` a `end + 1`.",
        ),
        Hint(
            "por que perco um token em cada emenda?",
            "Quem corta primeiro e desloca depois perde o alvo da última posição de cada pedaço: "
            "ele está no pedaço seguinte. Fatie os alvos do texto inteiro.",
        ),
        Hint(
            "a saída esperada",
            "`my_windows([10, 11, 12, 13], 2)` devolve `[([10, 11], [11, 12]), ([12], [13])]`.",
        ),
    ),
    name="my_windows",
    stub='''
def my_windows(ids: list[int], n_ctx: int) -> list[tuple[list[int], list[int]]]:
    """Devolve pares (entradas, alvos) de até n_ctx posições; cada token é alvo uma vez só."""
    raise NotImplementedError  # escreva aqui
''',
    solution=_windows,
    form=Form("sequence", (_PAIR,), label="uma lista de pares"),
    make_cases=_cases,
    wrong=(
        KnownWrong(
            "alvo_igual_a_entrada",
            _same_targets,
            "Seu resultado é igual ao de quem usa a **própria entrada como alvo**. O modelo "
            "aprenderia a repetir o que acabou de ler, com perda zero e nenhuma utilidade. O alvo "
            "da posição `i` é `ids[i + 1]`.",
        ),
        KnownWrong(
            "ao_contrario",
            _swapped,
            "Seu resultado é igual ao de quem **trocou** entradas e alvos. O modelo aprenderia a "
            "escrever de trás para a frente. A entrada vem antes, o alvo é o seguinte.",
        ),
        KnownWrong(
            "corta_e_desloca",
            _cut_then_shift,
            "Seu resultado é igual ao de quem **corta primeiro e desloca depois**. Em cada emenda "
            "some uma pergunta. Ande de `n_ctx` em `n_ctx`, mas tire os alvos do texto inteiro.",
        ),
        KnownWrong(
            "sem_o_resto",
            _without_the_rest,
            "Seu resultado é igual ao de quem joga fora a **última janela** quando ela é menor. "
            "Num texto curto não sobraria nada. Deixe `end` parar no fim do texto.",
        ),
        KnownWrong(
            "entrada_sobrando",
            _one_input_left,
            "Seu resultado é igual ao de quem deixa uma **entrada sem alvo** na última janela. O "
            "último token do texto não tem seguinte: as entradas param em `ids[len(ids) - 2]`.",
        ),
        KnownWrong(
            "ultimo_token_sozinho",
            _last_without_target,
            "Seu resultado é igual ao de quem abre uma janela **até para o último token**. Ele não "
            "tem seguinte, e não é pergunta. Reparta só as `len(ids) - 1` primeiras posições.",
        ),
        KnownWrong(
            "de_um_em_um",
            _one_by_one,
            "Seu resultado é igual ao de quem anda **de um em um**. As janelas se sobrepõem, e "
            "alguns tokens são medidos muitas vezes. Ande de `n_ctx` em `n_ctx`.",
        ),
        KnownWrong(
            "um_alvo_por_janela",
            _only_next,
            "Seu resultado é igual ao de quem guarda **um alvo por janela**. Cada posição faz a "
            "sua pergunta, e a máscara permite respondê-las juntas. São tantos alvos quantas "
            "entradas.",
        ),
        KnownWrong(
            "dois_adiante",
            _two_ahead,
            "Seu resultado é igual ao de quem desloca **duas posições**. O modelo aprenderia a "
            "pular um token. Some 1 aos dois limites da fatia, e não 2.",
        ),
    ),
)
