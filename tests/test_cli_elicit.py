"""`forecast priors elicit`: from a sheet or a table to a prior set that loads, and one message where that cannot be."""

import csv
import json
import re

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy import stats
from typer.testing import CliRunner

from cli import app
from forecast.components.prior_file import load_priors
from forecast.components.priors import SUPPORT
from forecast.components.registry import needs
from forecast.evaluation.elicitation import FORM, family_of
from forecast.report.prior_meaning import plain_of
from tests.fixture.record import RECORD
from tests.fixture.second import write_second_dyad

SCALE = "frequency.type_scale"


def call(*arguments):
    return CliRunner().invoke(app, ["priors", *map(str, arguments)])


def elicit(*arguments):
    return call("elicit", *arguments, "--data", RECORD)


def told(path):
    return json.loads(re.search(r'id="elicit-data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)[1])


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled(form, said):
    """Rows of a table for experts: name -> distribution on the scale of the prior file, here a half-normal's typical factor."""
    rows = []
    with form.open(encoding="utf-8", newline="") as file:
        bins = list(csv.DictReader(file))
    ends = [np.log(float(row["high"])) / stats.norm.ppf(0.75) if row["high"] else np.inf for row in bins]
    for name, law in said.items():
        chips = np.diff(np.r_[0, np.round(100 * law.cdf(ends))]).astype(int)
        rows += [row | {"expert": name, "chips": many, "reason": f"{name} has read the record." if not at else ""}
                 for at, (row, many) in enumerate(zip(bins, chips, strict=True))]
    with form.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, bins[0])
        writer.writeheader()
        writer.writerows(rows)


def answer(path, chips, edges, expert="Anna", parameter=SCALE, reason="She has read the record."):
    path.write_text(json.dumps({"form": FORM, "parameter": parameter, "expert": expert, "reason": reason, "edges": list(edges),
                                "chips": list(map(int, chips))}), encoding="utf-8")


def test_a_table_filled_in_becomes_a_set_that_loads_with_everybodys_reasons(place):
    assert elicit(SCALE, "--out", "form.csv").exit_code == 0
    filled(place / "form.csv", {"Anna Li": stats.halfnorm(scale=0.2), "Ben": stats.halfnorm(scale=0.25)})
    result = elicit(SCALE, "--chips", "form.csv", "--out", "mine.yaml", "--record", "record", "--weight", "Anna Li=3")
    assert result.exit_code == 0, result.output
    assert "from Anna Li 0.75, Ben 0.25" in result.stdout
    assert "the ratio of contact rates of two administration types" in result.stdout
    prior = load_priors(place / "mine.yaml", needs()).component["frequency"]["type_scale"]
    assert prior.sigma == pytest.approx(0.2125, rel=0.03)
    assert all(name in prior.reason for name in ("Anna Li (0.75): Anna Li has read", "Ben (0.25): Ben has read"))
    text = (place / "mine.yaml").read_text()
    assert re.search(r"# Chips of Anna Li: \d+(, \d+){11}\.", text)
    assert YAML(typ="safe").load(text)["extends"] == "default"
    record = json.loads((place / "record" / "elicitation.json").read_text())
    assert record["distance"] <= 0.02
    assert [one["expert"] for one in record["experts"]] == ["Anna Li", "Ben"]
    assert {path.name for path in (place / "record").iterdir()} == {
        "elicitation.md", "elicitation.json", "elicitation.pdf", "elicitation.svg", "elicitation.png", "manifest.json"}
    assert call("show", "mine.yaml", "--changed").exit_code == 0


def test_answers_add_up_one_parameter_after_another_and_an_own_file_is_replaced(place):
    edges = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    for name, law, parameter in (("one", stats.halfnorm(scale=0.3), SCALE), ("two", stats.norm(0.35, 0.15), "frequency.drift")):
        answer(place / f"{name}.json", np.diff(np.r_[0, np.round(100 * law.cdf(edges)), 100]), edges, parameter=parameter)
    for _ in range(2):
        assert elicit(SCALE, "--answers", "one.json", "--out", "first.yaml").exit_code == 0
        found = elicit("frequency.drift", "--answers", "two.json", "--extends", "first", "--out", "second.yaml")
        assert found.exit_code == 0, found.output
    both = load_priors(place / "second.yaml", needs()).component["frequency"]
    assert both["type_scale"].sigma == pytest.approx(0.3, rel=0.05)
    assert (both["drift"].mu, both["drift"].sigma) == pytest.approx((0.35, 0.15), rel=0.1)
    refused = elicit("frequency.drift", "--answers", "two.json", "--extends", "first", "--out", "first.yaml")
    assert refused.exit_code == 2
    assert "found a file that the command reads" in refused.stderr


def test_two_humps_are_refused_and_nothing_is_left(place):
    answer(place / "two.json", [0, 10, 40, 0, 0, 0, 0, 40, 10, 0], np.linspace(-1, 1, 9), parameter="frequency.drift")
    result = elicit("frequency.drift", "--answers", "two.json", "--out", "mine.yaml", "--record", "record")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "within 0.02 of a distribution that the prior file allows here (normal alone)" in result.stderr
    assert sorted(path.name for path in place.iterdir()) == ["two.json"]
    wide = re.search(r"--within ([\d.]+)\.", result.stderr)[1]
    kept = elicit("frequency.drift", "--answers", "two.json", "--out", "mine.yaml", "--record", "record", "--within", wide)
    assert kept.exit_code == 0, kept.output
    assert "was kept by request" in (place / "record" / "elicitation.md").read_text()


@pytest.mark.parametrize(("parameter", "words"), [
    ("frequency.type_scael", "Did you mean 'frequency.type_scale'?"), ("type_scale", "as in prior files"),
    ("frequency.discount", "frequency.discount: fixed"), ("media.tone_share", "media.tone_share: dirichlet"),
    ("frequency.type_centre", "fixed-by-type"),
])
def test_a_parameter_without_a_distribution_of_one_number_is_refused(place, parameter, words):
    result = elicit(parameter, "--out", "sheet.html")
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(place.iterdir()) == []


def test_a_parameter_in_whose_place_another_stands_is_refused(place):
    result = elicit(SCALE, "--out", "sheet.html", "--extends", "registers")
    assert result.exit_code == 2
    assert "in whose place administration_effects stands" in result.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (("--out", "sheet.pdf"), "ends in .html or .csv"), (("--out", "sheet.yaml"), "ends in .html or .csv, or --answers"),
    (("--out", "sheet.html", "--record", "r"), "option --record"),
    (("--out", "sheet.html", "--weight", "A=1"), "option --weight"),
    (("--out", "sheet.html", "--low", "1.5", "--high", "1.2"), "a low edge below the high one"),
    (("--out", "sheet.html", "--low", "0.9"), "both between 1 and infinity"),
    (("--out", "m.yaml", "--answers", "a.json", "--weight", "Anna"), "NAME=NUMBER"),
    (("--out", "m.yaml", "--answers", "a.json", "--weight", "Anna=-1"), "NAME=NUMBER"),
    (("--out", "m.yaml", "--answers", "a.json", "--weight", "A=1", "--weight", "A=2"), "every expert once, found A twice"),
    (("--out", "m.yaml", "--answers", "a.json", "--record", "."), "option --record"),
    (("--out", "m.html", "--answers", "a.json"), "ends in .yaml"),
    (("--out", "m.yaml", "--answers", "a.json", "--high", "2"), "option --low"),
    (("--out", "m.yaml", "--answers", "a.json", "--extends", "else/where.yaml"), "option --extends"),
])
def test_options_that_do_not_fit_are_one_message(place, arguments, words):
    answer(place / "a.json", [40, 30, 20, 10], [0.1, 0.2, 0.4])
    result = elicit(SCALE, *arguments)
    assert result.exit_code == 2, result.output
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr
    assert [path.name for path in place.iterdir()] == ["a.json"]


HEAD = "expert,low,high,chips,reason\n"


@pytest.mark.parametrize(("rows", "words"), [
    ("Anna,,1.1,x,Because she knows.\n", "row 2, column chips: expected a whole number"),
    ("Anna,,1.1,\N{SUPERSCRIPT TWO},Because she knows.\n", "column chips"),
    ("Anna,,about 1.1,4,Because she knows.\n", "row 2, column high"),
    ("Anna,,nan,4,Because she knows.\n", "row 2, column high"), ("Anna,,1_1,4,Because she knows.\n", "row 2, column high"),
    ("Anna,,1.1,4,Because she knows.\nAnna,1.2,,4,\n", "row 3, column low: expected 1.1"),
    ("Anna,,1.1,4,Because she knows.\nAnna,,1.3,4,\n", "row 3, column low: expected 1.1"),
    ("Anna,,1.1,4,Because.\nAnna,1.1,,4,\n", "rows 2 to 3, reason"),
    (",,1.1,4,Because she knows.\n,1.1,,4,\n", "rows 2 to 3, expert"),
    ("Anna,,0.5,4,Because she knows.\nAnna,0.5,,4,\n", "edges between 0 and inf"),
    ("Anna,,-1,4,Because she knows.\nAnna,-1,,4,\n", "rows 2 to 3, edges"), ("", "a row for every expert and bin"),
])
def test_what_is_wrong_with_a_table_is_told_by_row_and_column(place, rows, words):
    (place / "chips.csv").write_text(HEAD + rows, encoding="utf-8")
    result = elicit(SCALE, "--chips", "chips.csv", "--out", "m.yaml")
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert [path.name for path in place.iterdir()] == ["chips.csv"]


@pytest.mark.parametrize("column", ["expert", "low", "high", "chips", "reason"])
def test_a_misspelt_column_of_a_table_is_told_beside_wrong_cells(place, column):
    text = HEAD.replace(column, column[:-1]) + "Anna,x,1.1,3,Because she knows.\n"
    (place / "chips.csv").write_text(text, encoding="utf-8")
    result = elicit(SCALE, "--chips", "chips.csv", "--out", "m.yaml")
    assert result.exit_code == 2, result.output
    assert f"chips.csv: row 1, column {column[:-1]}: expected a column of the codebook" in result.stderr
    assert ("row 2, column low: expected a number" in result.stderr) == (column != "low")


def test_closed_ends_of_a_table_are_bins_without_chips(place):
    bins = list(zip(np.exp([-0.5, -0.2, 0.1, 0.4, 0.7]), np.exp([-0.2, 0.1, 0.4, 0.7, 1.0]), (7, 24, 38, 24, 7), strict=True))
    rows = "".join(f"Anna,{low:.12g},{high:.12g},{chips},Because she knows.\n" for low, high, chips in bins)
    (place / "chips.csv").write_text(HEAD + rows, encoding="utf-8")
    result = elicit("frequency.drift", "--chips", "chips.csv", "--out", "m.yaml")
    assert result.exit_code == 0, result.output
    prior = load_priors(place / "m.yaml", needs()).component["frequency"]["drift"]
    assert prior.mu == pytest.approx(0.25, abs=0.01)
    assert "# Chips of Anna: 0, 7, 24, 38, 24, 7, 0." in (place / "m.yaml").read_text()


HOSTILE = '</script><script>alert(1)</script> "| *x* `y` {{ z }} # : - =cmd'


def test_texts_of_others_are_texts_wherever_they_stand(place):
    edges = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    chips = np.diff(np.r_[0, np.round(100 * stats.halfnorm(scale=0.3).cdf(edges)), 100])
    answer(place / "a.json", chips, edges, expert=HOSTILE, reason=f"{HOSTILE}\n# not: a comment")
    result = elicit(SCALE, "--answers", "a.json", "--out", "m.yaml", "--record", "record")
    assert result.exit_code == 0, result.output
    prior = load_priors(place / "m.yaml", needs()).component["frequency"]["type_scale"]
    assert HOSTILE in prior.reason
    assert "<script>" not in (place / "record" / "elicitation.md").read_text().replace("\\<", "")
    assert "<script" not in (place / "record" / "elicitation.svg").read_text()


def test_every_support_has_one_distribution_at_most_and_every_plain_number_leads_back():
    for part in SUPPORT.values():
        assert len({name for name in part if name in ("normal", "half_normal", "beta")}) <= 1
    for section, part in needs().items():
        for name, support in part.items():
            if distribution := family_of(support):
                plain = plain_of(section, name, distribution)
                value = np.array([0.05, 0.3, 0.9])
                assert plain.own(plain.of(value)) == pytest.approx(value)
                assert plain.asked


def test_the_typical_factor_is_the_median_size_of_an_effect():
    scale = 0.4
    effect = np.abs(scale * np.random.default_rng(1).standard_normal(200_000))
    assert plain_of("frequency", "type_scale", "half_normal").of(scale) == pytest.approx(np.median(np.exp(effect)), rel=0.01)


@pytest.mark.parametrize("parameter", ["agenda.base", SCALE, "frequency.trend_damping", "frequency.state_loading"])
def test_a_sheet_has_rising_bins_and_what_follows_for_records_of_any_dyad(place, monkeypatch, parameter):
    monkeypatch.setattr("forecast.evaluation.prior_check.ROUGH", 20)
    monkeypatch.setattr("forecast.evaluation.prior_check.POINTS", {"mu": 2, "sigma": 2})
    folder = write_second_dyad(place / "second")
    result = call("elicit", parameter, "--out", "sheet.html", "--data", folder, "--bins", 6, "--quiet")
    assert result.exit_code == 0, result.output
    found = told(place / "sheet.html")
    assert len(found["labels"]) == 6
    assert (np.diff(found["edges"]) > 0).all()
    moves = parameter not in ("frequency.trend_damping", "frequency.state_loading")
    assert (found["grid"] is not None) == moves
    page = (place / "sheet.html").read_text(encoding="utf-8")
    assert ("http" not in page) or not re.search(r"(?:src|href)=.https?:", page)
    assert len(page) < 300_000
