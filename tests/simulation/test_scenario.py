from datetime import date

import pytest

import forecast
from forecast.errors import InputError
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario, shipped_scenarios
from tests.simulation.example import HEAD


@pytest.mark.parametrize("name", ["harris", "harris.yaml", "scenarios/harris.yaml"])
def test_a_shipped_scenario_is_found_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_scenario(find_scenario(name)).name == "harris"


def test_a_path_is_taken_as_it_is(write):
    path = write(HEAD, "harris.yaml")
    assert find_scenario(str(path)) == path


@pytest.mark.parametrize("name", ["haris", "elsewhere/haris.yaml"])
def test_an_unknown_scenario_names_the_nearest(name):
    with pytest.raises(
        InputError, match=r"expected a file or a shipped scenario, found neither\. Did you mean 'harris'\?"
    ):
        find_scenario(name)


def test_an_installed_package_holds_the_scenarios_itself(tmp_path, monkeypatch):
    (tmp_path / "forecast" / "scenarios").mkdir(parents=True)
    (tmp_path / "forecast" / "scenarios" / "only.yaml").write_text(HEAD)
    monkeypatch.setattr(forecast, "__file__", str(tmp_path / "forecast" / "__init__.py"))
    assert shipped_scenarios().keys() == {"only"}


@pytest.mark.parametrize("name", sorted(shipped_scenarios()))
def test_shipped_scenarios_load(name):
    found = load_scenario(find_scenario(name))
    assert found.name == name
    assert (found.as_of, found.election) in ((date(2024, 11, 4), "us_2024"), (date(2025, 1, 19), "us_2028"))


@pytest.mark.parametrize("name", sorted(shipped_scenarios()))
def test_a_shipped_scenario_without_assumptions_holds_for_any_dyad(name):
    found = load_scenario(find_scenario(name))
    assumes = bool(found.events or found.adjustments.size())
    assert found.dyad is None or (assumes and found.dyad == "us_kz")


def test_the_plain_scenarios_differ_in_the_election_alone():
    one, two = (load_scenario(find_scenario(name)) for name in ("harris", "trump"))
    differ = {key for key in Scenario.model_fields if getattr(one, key) != getattr(two, key)}
    assert differ == {"name", "title", "description", "outcome"}
    assert (one.outcome, two.outcome, one.events) == ("harris", "trump", ())


def test_shipped_scenarios_cover_both_outcomes_with_and_without_events():
    found = {name: load_scenario(path) for name, path in shipped_scenarios().items()}
    assert {(*item.chances, bool(item.events)) for item in found.values()
            if len(item.chances) == 1 and item.election == "us_2024"} == {
        (outcome, some) for outcome in ("harris", "trump") for some in (False, True)
    }
