"""The report's section about presidents on record: who stands for an outcome, and what is told."""

from dataclasses import replace
from datetime import date

import pytest

from forecast.panel.elections import Winner, load_elections
from forecast.report.administrations_page import MOST, administrations_section, presidents_of_outcomes
from forecast.report.page import plates, render_page
from tests.conftest import some
from tests.fixture.record import frozen_panel


def asked(content, panel=None, **winners):
    return replace(content, winners=winners or content.winners, panel=panel or content.panel)


def test_a_winner_who_governed_stands_for_himself_and_a_new_one_for_the_last_of_the_type(content):
    assert sorted(presidents_of_outcomes(asked(content))) == ["Biden", "Trump"]


def test_without_two_presidents_on_record_there_is_no_section(content, tmp_path):
    early = asked(content, frozen_panel(date(1992, 12, 1)))
    assert presidents_of_outcomes(early) == []
    assert administrations_section(early) is None
    assert administrations_section(asked(content, nobody=Winner(president="Nobody", type="republican"))) is None
    picture = tmp_path / "empty.svg"
    picture.write_text("<svg/>", encoding="utf-8")
    none = asked(content, nobody=Winner(president="Nobody", type="republican"))
    assert 'id="did"' not in render_page(none, dict.fromkeys(plates(none), picture))


def test_the_section_tells_counts_of_the_record_and_what_can_be_concluded(content, tmp_path):
    given = asked(content)
    told = administrations_section(given)
    count = given.panel.contact["president"].value_counts()
    every = told.rows[0]
    assert [cell.split(" ")[0] for cell in every[1:3]] == [str(count[name]) for name in told.names]
    assert sum("; difference " in sentence for sentence in told.sentences) <= MOST
    assert any("One administration is one administration" in sentence for sentence in told.sentences)
    picture = tmp_path / "empty.svg"
    picture.write_text("<svg/>", encoding="utf-8")
    page = render_page(given, dict.fromkeys(plates(given), picture))
    assert page.count('id="did"') == 1
    assert page.count('<summary><h2 id="h-did">') == 1


@pytest.mark.parametrize("election", some([one.id for one in load_elections()], ("us_1952", "us_1988", "us_2016", "us_2028")))
def test_every_election_of_the_data_has_a_section_or_none_without_error(content, election):
    (outcomes,) = (one.outcomes for one in load_elections() if one.id == election)
    told = administrations_section(asked(content, **outcomes))
    assert told is None or len(told.names) >= 2
