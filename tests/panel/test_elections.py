from datetime import date

import pytest

from forecast.errors import InputError
from forecast.panel import DEFAULT_AS_OF
from forecast.panel.elections import load_administrations, load_election

RECORD = """\
election:
  - id: synthetic
    date: 2001-11-06
    office: Synthetic Office
    term_start: 2002-01-20
    term_end: 2006-01-20
    outcomes:
      one: {president: One, type: democratic}
      two: {president: Two, type: republican}
    source: synthetic
"""


def written(tmp_path, text):
    path = tmp_path / "elections.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_election():
    election = load_election("us_2024")
    assert (election.date, election.term_start, election.term_end) == (
        date(2024, 11, 5), date(2025, 1, 20), date(2029, 1, 20))
    assert {name: (who.president, who.type) for name, who in election.outcomes.items()} == {
        "harris": ("Harris", "democratic"), "trump": ("Trump", "republican_trumpist")}


def test_the_default_as_of_date_is_its_eve():
    assert load_election("us_2024").eve == DEFAULT_AS_OF


def test_a_returning_president_keeps_his_name_and_type():
    served = {(term.president, term.type) for term in load_administrations()}
    trump, harris = (load_election("us_2024").outcomes[name] for name in ("trump", "harris"))
    assert (trump.president, trump.type) in served
    assert harris.president not in {president for president, _ in served}


def test_a_new_election_is_a_record(tmp_path):
    election = load_election("synthetic", written(tmp_path, RECORD))
    assert election.outcomes["two"].president == "Two"
    with pytest.raises(ValueError, match="frozen"):
        election.office = "another"


def test_unknown_election_names_the_nearest():
    with pytest.raises(InputError, match=r"found 'us_2O16'\. Did you mean 'us_2016'\?"):
        load_election("us_2O16")


@pytest.mark.parametrize(("old", "new", "message"), [
    ("type: democratic", "type: democrat",
     "line 8, key election.0.outcomes.one.type: expected one of democratic"),
    ("office:", "ofice:", "line 4, key election.0.ofice: .* Did you mean 'office'?"),
    ("2002-01-20", "2001-01-20", "date before term_start before term_end"),
    ("2006-01-20", "2007-01-20", "a term of 4 years to the day, from a day that every year has"),
    ("2006-01-20", "2006-01-19", "a term of 4 years to the day"),
    ("term_start: 2002-01-20\n    term_end: 2006-01-20", "term_start: 2004-02-29\n    term_end: 2008-02-29",
     "from a day that every year has"),
])
def test_faulty_record_is_named_by_line_and_key(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message):
        load_election("synthetic", written(tmp_path, RECORD.replace(old, new)))


def test_a_table_of_terms_that_turn_on_a_leap_day_is_refused(tmp_path):
    (tmp_path / "administrations.csv").write_text(
        "name,president,party,type,start,end,source\nOne,One,One,democratic,2004-02-29,2008-02-29,x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, column start: expected a day that every year has"):
        load_administrations(tmp_path / "administrations.csv")


def test_repeated_ids_are_named(tmp_path):
    again = RECORD + RECORD.removeprefix("election:\n")
    with pytest.raises(InputError, match="each id once, not synthetic again"):
        load_election("synthetic", written(tmp_path, again))
