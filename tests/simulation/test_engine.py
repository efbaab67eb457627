import numpy as np
import pytest
import xarray as xr

from forecast.contacts import codes
from forecast.errors import ForecastError
from forecast.simulation.engine import simulate
from tests.simulation.conftest import RATES, TERM_START, constant, event, make_scenario, question, source
from tests.simulation.twin import simulate_twin

PATHS = 60
MIXED = [
    event(
        effects={
            "rate": {"all": {"normal": [0.3, 0.2]}, "president": 1},
            "topic": {"russia": -1},
            "outcome": 0.5,
            "tone": {"partner": {"uniform": [0, 1]}},
            "state": 1,
        }
    ),
    event(id="pulse", shape="pulse", half_life_months=3, date="2027-01"),
    event(
        id="ramp",
        shape="ramp",
        ramp_months=5,
        date="2025-03",
        effects={"topic": {"trade": 2}, "tone": {"home": -2}},
    ),
]
QUESTIONS = [
    question("all"),
    question("narrow", rank=["cabinet", "deputy"], direction=["us_to_partner"], format=["visit"], outcome=1),
    question("topics", topic=["energy", "minerals"], mechanism="standing", window=["2025-02", "2026-01"]),
    question("remote", direction=["remote", "third_country"], format=["call", "meeting"], mechanism="none"),
]
CASES = {
    "plain": ({}, {}),
    "questions": ({}, {"questions": QUESTIONS, "events": MIXED}),
    "events": ({}, {"events": MIXED}),
    "adjustments": (
        {},
        {"adjustments": {"rate": {"cabinet": {"normal": [0, 1]}}, "outcome": 1, "tone": {"home": -1}}},
    ),
    "overdispersed": ({"dispersion": 0.3, "pages_dispersion": [0.1, 0.2]}, {}),
    "nearly Poisson": ({"dispersion": 1e6, "pages_dispersion": [1e5, 1e5]}, {}),
    "many contacts": (
        {"log_rate": np.repeat(np.log(20 * RATES)[:, None], 4, axis=1)},
        {"horizon": {"start": "2025-11", "end": "2026-02"}},
    ),
    "many pages": (
        {"pages_log_mean": np.full((2, 6), 4.0), "pages_dispersion": [0.5, 0.5]},
        {"horizon": {"start": "2028-10", "end": "2028-12"}},
    ),
    "strong state": ({"state_persistence": 0.95, "state_loading": 0.8}, {"events": MIXED}),
}


def run(parameters, scenario, *, paths=PATHS, seed=1, **options):
    return simulate(source(parameters), scenario, paths=paths, seed=seed, term_start=TERM_START, **options)


@pytest.mark.parametrize("case", CASES)
def test_kernel_and_twin_agree_exactly(case):
    parameters, scenario = constant(PATHS, **CASES[case][0]), make_scenario(**CASES[case][1])
    fast = run(parameters, scenario, chunk=25)
    slow = simulate_twin(parameters, scenario, paths=PATHS, seed=1, term_start=TERM_START)
    assert fast.contact.sum() > 100
    xr.testing.assert_identical(fast, slow)


def test_kernel_and_twin_agree_where_paths_differ():
    rng = np.random.default_rng(0)
    same = constant(PATHS)
    varied = {
        name: getattr(same, name) * rng.uniform(0.8, 1.2, (PATHS,) + (1,) * (getattr(same, name).ndim - 1))
        for name in same.__dataclass_fields__
    }
    varied["format_share"] /= varied["format_share"].sum(axis=-1, keepdims=True)
    varied["recorded_share"] = np.minimum(varied["recorded_share"], 1.0)
    parameters = type(same)(**varied)
    slow = simulate_twin(parameters, make_scenario(events=MIXED), paths=PATHS, seed=9, term_start=TERM_START)
    xr.testing.assert_identical(run(parameters, make_scenario(events=MIXED), seed=9), slow)


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 2, "chunk": 4096},
        {"threads": 1, "chunk": 7},
        {"threads": 2, "chunk": 7},
        {"threads": 2, "chunk": 1},
    ],
)
def test_threads_and_chunks_change_nothing(options):
    scenario = make_scenario(events=MIXED)
    whole = run(constant(PATHS), scenario, threads=1, chunk=4096)
    xr.testing.assert_identical(run(constant(PATHS), scenario, **options), whole)
    assert not whole.equals(run(constant(PATHS), scenario, seed=2, **options))


def test_a_long_run_can_be_made_piece_by_piece(scenario):
    whole = run(constant(PATHS), scenario)
    piece = run(constant(PATHS), scenario, paths=13, first=20)
    xr.testing.assert_identical(piece, whole.isel(path=slice(20, 33)))


@pytest.mark.parametrize(
    "added",
    [
        event(effects={"rate": {"all": 0.8}}),
        event(effects={"topic": {"russia": 2}}),
        event(effects={"outcome": 2}),
        event(effects={"tone": {"home": 2}}),
        event(effects={"state": 3}),
        event(shape="pulse", half_life_months=2, effects={"rate": {"cabinet": {"normal": [1, 0.5]}}}),
    ],
)
def test_scenarios_are_identical_until_they_differ(added):
    before = event(id="before", date="2025-06", effects={"rate": {"all": {"normal": [0.1, 0.3]}}})
    one = run(constant(200), make_scenario(events=[before]), paths=200)
    two = run(constant(200), make_scenario(events=[added, before]), paths=200)
    until, after = slice(None, "2026-05"), slice("2026-06", None)
    xr.testing.assert_equal(one.sel(month=until), two.sel(month=until))
    assert not one.sel(month=after).equals(two.sel(month=after))


def test_an_event_changes_only_what_depends_on_it():
    plain = run(constant(PATHS), make_scenario())
    tone = run(constant(PATHS), make_scenario(events=[event(effects={"tone": {"home": 1}})]))
    for name in ("contact", "mention", "pages"):
        xr.testing.assert_equal(plain[name], tone[name])
    assert (plain.tone_sum.sel(side="partner") == tone.tone_sum.sel(side="partner")).all()
    assert (plain.tone_sum.sel(side="home") <= tone.tone_sum.sel(side="home")).all()
    assert (plain.tone_sum < tone.tone_sum).any()


def test_a_higher_rate_never_takes_a_contact_away():
    plain = run(constant(PATHS), make_scenario()).contact.sum("outcome")
    more = run(constant(PATHS), make_scenario(events=[event()])).contact.sum("outcome")
    assert (more >= plain).all()
    assert more.sum() > plain.sum()


def test_recorded_futures_do_not_depend_on_what_leaves_no_record():
    some, all_of_them = run(constant(PATHS), make_scenario()), run(constant(PATHS, recorded_share=np.ones(6)), make_scenario())
    xr.testing.assert_identical(some.drop_vars("unrecorded"), all_of_them.drop_vars("unrecorded"))
    assert all_of_them.unrecorded.sum() == 0
    assert some.unrecorded.sum() > 0


def test_dataset_is_labelled(scenario):
    done = []
    found = run(constant(PATHS), scenario, seed=4, chunk=25, progress=done.append)
    assert done == [25, 25, 10]
    assert {name: (item.dims, str(item.dtype)) for name, item in found.items()} == {
        "contact": (("path", "month", "rank", "outcome"), "uint16"),
        "unrecorded": (("path", "month", "rank"), "uint16"),
        "mention": (("path", "month", "topic"), "uint16"),
        "pages": (("path", "month", "side"), "uint32"),
        "tone_sum": (("path", "month", "side"), "int32"),
        "travel": (("path", "month", "direction"), "uint16"),
        "match": (("path", "question"), "uint16"),
    }
    assert found.sizes == {"path": PATHS, "month": 48, "rank": 6, "outcome": 4, "topic": 15, "side": 2, "direction": 4,
                           "question": 0}
    assert tuple(found["rank"].values) == codes.RANK.labels
    assert found.month.values[[0, -1]].astype("datetime64[D]").astype(str).tolist() == [
        "2025-01-01",
        "2028-12-01",
    ]
    assert found.attrs == {
        "scenario": "synthetic",
        "title": "Synthetic",
        "outcome": "harris",
        "as_of": "2024-11-04",
        "seed": 4,
        "dyad": "us_kz",
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"log_rate": np.full((6, 4), np.nan)}, r"log_rate: expected finite numbers, found NaN or infinity"),
        ({"log_rate": np.zeros((6, 3))}, r"log_rate: expected shape \(60, 6, 4\), found \(60, 6, 3\)"),
        ({"dispersion": 0}, r"dispersion: expected positive numbers, found zero or less"),
        ({"outcome_cut": [[1, 2, 3], [1, 3, 2]]}, r"outcome_cut: expected increasing cutpoints, found a decreasing pair"),
        (
            {"state_persistence": 1},
            r"state_persistence: expected numbers inside \(-1, 1\), found one outside",
        ),
    ],
)
def test_impossible_parameters_are_refused(scenario, changed, message):
    with pytest.raises(ForecastError, match=f"Path parameters: {message}"):
        run(constant(PATHS, **changed), scenario)


def test_infinite_dispersion_is_a_poisson(scenario):
    limit = run(constant(PATHS, dispersion=np.inf, pages_dispersion=[np.inf, np.inf]), scenario)
    large = run(constant(PATHS, dispersion=1e11, pages_dispersion=[1e11, 1e11]), scenario)
    xr.testing.assert_identical(limit, large)
