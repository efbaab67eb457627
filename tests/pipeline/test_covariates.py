"""Scenarios and sweeps that set covariates: refused where nothing would come of them, told where something does."""

import pytest

from forecast.errors import InputError
from forecast.pipeline import Request, read
from forecast.pipeline.run_directory import _told
from forecast.pipeline.sweep_plan import _decides
from forecast.report.page import assumed
from forecast.shipped import find_priors
from forecast.simulation.prepare import future_of
from forecast.simulation.scenario import find_scenario, load_scenario
from forecast.simulation.two_terms import following

PRIORS = """name: with_war
title: The war as a covariate
extends: default
component:
  frequency:
    covariates: {distribution: normal_by_covariate, sd: {war_in_ukraine: 0.3}, reason: A value of the test.}
"""


def scenario(tmp_path, text):
    path = tmp_path / "peace.yaml"
    path.write_text(f"name: peace\ntitle: Peace\ndescription: A test.\nextends: harris.yaml\ncovariates: {text}\n")
    return path


def test_a_scenario_that_sets_what_is_off_is_refused(tmp_path):
    peace = scenario(tmp_path, "{war_in_ukraine: 0}")
    with pytest.raises(InputError, match=r"scenario peace, key covariates\.war_in_ukraine.*it has none"):
        read(Request(scenarios=(str(peace),), alone=True))
    priors = tmp_path / "war.yaml"
    priors.write_text(PRIORS)
    found = read(Request(scenarios=(str(peace), "trump"), priors=str(priors), alone=True))
    assert found.elections["peace"].covariate == {"war_in_ukraine": (0.0,) * 4}
    assert found.elections["trump"].covariate == {}


def test_what_a_scenario_of_the_term_after_sets_is_so_in_that_term(tmp_path):
    """In its own term, in every future after either winner; nothing is set in the first."""
    peace = scenario(tmp_path, "{war_in_ukraine: [1, 0.5, 0, 0]}")
    peace.write_text(peace.read_text().replace("harris.yaml", "democrat_2028.yaml"))
    with pytest.raises(InputError, match=r"scenario peace, key covariates\.war_in_ukraine.*it has none"):
        read(Request(then=(str(peace),), alone=True))
    priors = tmp_path / "war.yaml"
    priors.write_text(PRIORS)
    found = read(Request(then=(str(peace), "trumpist_2028"), priors=str(priors), alone=True))
    assert [one.covariate for one in found.elections.values()] == [{}, {}]
    assert found.then.elections["trumpist_2028"].covariate == {}
    set_there = found.then.elections["peace"].covariate
    assert set_there == {"war_in_ukraine": (1.0, 0.5, 0.0, 0.0)}
    for name, first in found.elections.items():
        after = future_of(found.then.elections["peace"], "democrat")
        assert following(future_of(first, name), after, first).covariate == set_there


@pytest.mark.parametrize(("text", "fault"), [
    ("{war_in_ukraina: 0}", "a covariate: war_in_ukraine, un_votes, trade, aid.*Did you mean 'war_in_ukraine'"),
    ("{war_in_ukraine: [0, 1]}", "covariates.war_in_ukraine"), ("{war_in_ukraine: 50}", "values from 0 to 1"),
    ("{trade: 0}", "values that have a logarithm"), ("{un_votes: yes}", "covariates.un_votes"),
])  # fmt: skip
def test_wrong_covariates_of_a_scenario_are_told_with_their_line(tmp_path, text, fault):
    with pytest.raises(InputError, match=rf"(?s)peace\.yaml.*line 5.*{fault}"):
        load_scenario(scenario(tmp_path, text))


@pytest.mark.parametrize(("prior", "fault"), [
    ("{distribution: normal_by_covariate, sd: {rain: 0.3}, reason: A value of the test.}", "covariates among war_in_ukraine"),
    ("{distribution: normal_by_covariate, sd: {}, reason: A value of the test.}", "sd"),
    ("{distribution: normal, mu: 0, sigma: 1, reason: A value of the test.}", "normal_by_covariate"),
])  # fmt: skip
def test_wrong_covariates_of_a_prior_set_are_told(tmp_path, prior, fault):
    from forecast.components.prior_file import load_priors
    from forecast.components.registry import needs

    path = tmp_path / "wrong.yaml"
    path.write_text(f"name: wrong\ntitle: Wrong\nextends: default\ncomponent:\n  frequency:\n    covariates: {prior}\n")
    with pytest.raises(InputError, match=fault):
        load_priors(find_priors(str(path)), needs())


def test_what_a_scenario_sets_is_told_and_decides_what_a_sweep_simulates(tmp_path):
    peace = load_scenario(scenario(tmp_path, "{war_in_ukraine: [1, 0.5, 0, 0]}"))
    harris = load_scenario(find_scenario("harris"))
    assert _told(peace).assumes == ("sets war_in_ukraine",)
    assert "war in ukraine: 1, 0.5, 0, 0 (by year)" in assumed(peace.model_dump(mode="json"), "Kazakhstan")["adjustments"]
    assert assumed(harris.model_dump(mode="json"), "Kazakhstan")["adjustments"] == ""
    same = peace.model_copy(update={"covariates": {}})
    assert _decides(peace) != _decides(same)
    assert _decides(same) == _decides(harris)
