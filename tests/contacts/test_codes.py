import csv

import pytest

from forecast.contacts import codes
from forecast.contacts.codes import CodeList
from forecast.shipped import DYAD

LISTS = [item for item in vars(codes).values() if isinstance(item, CodeList)]


@pytest.mark.parametrize("listed", LISTS, ids=lambda item: item.name)
def test_each_code_finds_its_place_again(listed):
    assert [listed[listed.index(label)] for label in listed.labels] == list(listed.labels)
    assert tuple(code.code for code in listed.codes) == listed.labels
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("listed", LISTS, ids=lambda item: item.name)
def test_each_code_is_defined(listed):
    assert all(len(code.definition) > 3 for code in listed.codes)


def test_axis_order_is_that_of_the_contract():
    assert codes.RANK.labels == ("president", "vice_president", "cabinet", "deputy", "assistant", "congress")
    assert codes.TYPE.labels == ("democratic", "republican", "republican_trumpist")
    assert codes.SIDE.labels == ("partner", "home")
    assert len(codes.TOPIC) == 15
    assert (codes.TOPIC[0], codes.TOPIC[-1]) == ("security", "mideast")


def test_numbers_of_ordered_codes_rise():
    assert codes.OUTCOME.numbers == (0, 1, 2, 3)
    assert codes.TONE.numbers == (-1, 0, 1)
    with pytest.raises(ValueError, match="president"):
        _ = codes.RANK.numbers


@pytest.mark.parametrize(("file", "column", "listed"), [
    ("contacts.csv", "us_rank", codes.RANK), ("contacts.csv", "partner_rank", codes.PARTNER_RANK),
    ("contacts.csv", "mechanism", codes.MECHANISM), ("contacts.csv", "format", codes.FORMAT),
    ("contacts.csv", "direction", codes.DIRECTION), ("contacts.csv", "outcome", codes.OUTCOME),
    ("media.csv", "kind", codes.KIND), ("media.csv", "tone", codes.TONE), ("media.csv", "frame", codes.TOPIC),
])
def test_codes_cover_the_shipped_column(file, column, listed):
    with (DYAD / file).open(encoding="utf-8", newline="") as rows:
        used = {row[column] for row in csv.DictReader(rows)}
    assert used
    assert used <= set(listed)
