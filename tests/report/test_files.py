"""What is written for programs."""

import json

import numpy as np
import pandas as pd

from forecast.report.files import as_json


def test_tables_are_rows_and_a_number_that_is_none_is_null():
    table = pd.DataFrame({"dyad": ["a", "Öst"], "mean": [1.5, np.nan], "count": [2, 3]})
    found = as_json({"table": table, "empty": table.iloc[:0], "limits": (np.inf, 1.0), "of": {1: None}})
    assert "Öst" in found
    assert json.loads(found) == {
        "table": [{"dyad": "a", "mean": 1.5, "count": 2}, {"dyad": "Öst", "mean": None, "count": 3}], "empty": [],
        "limits": [None, 1.0], "of": {"1": None}}
