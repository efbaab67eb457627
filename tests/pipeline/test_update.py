"""`forecast update`: past terms as of days within them; later contacts beside a record; what cannot be right is one message."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from itertools import count

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.api import load_run
from forecast.errors import InputError
from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.frozen import write_frozen
from forecast.pipeline import Request, read, results
from forecast.pipeline import update as chain
from forecast.pipeline.run import content_of
from forecast.pipeline.run_directory import read_run
from forecast.pipeline.running_term import UpdateRequest, read_term
from forecast.report.columns import file_of_path
from forecast.report.figures import update as update_figure
from forecast.report.page import PLATES
from forecast.shipped import DATA
from forecast.simulation.prepare import future_of
from tests.conftest import vector_only
from tests.fixture.record import RECORD
from tests.golden.example import posteriors
from tests.golden.run_directory import copy_posteriors
from tests.heard import Heard
from tests.walk.right import _past as past_forecast
from tests.walk.right import decided

DAY, PATHS = date(2022, 6, 30), 400


@pytest.fixture
def early(tmp_path):
    """The frozen record as if it had been coded to the summer of 2021, and what was coded later, beside it."""
    folder = shutil.copytree(RECORD, tmp_path / "early")
    about = (folder / "dyad.yaml").read_text(encoding="utf-8")
    (folder / "dyad.yaml").write_text(about.replace("coded_until: 2025-01-19", "coded_until: 2021-06-30"), encoding="utf-8")
    table = pd.read_csv(folder / "contacts.csv", dtype=str, keep_default_na=False)
    old = table["date"] <= "2021-06-30"
    table[old].to_csv(folder / "contacts.csv", index=False)
    table[~old & (table["date"] <= "2023-01-31")].to_csv(tmp_path / "later.csv", index=False)
    for name, key in (("media.csv", "contact_id"), ("second_coding.csv", "id")):
        part = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        part[part[key].isin(table.loc[old, "id"])].to_csv(folder / name, index=False)
    return folder


def term_of(folder=RECORD, day=DAY, **asked):
    return read_term(Request(data=folder, paths=PATHS, seed=3), UpdateRequest(as_of=day, **asked))


def fault_of(**given):
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        term_of(**given)
    return caught.value.faults


def _fits(term, *_):
    return [{name: one for name, one in posteriors(part.panel, part.priors).items() if name != "poles"}
            for part in (term.eve, term.now)]


def _scored(*given):
    then, now = _fits(*given)
    return then, {name: chain._scored(one, then[name]) for name, one in now.items() if name in then}


@pytest.fixture
def without_sampler(monkeypatch):
    """Posteriors of the golden example in the place of fits."""
    monkeypatch.setattr(chain, "fits", _scored)
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)
    return _scored


@pytest.fixture(scope="module")
def updated(tmp_path_factory):
    """An update in a folder that no test changes."""
    folder, term, heard = tmp_path_factory.mktemp("updated") / "out", term_of(), Heard()
    found = scored_of(term, _scored)
    with vector_only(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "fits", _scored)
        patch.setattr("forecast.report.files.copy_posteriors", lambda _, place: copy_posteriors(found, place))
        patch.setattr("forecast.report.page.PLATES", [one for one in PLATES if one.name in ("update", "history")])
        request = Request(data=RECORD, paths=PATHS, seed=3, alone=True)
        run, update = chain.update_to(folder, term, request, UpdateRequest(as_of=DAY), heard)
    assert {"tables, eve", "tables", "write"} <= set(heard.stages)
    assert heard.faults() == []
    return folder, run, update, term


@pytest.fixture
def written(updated, tmp_path, vector_figures, monkeypatch):
    """A copy of it, which a test may change, and its page as short as it was written."""
    monkeypatch.setattr("forecast.report.page.PLATES", [one for one in PLATES if one.name in ("update", "history")])
    folder, *made = updated
    return shutil.copytree(folder, tmp_path / "out"), *made


def scored_of(term, fits):
    return fits(term)[1]


def recorded(folder=RECORD, first="2021-01-20", last=f"{DAY}"):
    table = pd.read_csv(folder / "contacts.csv", dtype=str)
    return table[(table["date"] >= first) & (table["date"] <= last)]


def test_a_run_directory_says_what_happened_and_what_moved(written):
    folder, run, update, term = written
    known = recorded()
    table = pd.read_csv(folder / "update.csv").set_index(["quantity", "key", "part"])
    assert table.loc[("contact", "all", "so far"), "recorded"] == len(known)
    for rank, many in known["us_rank"].value_counts().items():
        assert table.loc[("contact", rank, "so far"), "recorded"] == many
    parts = table.loc["contact"].groupby("key")["change"]
    whole = table.xs("term", level="part").loc["contact", "change"]
    so_far, to_come = (table.xs(part, level="part").loc["contact", "change"] for part in ("so far", "to come"))
    np.testing.assert_allclose(so_far + to_come, whole, atol=1e-9)
    assert len(parts) == 7
    trajectories = pd.read_parquet(folder / "trajectories" / f"{term.scenario.name}.parquet")
    over = trajectories[trajectories["month"] < date(2022, 7, 1)].filter(like="contact_").sum(axis=1)
    assert (over.groupby(trajectories["path"]).sum() == len(known)).all()
    summary = pd.read_csv(folder / "summary.csv")
    total = summary[(summary["quantity"] == "contact") & (summary["key"] == "all") & (summary["window"] == "2021-2025")]
    assert total["mean"].item() == pytest.approx(table.loc[("contact", "all", "term"), "now_mean"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert re.search(rf"<strong><data [^>]*>{len(known)}</data> contacts are on record</strong>", page)
    assert read_run(folder)[1]["running"] == {term.scenario.name: f"{DAY}"}
    assert (folder / "figures" / "update.svg").stat().st_size > 10_000
    for name, one in update.tables.items():
        assert [column.name for column in file_of_path(f"{name}.csv").columns] == list(one.columns)
    assert f"{len(known)} are on record" in update_figure.alt(content_of(run, Request(), {"gates": {}, "paths": PATHS}))


def test_it_is_read_back_with_what_has_changed(written, tmp_path, monkeypatch):
    """Another language needs all figures and the page anew: those of the update too, from its tables."""
    folder, _, update, _ = written
    content = results.read_results(folder, RECORD).content()
    for name, table in update.tables.items():
        found = {"update": content.update.changes, "update_months": content.update.months,
                 "update_questions": content.update.questions}[name]
        pd.testing.assert_frame_equal(found.reset_index(drop=True), table.reset_index(drop=True), check_dtype=False, rtol=1e-5)
    assert len(load_run(folder, data=RECORD).plot.update().axes) == 2
    monkeypatch.setattr("forecast.report.page.PLATES", [one for one in PLATES if one.name in ("update", "history")])
    results.read_results(folder, RECORD).write(tmp_path / "again", "ru")
    before, after = ((one / "figures" / "update.svg").read_text(encoding="utf-8") for one in (folder, tmp_path / "again"))
    assert before != after
    assert (tmp_path / "again" / "update.csv").read_bytes() == (folder / "update.csv").read_bytes()


@pytest.mark.parametrize(("kind", "word"), [("backtest told.json", "--backtest"), ("sweep told.json", "--sweep")])
def test_a_section_that_the_run_does_not_hold_is_not_dropped(written, tmp_path, kind, word):
    folder, *_ = written
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["hashes"][kind] = 64 * "0"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=rf"a section of a .*{word} and --lang"):
        results._copy(folder, lambda: None, tmp_path / "again", "ru")
    assert not (tmp_path / "again").exists()


def test_weights_are_those_of_the_eve(without_sampler):
    then, now = without_sampler(term_of())
    score, before = (one["frequency_drift"].chains["term_score"].to_numpy() for one in (now, then))
    np.testing.assert_array_equal(score[:len(before)], before)
    assert np.isnan(score[len(before):]).all()
    assert len(score) == len(now["frequency_drift"].coord["term"]) == len(before) + 1


def test_a_contact_of_the_day_counts_and_one_of_the_day_after_does_not():
    day = date.fromisoformat(recorded(last="2022-12-31")["date"].max())
    with_it, before = (term_of(day=one).running.count.sum() for one in (day, date.fromordinal(day.toordinal() - 1)))
    assert with_it == len(recorded(last=f"{day}"))
    assert before < with_it


def test_exposure_seen_and_left_is_the_term():
    running = term_of().running
    assert running.seen.sum() == pytest.approx((DAY - date(2021, 1, 20)).days / 365.25 + 1 / 365.25)
    assert (running.seen + running.left).sum() == pytest.approx(4, abs=0.01)


def test_contacts_of_january_before_the_inauguration_are_of_the_term_before(tmp_path):
    folder = shutil.copytree(RECORD, tmp_path / "record")
    table = pd.read_csv(folder / "contacts.csv", dtype=str, keep_default_na=False)
    row = table.iloc[[-1]].assign(id="2021-01-19-added", date="2021-01-19", date_precision="day")
    pd.concat([table, row]).to_csv(folder / "contacts.csv", index=False)
    assert term_of(folder).running.count.sum() == term_of().running.count.sum()


def test_a_term_without_a_contact_yet_is_no_fault(tmp_path):
    folder = shutil.copytree(RECORD, tmp_path / "record")
    table = pd.read_csv(folder / "contacts.csv", dtype=str, keep_default_na=False)
    kept = table[(table["date"] < "2021-01-20") | (table["date"] > "2021-06-30")]
    kept.to_csv(folder / "contacts.csv", index=False)
    for name, key in (("media.csv", "contact_id"), ("second_coding.csv", "id")):
        part = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        part[part[key].isin(kept["id"])].to_csv(folder / name, index=False)
    assert term_of(folder, date(2021, 6, 30)).running.count.sum() == 0


def test_later_contacts_follow_the_record(early, tmp_path):
    term = term_of(early, later=tmp_path / "later.csv", coded_until=date(2023, 1, 31))
    assert term.running.count.sum() == len(recorded())  # those after the as-of date are cut
    assert term.now.panel.contact["date"].max() <= pd.Timestamp(DAY)
    whole = term_of()
    assert 0 < whole.running.seen.sum() - term.running.seen.sum() < 30 / 365.25  # the last weeks are not all on record yet
    assert (term.running.seen + term.running.left).sum() == pytest.approx((whole.running.seen + whole.running.left).sum())
    missing = whole.running.seen.sum() - term.running.seen.sum()
    assert float(whole.now.panel.exposure.sum() - term.now.panel.exposure.sum()) == pytest.approx(missing, abs=1e-4)


def test_who_looked_for_no_pages_is_not_told_that_there_are_none(early, tmp_path):
    term = term_of(early, later=tmp_path / "later.csv")
    assert set(term.now.elsewhere) == {"media", "completeness"}
    assert term.now.elsewhere["media"].contact["date"].max() <= pd.Timestamp("2021-06-30")
    assert term.without == {"frequency_recording"}
    assert not term_of().now.elsewhere


def test_a_folder_of_later_contacts_brings_its_pages(early):
    term = term_of(early, later=RECORD)
    assert not term.now.elsewhere
    assert len(term.now.panel.media) == len(term_of().now.panel.media)


def test_a_contact_of_a_month_in_which_the_record_ends_is_one_in_both(early):
    """The record was coded to the tenth of July and has a contact of that July; later coding has it too, on the 15th."""
    about = (early / "dyad.yaml").read_text(encoding="utf-8")
    (early / "dyad.yaml").write_text(about.replace("coded_until: 2021-06-30", "coded_until: 2021-07-10"), encoding="utf-8")
    whole = pd.read_csv(RECORD / "contacts.csv", dtype=str, keep_default_na=False)
    july = (whole["date"] == "2021-07-15") & (whole["date_precision"] == "month")
    assert july.sum() == 1
    whole[(whole["date"] <= "2021-07-10") | july].to_csv(early / "contacts.csv", index=False)
    term = term_of(early, later=RECORD)
    assert (term.now.panel.contact["id"] == whole.loc[july, "id"].item()).sum() == 1
    assert term.running.count.sum() == term_of().running.count.sum()


def test_a_contact_of_the_month_of_the_last_day_is_one_whether_or_not_the_last_day_is_named(early, tmp_path):
    whole = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    row = whole[(whole["date"] == "2021-07-15") & (whole["date_precision"] == "month")]
    assert len(row) == 1
    day = date(2021, 7, 12)
    whole[(whole["date"] <= "2021-07-12") | whole.index.isin(row.index)].to_csv(tmp_path / "short.csv", index=False)
    both = [term_of(early, day, later=tmp_path / name, **more).now.panel.contact for name, more in (
        ("later.csv", {}), ("short.csv", {"coded_until": day}))]
    assert [row["id"].item() in set(one["id"]) for one in both] == [True, True]
    assert len(both[0]) == len(both[1])


def test_later_contacts_of_another_dyad_are_refused(early, tmp_path):
    other = shutil.copytree(RECORD, tmp_path / "us_uz")
    about = (other / "dyad.yaml").read_text(encoding="utf-8")
    (other / "dyad.yaml").write_text(about.replace("id: us_kz", "id: us_uz"), encoding="utf-8")
    (fault,) = fault_of(folder=early, later=other)
    assert (fault.where, fault.found) == ("key id", "us_uz")
    table = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    row = table[table["direction"] == "us_to_partner"].index[0]
    table.loc[row, "place"] = "Tashkent, UZ"
    table.to_csv(tmp_path / "later.csv", index=False)
    (fault,) = fault_of(folder=early, later=tmp_path / "later.csv", coded_until=date(2023, 1, 31))
    assert fault.expected == "a place in KZ for us_to_partner"


def test_what_was_corrected_in_a_newer_version_of_the_record_is_named(early, tmp_path):
    newer = shutil.copytree(RECORD, tmp_path / "newer")
    table = pd.read_csv(newer / "contacts.csv", dtype=str, keep_default_na=False)
    row = table[(table["outcome"] == "1") & (table["date"] < "2021-06-30")].index[-1]
    table.loc[row, ["outcome", "us_principal"]] = "2", "Somebody Else"
    table.to_csv(newer / "contacts.csv", index=False)
    (fault,) = fault_of(folder=early, later=newer)
    assert fault.where == f"contact {table.loc[row, 'id']}, columns us_principal, outcome"
    assert fault.found == "'Somebody Else', '2'"
    assert fault.expected.endswith("'1', as the record has it")
    assert "forecast data diff" in fault.remedy


def test_rows_taken_out_and_pages_added_since_are_told(early, tmp_path, capsys):
    newer = shutil.copytree(RECORD, tmp_path / "newer")
    table, pages = (pd.read_csv(newer / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("contacts", "media"))
    with_pages = pages.loc[pages["contact_id"].isin(table.loc[table["date"] < "2021-06-30", "id"]), "contact_id"]
    keep, gone = with_pages.iloc[-1], table["id"].iloc[0]
    added = pages[pages["contact_id"] == keep].iloc[:1].assign(url="https://example.org/new")
    table[table["id"] != gone].to_csv(newer / "contacts.csv", index=False)
    pd.concat([pages[pages["contact_id"] != gone], added]).to_csv(newer / "media.csv", index=False)
    second = pd.read_csv(newer / "second_coding.csv", dtype=str, keep_default_na=False)
    second[second["id"] != gone].to_csv(newer / "second_coding.csv", index=False)
    term_of(early, later=RECORD)
    assert "note" not in capsys.readouterr().err
    term_of(early, later=newer)
    told = capsys.readouterr().err
    assert re.search(rf"1 of the record's contacts are not in \S+, and count all the same: {gone}\.", told)
    assert re.search(rf"1 pages in \S+ on contacts that the record has are left out, on {keep}\.", told)


def test_to_which_day_a_file_is_taken_to_be_complete_is_told(early, tmp_path, capsys):
    whole = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    short = whole[whole["date"] <= "2021-12-31"]
    short.to_csv(tmp_path / "short.csv", index=False)
    term_of(early, later=tmp_path / "short.csv")
    told = " ".join(capsys.readouterr().err.split())
    assert f"the last contact in {tmp_path / 'short.csv'} is of {short['date'].max()}" in told
    assert "complete to 2022-06-30, the as-of date" in told
    assert "--coded-until" in told
    term_of(early, later=tmp_path / "later.csv", coded_until=date(2023, 1, 31))
    assert "complete to" not in capsys.readouterr().err


def test_a_term_with_one_contact_so_far_and_one_busier_than_any_month_before(early, tmp_path):
    whole = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    before = term_of(early, date(2021, 6, 30)).running.count.sum()
    whole.iloc[:1].to_csv(tmp_path / "one.csv", index=False)
    assert term_of(early, later=tmp_path / "one.csv", coded_until=DAY).running.count.sum() == before + 1
    alone = without_term(tmp_path, early)
    one = term_of(alone, later=tmp_path / "one.csv", coded_until=DAY)
    assert one.running.count.sum() == one.running.known["contact"].sum() == 1
    row, day = whole.iloc[0], "2022-05-20"
    many = pd.DataFrame([row.to_dict() | {"id": f"{day}-made-up-{number}", "date": day, "date_precision": "day"}
                         for number in range(90)])
    many.to_csv(tmp_path / "many.csv", index=False)
    busy = term_of(early, later=tmp_path / "many.csv", coded_until=DAY).running
    assert busy.known["contact"][16].sum() == 90
    assert busy.count.sum() == before + 90


def without_term(tmp_path, early):
    folder = shutil.copytree(early, tmp_path / "silent")
    table = pd.read_csv(folder / "contacts.csv", dtype=str, keep_default_na=False)
    kept = table[table["date"] < "2021-01-20"]
    kept.to_csv(folder / "contacts.csv", index=False)
    for name, key in (("media.csv", "contact_id"), ("second_coding.csv", "id")):
        part = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        part[part[key].isin(kept["id"])].to_csv(folder / name, index=False)
    return folder


def test_an_unknown_rank_of_a_later_contact_is_named(early, tmp_path):
    table = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    table.loc[0, "us_rank"] = "cabinett"
    table.to_csv(tmp_path / "later.csv", index=False)
    (fault,) = fault_of(folder=early, later=tmp_path / "later.csv", coded_until=date(2023, 1, 31))
    assert (fault.where, fault.found, fault.remedy) == ("row 2, column us_rank", "'cabinett'", "Did you mean 'cabinet'?")


def test_the_winner_of_an_election_without_a_term_comes_from_a_file(tmp_path):
    """The last day before the term that the record does not have, as if it were within it, with no contact at all."""
    (tmp_path / "elections.yaml").write_text(decided((DATA / "elections.yaml").read_text(encoding="utf-8")), encoding="utf-8")
    head = (RECORD / "contacts.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "none.csv").write_text(f"{head}\n", encoding="utf-8")
    asked = {"day": date(2025, 1, 31), "later": tmp_path / "none.csv", "elections": tmp_path / "elections.yaml"}
    term = term_of(**asked)
    assert term.scenario.name == "trump"
    assert term.now.panel.administration[-1].name == "Trump 2"
    assert term.running.count.sum() == 0
    (fault,) = fault_of(**asked | {"elections": None})
    assert "key winner" in fault.where
    assert "--elections" in fault.remedy


def succeeded(folder, party, kind):
    """The record with a table of terms of its own, in which a made-up successor governs from 1 June 2022 on."""
    folder = shutil.copytree(RECORD, folder)
    text = (DATA / "administrations.csv").read_text(encoding="utf-8")
    assert text.count("2021-01-20,2025-01-20") == 1
    row = f"A Successor,A Successor,{party},{kind},2022-06-01,2025-01-20,made up for a test\n"
    shorter = text.replace("2021-01-20,2025-01-20", "2021-01-20,2022-06-01")
    (folder / "administrations.csv").write_text(shorter + row, encoding="utf-8")
    return folder


def test_after_a_successor_within_the_term_who_governs_now_is_projected(tmp_path, capsys):
    folder = succeeded(tmp_path / "record", "Republican", "republican")
    term = term_of(folder, date(2023, 6, 30))
    assert "A Successor has governed since 2022-06-01" in capsys.readouterr().err
    (outcome,) = term.scenario.chances
    now, eve = (future_of(part.elections[term.scenario.name], outcome) for part in (term.now, term.eve))
    assert (now.president, now.type, now.predecessors[0], now.ahead) == ("A Successor", "republican", "Trump", 0)
    assert (eve.president, eve.type, eve.ahead) == ("Biden", "democratic", 1)
    before = term_of(folder, date(2022, 5, 31))  # nobody knows yet
    assert future_of(before.now.elections[before.scenario.name], outcome).president == "Biden"
    assert before.running.own.all()


def test_months_before_the_successor_stand_in_the_futures_and_condition_nothing(tmp_path):
    same, plain = succeeded(tmp_path / "record", "Democrat", "democratic"), term_of(day=date(2023, 6, 30)).running
    term = term_of(same, date(2023, 6, 30))
    future = future_of(next(iter(term.now.elections.values())), "biden")
    assert future.predecessors[:2] == ("Biden", "Obama")
    running = term.running
    np.testing.assert_array_equal(running.seen, plain.seen)
    for name, values in plain.known.items():
        np.testing.assert_array_equal(running.known[name], values)
    assert running.exposure.sum() == pytest.approx(running.seen.sum())
    assert running.count.sum() == plain.count.sum() == len(recorded(last="2023-06-30"))
    assert running.count[running.own].sum() == len(recorded(first="2022-06-01", last="2023-06-30"))
    assert running.exposure[running.own].sum() == pytest.approx((date(2023, 7, 1) - date(2022, 6, 1)).days / 365.25)
    part, of_plain = (one.now.panel.exposure.to_numpy()[0, -1] for one in (term, term_of(day=date(2023, 6, 30))))
    assert part == of_plain  # the season of a part of a year is that of whole years, whoever governs


def test_who_governed_before_comes_from_the_table_of_the_dyad_whatever_file_of_elections(tmp_path):
    """Beside the file of elections there is no table of terms, or another."""
    folder = shutil.copytree(RECORD, tmp_path / "record")
    text = (DATA / "administrations.csv").read_text(encoding="utf-8")
    (folder / "administrations.csv").write_text(text.replace("Trump", "Another"), encoding="utf-8")
    shutil.copy(DATA / "elections.yaml", tmp_path / "elections.yaml")
    for elections in (None, tmp_path / "elections.yaml"):
        inputs = read(Request(data=folder, elections=elections))
        assert future_of(inputs.elections["trump"], "trump").predecessors == ("Another", "Bush 43", "Bush 41")
        assert term_of(folder, elections=elections).election.terms == folder / "administrations.csv"


FAULTS = {
    "a day after the record": ({"day": date(2025, 1, 25)}, "key winner"),
    "a day before every election": ({"day": date(1950, 1, 1)}, "option --as-of"),
    "a scenario of another election": ({"scenario": "harris"}, "key election"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_updated_is_one_message(name):
    given, where = FAULTS[name]
    assert where in fault_of(**given)[0].where


def test_days_not_coded_are_no_days_without_contacts(early, tmp_path):
    (fault,) = fault_of(folder=early)
    assert fault.expected == "a day up to 2021-06-30, to which the record is coded"
    head = (tmp_path / "later.csv").read_text(encoding="utf-8").splitlines()[:2]
    (tmp_path / "short.csv").write_text("\n".join(head) + "\n", encoding="utf-8")
    (fault,) = fault_of(folder=early, later=tmp_path / "short.csv", coded_until=date(2022, 6, 1))
    assert fault.expected == "a day up to 2022-06-01, to which later contacts are coded"


def test_later_contacts_that_the_record_should_have_are_named(early, tmp_path):
    """A contact of the days that the record covers and lacks, and a later one under an id that the record has."""
    table = pd.read_csv(tmp_path / "later.csv", dtype=str, keep_default_na=False)
    table.loc[0, ["date", "id", "date_precision"]] = "2021-03-03", "2021-03-03-x", "day"
    table.to_csv(tmp_path / "later.csv", index=False)
    (fault,) = fault_of(folder=early, later=tmp_path / "later.csv", coded_until=date(2023, 1, 31))
    assert (fault.where, fault.found) == ("contact 2021-03-03-x", "2021-03-03-x, 2021-03-03")
    assert "or one that the record has" in fault.expected


def test_a_seed_decides_every_byte(without_sampler):
    term, number = term_of(), count()
    request = Request(data=RECORD, paths=200, seed=5, alone=True)
    one, other = (chain.update(replace(term), request, lambda *_: next(number))[1] for _ in range(2))
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])


def test_without_a_day_it_says_what_to_give(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["update"])
    assert result.exit_code == 2
    assert "option --as-of" in result.stderr


def test_a_frozen_forecast_is_scored_so_far(tmp_path, without_sampler):
    write_frozen(past_forecast(), tmp_path / "frozen.json")
    term = term_of(day=date(2018, 6, 30), frozen=tmp_path / "frozen.json")
    table = chain.update(term, Request(data=RECORD, paths=200, seed=5, alone=True), lambda *_: None)[1].scores
    assert [column.name for column in file_of_path("update_scores.csv").columns] == list(table.columns)
    assert set(table["months"]) == {2}
    whole = score_frozen(past_forecast(), term.now.panel.contact, date(2018, 6, 30), "trump").months
    ranked = whole[whole["rank"] != "all"].groupby("forecaster")["crps"].mean()
    assert table.set_index("forecaster")["crps"].to_dict() == pytest.approx(ranked.to_dict())


def test_one_of_another_term_is_refused(tmp_path):
    write_frozen(past_forecast(), tmp_path / "frozen.json")
    (fault,) = fault_of(frozen=tmp_path / "frozen.json")
    assert (fault.where, fault.found) == ("key forecast.election", "us_2016")
