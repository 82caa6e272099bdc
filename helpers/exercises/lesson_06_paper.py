"""Exercício 06.ganho: quanto sobra do gradiente depois de quatro camadas, na mão."""

from helpers.exercises.catalog import Exercise, Form, Hint, KnownWrong

_TWO = Form(
    "sequence", (Form("number"),), length=2, label="o ganho sem conexão residual e o ganho com ela"
)

GAIN = Exercise(
    id="06.ganho",
    title="quatro camadas no papel",
    difficulty=1,
    importance=4,
    minutes=(3, 6),
    statement="""
Quatro camadas iguais, com um número só no fluxo. Cada uma calcula `f(x) = 0.5 * x`.

Se a entrada aumenta 1, quanto aumenta a saída depois das quatro? Faça as duas contas: cada camada
**troca** `x` por `f(x)`; cada camada **soma**, `x + f(x)`. Escreva em `my_gains` os dois números,
nesta ordem.
""",
    done_when="O primeiro fica abaixo de 1, o segundo acima, e você sabe dizer por quê.",
    hints=(
        Hint(
            "uma pergunta", "Por quanto uma camada multiplica um aumento na entrada, em cada caso?"
        ),
        Hint(
            "o plano",
            "1. Ache o fator de uma camada, nos dois casos.\n"
            "2. As camadas vêm uma depois da outra: os fatores se multiplicam.",
        ),
        Hint(
            "por que os fatores não se somam?",
            "A segunda camada recebe o que saiu da primeira, já multiplicado. É juro composto.",
        ),
        Hint("a saída esperada", "Com duas camadas no lugar de quatro, seria `(0.25, 2.25)`."),
    ),
    name="my_gains",
    stub="my_gains = None  # troque por dois números, como (0.25, 2.25)",
    solution=[0.0625, 5.0625],
    form=_TWO,
    kind="value",
    solution_code="""
without, with_residual = 1.0, 1.0
for _ in range(4):
    without = 0.5 * without
    with_residual = with_residual + 0.5 * with_residual

my_gains_solution = (without, with_residual)
""",
    wrong=(
        KnownWrong(
            "trocados",
            [5.0625, 0.0625],
            "Seu resultado é igual ao de quem fez as contas certas e **trocou a ordem**. Sem "
            "conexão residual o aumento encolhe; com ela, cresce. O primeiro número é o sem.",
        ),
        KnownWrong(
            "soma_os_fatores",
            [2.0, 3.0],
            "Seu resultado é igual ao de quem **soma** os efeitos das quatro camadas. Cada camada "
            "age sobre o que a anterior já mudou. Multiplique os fatores.",
        ),
        KnownWrong(
            "soma_so_no_fim",
            [0.0625, 1.0625],
            "Seu resultado é igual ao de quem soma a entrada **uma vez só, no fim**. A conexão "
            "residual está em volta de cada camada, e não da pilha. O fator de uma camada é "
            "1 + 0.5.",
        ),
        KnownWrong(
            "duas_camadas",
            [0.25, 2.25],
            "Seu resultado é igual ao de quem parou em **duas camadas**. Esse é o exemplo do "
            "cartão. Multiplique mais duas vezes.",
        ),
        KnownWrong(
            "residual_preserva",
            [0.0625, 1.0],
            "Seu resultado é igual ao de quem acha que a conexão residual **deixa tudo como "
            "está**. Ela guarda uma cópia, mas a camada ainda soma a parte dela. Conte "
            "`x + 0.5 * x`.",
        ),
    ),
)
