"""A página dos enganos sai do catálogo: mudar um diagnóstico sem regravá-la é vermelho."""

from pathlib import Path

import pytest

from helpers.exercises import answer_key, registry

PAGE = Path(__file__).resolve().parents[1] / "docs" / "enganos.md"


def test_page_is_what_the_catalogue_says():
    written = PAGE.read_text(encoding="utf-8")
    assert written == answer_key.answer_key_markdown(), (
        "docs/enganos.md está fora do passo: confira a mudança e rode `python -m helpers executar`"
    )


@pytest.mark.parametrize("lesson", registry.lessons())
def test_page_holds_every_diagnosis_and_explanation(lesson):
    written = " ".join(PAGE.read_text(encoding="utf-8").split())
    said = [wrong.diagnosis for item in registry.exercises(lesson) for wrong in item.wrong]
    said += [o.explanation for item in registry.quiz_questions(lesson) for o in item.options]
    said += [c for item in registry.predictions(lesson) for c in (*item.comments, *item.said)]
    assert said
    assert not [text for text in said if " ".join(text.split()) not in written]
