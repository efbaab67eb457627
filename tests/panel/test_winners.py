"""Who governs: from the table of terms, from a file of elections, or drawn; nobody for longer than there can be."""

import re
from datetime import date
from types import SimpleNamespace

import pytest

from forecast.errors import InputError
from forecast.panel.elections import load_administrations, load_election
from forecast.panel.winners import Between, beyond_limit, governing, outcome_of, terms_ahead
from forecast.pipeline import Request, read
from forecast.pipeline.together import seen_elections
from forecast.shipped import DATA
from tests.components.example import default_priors
from tests.fixture.record import RECORD
from tests.walk.right import decided

TERMS = load_administrations()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "elections.yaml"
    path.write_text(decided((DATA / "elections.yaml").read_text(encoding="utf-8")), encoding="utf-8")
    return path


def test_a_term_of_the_table_needs_no_winner():
    election = load_election("us_2016")
    governs = governing(election, TERMS)
    assert (governs.president, governs.type) == ("Trump", "republican_trumpist")
    assert outcome_of(election, governs) == "trump"


def test_a_term_beyond_it_is_that_of_the_winner(file):
    assert governing(load_election("us_2024"), TERMS) is None
    governs = governing(load_election("us_2024", file), TERMS)
    assert (governs.name, governs.start, governs.end) == ("Trump 2", date(2025, 1, 20), date(2029, 1, 20))


def test_a_winner_who_did_not_govern_is_refused():
    election = load_election("us_2016").model_copy(update={"winner": "hillary_clinton"})
    with pytest.raises(InputError, match="expected the outcome of Trump"):
        governing(election, TERMS)


def test_a_winner_who_is_no_outcome_is_refused(tmp_path):
    path = tmp_path / "elections.yaml"
    before, record = re.split(r"(?=  - id: us_2028\n)", (DATA / "elections.yaml").read_text(encoding="utf-8"))
    record = record.replace("    source:", "    winner: somebody\n    source:", 1)
    path.write_text(before + record, encoding="utf-8")
    with pytest.raises(InputError, match="a winner among its outcomes, democrat, trumpist, republican"):
        load_election("us_2028", path)


@pytest.mark.parametrize(("id", "ahead"), [("us_2020", 0), ("us_2024", 1), ("us_2028", 2)])
def test_terms_are_counted_from_the_last_of_the_record(id, ahead):
    assert terms_ahead(load_election(id), TERMS) == ahead


def panel():
    return SimpleNamespace(administration=TERMS, as_of=date(2025, 1, 19))


def seen(file, outcome="democrat"):
    election = load_election("us_2028", file)
    scenario = SimpleNamespace(chances={outcome: 1.0}, covariates={})
    found, told = seen_elections({"mine": election}, {"mine": scenario}, panel(), default_priors())
    return found["mine"], told


def test_a_winner_in_between_comes_from_the_file(file):
    election, told = seen(file)
    assert (election.ahead, dict(election.between)) == (2, {"Republican": 0.0})  # the record knows him
    assert told == ("One term lies between the record and the term that is forecast. Who won us_2024 is taken from the file of "
                    "elections: trump.")


def test_and_is_drawn_as_the_shipped_mixture_where_nobody_says():
    election, told = seen(DATA / "elections.yaml")
    assert dict(election.between) == {"Democrat": 0.5, "Republican": 0.0}
    assert "drawn: harris 0.5, trump 0.5" in told


def test_nobody_has_more_terms_than_there_can_be():
    election = load_election("us_2028")
    winner = election.outcomes["trumpist"].model_copy(update={"president": "Trump"})
    election = election.model_copy(update={"outcomes": {**election.outcomes, "trumpist": winner}})
    before = load_election("us_2024")
    assert beyond_limit(election, TERMS, Between(election=before, chances={"trump": 1.0})) == {"trumpist": 2}
    assert beyond_limit(election, TERMS, Between(election=before, chances={"harris": 1.0})) == {}
    assert beyond_limit(load_election("us_2024"), TERMS, None) == {}


def test_a_term_further_away_takes_more_steps_and_says_so():
    early = SimpleNamespace(administration=TERMS[:3], as_of=date(2000, 11, 6))
    scenario = SimpleNamespace(chances={"harris": 1.0}, covariates={})
    found, told = seen_elections({"mine": load_election("us_2024")}, {"mine": scenario}, early, default_priors())
    assert found["mine"].ahead == 7
    assert told.startswith("6 terms lie between the record and the term that is forecast. Who won us_2020 is not said")


def test_the_next_term_says_nothing():
    scenario = SimpleNamespace(chances={"harris": 1.0}, covariates={})
    found, told = seen_elections({"mine": load_election("us_2024")}, {"mine": scenario}, panel(), default_priors())
    assert (found["mine"].ahead, told) == (1, "")


def test_the_shipped_scenarios_are_read(file):
    inputs = read(Request(scenarios=("democrat_2028", "trumpist_2028", "republican_2028"), data=RECORD, elections=file))
    assert {one.ahead for one in inputs.elections.values()} == {2}
    assert "trump" in inputs.between
    assert not read(Request(data=RECORD)).between
