"""What benchmarks say of times: ratios run by run, verdicts, exponents, and the place of a table on a page."""

import json
import re

import numpy as np
import pytest

from benchmarks import compare, growth, regression
from benchmarks.compare import Line, interleaved, put, ratios, spread, told
from benchmarks.fit import disagreement


def test_jobs_take_turns_so_that_noise_falls_on_all_alike():
    order = []
    found = interleaved({"one": lambda: order.append("one") or 1.0, "two": lambda: order.append("two") or 2.0}, runs=3)
    assert order == ["one", "two"] * 3
    assert found == {"one": [1.0] * 3, "two": [2.0] * 3}


def test_ratios_are_of_the_same_run():
    assert ratios([2.0, 9.0], [1.0, 3.0]) == (2.0, 3.0)
    assert spread((2.0, 3.0, 10.0)) == "2.0 – 3.0 – 10"


def test_a_line_without_a_peer_says_so():
    row = told([Line(figure="a", measured="1")]).splitlines()[-1]
    assert row == "| a | 1 | – | – | – | – |"


@pytest.mark.parametrize(("clock", "busy", "expected"), [
    ((1.2, 1.3, 1.25), (1.2, 1.3, 1.25), "slower"),
    ((1.2, 1.3, 1.25), (1.0, 1.0, 1.0), "slower by the clock"),
    ((3.0, 0.9, 1.3), (1.2, 0.98, 1.3), "no difference shown"),  # one run was faster
    ((1.05, 1.06, 1.07), (1.05, 1.06, 1.07), "no difference shown"),  # within the limit
    ((0.8, 0.7, 0.8), (0.8, 0.7, 0.8), "faster"),
])
def test_the_verdict_asks_every_run(clock, busy, expected):
    assert regression.verdict(clock, busy) == expected


def test_a_job_that_became_slower_is_seen(tmp_path, monkeypatch):
    """Folders that differ in one line, through the real processes; a control in which they do not."""
    for name, loops in (("slow", 6), ("fast", 2), ("same", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "program.py").write_text(f"def job():\n    return [sum(range(500_000)) for _ in range({loops})]\n")
    monkeypatch.setattr(regression, "JOBS", {"job": ("import program", "program.job()")})
    monkeypatch.setattr(regression, "counts_with_perf", lambda: False)

    def beside(*names):
        return regression.compared("job", [regression.Tree(tmp_path / name, tmp_path) for name in names], 5, instructions=False)

    row, worse = beside("slow", "fast")
    assert worse
    assert row[-1] == "slower"
    assert beside("same", "fast")[0][-1] != "slower"  # by processor time; by the clock a busy machine may say anything


def test_a_job_that_the_other_commit_does_not_have_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(regression, "JOBS", {"job": ("import not_there", "")})
    row, worse = regression.compared("job", [regression.Tree(tmp_path, tmp_path)] * 2, 1, instructions=False)
    assert "not_there" in row[-1]
    assert not worse


def test_an_exponent_is_the_slope_of_logarithms():
    sizes = (10, 100, 1000)
    assert growth._exponent(sizes, [3.0 * size**1.5 for size in sizes]) == "1.50 ± 0.00"
    sizes = tuple(range(10, 1000, 10))
    noisy = np.array(sizes) ** 1.5 * np.exp(np.random.default_rng(1).normal(0, 0.2, len(sizes)))
    slope, error = (float(one) for one in growth._exponent(sizes, noisy).split(" ± "))
    assert error == pytest.approx(0.2 / np.sqrt(len(sizes)) / np.log(sizes).std(), rel=0.3)
    assert abs(slope - 1.5) < 4 * error


@pytest.mark.slow
def test_a_point_of_growth_is_one_line_of_json(capsys, monkeypatch):
    monkeypatch.setattr(growth, "LONG", 0.0)  # every job once
    growth.measured("contacts", 100)
    found = json.loads(capsys.readouterr().out)
    assert len(found["seconds"]) == 6
    assert min(found["seconds"].values()) > 0


def test_disagreement_is_in_standard_errors():
    one, other = ({"a": {"mean": mean, "error": error}} for mean, error in ((1.0, 0.3), (2.0, 0.4)))
    assert disagreement(one, other)["a"] == pytest.approx(2.0)


def test_a_table_takes_its_place_on_a_page(tmp_path, capsys):
    page = tmp_path / "page.md"
    around = "a\n<!-- measured: bench -->\n{}\n<!-- end -->\nb\n<!-- measured: growth -->\nkept\n<!-- end -->\n"
    page.write_text(around.format("old"))
    put("new", page, "bench")
    assert page.read_text() == around.format("\nnew\n")
    with pytest.raises(ValueError, match="no place for other"):
        put("new", page, "other")


def test_the_machine_is_named_by_its_processor():
    assert re.search(r"\d+ processors, .*, Python 3\.\d+\.\d+; load", compare.machine())
