"""A region: strict reading with all faults at once, one id for one occasion, and what its rows say differently."""

import csv
import re
import shutil
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast import shipped
from forecast.contacts import load_contacts, load_dyad
from forecast.contacts.region import disagreements, load_region, members, region_of, with_occasions
from forecast.errors import InputError
from forecast.panel import load_panel
from tests.contacts.example import contact, page, second, write, write_dyad

AGENDA = ["2015-09-26-kerry", "2018-07-23-ensher", "2020-02-03-pompeo", "2020-06-30-pompeo", "2021-09-22-blinken",
          "2022-09-22-blinken", "2023-09-19-biden", "2024-09-27-blinken"]
OUTCOME = ["2015-09-26-kerry", "2023-07-27-west"]
COUNCILS = ["2021-03-30-tifa-council", "2024-06-15-tifa-council"]


@pytest.fixture(scope="module")
def region():
    return load_region(shipped.REGION)


@pytest.fixture(scope="module")
def loaded(region):
    return [load_contacts(folder) for folder in region.folders.values()]


@pytest.fixture
def small(tmp_path):
    """A region of two dyads that somebody codes, with a meeting and a council."""
    dyad = "id: {}\npartner: {}\npartner_iso2: {}\nregister_country: x\nrelations_start: 1992-01-01\n" \
           "relations_start_reason: for a test\ncoded_until: 2020-12-31\ncoded_until_reason: for a test\n"
    for name, partner, iso2 in (("us_am", "Armenia", "AM"), ("us_ge", "Georgia", "GE")):
        rows = [contact("2018-01-16", "meeting"), contact("2019-01-16", "council"), contact("2019-05-01", "alone")]
        write_dyad(tmp_path / name, rows, [page(rows[0]["id"])], dyad.format(name, partner, iso2))
    folder = tmp_path / "regions" / "caucasus"
    folder.mkdir(parents=True)
    (folder / "region.yaml").write_text(
        "id: caucasus\ntitle: Caucasus\ndyads: [us_am, us_ge]\nkinds:\n  meeting: {title: Meetings, table: meetings.csv}\n"
        "  council: {title: Councils}\n")
    write(folder / "occasions.csv", [
        {"occasion_id": f"{day}-{kind}", "kind": kind, "dyad": dyad, "contact_id": f"{day}-{kind}", "own_part": "0"}
        for day, kind in (("2018-01-16", "meeting"), ("2019-01-16", "council")) for dyad in ("us_am", "us_ge")])
    write(folder / "meetings.csv", [{
        "occasion_id": "2018-01-16-meeting", "date": "2018-01-16", "date_precision": "day", "place": "Washington, US",
        "us_principal": "Someone (Office)", "us_rank": "deputy", "am_present": "1", "ge_present": "", "partner_rank": "minister",
        "agenda": "trade;security", "outcome": "1", "note": "", "sources": "https://example.org/a"}])
    return folder


def test_a_region_without_a_shared_occasion_is_read(small):
    """The header alone: nobody has found an occasion yet, and no contact belongs to one."""
    for name in ("occasions.csv", "meetings.csv"):
        (small / name).write_text((small / name).read_text().splitlines()[0] + "\n")
    for as_of in (None, date(2018, 1, 1)):
        found = load_region(small, as_of)
        assert (len(found.occasions), len(found.shared)) == (0, 0)
        assert list(found.occasions) == ["occasion_id", "kind", "dyad", "contact_id", "own_part"]
    loaded = of_small(small)
    assert disagreements(found, loaded) == ()
    contact = pd.concat([one.contact.assign(dyad=one.dyad.id) for one in loaded], ignore_index=True)
    assert (with_occasions(contact, found)["occasion_id"] == "").all()


def change(path, row, **cell):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row] |= cell
    write(path, rows)


def of_small(folder):
    return [load_contacts(place) for place in members(folder).values()]


def test_the_shipped_region_is_read_whole(region, loaded):
    assert region.dyads == ("us_kz", "us_uz", "us_kg", "us_tj", "us_tm") == tuple(one.dyad.id for one in loaded)
    assert [len(one.contact) for one in loaded] == [262, 181, 102, 103, 97]
    assert [len(one.media) for one in loaded] == [751, 0, 0, 0, 0]
    assert [len(one.second_coding) for one in loaded] == [52, 14, 14, 14, 14]
    assert all(one.dyad.coded_until == date(2025, 1, 19) for one in loaded)
    assert all(one.dyad.caveats for one in loaded[1:])
    kinds = region.occasions.drop_duplicates("occasion_id")["kind"].value_counts()
    assert (len(region.occasions), kinds.to_dict()) == (169, {"c5plus1": 29, "tifa_council": 8})
    assert (len(region.shared), region.shared["us_uz"].isna().sum()) == (30, 2)
    assert region.shared["date"].is_monotonic_increasing


def test_starts_of_relations_are_those_of_the_list_of_states(region):
    with (shipped.DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        first = {row["country"]: row["start"] for row in csv.DictReader(file)}
    about = [load_dyad(folder) for folder in region.folders.values()]
    assert {one.id: f"{one.relations_start}" for one in about} == {one.id: first[one.register_country] for one in about}


def test_nothing_is_dated_after_the_as_of_date():
    cut = load_region(shipped.REGION, date(2016, 6, 1))
    assert set(cut.shared["occasion_id"]) == {"2015-09-26-kerry", "2015-11-01-kerry", "2016-04-04-working-group"}
    assert cut.occasions["occasion_id"].max() == "2016-04-04-working-group"


def test_rows_of_one_occasion_have_one_id_and_others_none(region):
    panel = load_panel([shipped.dyad("us_uz"), shipped.dyad("us_kz")], as_of=date(2024, 11, 4))
    rows = panel.contact[panel.contact["occasion_id"] == "2023-09-19-biden"]
    assert rows["dyad"].tolist() == ["us_kz", "us_uz"] or rows["dyad"].tolist() == ["us_uz", "us_kz"]
    expected = region.occasions[region.occasions["dyad"].isin(["us_kz", "us_uz"])]
    assert (panel.contact["occasion_id"] != "").sum() == len(expected)
    assert panel.topic.shape[0] == len(panel.contact)
    assert set(load_panel(shipped.dyad("us_uz")).contact["occasion_id"]) - {""} <= set(expected["occasion_id"])


def test_a_dyad_of_no_region_shares_no_occasion():
    assert region_of(["us_xx"]) is None
    assert region_of(["us_kz", "us_xx"]) is None
    table = with_occasions(pd.DataFrame({"dyad": ["us_xx"], "id": ["a"]}), None)
    assert table["occasion_id"].tolist() == [""]


def test_what_rows_of_one_occasion_say_differently_is_found(region, loaded):
    found = [re.fullmatch(r"occasion (\S+?)(?:, (?:column )?(.*))?", one.where).groups() for one in disagreements(region, loaded)]
    by_column = {column: sorted(occasion for occasion, of in found if of == column) for _, column in found}
    assert by_column == {"agenda": sorted(AGENDA + COUNCILS), "outcome": OUTCOME,
                         "presence in c5plus1.csv": ["2023-06-21-working-group"]}


def test_rows_that_agree_are_not_told_and_those_that_do_not_are(small):
    assert disagreements(load_region(small), of_small(small)) == ()  # another order of topics is no difference
    record = small.parents[1] / "us_ge" / "contacts.csv"
    change(record, 0, us_rank="cabinet", mechanism="other", outcome="2", agenda="trade")
    change(record, 1, agenda="health")
    change(small / "meetings.csv", 0, ge_present="0")
    told = [str(one) for one in disagreements(load_region(small), of_small(small))]
    assert [re.search("(?:column|presence) [^:]*", one)[0] for one in told] == [
        "column us_rank", "column mechanism", "column agenda", "column outcome", "column agenda", "presence in meetings.csv"]
    assert "deputy in us_am, meetings.csv; cabinet in us_ge. Coders read different pages; meetings.csv has the coding" in told[0]
    assert "there is no coding of the occasion as a whole" in told[4]
    assert "expected no row of a state that was not there, found one of us_ge" in told[5]


def test_a_row_that_holds_more_than_the_occasion_is_not_compared_in_what_it_adds(small):
    record = small.parents[1] / "us_ge" / "contacts.csv"
    change(record, 0, outcome="2", agenda="trade")
    change(small / "occasions.csv", 1, own_part="1")
    assert disagreements(load_region(small), of_small(small)) == ()


def test_a_coding_as_a_whole_that_no_row_shares_is_told(small):
    change(small / "meetings.csv", 0, outcome="3")
    (told,) = disagreements(load_region(small), of_small(small))
    assert "expected the same in all rows, found 1 in us_am, us_ge; 3 in meetings.csv" in str(told)


def test_every_fault_of_a_region_is_told_at_once(small):
    change(small / "occasions.csv", 0, contact_id="2018-01-16-meting", own_part="2")
    change(small / "occasions.csv", 1, dyad="us_gr", kind="meting")
    change(small / "occasions.csv", 2, occasion_id="council")
    change(small / "occasions.csv", 3, occasion_id="2018-01-16-other", kind="meeting")
    change(small / "meetings.csv", 0, agenda="trades", am_present="yes", date="2018-01-17")
    with pytest.raises(InputError, match="expected one of 0, 1") as caught:
        load_region(small)
    told = str(caught.value)
    for words in ("row 2, column own_part: expected one of 0, 1, found '2'",
                  "column dyad: expected one of us_am, us_ge, found 'us_gr'",
                  "row 3, column kind: expected one of meeting, council, found 'meting'. Did you mean 'meeting'?",
                  "found '2018-01-16-meting'. Did you mean '2018-01-16-meeting'?",
                  "begins with the first day, YYYY-MM-DD, found 'council'",
                  "row 5, column occasion_id: expected an occasion of meetings.csv, found '2018-01-16-other'",
                  "column agenda: expected known codes joined by ';', not 'trades'",
                  "column am_present: expected one of 0, 1, found 'yes'",
                  "expected an id that begins with the date, 2018-01-17-"):
        assert words in told


@pytest.mark.parametrize(("old", "new", "words"), [
    ("us_ge]", "us_ge, us_kx]", "key dyads.2: expected the folder of a dyad, found 'us_kx'. Did you mean 'us_kz'?"),
    ("us_ge]", "us_ge, us_am]", "key dyads.2: expected each dyad once, found us_am twice. Leave the second out."),
    ("meetings.csv", "no.csv", "no.csv: whole file: expected a readable file, found No such file or directory. Add the file."),
    ("title: Caucasus", "titel: Caucasus", "key titel: expected"),
])
def test_a_slip_in_the_region_is_told(small, old, new, words):
    path = small / "region.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=re.escape(words)):
        load_region(small)


def test_an_empty_cell_of_a_second_coding_is_a_missing_value(tmp_path):
    row = contact()
    folder = write_dyad(tmp_path / "d", [row])
    write(folder / "second_coding.csv", [second(row["id"], us_rank="", partner_rank="", mechanism="", outcome="", tone_us="")])
    assert load_contacts(folder).second_coding.loc[0, "outcome"] == ""
    write(folder / "second_coding.csv", [second(row["id"], outcome="4")])
    with pytest.raises(InputError, match="column outcome: expected one of 0, 1, 2, 3, found '4'"):
        load_contacts(folder)


# By name on the command line.

def call(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def test_the_check_of_a_region_tells_caveats_and_warnings():
    found = call("data", "check", "--region", "central_asia")
    assert found.exit_code == 0, found.output
    assert "us_uz, version 2025.02: 181 contacts, no media pages (tone and frames cannot be told), no faults." in found.stdout
    assert "169 rows of 37 shared occasions, 13 warnings." in found.stdout
    assert len(re.findall(r"^warning: .*column agenda", found.stdout, re.MULTILINE)) == 10
    alone = call("data", "check", "--dyad", "us_uz")
    assert "caveat: 2018 (20 rows)" in alone.stdout
    assert "warning" not in alone.stdout


def test_a_folder_of_ones_own_stands_for_the_shipped_dyad_of_its_id(tmp_path):
    own = shutil.copytree(shipped.DYAD, tmp_path / "mine")
    (own / "dyad.yaml").write_text((own / "dyad.yaml").read_text().replace("2025.02", "mine"))
    found = call("data", "check", own, "--region", "central_asia")
    assert re.findall(r"^(us_\w+, version [^:]+):", found.stdout, re.MULTILINE) == [
        "us_kz, version mine", *(f"us_{one}, version 2025.02" for one in ("uz", "kg", "tj", "tm"))]


@pytest.mark.parametrize("command", [
    ("run",), ("backtest",), ("check",), ("questions",), ("fit",), ("pool",), ("priors", "check"), ("freeze", "nowhere"),
    ("data", "codebook"), ("data", "completeness")], ids=" ".join)
def test_a_command_for_one_dyad_refuses_several(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    found = call(*command, "--region", "central_asia")
    assert found.exit_code == 2
    assert found.stderr == ("error: command line: options --data, --dyad, --region: expected one dyad, found 5: us_kz, us_uz, "
                            "us_kg, us_tj, us_tm. This command takes one at a time: run it for each.\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("options", "words"), [
    (("--dyad", "us_kx"), "option --dyad: expected a shipped dyad, found 'us_kx'. Did you mean 'us_kz'?"),
    (("--region", "central"), "option --region: expected a shipped region, found 'central'"),
    (("mine", "other", "--dyad", "us_kz"), "--data: expected one folder of each dyad, found two of us_kz, mine and other."),
    (("mine", "nowhere", "--dyad", "us_kz"), "nowhere: whole folder: expected the folder of a dyad"),
])
def test_a_name_or_folder_that_means_nothing_is_told(tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "other"):
        shutil.copytree(shipped.DYAD, tmp_path / name)
    found = call("data", "check", *options)
    assert found.exit_code == 2
    assert words in found.stderr


def test_several_records_are_shown_each_in_its_folder(tmp_path):
    found = call("data", "show", "--dyad", "us_tm", "--dyad", "us_kg", "--out", tmp_path / "out")
    assert found.exit_code == 0, found.output
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == {"us_tm", "us_kg"}
    assert (tmp_path / "out" / "us_kg" / "record.pdf").exists()
    assert "No page of the media is coded: tone and frames cannot be told." in found.stdout
    assert "Caveat: Effort per period was not equal" in found.stdout


def test_what_a_record_and_the_scenarios_are_silent_on_is_said():
    from forecast.pipeline import Request, read

    assert read(Request(data=shipped.dyad("us_uz"))).silent == (
        "No page of the media is on record for us_uz: what is said on coverage, tone and recorded shares rests on none.",
        "No question is asked of us_uz.")
    assert read(Request()).silent == ()


def test_the_remedy_for_a_shipped_dyad_without_questions_calls_it_by_name():
    found = call("questions", "--dyad", "us_uz")
    assert found.exit_code == 2
    assert found.stderr.endswith("Ask them: forecast questions --questions my_questions.yaml --dyad us_uz\n")
