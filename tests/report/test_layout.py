"""Words broken into lines: guessed and then measured, as if every word had been measured in its turn."""

import random

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from forecast.report import layout
from forecast.report.layout import broken_lines
from forecast.report.style import figure_style
from tests.conftest import some

TEXT = """Contacts on record with Kazakhstan, all ranks: median and 90 % over 20,000 futures.
Встречи и звонки за год, по рангам; iiiiiiiii l i mmmmmmmmmm WWWWWWWW a"""


def one_by_one(text, width, size, weight):
    """The slow twin."""
    font = FontProperties(size=size, weight=weight)
    first, *others = text.split()
    broken = [first]
    for word in others:
        longer = f"{broken[-1]} {word}"
        if text_to_path.get_text_width_height_descent(longer, font, False)[0] / 72 / layout.MM <= width:
            broken[-1] = longer
        else:
            broken.append(word)
    return broken


@pytest.mark.parametrize("letter", some([layout._LETTER, 0.1, 5.0], [layout._LETTER, 0.1]),
                         ids=["guess", "far too many", "far too few"])
def test_lines_are_those_of_measuring_word_by_word(monkeypatch, letter):
    monkeypatch.setattr(layout, "_LETTER", letter)
    rng = random.Random(1)
    with figure_style():
        for _ in range(12):
            text = " ".join(rng.choices(TEXT.split(), k=rng.randint(1, 40)))
            case = text, rng.uniform(5, 180), rng.choice([5.6, 7.0, 9.0]), rng.choice(["normal", "bold"])
            assert broken_lines(*case) == one_by_one(*case)


def test_a_word_wider_than_the_room_has_a_line_of_its_own():
    assert broken_lines("a mmmmmmmmmmmmmmmmmmmm b", 8, 7) == ["a", "mmmmmmmmmmmmmmmmmmmm", "b"]
    assert broken_lines("", 8, 7) == []
