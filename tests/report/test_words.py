import math

import pytest

from forecast.contacts import codes
from forecast.report import words


@pytest.mark.parametrize(
    ("known", "table"),
    [(codes.RANK, words.RANK), (codes.TOPIC, words.TOPIC), (codes.OUTCOME, words.OUTCOME),
     (codes.TYPE, words.TYPE), (codes.SIDE, words.SIDE)],
)  # fmt: skip
def test_every_code_has_words(known, table):
    assert set(known) <= set(table)


def test_number_has_separators_and_a_real_minus():
    assert words.number(-1234.5, 1) == "\N{MINUS SIGN}1,234.5"


def test_number_is_never_minus_zero():
    assert words.number(-0.001, 1) == "0.0"


@pytest.mark.parametrize(
    ("error", "digits"), [(12.0, 0), (1.0, 0), (0.2, 1), (0.034, 2), (1e-9, 4), (math.nan, 2)]
)
def test_digits_follow_the_error(error, digits):
    assert words.digits_for(error) == digits


def test_sides_of_the_media_bear_the_names_of_the_states():
    assert words.named("tone", "partner", "Uzbekistan") == words.named("pages", "partner", "Uzbekistan") == "Uzbekistan pages"
    assert words.named("tone", "home", "Uzbekistan") == "US pages"
    assert words.named("mention_share", "trade", "Uzbekistan") == "Trade and investment"
