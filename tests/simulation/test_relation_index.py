from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from forecast.contacts import codes
from forecast.errors import ForecastError, InputError
from forecast.simulation.relation_index import (
    WEIGHTS_FILE,
    Base,
    base_level,
    load_index,
    record_index,
    relation_index,
    weight_set,
)
from tests.fixture.record import frozen_panel

NAMES = tuple(load_index().sets)
YEARS = Base(first_year=2023, last_year=2024)


@dataclass
class Record:
    """The fields of a panel that the index reads, with synthetic rows."""

    as_of: date
    contact: pd.DataFrame
    about: tuple[SimpleNamespace, ...] = (SimpleNamespace(relations_start=date(1991, 12, 16)),)


@pytest.fixture
def record():
    rows = [
        ("2022-12-31", "president", 3),
        ("2023-01-01", "assistant", 0),
        ("2023-01-20", "cabinet", 2),
        ("2024-02-10", "president", 1),
    ]
    contact = pd.DataFrame(rows, columns=["date", "us_rank", "outcome"])
    return Record(date(2024, 3, 15), contact.assign(date=pd.to_datetime(contact["date"])))


def test_weight_sets_are_complete_and_argued():
    assert {"default", "equal", "rank_only", "outcome_heavy"} <= set(NAMES)
    for name in NAMES:
        found = weight_set(name)
        assert found.matrix().shape == (len(codes.RANK.labels), len(codes.OUTCOME.labels))
        assert all(entry.reason for table in (found.rank, found.outcome) for _, entry in table)


def test_weights_multiply_rank_and_outcome():
    matrix = weight_set("default").matrix()
    assert matrix[codes.RANK.index("president"), 0] == 8
    assert matrix[codes.RANK.index("cabinet"), 3] == 4 * 3


@pytest.mark.parametrize("name", NAMES)
def test_weights_never_fall_with_rank_of_the_executive_or_outcome(name):
    matrix = weight_set(name).matrix()
    assert (np.diff(matrix[:5], axis=0) <= 0).all()
    assert (np.diff(matrix, axis=1) >= 0).all()


def test_index_is_the_weighted_sum_over_any_leading_axes():
    count = np.random.default_rng(0).integers(0, 5, (3, 7, 6, 4))
    matrix = weight_set("outcome_heavy").matrix()
    level = relation_index(count, weight_set("outcome_heavy"))
    np.testing.assert_allclose(level, (count * matrix).sum(axis=(-2, -1)))
    np.testing.assert_allclose(
        relation_index(count, weight_set("outcome_heavy"), base=5, months=12), 100 * level / 12 / 5
    )


def test_equal_weights_count(record):
    days = (date(2024, 3, 16) - date(2023, 1, 1)).days
    assert base_level(record, weight_set("equal"), YEARS) == pytest.approx(3 / (days / 365.25 * 12))


def test_months_before_relations_are_no_months_of_the_base(record):
    late = replace(record, about=(SimpleNamespace(relations_start=date(2023, 7, 1)),))
    days = (date(2024, 3, 16) - date(2023, 7, 1)).days
    inside = (record.contact["date"] >= "2023-07-01").sum()
    assert base_level(late, weight_set("equal"), YEARS) == pytest.approx(inside / (days / 365.25 * 12))
    assert base_level(late, weight_set("equal"), YEARS) != base_level(record, weight_set("equal"), YEARS)


def test_history_is_by_whole_month_and_shares_the_base(record):
    weights = weight_set("default")
    found = record_index(record, weights, YEARS)
    assert found.month.values[[0, -1]].astype("datetime64[D]").astype(str).tolist() == [
        "2022-12-01",
        "2024-02-01",
    ]
    months = np.array([31, 31, 29]) / 365.25 * 12
    level = (found.values * base_level(record, weights, YEARS) / 100)[[0, 1, -1]]
    assert level == pytest.approx(np.array([24, 1 + 8, 12]) / months)
    assert (found > 0).sum() == 3


def test_days_before_relations_are_no_days_of_the_first_month(record):
    weights, late = weight_set("default"), replace(record, about=(SimpleNamespace(relations_start=date(2022, 12, 21)),))
    first, whole = (record_index(one, weights, YEARS).values for one in (late, record))
    assert first[0] == pytest.approx(whole[0] * 31 / 11)
    np.testing.assert_array_equal(first[1:], whole[1:])


def test_a_base_without_contacts_is_an_error(record):
    with pytest.raises(
        ForecastError, match="between 2030 and 2031 as of 2024-03-15: the relation index has no base"
    ):
        base_level(record, weight_set("equal"), Base(first_year=2030, last_year=2031))


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(ForecastError, match=r"no weight set 'equall'\. Did you mean 'equal'\?"):
        weight_set("equall")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'assistant: {weight: 1, reason: "The unit: the',
            'asistant: {weight: 1, reason: "The unit: the',
            r"Did you mean 'assistant'\?",
        ),
        (
            'weight: 8, reason: "Scarcest',
            'weight: -8, reason: "Scarcest',
            "line 17, key sets.default.rank.president.weight",
        ),
        ("first_year: 2017", "first_yaer: 2017", r"Did you mean 'first_year'\?"),
    ],
)
def test_a_malformed_weights_file_is_an_error(tmp_path, old, new, words):
    text = WEIGHTS_FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "weights.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_index(path)


@pytest.mark.parametrize("name", NAMES)
def test_the_record_has_mean_100_in_the_base_years(name):
    panel, weights = frozen_panel(), weight_set(name)
    found = record_index(panel, weights)
    inside = found.sel(month=slice("2017-01", "2024-12"))
    assert len(inside) == 94  # the last whole month is October 2024
    assert float(inside.weighted(inside["month"].dt.days_in_month).mean()) == pytest.approx(100, rel=0.01)
