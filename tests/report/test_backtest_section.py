"""A backtest becomes a section of the report of its own dyad, and of no other."""

from dataclasses import replace

import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.report.archive import write_tables
from forecast.report.backtest.page import FIGURES
from forecast.report.backtest.section import files_of, load_section
from forecast.report.backtest.words import of_dyad
from forecast.report.backtest.write import write_page
from forecast.report.page import render_page

COVERAGE = {f"calibrated_{level}": 0.01 * level for level in (50, 80, 90, 95)}


@pytest.fixture
def folder(tmp_path):
    rows = [("contacts by rank and year", "crps", name, loss, "last term", skill, skill - 0.1, skill + 0.1, 168)
            for name, loss, skill in (("model", 0.6, 0.2), ("model, placebo", 0.7, 0.05), ("last term", 0.75, 0.0))]
    columns = ["measure", "loss_name", "forecaster", "loss", "baseline", "skill", "low", "high", "cells"]
    skill = pd.DataFrame(rows, columns=columns)
    write_tables({"skill": skill}, tmp_path)
    for name in FIGURES:
        (tmp_path / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    told = of_dyad("Kazakhstan", skill, pd.DataFrame({"term": ["1997-2001", "2001-2005"]}), {})
    coverage = pd.DataFrame([{"measure": "contacts by rank and year", "forecaster": "model", **COVERAGE}])
    write_page(told, skill, coverage, tmp_path, "us_kz")
    return tmp_path


def test_the_section_says_what_the_backtest_found(folder, content):
    assert set(files_of(folder, "us_kz")) == {f"backtest {name}" for name in (
        "told.json", "skill.csv", *(f"{figure}.svg" for figure in FIGURES))}
    page = render_page(replace(content, backtest=load_section(folder)), {})
    section = page[page.index('id="past"'):page.index('id="trust"')]
    assert "beats the best baseline (last term)" in section
    assert "<td>+20.0 (+10.0 to +30.0)</td><td>+5.0 (-5.0 to +15.0)</td>" in section
    assert section.count("<img") == len(FIGURES)
    assert 'href="#past"' in page


def test_a_report_without_a_backtest_has_no_such_section(content):
    assert "past forecasts" not in render_page(content, {}).lower()


@pytest.mark.parametrize(("dyad", "gone", "words"), [
    ("us_uz", None, "a backtest of us_uz, found us_kz"), ("us_kz", "terms.svg", "terms.svg"), ("us_kz", "told.json", "told.json"),
])
def test_another_dyad_and_missing_files_are_refused(folder, dyad, gone, words):
    if gone:
        (folder / gone).unlink()
    with pytest.raises(InputError, match=words):
        files_of(folder, dyad)


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    with pytest.raises(InputError) as error:
        files_of(tmp_path / "nowhere", "us_kz")
    assert len(error.value.faults) == 1
