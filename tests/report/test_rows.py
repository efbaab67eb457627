from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.report.lookup import draw_quantiles, election_pair, pairings, summary_rows


def test_rows_come_in_the_order_asked_for(content):
    keys = ["congress", "all", "president"]
    rows = summary_rows(content, "harris", "contact", keys, "2025-2028")
    assert list(rows.index) == keys


def test_missing_row_is_named(content):
    with pytest.raises(
        InputError, match=r"summary.csv: harris, contact, 2031: .*for each of all, found rows for nothing"
    ):
        summary_rows(content, "harris", "contact", ["all"], "2031")


def test_row_given_twice_is_refused(content):
    twice = replace(content, summary=pd.concat([content.summary, content.summary.iloc[:1]]))
    with pytest.raises(InputError, match="one row for each of all"):
        summary_rows(twice, "harris", "contact", ["all"], "2025-2028")


def test_numeric_keys_are_found_as_text(content):
    table = content.summary.copy()
    table["key"] = table["key"].map(lambda key: int(key) if key.isdigit() else key)
    rows = summary_rows(replace(content, summary=table), "harris", "outcome_share", ["0", "3"], "2025-2028")
    assert len(rows) == 2


def test_quantiles_leave_out_undefined_paths():
    values = np.array([np.nan, *np.arange(101.0)])
    assert draw_quantiles(values).tolist() == [5, 25, 50, 75, 95]


def test_quantiles_move_to_the_last_axis():
    assert draw_quantiles(np.zeros((7, 3, 2))).shape == (3, 2, 5)


def test_pair_is_harris_and_trump(content):
    assert election_pair(content) == ("harris", "trump")


def test_no_pair_without_contrast(content):
    assert election_pair(replace(content, contrast=content.contrast.iloc[:0])) is None


def test_pairings_are_those_of_the_contrast(content):
    pair = ("harris", "trump")
    assert pairings(content, pair, "contact") == ("expected", "paired", "independent")
    assert pairings(content, pair, "mention_share") == ("paired", "independent")
