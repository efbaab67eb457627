"""Which scenarios, records and dates can stand in one run, and what is said of those that cannot."""

from datetime import date
from pathlib import Path

import pytest

from forecast import shipped
from forecast.errors import InputError
from forecast.pipeline import Request, check_scenarios, read, sweep_plan
from forecast.pipeline.records import _asked, region_forecast
from forecast.pipeline.request import weights_with_base
from forecast.report.columns import COUNTED, FUTURES, RELATION, file_of_path
from forecast.simulation.relation_index import base_level, load_index
from forecast.simulation.scenario import find_scenario, load_scenario
from tests.fixture.record import RECORD, frozen_panel
from tests.fixture.second import write_second_dyad

CHILD = "name: {name}\ntitle: Child\ndescription: Inherits.\nextends: harris.yaml\n{extra}"


@pytest.fixture
def second(tmp_path):
    return write_second_dyad(tmp_path / "us_uz")


@pytest.fixture
def scenario(tmp_path):
    def _scenario(name="child", extra=""):
        path = tmp_path / f"{name}.yaml"
        path.write_text(CHILD.format(name=name, extra=extra), encoding="utf-8")
        return str(path)

    return _scenario


def faults_of(**wanted):
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        read(Request(**wanted))
    return caught.value.faults


def test_plain_elections_hold_for_any_dyad(second):
    inputs = read(Request(data=second))
    assert (inputs.panel.dyad, inputs.panel.partner) == (("us_uz",), ("Synthetic Uzbekistan",))
    assert tuple(inputs.scenarios) == ("harris", "trump")


def test_a_scenario_made_for_the_dyad_of_the_data_is_read(second, scenario):
    inputs = read(Request(data=second, scenarios=(scenario(extra="dyad: us_uz\n"), "trump")))
    assert inputs.scenarios["child"].dyad == inputs.panel.dyad[0] == "us_uz"


def test_every_scenario_made_for_another_dyad_is_named_with_both_dyads_and_a_remedy(second):
    names = ("harris_c5plus1_summit", "trump", "trump_ukraine_ceasefire")
    first, last = faults_of(data=second, scenarios=names)
    assert (first.where, last.where) == (f"scenario {names[0]}, key dyad", f"scenario {names[2]}, key dyad")
    assert (first.expected, first.found) == (f"us_uz, the dyad of the data in {second}", "us_kz")
    assert "set dyad: us_uz" in first.remedy


def test_a_scenario_for_another_dyad_does_not_run_on_the_shipped_one(scenario):
    (fault,) = faults_of(scenarios=(scenario(extra="dyad: us_uz\n"),))
    assert fault.expected.startswith("us_kz, the dyad of the data in ")
    assert fault.found == "us_uz"


def test_scenarios_of_two_dyads_do_not_stand_in_one_run(scenario):
    (fault,) = faults_of(data=RECORD, scenarios=("trump_ukraine_ceasefire", scenario(extra="dyad: us_uz\n")))
    assert (fault.where, fault.found) == ("scenarios, key dyad", "us_kz, us_uz")


def test_all_that_cannot_be_compared_is_told_at_once(scenario):
    other = scenario(extra="as_of: 2024-10-01\nhorizon: {end: 2027-12}\noutcome: trumpp\n")
    assert {fault.where for fault in faults_of(scenarios=("trump", other))} == {
        "scenario child, key outcome", "scenarios, key as_of", "scenarios, key horizon"}


PAST = """name: {outcome}_2020
title: A past term
description: Nothing but the election.
as_of: {day}
election: us_2020
outcome: {outcome}
horizon: {{start: 2021-01, end: 2024-12}}
"""


def past(folder, day="2020-11-02"):
    for outcome in ("biden", "trump"):
        (folder / f"{outcome}_2020.yaml").write_text(PAST.format(outcome=outcome, day=day), encoding="utf-8")
    return tuple(str(folder / f"{outcome}_2020.yaml") for outcome in ("biden", "trump"))


def test_a_last_day_within_the_term_that_is_forecast_is_refused(tmp_path):
    """Else what is over of the term would be used to forecast it, and simulated anew."""
    names = past(tmp_path)
    for day in (date(2021, 1, 20), date(2023, 6, 30), date(2025, 2, 1)):
        (fault,) = faults_of(data=RECORD, scenarios=names, as_of=day)
        assert (fault.where, fault.found) == ("option --as-of", f"{day}")
        assert fault.expected == "a day before 2021-01-20, when the term that is forecast begins"
        assert f"forecast update --as-of {day}" in fault.remedy
    found = read(Request(data=RECORD, scenarios=names, as_of=date(2021, 1, 19)))
    assert {one.ahead for one in found.elections.values()} == {1}


def test_so_is_one_that_the_scenarios_themselves_have(tmp_path):
    names = past(tmp_path, "2021-01-25")
    faults = faults_of(data=RECORD, scenarios=names)
    assert [fault.where for fault in faults] == ["scenario biden_2020, key as_of", "scenario trump_2020, key as_of"]
    assert {one.ahead for one in read(Request(data=RECORD, scenarios=names, as_of=date(2020, 11, 2))).elections.values()} == {1}
    assert check_scenarios(names[:1]) == [("biden_2020", "A past term")]  # by itself it is one for an update


def test_so_is_one_of_a_region_and_one_among_those_of_a_sweep(tmp_path):
    names = past(tmp_path)
    with pytest.raises(InputError, match="forecast update --as-of 2023-06-30"):
        region_forecast(shipped.REGION, names, priors="default", as_of=date(2023, 6, 30), seed=1, paths=50,
                        ignore_gates=True, progress=lambda *_: None)
    (tmp_path / "s.yaml").write_text(
        f"name: s\ntitle: T\ndescription: D\nscenarios: [{', '.join(names)}]\ndesign: grid\npaths: 100\n"
        "vary:\n  - {path: as_of, values: [2020-11-02, 2023-06-30], reason: R}\n", encoding="utf-8")
    with pytest.raises(InputError, match="value 2023-06-30: expected a day before 2021-01-20, when the term"):
        sweep_plan.plan_sweep(tmp_path / "s.yaml", Request(data=RECORD), lambda *_: None)


def test_scenarios_are_as_of_the_day_that_is_used():
    inputs = read(Request(data=RECORD, as_of=date(2023, 1, 15)))
    assert {one.as_of for one in inputs.scenarios.values()} == {inputs.panel.as_of} == {date(2023, 1, 15)}


def test_a_record_coded_to_an_earlier_day_than_the_scenarios_asks_for_an_earlier_date(second):
    text = (second / "dyad.yaml").read_text().replace("2024-12-31", "2024-06-30")
    (second / "dyad.yaml").write_text(text)
    (second / "contacts.csv").write_text("".join(
        line for line in (second / "contacts.csv").read_text().splitlines(True) if not line.startswith("2024-")))
    (second / "media.csv").write_text("".join(
        line for line in (second / "media.csv").read_text().splitlines(True) if not line.startswith("2024-")))
    (fault,) = faults_of(data=second)
    assert (fault.expected, fault.found) == ("a day up to 2024-06-30, to which us_uz is coded", "2024-11-04")
    assert "--as-of" in fault.remedy
    assert read(Request(data=second, as_of=date(2024, 6, 30))).panel.as_of == date(2024, 6, 30)


def test_a_record_without_contacts_is_refused(tmp_path):
    (fault,) = faults_of(data=write_second_dyad(tmp_path / "empty", keep=lambda row: False))
    assert fault.source == str(tmp_path / "empty" / "contacts.csv")
    assert fault.expected == "a contact dated up to 2024-11-04"


def test_every_set_of_weights_comes_with_its_base():
    panel = frozen_panel()
    found = weights_with_base(panel)
    assert found.keys() == load_index().sets.keys()
    assert {name: base for name, (_, base) in found.items()} == {
        name: base_level(panel, one) for name, one in load_index().sets.items()}


def test_a_record_without_contacts_in_the_base_years_is_refused(tmp_path):
    folder = write_second_dyad(tmp_path / "old", keep=lambda row: row["date"] < "2012")
    panel = read(Request(data=folder)).panel  # it can be fitted
    with pytest.raises(InputError, match="expected a recorded contact of us_uz from 2017 to 2024") as caught:
        weights_with_base(panel)
    (fault,) = caught.value.faults
    assert fault.expected == "a recorded contact of us_uz from 2017 to 2024, as of 2024-11-04"
    assert fault.found == f"{len(panel.contact)} contacts, 1996-03-15 to 2011-03-24"


def test_the_hashed_files_are_those_asked_for_under_names_without_a_path(second, scenario):
    (second / ".hidden").write_text("of an editor")
    own = scenario(extra="dyad: us_uz\n")
    files = read(Request(data=second, scenarios=("trump", own))).files
    data = {f"data us_uz/{name}" for name in ("contacts.csv", "dyad.yaml", "media.csv")}
    assert files.keys() == {"priors", "scenario trump", "scenario child", *data}
    assert files["scenario child"] == Path(own)
    assert files["data us_uz/contacts.csv"] == second / "contacts.csv"


@pytest.mark.parametrize("name", ["trump_relation", "trump_questions", "relation", "questions"])
def test_a_scenario_may_be_named_as_further_files_of_a_run_are(scenario, name):
    names = tuple(read(Request(scenarios=("trump", scenario(name)))).scenarios)
    files = {kind.format(scenario=one) for kind in (FUTURES, COUNTED, RELATION) for one in names}
    assert set(names) == {"trump", name}
    assert len(files) == 6


@pytest.mark.parametrize("kind", [FUTURES, COUNTED, RELATION])
@pytest.mark.parametrize("name", ["trump", "trump_relation", "questions"])
def test_a_file_of_a_scenario_has_the_kind_that_its_name_says(kind, name):
    assert file_of_path(kind.format(scenario=name)).name == kind


@pytest.mark.parametrize("expected", [
    ("harris", "trump"), ("harris", "trump", "mixture"), ("trump_belt_and_road", "trump"), ("harris_continuity", "harris"),
    ("harris_continuity", "harris", "trump_belt_and_road", "trump_pntr", "trump")])
def test_the_order_of_scenarios_is_in_the_data_and_not_in_the_command(expected):
    """Outcomes as the election lists them, an open election last; what extends a scenario before that one."""
    every = (expected, expected[::-1], sorted(expected), sorted(expected)[1:] + sorted(expected)[:1])
    for named in dict.fromkeys(map(tuple, every)):
        assert tuple(_asked(named, RECORD)[0]) == expected
    loaded = tuple(load_scenario(find_scenario(one)) for one in expected[::-1])
    assert tuple(read(Request(scenarios=loaded, alone=True)).scenarios) == expected


def test_a_scenario_that_extends_another_through_a_third_stands_before_it(tmp_path):
    """The third need not be part of the run, and names say nothing."""
    for name, parent in (("zeta", "trump_belt_and_road.yaml"), ("zulu", "zeta.yaml")):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ntitle: T\ndescription: D\nextends: {parent}\n", encoding="utf-8")
    for named in (("trump", f"{tmp_path}/zulu.yaml"), (f"{tmp_path}/zulu.yaml", "trump")):
        assert tuple(read(Request(scenarios=named)).scenarios) == ("zulu", "trump")
    assert tuple(read(Request(scenarios=("trump_belt_and_road", f"{tmp_path}/zulu.yaml"))).scenarios) == (
        "zulu", "trump_belt_and_road")


def test_files_are_told_under_their_scenarios_whatever_the_order():
    files = read(Request(scenarios=("trump", "harris"))).files
    assert (files["scenario trump"].stem, files["scenario harris"].stem) == ("trump", "harris")


def test_a_region_takes_the_same_order():
    for named in (("trump", "harris"), ("harris", "trump")):
        assert tuple(_asked(named, RECORD)[0]) == ("harris", "trump")
