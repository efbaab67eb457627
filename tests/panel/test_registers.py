import csv
from datetime import date

import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.panel.registers import CHANNEL, load_registers
from forecast.shipped import DATA

HEADER = "register,register_id,person,start,end,country,locale\n"


def test_shipped_registers():
    rows = load_registers(date(2025, 1, 19))
    with (DATA / "registers.csv").open(encoding="utf-8", newline="") as file:
        assert len(rows) == sum(row["start"] <= "2025-01-19" for row in csv.DictReader(file)) > 0
    assert set(rows["register"]) == set(CHANNEL)
    assert "kazakhstan" in set(rows["country"])
    assert rows["start"].is_monotonic_increasing


def test_nothing_later_is_told(tmp_path):
    path = tmp_path / "registers.csv"
    path.write_text(HEADER + "visit_to_us,1,Synthetic,2001-01-01,2001-01-02,xx,\n"
                             "visit_to_us,2,Synthetic,2001-01-03,2001-01-06,xx,\n"
                             "visit_to_us,3,Synthetic,2001-01-05,2001-01-05,xx,\n", encoding="utf-8")
    rows = load_registers(date(2001, 1, 4), path)
    assert rows["register_id"].tolist() == ["1", "2"]
    assert rows["end"].iloc[0] == pd.Timestamp("2001-01-02")
    assert pd.isna(rows["end"].iloc[1])


def test_faults_are_named(tmp_path):
    path = tmp_path / "registers.csv"
    path.write_text(HEADER + "visit,1,Synthetic,2001-01-01,2001-13-02,xx,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)row 2, column register: .*row 2, column end: "):
        load_registers(date(2001, 1, 4), path)
