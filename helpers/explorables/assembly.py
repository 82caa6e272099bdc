"""Monte o bloco: onde fica a norma, se há conexão residual e MLP, e em quantas camadas."""

from helpers.depth import N_POS, Signal, signal
from helpers.explorables.base import show
from helpers.explorables.flipper import Flipper
from helpers.explorables.frames import Axis, Challenge, Frame, Prediction, Table
from helpers.plots.assembly_frames import HEIGHT, assembly_frame, said, wiring
from helpers.plots.svg import document

NORMS = {"pre": "antes", "post": "depois", "none": "nenhuma"}
DEPTHS = (2, 6, 12, 24)
#: Abaixo disto, as posições já não se distinguem.
SAME = 1e-3
#: Abaixo disto, o fluxo quase sumiu; o ε da norma final já pesa mais do que ele.
FAINT = 1e-2


def assembly_sentence(norm: str, residual: bool, mlp: bool, depth: int, found: Signal) -> str:
    """Frase de um quadro: o que foi montado, o que se mediu e o que isso quer dizer.

    Parâmetros:
        norm: "pre", "post" ou "none".
        residual: se há as conexões residuais.
        mlp: se há o MLP.
        depth: quantos blocos.
        found: o que se mediu.
    """
    made = [{"pre": "norma antes", "post": "norma depois", "none": "nenhuma norma"}[norm]]
    made.append("com residual" if residual else "sem residual")
    made.append("com MLP" if mlp else "sem MLP")
    head = f"{', '.join(made)}, {depth} blocos".capitalize().replace("mlp", "MLP")
    numbers = (
        f"tamanho do fluxo {said(found.size[-1])}, gradiente na entrada {said(found.gradient[0])}, "
        f"diferença entre posições {said(found.variety[-1])}"
    )
    return f"{head}: {numbers}. {verdict(found)}"


def verdict(found: Signal) -> str:
    """O que quebrou, em palavras, ou que nada quebrou.

    Parâmetros:
        found: o que se mediu.
    """
    if found.gradient[0] < 1e-3:
        return "O gradiente quase não chega à entrada: os primeiros blocos não aprenderiam."
    if found.size[-1] < FAINT:
        return "O fluxo encolheu até quase sumir: pouco do que entrou chega à saída."
    if found.variety[-1] < SAME:
        return f"As {N_POS} posições ficaram iguais: já não se sabe que token era qual."
    if found.size[-1] > 10:
        return "O fluxo cresce de bloco em bloco, sem freio."
    if found.is_identity:
        return "Nada quebrou, e com escritas zeradas o bloco é a identidade."
    return "Nada quebrou nesta profundidade."


def assembly_table(found: Signal) -> Table:
    """Os valores na entrada, no meio e na saída da pilha.

    Parâmetros:
        found: o que se mediu.
    """
    depth = len(found.size) - 1
    places = (0, depth // 2, depth)
    rows = (
        ("tamanho do fluxo (RMS)", found.size),
        ("norma do gradiente", found.gradient),
        ("diferença entre posições", found.variety),
    )
    header = ("medida", "entrada", f"bloco {depth // 2}", f"bloco {depth}")
    return Table(header, tuple((n, *(said(values[i]) for i in places)) for n, values in rows))


def assemble_the_block(name: str = "w13") -> Flipper:
    """Monte o bloco: os fios mudam, e as curvas por camada mostram o que isso custou.

    Parâmetros:
        name: nome na lista de exploráveis vivos.
    """

    def frame(norm: str, residual: bool, mlp: bool, depth: int) -> Frame:
        found = signal(norm, residual, mlp, depth)
        curves = (
            ("tamanho do fluxo (RMS)", found.size),
            ("gradiente", found.gradient),
            ("diferença entre posições", found.variety),
        )
        badge = f"escritas zeradas: identidade? {'sim' if found.is_identity else 'não'}"
        drawing = assembly_frame(norm, residual, mlp, curves, badge)
        sentence = assembly_sentence(norm, residual, mlp, depth, found)
        return Frame(drawing, sentence, assembly_table(found))

    question = Prediction(
        "Pilha de 24 blocos, pesos sorteados, norma antes. Tira-se a conexão residual. "
        "O que se perde primeiro?",
        ("o tamanho do fluxo", "o gradiente", "a diferença entre as posições"),
        "a diferença entre as posições",
        (
            "A norma repõe o tamanho a cada leitura. Tire a residual e veja as três curvas.",
            "Com a norma, ele ainda chega. Sem norma nenhuma, não: experimente.",
            "Cada atenção é uma média, e média sobre média deixa todas as posições iguais.",
        ),
        cover=document(wiring("pre", True, True), HEIGHT),
    )
    switch = ("com", "sem")
    return show(
        name,
        Flipper(
            frame,
            [
                Axis("norm", "norma", tuple(NORMS), tuple(NORMS.values()), kind="buttons"),
                Axis("residual", "residual", (True, False), switch, kind="buttons"),
                Axis("mlp", "MLP", (True, False), switch, kind="buttons"),
                Axis("depth", "blocos", DEPTHS),
            ],
            "Monte o bloco",
            name="w13",
            title="Monte o bloco: que fio não pode faltar?",
            question=question,
            challenges=(
                Challenge(
                    "Faça o gradiente sumir antes da entrada.",
                    lambda **state: signal(**state).gradient[0] < 1e-3,
                ),
                Challenge(
                    "Faça o fluxo passar de 10 sem tirar a residual.",
                    lambda **state: state["residual"] and signal(**state).size[-1] > 10,
                ),
                Challenge(
                    "Deixe as posições iguais com a norma no lugar.",
                    lambda **state: state["norm"] != "none" and signal(**state).variety[-1] < SAME,
                ),
            ),
        ),
    )
