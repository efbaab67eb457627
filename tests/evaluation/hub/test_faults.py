"""Files of other forecasters: every fault by its row, and no score that compares different things."""

import random
import re

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.evaluation.freezing import observed_counts
from forecast.evaluation.hub import model_output
from forecast.evaluation.hub_models import forecaster_names, read_model_output, read_model_outputs, side_by_side, unscored
from tests.evaluation.frozen.example import contacts, frozen
from tests.evaluation.mutation import of_bytes, of_cells

HEADER = "origin_date,scenario_id,target,target_month,rank,question,output_type,output_type_id,value"
TASK = "2024-11-04,one,contacts,2025-01,president,none"
LEVELS = ("0.025", "0.05", "0.25", "0.5", "0.75", "0.95", "0.975")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "theirs.csv"


def write(file, *rows):
    file.write_text("\n".join((HEADER, *rows)) + "\n")
    return file


def quantiles(*levels, value="1"):
    return [f"{TASK},quantile,{level},{value}" for level in levels]


def score(table):
    given = frozen()
    return side_by_side({"frozen": model_output(given), "theirs": table}, given, "trump", observed_counts(given, contacts()),
                        {"visit": True}, 2)


@pytest.mark.parametrize(("row", "words"), [
    (f"{TASK},quantile,0.5,inf", "row 2, column value: expected a finite number, found 'inf'"),
    (f"{TASK},quantile,0.5,NaN", "row 2, column value: expected a finite number, found 'NaN'"),
    (f"{TASK},quantile,0.5,1e999", "row 2, column value: expected a finite number, found '1e999'"),
    (f"{TASK},quantile,0.5,", "row 2, column value: expected a number, found ''"),
    (f"{TASK},quantile,0.5,1_0", "row 2, column value: expected a number, found '1_0'"),
    (f"{TASK},quantile,0.5,1e300", "row 2, column value: expected at most 1,000,000 contacts"),
    (f"{TASK},quantile,0.1,1", "row 2, column output_type_id: expected a level between 0 and 1 that is asked for"),
    (f"{TASK},sample,1,0.5", "row 2, column value: expected a whole number of contacts, found 0.5"),
    (f"{TASK},sample,,1", "row 2, column output_type_id: expected the name of a sample"),
    (f"{TASK},sample,1234567,1", "row 2, column output_type_id: expected the name of a sample, 1 to 6 characters"),
    (f"{TASK},mean,0.5,1", "row 2, column output_type_id: expected NA, found '0.5'"),
    (f"{TASK},pmf,yes,1", "row 2, column output_type: expected mean, quantile, sample, found 'pmf'"),
    ("2024-11-04,one,contacts,2025-01,none,none,sample,1,1", "row 2, column rank: expected president, cabinet, found 'none'"),
    ("2024-11-04,one,contacts,2025-01,president,visit,sample,1,1", "row 2, column question: expected none, found 'visit'"),
    ("2024-11-04,one,contacts,none,president,none,sample,1,1", "row 2, column target_month: expected 2025-01, 2025-02"),
    ("2024-11-04,one,question,2025-01,none,visit,pmf,yes,1", "row 2, column target_month: expected none, found '2025-01'"),
    ("2024-11-04,one,question,none,none,none,pmf,yes,1", "row 2, column question: expected visit, found 'none'"),
    ("2024-11-04,one,question,none,none,visit,sample,1,1", "row 2, column output_type: expected pmf, found 'sample'"),
    ("2024-11-04,one,question,none,none,visit,pmf,yes,1", "row 2, column output_type_id: expected both answers of visit"),
    ("2024-11-05,one,contacts,2025-01,president,none,sample,1,1", "row 2, column origin_date: expected 2024-11-04"),
    (f"{TASK},sample,1", "row 2: expected 9 cells, found 8"), (f"{TASK},sample,1,1,1", "row 2: expected 9 cells, found 10"),
    (f"{TASK},mean,NA,1", "nothing that can be scored"), ("", "rows of model output below the header, found none"),
    (f'{TASK},sample,1,"1', "row 2: expected a row of a CSV file"),
])
def test_every_kind_of_fault_is_told_by_its_row(file, row, words):
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        read_model_output(write(file, row), frozen())
    assert words in str(caught.value)


def test_one_level_written_twice_is_a_repetition(file):
    write(file, *quantiles(*LEVELS), *quantiles("0.50", ".5"))
    with pytest.raises(InputError, match=r"a repetition of row 5 \(0\.5 and 0\.50 are one level\)") as caught:
        read_model_output(file, frozen())
    assert [fault.where for fault in caught.value.faults] == ["row 9, column output_type_id", "row 10, column output_type_id"]
    assert "a repetition of row 5 (0.5 and 0.50 are one level)" in str(caught.value)


def test_rows_are_counted_as_a_spreadsheet_does_also_after_blank_lines(file):
    write(file, f"{TASK},sample,1,1", "", "", f"{TASK},sample,2,-1", "", f"{TASK},sample,3,x")
    with pytest.raises(InputError, match="row 5, column value: expected ") as caught:
        read_model_output(file, frozen())
    assert [fault.where for fault in caught.value.faults] == ["row 5, column value", "row 7, column value"]


def test_a_decrease_is_told_where_it_happens_also_where_rows_are_in_no_order(file):
    rows = quantiles(*reversed(LEVELS))
    rows[1] = rows[1][:-1] + "7"  # of level 0.95; that of 0.975, in row 2, is smaller
    with pytest.raises(InputError, match=r"row 2, column value: expected quantiles that do not decrease .* found 1 after 7"):
        read_model_output(write(file, *rows), frozen())


def test_what_is_not_told_one_by_one_is_counted(file):
    write(file, *[f"{TASK},sample,{number},x" for number in range(73)])
    with pytest.raises(InputError, match="whole file: expected none of these faults, found 23 more") as caught:
        read_model_output(file, frozen())
    assert len(caught.value.faults) == 51


def test_at_most_as_many_samples_as_asked_for(file):
    read_model_output(write(file, *[f"{TASK},sample,{number},0" for number in range(100)]), frozen())
    with pytest.raises(InputError, match="row 102, column output_type_id: expected at most 100 samples of a task"):
        read_model_output(write(file, *[f"{TASK},sample,{number},0" for number in range(101)]), frozen())


def test_columns_are_those_of_model_output(file):
    file.write_text(f"{HEADER},value\n{TASK},sample,1,1,1\n")
    with pytest.raises(InputError, match="header: expected every column once, found value twice"):
        read_model_output(file, frozen())
    file.write_text(f"{HEADER},valeu\n{TASK},sample,1,1,1\n")
    with pytest.raises(InputError, match=r"found 'valeu' besides. Did you mean 'value'\?"):
        read_model_output(file, frozen())


def test_one_level_earns_no_score(file):
    """The quantile score of the level 0.975 alone is near nothing for any value that is high enough."""
    with pytest.raises(InputError, match=r"none of 0\.025, 0\.05, 0\.25, 0\.5, 0\.75, 0\.95"):
        read_model_output(write(file, *quantiles("0.975")), frozen())
    table = read_model_output(write(file, *quantiles("0.975"), f"{TASK},sample,1,1"), frozen())
    found = score(table)
    assert found[found["model"] == "theirs"]["loss"].unique().tolist() == ["CRPS of samples"]
    told = unscored("theirs", table, frozen())
    assert [fault.where for fault in told] == ["row 2"]
    assert "The quantiles of president in 2025-01 (one) are not scored." in str(told[0])


def test_the_quantile_score_is_over_all_levels_that_were_frozen(file):
    found = score(read_model_output(write(file, *quantiles("0.025", "5e-2", ".25", "0.50", "0.75", "0.950", "0.975")), frozen()))
    row = found.query("model == 'theirs' and loss == 'mean quantile score'")
    assert row["value"].tolist() == [0.0]  # all quantiles at the one contact that came
    found = score(read_model_output(write(file, *quantiles(*LEVELS, value="3")), frozen()))
    level = np.array(LEVELS, float)
    assert found.query("model == 'theirs'")["value"].tolist() == pytest.approx([(2 * (1 - level)).mean()])


def test_an_older_forecast_asks_for_the_levels_it_had(file):
    old = frozen(format=1)
    write(file, *quantiles(*LEVELS[1:-1]))
    assert len(read_model_output(file, old)) == 5
    assert unscored("theirs", read_model_output(file, old), old) == []
    with pytest.raises(InputError, match="a level between 0 and 1 that is asked for"):
        read_model_output(write(file, *quantiles(*LEVELS)), old)


def test_files_of_one_name_keep_their_rows(tmp_path):
    row = f"{TASK},sample,1,1"
    files = [tmp_path / name for name in ("a-b/2024-11-04-a-b.csv", "c-d/2024-11-04-a-b.csv", "frozen.csv", "other.csv")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        write(file, row)
    found = read_model_outputs(files, frozen())
    assert list(found) == ["a-b/2024-11-04-a-b", "c-d/2024-11-04-a-b", f"{tmp_path.name}/frozen", "other"]
    with pytest.raises(InputError, match="every file once"):
        forecaster_names([files[0], tmp_path / "c-d" / ".." / "a-b" / files[0].name])


def test_the_faults_of_all_files_are_told(tmp_path):
    files = [write(tmp_path / f"{name}.csv", f"{TASK},sample,1,x") for name in ("one", "two")]
    with pytest.raises(InputError, match="column value: expected ") as caught:
        read_model_outputs(files, frozen())
    assert [fault.source for fault in caught.value.faults] == [str(file) for file in files]


@pytest.mark.parametrize("seed", range(50))
def test_a_damaged_file_is_refused_or_scored(file, seed):
    rng, text = random.Random(seed), model_output(frozen()).to_csv(index=False)
    if seed % 3 == 0:
        file.write_bytes(of_bytes(rng, text.encode()))
    else:
        file.write_text(of_cells(rng, text))
    try:
        table = read_model_output(file, frozen())
    except InputError:
        return
    assert np.isfinite(score(table)["value"]).all()
