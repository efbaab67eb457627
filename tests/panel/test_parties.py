from datetime import date

import pytest

from forecast.contacts import codes
from forecast.contacts.table import read_table
from forecast.errors import InputError
from forecast.panel.elections import load_administrations, load_elections, parties, predecessors, predecessors_of
from forecast.shipped import DATA
from forecast.simulation.prepare import future_of

ROWS = "type,party,source\ndemocratic,D,s\nrepublican,R,s\nrepublican_trumpist,R,s\n"
DAY = date(2025, 1, 20)


def test_every_type_has_the_party_that_its_terms_have():
    assert list(parties()) == list(codes.TYPE.labels)
    for name in ("administrations.csv", "administrations_1949.csv"):
        columns = ("name", "president", "party", "type", "start", "end", "source")
        rows = read_table(DATA / name, columns).rows.values()
        assert rows
        assert all(parties()[row["type"]] == row["party"] for row in rows)


def test_presidents_follow_the_one_before_of_their_party():
    assert predecessors_of(load_administrations()) == {
        "Bush 41": None, "Clinton": None, "Bush 43": "Bush 41", "Obama": "Clinton", "Trump": "Bush 43", "Biden": "Obama"}


def test_the_line_of_a_new_president_is_that_of_the_party_the_latest_first():
    assert predecessors("democratic", "Somebody", DAY) == ("Biden", "Obama", "Clinton")
    assert predecessors("republican", "Somebody", DAY) == ("Trump", "Bush 43", "Bush 41")


def test_nobody_precedes_himself_and_later_terms_are_not_seen():
    assert predecessors("republican_trumpist", "Trump", DAY) == ("Bush 43", "Bush 41")
    assert predecessors("democratic", "Obama", date(2009, 1, 20)) == ("Clinton",)
    assert predecessors("democratic", "Clinton", date(1993, 1, 20)) == ()


def test_the_future_of_every_election_knows_its_line():
    for election in load_elections():
        for outcome, winner in election.outcomes.items():
            line = future_of(election, outcome).predecessors
            assert winner.president not in line
            known = {term.president: term for term in load_administrations() if term.start < election.term_start}
            assert all(parties()[known[name].type] == parties()[winner.type] for name in line)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("republican_trumpist,R,s\n", "", "types.csv: row 3, column type: expected a row for republican_trumpist, found none. "
                                      "Add it with its party."),
    ("republican,R,s", "republican,,s", "types.csv: row 3, column party: expected some text"),
    ("republican,R,s", "republicans,R,s", "types.csv: row 3, column type: .* Did you mean 'republican'?"),
    ("republican,R,s", "democratic,R,s", "types.csv: row 3, column type: expected its own type, found 'democratic'"),
])
def test_a_faulty_tree_is_named(tmp_path, old, new, message):
    path = tmp_path / "types.csv"
    path.write_text(ROWS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        parties(path)
