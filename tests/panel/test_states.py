"""What somebody calls a state, the codes and tiles of all, and what became of those that ended or began lately."""

from datetime import date

import pandas as pd
import pytest

from forecast.contacts.cells import countries
from forecast.errors import InputError
from forecast.panel.states import fate, find_states, lasts, load_codes, load_states, of_region
from forecast.shipped import DATA

AS_OF = date(2024, 11, 4)


@pytest.fixture(scope="module")
def states():
    return load_states(AS_OF).set_index("country", drop=False)


@pytest.mark.parametrize(("name", "country"), [
    ("uzbekistan", "uzbekistan"), ("UZ", "uzbekistan"), ("uzb", "uzbekistan"), ("Uzbek", "uzbekistan"), ("Türkiye", "turkiye"),
    ("turkey", "turkiye"), ("Cote d Ivoire", "cote-divoire"), ("niger", "niger"), ("guinea", "guinea"), ("in", "india"),
    ("South Korea", "korea-south"), ("CSK", "czechoslovakia"), ("Macedonia", "north-macedonia"),
])
def test_a_state_is_found_by_what_it_is_called(name, country):
    assert find_states([name], AS_OF) == (country,)


def test_every_state_is_found_by_each_of_its_names(states):
    for column in ("country", "iso2", "iso3"):
        assert find_states(states[column].tolist(), AS_OF) == tuple(states["country"])
    assert find_states(states["name"].tolist(), AS_OF) == tuple(states["country"])


@pytest.mark.parametrize(("name", "words"), [
    ("korea", "expected one state, found 2 that begin so. Name one of korea-north, korea-south."),
    ("kazakstan", r"Did you mean 'kazakhstan' \(Kazakhstan\)\?"), ("uk", "expected a state of the registers"),
    ("holy see", "an entry of the registers that is none"), ("", "forecast country --all lists them all"),
])
def test_what_means_none_or_several_is_told(name, words):
    with pytest.raises(InputError, match=words):
        find_states([name], AS_OF)


def test_all_faults_are_told_at_once_and_a_state_is_taken_once():
    with pytest.raises(InputError, match="state 'xyzzy'") as found:
        find_states(["korea", "uzbekistan", "xyzzy"], AS_OF)
    assert len(found.value.faults) == 2
    assert find_states(["UZ", "uzbekistan"], AS_OF) == ("uzbekistan",)


def test_a_state_that_had_not_begun_is_told():
    with pytest.raises(InputError, match="one that had not begun by 2008-11-03"):
        find_states(["south sudan"], date(2008, 11, 3))


def test_every_state_has_codes_and_those_that_last_a_tile_of_their_own(states):
    assert not states[["iso2", "iso3"]].isna().any(axis=None)
    lasting = states[states["end"].isna()]
    assert len(lasting) > 190
    assert set(lasting["iso2"]) <= set(countries())
    assert not lasting[["column", "row"]].isna().any(axis=None)
    assert not lasting.duplicated(["column", "row"]).any()
    assert states.loc[states["end"].notna(), "column"].isna().all()
    assert dict(zip(states["country"], states["iso3"], strict=True))["kazakhstan"] == "KAZ"


@pytest.mark.parametrize(("change", "words"), [
    (("AF,AFG", "Af,AFG"), "column iso2: expected 2 capital letters, found 'Af'"),
    (("AFG,22", "AFG,0"), "column column: expected a number from 1 to 99, found '0'"),
    (("afghanistan,", "afghanistn,"), "found afghanistn. Did you mean 'afghanistan'"),
])
def test_faults_of_the_codes_are_named(tmp_path, change, words):
    text = (DATA / "country_codes.csv").read_text(encoding="utf-8")
    path = tmp_path / "codes.csv"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_codes(path)


def test_regions_give_the_states_that_last(states):
    assert of_region("Central Asia", AS_OF) == ("kazakhstan", "kyrgyzstan", "tajikistan", "turkmenistan", "uzbekistan")
    assert "yugoslavia" not in of_region("southern_europe", AS_OF)
    with pytest.raises(InputError, match="option --region: expected a region of the registers, found 'central_asja'"):
        of_region("central_asja", AS_OF)


def test_states_that_ended_or_began_lately_have_a_sentence(states):
    assert fate(states.loc["yugoslavia"], AS_OF).startswith("Yugoslavia ended on 4 June 2006")
    assert not lasts(states.loc["yugoslavia"])
    assert fate(states.loc["south-sudan"], AS_OF).startswith("South Sudan began on 9 July 2011: 13.3 years are known")
    assert fate(states.loc["uzbekistan"], AS_OF) == ""
    before = load_states(date(2005, 1, 1)).set_index("country", drop=False)
    assert pd.isna(before.loc["yugoslavia", "end"])  # an end that is later is not told
