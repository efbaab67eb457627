"""`forecast ledger` on a forecast of a past term, frozen as of the eve of its election and scored by the record."""

import errno
import json
import shutil
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

import forecast
from cli import app
from forecast.errors import InputError
from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.frozen import read_frozen, write_frozen
from forecast.pipeline import Request
from forecast.pipeline.ledger import INDEX, LedgerEntry, add, read_ledger
from forecast.pipeline.run_directory import freeze
from forecast.placement import atomic_file
from forecast.shipped import DYAD
from tests.evaluation.frozen.example import frozen
from tests.golden.run_directory import write_run

SCENARIO = """\
name: {name}
title: Past
description: A term that is over and coded.
as_of: 2020-11-02
election: us_2020
outcome: {outcome}
horizon: {{start: 2021-01, end: 2024-12}}
questions:
  - id: presidents_meet_2021
    text: Will the two presidents meet in person in 2021?
    background: Asked as it could have been asked on the day of the forecast.
    contacts: {{rank: [president], direction: [us_to_partner, partner_to_us, third_country]}}
    window: [2021-01, 2021-12]
    at_least: 1
    resolution: Yes where one row or more meets the conditions.
  - id: contacts_2022_one
    text: Will there be a contact in 2022?
    background: Asked as it could have been asked on the day of the forecast.
    contacts: {{}}
    window: [2022-01, 2022-12]
    at_least: 1
    resolution: Yes where there is a row.
  - id: china_president_2022
    text: Will the president of China be in Kazakhstan in 2022?
    background: Asked as it could have been asked on the day of the forecast.
    meetings: {{list: president_of_china_to_kazakhstan}}
    window: [2022-01, 2022-12]
    at_least: 1
    resolution: Yes where the list has a meeting.
"""
OUTCOMES = {"biden": "biden", "trump": "trump", "open": "{biden: 0.5, trump: 0.5}"}
TODAY = date(2024, 12, 1)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A frozen forecast as of 2020-11-02, from made-up posteriors and the shipped record."""
    place = tmp_path_factory.mktemp("past")
    for name, outcome in OUTCOMES.items():
        (place / f"{name}.yaml").write_text(SCENARIO.format(name=name, outcome=outcome), encoding="utf-8")
    run = write_run(Request(scenarios=tuple(str(place / f"{name}.yaml") for name in OUTCOMES), paths=400, seed=3), place / "run",
                    kept=False)
    write_frozen(freeze(run, DYAD, date(2020, 11, 3)), place / "frozen.json")
    return place / "frozen.json"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A frozen forecast of months that are not coded."""
    place = tmp_path_factory.mktemp("other") / "other.json"
    write_frozen(frozen(), place)
    return place


@pytest.fixture(scope="module")
def kept(past, other, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "ledger"
    for file in (past, other):
        assert add(folder, file, TODAY)[1]
    return folder


@pytest.fixture
def ledger(kept, tmp_path):
    """A copy of the ledger with both, which a test may change."""
    return shutil.copytree(kept, tmp_path / "ledger")


def call(*words):
    return CliRunner().invoke(app, ["ledger", *map(str, words)], env={"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": "80"})


def test_a_past_forecast_is_scored_by_the_record_as_forecast_score_does(ledger, past, tmp_path):
    out = tmp_path / "standing"
    result = call("score", "--ledger", ledger, "--out", out)
    assert result.exit_code == 0, result.output
    assert "1 of 2 forecasts could be scored (1 closed, 1 open)." in result.stdout
    assert max(map(len, result.stdout.partition("\n- ")[0].splitlines())) <= 80
    forecasts = pd.read_csv(out / "forecasts.csv", keep_default_na=False)
    assert forecasts["state"].tolist() == ["closed", "open"]
    assert forecasts["outcome"].tolist() == ["biden", ""]
    assert forecasts["why"][1].startswith("no month of it is over by 2025-01-19")
    assert forecasts[["yes", "no", "open", "void"]].to_numpy().tolist() == [[4, 2, 0, 3], [0, 0, 3, 0]]
    record = pd.read_csv(DYAD / "contacts.csv", parse_dates=["date"]).astype({"outcome": int})
    wanted = score_frozen(read_frozen(past)[0], record, date(2025, 1, 19), "biden").months
    wanted = wanted[wanted["rank"] != "all"].groupby("forecaster")["crps"].mean()
    told = pd.read_csv(out / "scores.csv").set_index("forecaster")["crps"]
    pd.testing.assert_series_equal(told.sort_index(), wanted.sort_index(), rtol=1e-6)
    assert {"biden", "open"} < set(told.index)
    assert "trump" not in told.index
    page = (out / "ledger.html").read_text(encoding="utf-8")
    assert "1 of 2 forecasts could be scored" in page
    assert "http" not in page
    told = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    assert (told["scored"], told["of"], told["head"]) == (1, 2, read_ledger(ledger).head)
    assert told == json.loads(call("score", "--ledger", ledger, "--json").stdout)


def test_a_question_about_meetings_is_decided_by_the_lists_of_the_dyad_in_the_folder(past):
    """As the ledger decides it. Contacts alone do not say whose poles they are: it stays open."""
    words = ["score", str(past), str(DYAD), "--outcome", "biden", "--json"]
    typed = pd.DataFrame(json.loads(CliRunner().invoke(app, words).stdout)["questions"]).set_index(["scenario", "id"])
    found = forecast.score(past, DYAD, "biden").questions.set_index(["scenario", "id"])
    asked = ("biden", "china_president_2022")
    assert (found.loc[asked, "answer"], found.loc[asked, "contacts"]) == ("yes", 1)  # 14 September 2022
    assert typed.loc[asked, "answer"] == "yes"
    assert typed.loc[asked, "brier"] == pytest.approx(found.loc[asked, "brier"])
    alone = forecast.score(past, DYAD / "contacts.csv", "biden", coded_until=date(2025, 1, 19)).questions
    alone = alone.set_index(["scenario", "id"])
    assert alone.loc[asked, "answer"] == "open"
    assert alone.drop(index=asked[1], level="id").equals(found.drop(index=asked[1], level="id"))


def test_a_run_without_scores_is_no_success(other, tmp_path):
    folder, out = tmp_path / "ledger", tmp_path / "standing"
    assert call("add", other, "--ledger", folder).exit_code == 0
    result = call("score", "--ledger", folder, "--out", out)
    assert result.exit_code == 1
    assert result.stderr == "error: No score: 0 of 1 forecast could be scored (1 open). This run is no evidence of anything.\n"
    assert json.loads((out / "ledger.json").read_text())["scored"] == 0


def test_without_a_record_of_its_dyad_a_forecast_stays_open(ledger, tmp_path):
    """Only the records that are named are looked at."""
    shutil.copytree(DYAD.with_name("us_uz"), tmp_path / "us_uz")
    result = call("score", "--ledger", ledger, "--data", tmp_path / "us_uz", "--json")
    assert result.exit_code == 1
    assert {row["why"] for row in json.loads(result.stdout)["forecasts"]} == {"no record of us_kz was given"}


def test_the_same_file_twice_is_told_and_an_altered_one_refused(ledger, past, tmp_path):
    before = (ledger / "index.jsonl").read_bytes()
    result = call("add", past, "--ledger", ledger)
    assert result.exit_code == 0
    assert result.stdout == f"Nothing was added: {ledger} has this forecast as no. 1, added on 2024-12-01.\n"
    altered = tmp_path / "altered.json"
    altered.write_text(past.read_text(encoding="utf-8").replace("us_2020", "us_2016", 1), encoding="utf-8")
    result = call("add", altered, "--ledger", ledger)
    assert result.exit_code == 2
    assert "altered.json: key sha256: expected" in result.stderr
    assert (ledger / "index.jsonl").read_bytes() == before


def test_adding_appends_and_the_chain_goes_on(ledger, past, tmp_path):
    before = (ledger / "index.jsonl").read_text()
    more = tmp_path / "more.json"
    write_frozen(frozen(frozen_on=date(2024, 11, 5)), more)
    result = call("add", more, "--ledger", ledger)
    after = (ledger / "index.jsonl").read_text()
    assert after.startswith(before)
    assert [json.loads(line)["previous"] for line in after.splitlines()[1:]] == [
        json.loads(line)["chain"] for line in after.splitlines()[:-1]]
    assert f"Hash of the ledger up to here: {read_ledger(ledger).head}" in result.stdout
    assert (ledger / "forecasts/0001.json").read_bytes() == past.read_bytes()


def full(path):
    """A disk without room for the index."""
    if path.name == INDEX:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))
    return atomic_file(path)


def test_an_add_that_fails_leaves_nothing_and_the_next_one_works(ledger, past, tmp_path, monkeypatch):
    more = tmp_path / "more.json"
    write_frozen(frozen(frozen_on=date(2024, 11, 5)), more)
    before = {path.name: path.read_bytes() for path in ledger.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr("forecast.pipeline.ledger.atomic_file", full)
        for folder, file in ((ledger, more), (tmp_path / "first", past)):
            with pytest.raises(OSError, match="No space"):
                add(folder, file, TODAY)
    assert {path.name: path.read_bytes() for path in ledger.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "first").exists()
    assert add(tmp_path / "first", past, TODAY)[1]
    assert add(ledger, more, TODAY)[0].number == len(read_ledger(ledger).entries)


def test_an_add_that_was_killed_before_its_line_is_done_again(ledger, past, tmp_path):
    more = tmp_path / "more.json"
    write_frozen(frozen(frozen_on=date(2024, 11, 5)), more)
    number = len(read_ledger(ledger).entries) + 1
    for folder, file, place in ((ledger, more, f"forecasts/{number:04}.json"), (tmp_path / "first", past, "forecasts/0001.json")):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / place)
        with pytest.raises(InputError, match=f"{INDEX}"):
            read_ledger(folder)
        assert add(folder, file, TODAY)[1]
        assert read_ledger(folder).entries[-1].file == place


def _line(change):
    def edit(folder):
        lines = (folder / "index.jsonl").read_text().splitlines()
        (folder / "index.jsonl").write_text("".join(f"{line}\n" for line in change(lines)))
    return edit


SPOILED = {
    "a line changed": (_line(lambda lines: [lines[0].replace("2024-12-01", "2020-11-03"), lines[1]]),
                       "line 1, key chain: expected"),
    "the first line removed": (_line(lambda lines: lines[1:]), "line 1, key number: expected 1, found 2"),
    "lines exchanged": (_line(lambda lines: lines[::-1]), "line 1, key previous: expected 0000"),
    "the last line removed": (_line(lambda lines: lines[:1]), "0002.json: whole file: expected a line of index.jsonl for it"),
    "all lines removed": (_line(lambda _: []), "0001.json: whole file: expected a line of index.jsonl for it"),
    "a line that is none": (_line(lambda lines: [*lines, "{}"]), "line 3, key number: expected this key, found nothing"),
    "a forecast removed": (lambda folder: (folder / "forecasts/0001.json").unlink(), "0001.json"),
    "a forecast exchanged": (lambda folder: shutil.copy(folder / "forecasts/0002.json", folder / "forecasts/0001.json"),
                             "0001.json: its sha256 in index.jsonl, line 1: expected"),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
def test_what_was_changed_in_a_ledger_is_found_before_anything_is_scored_or_added(ledger, past, what):
    spoil, words = SPOILED[what]
    spoil(ledger)
    for line in (("score", "--ledger", ledger), ("add", past, "--ledger", ledger)):
        result = call(*line)
        assert result.exit_code == 2, result.output
        assert words in result.stderr
        assert result.stdout == ""


def test_without_its_index_a_ledger_is_neither_read_nor_begun_anew(ledger, past):
    (ledger / "index.jsonl").unlink()
    before = (ledger / "forecasts/0001.json").read_bytes()
    result = call("add", past, "--ledger", ledger)
    assert result.exit_code == 2
    assert "files that the program did not write (forecasts/0001.json, forecasts/0002.json)" in result.stderr
    assert (ledger / "forecasts/0001.json").read_bytes() == before
    result = call("score", "--ledger", ledger)
    assert result.exit_code == 2
    assert "index.jsonl" in result.stderr


def test_a_changed_date_with_its_line_hashed_anew_breaks_the_next_line(ledger):
    """Whoever forges a line must forge all after it, and the last hash is then another."""
    head = read_ledger(ledger).head
    lines = (ledger / "index.jsonl").read_text().splitlines()
    forged = LedgerEntry.model_validate_json(lines[0].replace("2024-12-01", "2020-11-03"))
    forged = forged.model_copy(update={"chain": forged.told})
    (ledger / "index.jsonl").write_text(f"{forged.model_dump_json()}\n{lines[1]}\n")
    with pytest.raises(InputError, match=r"line 2, key previous: expected [0-9a-f]{64}, the hash of the line before, found"):
        read_ledger(ledger)
    second = LedgerEntry.model_validate_json(lines[1]).model_copy(update={"previous": forged.chain})
    second = second.model_copy(update={"chain": second.told})
    (ledger / "index.jsonl").write_text(f"{forged.model_dump_json()}\n{second.model_dump_json()}\n")
    assert read_ledger(ledger).head != head


@pytest.mark.parametrize(("given", "words"), [
    ("us_2020=trump", "expected us_2020=biden, which the table of terms says, found us_2020=trump"),
    ("us_2024=biden", "expected us_2024= and one of harris, trump, found 'us_2024=biden'"),
    ("us_2023=trump", "expected ELECTION=OUTCOME of a forecast, found 'us_2023=trump'. Did you mean 'us_202"),
])  # fmt: skip
def test_what_is_said_of_outcomes_must_fit(ledger, given, words):
    result = call("score", "--ledger", ledger, "--outcome", given)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_folder_with_something_else_is_no_place_for_a_ledger(past, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    result = call("add", past, "--ledger", tmp_path / "mine")
    assert result.exit_code == 2
    assert "files that the program did not write (note.txt)" in result.stderr
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["note.txt"]


def test_a_record_scores_as_far_as_it_goes(past, tmp_path):
    """Coded until the middle of the term: what is later stays open."""
    record, until = shutil.copytree(DYAD, tmp_path / "us_kz"), "2021-09-30"
    text = (record / "dyad.yaml").read_text(encoding="utf-8")
    (record / "dyad.yaml").write_text(text.replace("coded_until: 2025-01-19", f"coded_until: {until}"), encoding="utf-8")
    contact = pd.read_csv(record / "contacts.csv", dtype=str, keep_default_na=False).query("date <= @until")
    contact.to_csv(record / "contacts.csv", index=False)
    media = pd.read_csv(record / "media.csv", dtype=str, keep_default_na=False)
    media[media["contact_id"].isin(contact["id"]) & (media["date"] <= until)].to_csv(record / "media.csv", index=False)
    (record / "second_coding.csv").unlink()
    folder = tmp_path / "ledger"
    add(folder, past, TODAY)
    result = call("score", "--ledger", folder, "--data", record, "--json")
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)["forecasts"][0]
    assert (row["state"], row["over"], row["months"]) == ("scored so far", 9, 48)
    assert row["open"] >= 2
