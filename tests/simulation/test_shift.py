from datetime import date

import numpy as np
import pytest

from forecast.contacts import codes
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Event
from forecast.simulation.shocks import OUTCOME, RANKS, RATE, STATE, TONE, TOPIC, draw_shock, shape_in_time
from tests.simulation.conftest import event, make_scenario

PATH = np.arange(4000)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"shape": "step"}, [0, 0, 1, 1, 1, 1]),
        ({"shape": "step", "duration_months": 2}, [0, 0, 1, 1, 0, 0]),
        ({"shape": "pulse", "half_life_months": 2}, [0, 0, 1, 0.5**0.5, 0.5, 0.5**1.5]),
        ({"shape": "ramp", "ramp_months": 3}, [0, 0, 1 / 3, 2 / 3, 1, 1]),
    ],
)
def test_shape_in_time(form, wanted):
    found = shape_in_time(Event.model_validate(event(**form)), np.arange(-2, 4))
    np.testing.assert_allclose(found, wanted)


def test_sizes_stand_at_their_targets_and_a_named_rank_overrides_all():
    effects = {
        "rate": {"cabinet": 2, "all": 0.5},
        "topic": {"russia": -1},
        "outcome": 3,
        "tone": {"home": 4},
        "state": 5,
    }
    shock = draw_shock(make_scenario(events=[event(effects=effects)]), Noise(1), PATH[:2], 48)
    wanted = np.zeros(shock.size.shape[2])
    wanted[RATE:RANKS] = 0.5
    wanted[RATE + codes.RANK.labels.index("cabinet")] = 2
    wanted[TOPIC + codes.TOPIC.labels.index("russia")] = -1
    wanted[[OUTCOME, TONE + 1, STATE]] = 3, 4, 5
    assert shock.size.tolist() == [[wanted.tolist()]] * 2
    assert shock.share()[0, 0].tolist() == [0.0] * 17 + [1.0] * 31  # June 2026 is the 18th month


def test_adjustments_act_throughout():
    scenario = make_scenario(adjustments={"rate": {"all": {"uniform": [1, 2]}}}, events=[event()])
    shock = draw_shock(scenario, Noise(1), PATH, 48)
    assert shock.profile[1].tolist() == [1.0] * 48
    drawn = shock.size[:, 1, RATE]
    assert drawn.min() > 1
    assert drawn.max() < 2
    assert drawn.mean() == pytest.approx(1.5, abs=4 / np.sqrt(12 * len(PATH)))
    assert (shock.size[:, 1, RATE:RANKS] == drawn[:, None]).all()  # one draw for all ranks


def test_distributions_have_streams_of_their_own():
    normal = {"normal": [0.2, 0.1]}
    one = event(id="one", effects={"rate": {"all": normal}, "topic": {"russia": normal}})
    two = event(id="two", effects={"rate": {"all": normal}}, date="2026-01")
    alone = draw_shock(make_scenario(events=[one]), Noise(1), PATH, 48).size
    both = draw_shock(make_scenario(events=[two, one]), Noise(1), PATH, 48).size
    assert np.array_equal(alone[:, 0], both[:, 1])  # an event added before does not move the other's sizes
    russia = TOPIC + codes.TOPIC.labels.index("russia")
    for other in (both[:, 1, russia], both[:, 0, RATE]):
        assert abs(np.corrcoef(both[:, 1, RATE], other)[0, 1]) < 4 / np.sqrt(len(PATH))
    assert both[:, 1, RATE].mean() == pytest.approx(0.2, abs=4 * 0.1 / np.sqrt(len(PATH)))
    assert both[:, 1, RATE].std() == pytest.approx(0.1, rel=0.05)


def test_event_months_are_dates_on_the_first():
    assert Event.model_validate(event()).date == date(2026, 6, 1)
