"""Meetings with poles to come: their mean, what a scenario moves and what it leaves, and effects that are refused."""

from datetime import date

import numpy as np
import pytest

from forecast.components.registry import BESIDE, POLES
from forecast.contacts.dyad import load_dyad
from forecast.errors import InputError
from forecast.panel import load_panel
from forecast.panel.elections import load_election
from forecast.panel.poles import load_poles
from forecast.pipeline.together import answerable, check_poles
from forecast.posterior import posterior
from forecast.posterior.fit import pole_priors
from forecast.shipped import DYAD, shipped_scenarios
from forecast.simulation.engine import calendar_of
from forecast.simulation.poles import pole_futures, poles_moved
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import load_scenario
from forecast.simulation.shocks import draw_shock
from tests.simulation.conftest import event, make_scenario, question

PATHS = 4000
ELECTION = load_election("us_2024")
RECORD = load_poles(load_dyad(DYAD), date(2024, 11, 4))
RUSSIA, CHINA = "president_of_russia_to_kazakhstan", "president_of_china_to_kazakhstan"


@pytest.fixture(scope="module")
def found():
    """Draws in form, near the rates of the record so that no path is absurd."""
    data, priors = BESIDE[POLES].data(load_panel(DYAD)), pole_priors().component[POLES]
    chains = posterior.draw_prior(BESIDE[POLES], data, priors, np.random.default_rng(4), chains=2, draws=200)
    return posterior.Posterior(component=POLES, key="", chains=chains, coord=data.coord, gates=None, reused=False)


def simulated(found, scenario, **changed):
    return pole_futures(found, RECORD, scenario, ELECTION, **{"paths": PATHS, "seed": 7, **changed})


def moving(size, pole="russia", **changed):
    return make_scenario(events=[event(effects={"rate": {"pole": {pole: size}}}, **changed)])


def test_meetings_have_the_mean_of_their_rates_and_months_before_inauguration_days_count_in_part(found):
    """Within five Monte Carlo errors, given the rates of the very paths."""
    future, quiet = simulated(found, make_scenario()), calendar_of(make_scenario(), ELECTION.term_start)
    take = found.taker().at(slice(0, PATHS))
    noise = Noise(7)

    def shocks(name, *shape):
        return noise.normal(f"component/{name}", np.arange(PATHS), *shape)

    rate = np.exp(BESIDE[POLES].project(take, found.coord, future_of(ELECTION, "harris"), shocks)["log_rate"])
    for place, name in enumerate(found.coord["list"]):
        mean = rate[:, place] @ quiet.exposure.T
        keep = mean.max(axis=1) < 20
        error = np.sqrt(mean[keep].sum(axis=0)) / keep.sum()
        difference = future.count[name][keep].mean(axis=0) - mean[keep].mean(axis=0)
        assert (abs(difference) < 5 * error + 1e-9).all(), name
    assert quiet.exposure[0].sum() == pytest.approx(12 / 365.25)


def test_an_effect_moves_its_pole_from_its_month_on_and_nothing_else_by_a_meeting(found):
    plain, moved = simulated(found, make_scenario()), simulated(found, moving(0.7))
    before = 17  # months until June of the second year
    np.testing.assert_array_equal(plain.count[RUSSIA][:, :before], moved.count[RUSSIA][:, :before])
    assert (moved.count[RUSSIA] >= plain.count[RUSSIA]).all()  # one uniform number, a higher rate
    ratio = moved.count[RUSSIA][:, before:].sum() / plain.count[RUSSIA][:, before:].sum()
    assert ratio == pytest.approx(np.exp(0.7), rel=0.1)
    for name in set(plain.count) - {RUSSIA}:
        np.testing.assert_array_equal(plain.count[name], moved.count[name])
    assert set(moved.shift) == {"russia"}


def test_an_effect_on_a_pole_moves_no_contact(found):
    months = len(calendar_of(make_scenario(), ELECTION.term_start).exposure)
    shock = draw_shock(moving(0.7), Noise(1), np.arange(50), months)
    assert not shock.size.any()


def test_an_effect_on_a_pole_without_a_list_is_an_assumption_without_a_forecast(found):
    moved = simulated(found, moving({"normal": [0.2, 0.1]}, pole="turkey"))
    assert set(moved.shift) == {"turkey"}
    assert moved.shift["turkey"][:, -1].mean() == pytest.approx(0.2, abs=5 * 0.1 / np.sqrt(PATHS))
    assert not any("turkey" in name for name in moved.count)


def test_a_pulse_fades_and_an_event_that_does_not_happen_moves_nothing(found):
    pulse = {"shape": "pulse", "half_life_months": 6}
    once = simulated(found, moving(0.8, **pulse)).shift["russia"]
    assert once[0, 17] == pytest.approx(0.8)
    assert once[0, 23] == pytest.approx(0.4)
    rare = simulated(found, moving(0.8, probability=0.3)).shift["russia"][:, -1]
    assert set(np.unique(rare).round(6)) == {0.0, 0.8}
    assert (rare > 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / PATHS))


def test_blocks_of_paths_are_the_paths_and_the_seed_decides(found):
    whole, part = simulated(found, make_scenario()), simulated(found, make_scenario(), paths=100, first=900)
    np.testing.assert_array_equal(whole.count[CHINA][900:1000], part.count[CHINA])
    assert (whole.count[RUSSIA] != simulated(found, make_scenario(), seed=8).count[RUSSIA]).any()


def test_an_open_election_follows_one_outcome_on_every_path(found):
    mixture = make_scenario(outcome={"harris": 0.5, "trump": 0.5})
    each = [simulated(found, make_scenario(outcome=name)).count for name in ("harris", "trump")]
    both, name = simulated(found, mixture).count, "president_of_kazakhstan_to_us"
    first, second = ((both[name] == one[name]).all(axis=1) for one in each)
    assert (first | second).all()
    assert not first.all()
    np.testing.assert_array_equal(both[RUSSIA], each[0][RUSSIA])  # who governs moves the pole at home alone
    np.testing.assert_array_equal(each[1][RUSSIA], each[0][RUSSIA])


def test_a_question_counts_the_meetings_of_its_list_in_its_window(found):
    asked = {**question(window=("2026-01", "2026-12")), "contacts": None, "meetings": {"list": RUSSIA}}
    scenario = make_scenario(questions=[asked])
    future = simulated(found, scenario)
    np.testing.assert_array_equal(future.matching(scenario.questions[0], scenario), future.count[RUSSIA][:, 12:24].sum(axis=1))


# What is refused, and what goes on without.

@pytest.fixture
def written(tmp_path):
    def write(pole, dyad="dyad: us_kz"):
        path = tmp_path / "mine.yaml"
        path.write_text(f"name: mine\ntitle: Mine\ndescription: A test.\nextends: trump.yaml\n{dyad}\nadjustments:\n"
                        f"  rate:\n    pole: {{{pole}: 0.1}}\n")
        return path
    return write


@pytest.mark.parametrize(("pole", "dyad", "told"), [
    ("rusia", "dyad: us_kz", r"line 8, key adjustments.rate.pole.rusia: expected a pole of us_kz.*Did you mean 'russia'"),
    ("russia", "# none", "expected poles of a dyad that the scenario names, found no key dyad"),
])
def test_a_pole_that_the_dyad_does_not_name_is_told_with_its_line(written, pole, dyad, told):
    with pytest.raises(InputError, match=told):
        load_scenario(written(pole, dyad))


def test_a_size_beyond_all_measure_is_refused_as_for_ranks(written):
    path = written("russia")
    path.write_text(path.read_text().replace("0.1", "10"))
    with pytest.raises(InputError, match=r"a log rate from -6\.9 to 6\.9"):
        load_scenario(path)


def test_a_run_refuses_poles_and_lists_of_others_and_goes_on_without_any(capsys):
    asked = {**question(), "contacts": None, "meetings": {"list": "president_of_rusia_to_kazakhstan"}}
    wrong = {"mine": make_scenario(adjustments={"rate": {"pole": {"rusia": 0.1}}}, questions=[asked])}
    with pytest.raises(InputError, match=r"key rate\.pole: expected a pole of us_kz") as raised:
        check_poles(wrong, RECORD, "us_kz")
    assert "a complete list of us_kz" in str(raised.value)
    check_poles(wrong, None, "us_xx")
    assert "dyad us_xx names no poles" in capsys.readouterr().err
    assert answerable(wrong["mine"], None).questions == ()


@pytest.mark.parametrize(("content", "told"), [
    ({"meetings": {"list": RUSSIA}}, "one of the keys contacts and meetings"),
    ({"contacts": None}, "one of the keys contacts and meetings"),
])
def test_a_question_is_about_contacts_or_meetings(content, told):
    with pytest.raises(ValueError, match=told):
        make_scenario(questions=[{**question(), **content}])


def test_shipped_scenarios_move_the_poles_that_they_speak_of():
    moved = {name: poles_moved(load_scenario(path)) for name, path in shipped_scenarios().items()}
    for winner in ("harris", "trump"):
        assert moved[f"{winner}_russian_pressure"] == ("russia",)
        assert moved[f"{winner}_belt_and_road"] == ("china",)
        assert moved[f"{winner}_turkey_france"] == ("turkey", "france")
    assert moved["harris"] == moved["trump"] == ()
