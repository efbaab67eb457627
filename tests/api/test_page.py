"""The ten lines of docs/python.md run as they stand, on posteriors that need no sampler."""

import re
from pathlib import Path

import pytest

import forecast

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def example():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return code


@pytest.mark.slow
def test_ten_lines_run_contrast_and_plot(place, capsys):
    assert len([line for line in example().splitlines() if line]) <= 10
    exec(compile(example().replace("paths=4000", "paths=200"), str(PAGE), "exec"), {})
    assert (place / "history.pdf").stat().st_size > 1000
    found = forecast.load_run("my_run")
    assert found.scenarios == ("trump_ukraine_ceasefire", "trump")
    told = capsys.readouterr().out
    assert "2025-2028" in told
    assert "type" in told


def test_the_page_names_everything_that_the_package_gives():
    text = PAGE.read_text(encoding="utf-8")
    assert {name for name in forecast.API if f"`{name}`" not in text and name not in ("Run", "Record")} == set()
