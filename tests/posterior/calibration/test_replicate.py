"""Ranks of one replication, and a study that is interrupted and goes on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from forecast.components.priors import UNDRAWN
from forecast.components.registry import COMPONENT, priors_of
from forecast.posterior import calibration
from forecast.posterior import calibration as module
from forecast.posterior.calibration import LIKELIHOOD, RANKS, Replication, ranks, wrong
from forecast.posterior.posterior import draw_prior
from tests.components.example import data_of, default_priors, panel, priors_for
from tests.posterior.calibration.example import FUTURES

every = pytest.mark.parametrize("name", COMPONENT)


def rows(name, draws, seed=1):
    chains = draw_prior(COMPONENT[name], data_of(name), priors_for(name), np.random.default_rng(seed), draws=draws)
    return module._values(chains)


@every
def test_ranks_cover_every_prior_the_types_and_the_likelihood(name):
    component, data = COMPONENT[name], data_of(name)
    found = ranks(component, data, rows(name, 1), rows(name, 120, seed=2))
    named = {key.split("[")[0] for key in found}
    free = {item for item, support in component.needed(data.coord).items()
            if support not in UNDRAWN and not priors_for(name)[item].distribution.startswith("fixed")
            and item not in component.assumed}  # fmt: skip
    assert free | {LIKELIHOOD} <= named
    assert all(0 <= value < RANKS for value in found.values())


def test_the_rank_counts_the_thinned_draws_below_the_truth():
    name = "agenda"
    truth, draws = rows(name, 1), rows(name, RANKS - 1, seed=2)
    found = ranks(COMPONENT[name], data_of(name), truth, draws)
    assert found["walk_scale"] == (draws["walk_scale"] < truth["walk_scale"][0]).sum()
    assert found["base[3]"] == (draws["base"][:, 3] < truth["base"][0, 3]).sum()


@every
def test_the_control_simulates_at_other_values_of_what_the_likelihood_sees(name):
    truth = rows(name, 1)
    changed = wrong(truth, COMPONENT[name], priors_for(name))
    moved = {key for key in truth if not np.array_equal(truth[key], changed[key])}
    assert moved
    assert moved <= set(COMPONENT[name].needs) - set(COMPONENT[name].assumed)


def test_a_discounted_past_is_calibrated_at_a_discount_of_one():
    priors = priors_for("frequency_discount")
    assert priors["discount"].value == 0.5
    assert COMPONENT["frequency_discount"].generative(priors)["discount"].value == pytest.approx(1)
    assert COMPONENT["agenda"].generative(priors_for("agenda")) == priors_for("agenda")


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path))
    asked = []

    def replicate(component, shape, priors, futures, number, seed, *, control=None):
        asked.append(number)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return Replication(rank={"x": number}, max_rhat=1.0, min_ess=500.0, divergences=0)

    monkeypatch.setattr(calibration, "replicate", replicate)
    return calibration.studies(panel(), default_priors(), ["media"], 3, FUTURES)[0], asked


def test_an_interrupted_study_goes_on_and_gives_the_same_files(small):
    wanted, asked = small
    with pytest.raises(KeyboardInterrupt):
        calibration._batch(wanted, list(range(6)))
    assert [one.rank["x"] for one in calibration.replications(wanted, 6)] == [0, 1, 2]
    calibration._batch(wanted, [number for number in range(6) if not wanted.path(number).exists()])
    assert asked == [0, 1, 2, 3, 3, 4, 5]
    assert [one.rank["x"] for one in calibration.replications(wanted, 6)] == list(range(6))
    assert not list(wanted.folder.glob(".*"))
    assert json.loads(wanted.path(2).read_text())["content"]["rank"] == {"x": 2}


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A study of which six replications are kept, done by this process."""
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path))
    monkeypatch.setattr(calibration, "replicate", lambda component, shape, priors, futures, number, *_, **__: Replication(
        rank={"x": number, "y": 2}, max_rhat=float("nan"), min_ess=500.0, divergences=0))
    monkeypatch.setattr(calibration, "_do", lambda batches, *_: [calibration._batch(*batch) for batch in batches])
    wanted = calibration.studies(panel(), default_priors(), ["media"], 3, FUTURES)[0]
    calibration.run([wanted], 6, lambda *_: None)
    return wanted


def forged(path, **values):
    from forecast.kept import _hash

    content = json.loads(path.read_text())["content"] | values
    path.write_text(json.dumps({"sha256": _hash(path, content), "content": content}))


@pytest.mark.parametrize(("change", "words"), [
    (lambda path: path.write_text("{}"), "neither content nor hash"), (lambda path: path.write_text(path.read_text()[:40]), ""),
    (lambda path: path.write_text(path.read_text().replace('"x": 2', '"x": 3')), "its hash is another"),
    (lambda path: path.write_bytes(path.with_name("00004.json").read_bytes()), "its hash is another"),
    (lambda path: forged(path, rank={"x": RANKS, "y": 2}), "rank.x"),
    (lambda path: forged(path, rank={"x": 1.5, "y": 2}), "rank.x"),
    (lambda path: forged(path, rank={"x": 1}), "other quantities"), (lambda path: forged(path, divergences=-1), "divergences"),
    (lambda path: forged(path, max_rhat="high"), "max_rhat"),
])
def test_a_bad_replication_is_done_again_with_one_line(whole, capsys, change, words):
    change(whole.path(2))
    calibration.run([whole], 6, lambda *_: None)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert words in told[0]
    found = calibration.replications(whole, 6)
    assert [one.rank for one in found] == [{"x": number, "y": 2} for number in range(6)]
    assert np.isnan(found[2].max_rhat)


def test_other_seeds_outcomes_and_controls_are_other_studies(small):
    wanted, _ = small
    (other,) = calibration.studies(panel(), default_priors(), ["media"], 4, FUTURES)
    (turned,) = calibration.studies(panel(), default_priors(), ["media"], 3, FUTURES[::-1])
    (coarse,) = calibration.studies(panel(), default_priors(), ["media"], 3, FUTURES, control="coarse")
    subtle = calibration.studies(panel(), default_priors(), ["media"], 3, FUTURES, control="subtle")
    every = [wanted, other, turned, coarse, *subtle]
    assert len({one.folder for one in every}) == len({one.label for one in every}) + 2 == len(every) == 5


def test_a_component_without_persistence_has_another_control_in_its_place():
    def named(name):
        return [one.control for one in calibration.studies(panel(), default_priors(), [name], 3, FUTURES, control="subtle")]

    assert named("frequency_drift") == ["persistence", "phase"]
    assert named("frequency_walk") == ["terms", "phase"]
    assert named("agenda") == ["terms"]
    assert named("completeness") == ["narrow"]


def test_priors_of_a_component_are_those_of_its_section():
    assert priors_of(default_priors(), "frequency_walk")["walk_scale"] == default_priors().component["frequency"]["walk_scale"]


def test_only_of_a_term_that_runs_leaving_it_out_is_a_control():
    runs = (replace(FUTURES[0], ahead=0),)

    def named(name, futures):
        return [one.name for one in calibration.controls_of(COMPONENT[name], priors_for(name), futures)]

    assert named("frequency_drift", FUTURES) == ["persistence", "phase"]
    assert named("frequency_drift", runs) == ["persistence", "phase", "forgotten"]
    assert named("agenda", runs) == ["terms"]
    data = data_of("frequency_drift")
    found, priors = calibration.assume(COMPONENT["frequency_drift"], data, priors_for("frequency_drift"), "forgotten", runs)
    assert found.array["term_used"].tolist() == [1] * (len(data.coord["term"]) - 1) + [0]
    assert priors == priors_for("frequency_drift")


@pytest.mark.parametrize("change", [{"ahead": 2}, {"predecessors": ("Clinton",)}, {"between": 0.5}, {"damping": 0.5},
                                    {"covariate": {"aid": (1.0, 1.0, 1.0, 1.0)}}, {"president": "Nobody"},
                                    {"midpoint": FUTURES[0].midpoint + 1}])
def test_replications_of_another_future_are_not_taken_for_these(change):
    assert calibration._of_futures([replace(FUTURES[0], **change)]) != calibration._of_futures(FUTURES[:1])
