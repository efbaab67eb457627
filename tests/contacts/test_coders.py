"""Three coders and more: missing values, columns and contacts that some did not code, agreement of every two, ambiguous topics.

All codings are made up for tests.
"""

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from forecast.cli.coding import reliability as command
from forecast.contacts import codes
from forecast.contacts.alpha import Units, alpha, alpha_interval, resampled_alpha
from forecast.contacts.reliability import AMBIGUOUS, VARIABLES, alone, compare, reliability, units_of
from tests.contacts.example import contact, second, write, write_dyad
from tests.contacts.test_reliability_coding import IDS, coding, told, variable

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: four coders, twelve units, -1 for no value
EXAMPLE = np.array([[1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
                    [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1]]).T


def example(level, distance=None):
    return Units.coded(level, np.where(EXAMPLE < 0, -1, EXAMPLE - 1), 5, distance)


def squares():
    value = np.arange(1.0, 6)
    return (value[:, None] - value[None, :]) ** 2


@pytest.mark.parametrize(("level", "distance", "published"), [
    ("nominal", None, 0.743), ("ordinal", None, 0.815), ("set", squares(), 0.849)], ids=["nominal", "ordinal", "interval"])
def test_four_coders_with_missing_values_as_published(level, distance, published):
    units = example(level, distance)
    assert (len(units), units.counts.sum()) == (11, 40)  # the unit with one value says nothing
    assert alpha(units) == pytest.approx(published, abs=5e-4)
    assert resampled_alpha(units, np.ones((1, 11), int))[0] == pytest.approx(alpha(units), abs=1e-12)


def test_agreement_is_counted_by_pairs_of_values():
    units = Units.coded("nominal", np.array([[0, 0, 0], [0, 1, -1], [1, 1, 0], [1, -1, -1]]), 2)
    assert units.agreement == pytest.approx((3 + 0 + 1) / (3 + 1 + 3))
    assert units.equal.tolist() == [True, False, False]
    assert units.apart.tolist() == [False, True, False]


def made_up(rng, knows, units, coders=3, missing=0.2, frequency=(0.5, 0.3, 0.2)):
    """Coders who each know a unit with a chance, or else draw from the same frequencies: alpha is that chance squared."""
    truth = rng.choice(len(frequency), units, p=frequency)
    drawn = rng.choice(len(frequency), (units, coders), p=frequency)
    code = np.where(rng.random((units, coders)) < knows, truth[:, None], drawn)
    return np.where(rng.random((units, coders)) < missing, -1, code)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_random_codes_are_worth_nothing_and_the_same_ones_everything(level):
    rng = np.random.default_rng(21)
    guessed = np.array([alpha(Units.coded(level, made_up(rng, 0, 40, coders=4), 3)) for _ in range(200)])
    assert abs(guessed.mean()) < 4 * guessed.std() / np.sqrt(len(guessed))
    assert alpha(Units.coded(level, made_up(rng, 1, 40, coders=4), 3)) == 1


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_resamples_of_many_coders_are_what_the_library_says_of_each(level):
    rng = np.random.default_rng(22)
    units = Units.coded(level, made_up(rng, 0.5, 30, coders=5), 3)
    drawn = rng.integers(len(units), size=(15, len(units)))
    slow = [alpha(Units(level=level, counts=units.counts[row])) for row in drawn]
    weight = np.array([np.bincount(row, minlength=len(units)) for row in drawn])
    np.testing.assert_allclose(resampled_alpha(units, weight), slow, atol=1e-12)


def test_intervals_of_three_coders_with_missing_values_cover_at_about_their_rate():
    rng, knows = np.random.default_rng(23), 0.85
    found = np.array([alpha_interval(Units.coded("nominal", made_up(rng, knows, 60), 3), rng, resamples=400)[:2]
                      for _ in range(200)], dtype=float)
    error = np.sqrt(0.95 * 0.05 / len(found))
    assert ((found[:, 0] <= knows ** 2) & (knows ** 2 <= found[:, 1])).mean() > 0.95 - 3 * error
    middle, half = found.mean(axis=1), (found[:, 1] - found[:, 0]) / 2
    assert (np.abs(knows ** 2 - middle) <= 0.6 * half).mean() < 0.95 - 3 * error  # narrower ones would be caught


def test_units_on_which_some_of_many_coders_agree_are_resampled():
    units = Units.coded("nominal", np.array([[0, 0, 1], [1, 1, 0], [1, 1, 2], [2, 0, 0], [0, 1, 1]] * 3), 3)
    assert not units.equal.any()
    assert alpha_interval(units, np.random.default_rng(1)).way == "units resampled"


@pytest.fixture
def folder(tmp_path):
    """A dyad with a second coding and, beside it, a third one of the outcome alone."""
    place = write_dyad(tmp_path / "us_xx", [contact(day, outcome=str(at % 2)) for at, day in enumerate(
        f"2018-01-{day:02d}" for day in range(1, 21))])
    coding(place / "second_coding.csv", IDS[:12])
    write(tmp_path / "third.csv", [{"id": of, "outcome": str(at % 2)} for at, of in enumerate(IDS[:15])])
    return place


def measured(*paths, **given):
    codings = compare(*paths)
    return codings, reliability(*codings, seed=1, resamples=500, **given)


def test_a_coder_of_one_column_counts_there_and_nowhere_else(folder, tmp_path):
    codings, found = measured(folder / "contacts.csv", folder / "second_coding.csv", tmp_path / "third.csv")
    assert codings[2].coded == ("outcome",)
    table = found.table.set_index("variable")
    assert table.loc["outcome", ["units", "pairable", "values", "single"]].tolist() == [15, 15, 12 * 3 + 3 * 2, 5]
    assert table.loc["mechanism", ["pairable", "values"]].tolist() == [12, 24]
    pairs = found.pairs.set_index(["first", "second", "variable"])["pairable"]
    assert [pairs[a, b, "outcome"] for a, b in ("AB", "AC", "BC")] == [12, 15, 12]
    assert [pairs[a, b, "mechanism"] for a, b in ("AB", "AC", "BC")] == [12, 0, 0]
    assert alone(codings) == 5


def test_alpha_of_three_coders_is_that_of_their_values(folder, tmp_path):
    write(tmp_path / "third.csv", [{"id": of, "outcome": str((at + (at == 3)) % 2)} for at, of in enumerate(IDS[:15])])
    codings, found = measured(folder / "contacts.csv", folder / "second_coding.csv", tmp_path / "third.csv")
    code = np.array([[at % 2, at % 2 if at < 12 else -1, (at + (at == 3)) % 2] for at in range(15)])
    outcome = found.table.set_index("variable").loc["outcome"]
    assert outcome["alpha"] == alpha(Units.coded("ordinal", code, 4))
    assert outcome["agreement"] == pytest.approx((12 * 3 + 3 - 2) / (12 * 3 + 3))
    two = found.pairs.query("variable == 'outcome' and first == 'B' and second == 'C'").iloc[0]
    assert two["alpha"] == alpha(units_of(variable("outcome"), codings[1], codings[2]))
    assert two["agreement"] == pytest.approx(11 / 12)


def test_a_third_coding_that_says_nothing_changes_no_number(folder, tmp_path):
    paths = folder / "contacts.csv", folder / "second_coding.csv"
    write(tmp_path / "empty.csv", [{"id": of, "outcome": "", "agenda": ""} for of in IDS])
    variables = [one for one in VARIABLES if one.name != "agenda, or none"]
    two, three = (measured(*given, variables=variables)[1].table for given in (paths, (*paths, tmp_path / "empty.csv")))
    pd.testing.assert_frame_equal(two.drop(columns="units"), three.drop(columns="units"))


def test_a_coder_without_overlap_says_nothing_and_typing_errors_do_not_hide(folder, tmp_path):
    write(tmp_path / "late.csv", [{"id": of, "outcome": "1"} for of in IDS[15:]])
    _, found = measured(folder / "second_coding.csv", coding(tmp_path / "B.csv", IDS[:12]), tmp_path / "late.csv")
    table = found.table.set_index("variable")
    assert table.loc["outcome", ["pairable", "single"]].tolist() == [12, 5]
    assert found.pairs.query("second == 'C'")["alpha"].isna().all()
    write(tmp_path / "late.csv", [{"id": of, "outcome": "1"} for of in (IDS[15], "2018-01-17-synthetik")])
    assert told(folder / "contacts.csv", folder / "second_coding.csv", tmp_path / "late.csv") == [
        ("late.csv", "row 3, column id", "Did you mean '2018-01-17-synthetic'?")]


def test_codings_with_nothing_in_common_and_one_given_twice_are_told(tmp_path):
    paths = [coding(tmp_path / f"{name}.csv", [of]) for name, of in zip("ABC", IDS, strict=False)]
    assert told(*paths) == [("C.csv", "whole file, column id", "Give codings of the same contacts.")]
    assert told(paths[0], paths[1], paths[0])[0] == ("A.csv", "coding C", "Leave it out.")


def test_the_topics_that_the_codebook_calls_ambiguous_stand_by_themselves(folder, tmp_path):
    one, other = (next(iter(codes.TOPIC.ambiguous)), codes.TOPIC[0])
    assert [topic.name for topic in AMBIGUOUS] == [f"agenda: {topic}" for topic in codes.TOPIC.ambiguous]
    agenda = {name: [f"{one};{other}" if at in named else other for at in range(10)]
              for name, named in (("A", {1, 2, 3}), ("B", {2, 3}), ("C", {3, 9}))}
    paths = []
    for name, cells in agenda.items():
        paths.append(tmp_path / f"{name}.csv")
        write(paths[-1], [second(of, agenda=cell) for of, cell in zip(IDS, cells, strict=False)])
    codings, found = measured(*paths)
    row = found.ambiguous.iloc[0]
    code = np.array([[one in cells[at] for cells in agenda.values()] for at in range(10)]).astype(int)
    assert row["alpha"] == alpha(Units.coded("nominal", code, 2))
    assert [row[f"used_{name}"] for name in "ABC"] == [3, 2, 2]
    assert [row[f"given_{name}"] for name in "ABC"] == [10, 10, 10]
    table = found.as_table(codings)
    assert table["coders"].value_counts().to_dict() == {
        "A (A), B (B), C (C)": len(VARIABLES) + len(AMBIGUOUS), "A (A), B (B)": len(VARIABLES),
        "A (A), C (C)": len(VARIABLES), "B (B), C (C)": len(VARIABLES)}


def call(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(one) for one in (*arguments, "--resamples", 500)])


def test_a_folder_and_a_further_coding_fit_eighty_columns(folder, tmp_path):
    result = call(folder, tmp_path / "third.csv", "--topics", "--tables", tmp_path / "agreement.csv")
    assert result.exit_code == 0, result.output
    tables = result.stdout.partition("\n\n")[2]
    assert max(map(len, tables.splitlines())) <= 80 or str(tmp_path) in max(tables.splitlines(), key=len)
    assert "15 contacts; coded: outcome and no other column" in result.stdout
    assert "Coder by coder" in result.stdout
    assert "5 contacts are coded by one coder alone" in result.stdout
    written = pd.read_csv(tmp_path / "agreement.csv")
    assert written.query("coders == 'B (second_coding), C (third)' and variable == 'outcome'")["pairable"].tolist() == [12]


def test_a_folder_without_a_second_coding_takes_further_ones(folder, tmp_path):
    (folder / "second_coding.csv").unlink()
    assert call(folder, tmp_path / "third.csv").exit_code == 0
    assert "second_coding.csv: whole file" in call(folder).stderr


def test_programs_get_all_of_it_as_json(folder, tmp_path):
    found = json.loads(call(folder, tmp_path / "third.csv", "--json").stdout)
    assert [one["coded"] for one in found["coders"]][2] == ["outcome"]
    assert {len(found["agreement"]), len(found["pairs"]) / 3} == {len(VARIABLES)}
    assert found["agreement"][5]["variable"] == "outcome"
    assert found["agreement"][0]["alpha"] is None  # all are deputies
    assert found["coded_once"] == 5
