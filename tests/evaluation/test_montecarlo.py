import numpy as np
import pytest

from forecast.evaluation.contrast import Cell
from forecast.evaluation.montecarlo import batch_of, describe, probability, spaced
from forecast.evaluation.questions import components_of, error_over_batches
from forecast.evaluation.sweep import mean_and_error
from forecast.simulation.scenario import Question

PATHS, DRAWS = 20_000, 500


def test_paths_of_one_draw_share_a_batch():
    batch = batch_of(PATHS, DRAWS)
    assert all(len(np.unique(batch[draw::DRAWS])) == 1 for draw in range(0, DRAWS, 37))


def test_quantiles_are_those_of_numpy():
    values = np.random.default_rng(1).gamma(2.0, size=PATHS)
    found = describe(values, batch_of(PATHS, DRAWS))
    np.testing.assert_allclose([found["q05"], found["q50"], found["q95"]], np.quantile(values, [0.05, 0.5, 0.95]))


def test_error_knows_that_paths_of_one_draw_are_no_independent_sample():
    """The spread of means over replications is met; the naive error of independent paths is far below it."""
    means, errors, naive = [], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = np.tile(rng.standard_normal(DRAWS), PATHS // DRAWS) + 0.3 * rng.standard_normal(PATHS)
        means.append(values.mean())
        errors.append(describe(values, batch_of(PATHS, DRAWS))["mcse"])
        naive.append(values.std() / np.sqrt(PATHS))
    true = np.std(means, ddof=1)
    wobble = 4 / np.sqrt(2 * 59)  # four standard errors of a standard deviation from 60 replications
    assert abs(np.mean(errors) / true - 1) < wobble
    assert abs(np.mean(naive) / true - 1) > wobble


def test_paths_without_a_value_are_left_out():
    values = np.array([1.0, np.nan, 3.0, 5.0] * 100)
    assert describe(values, batch_of(400, 400))["mean"] == 3.0


def test_probability_counts_events():
    event = np.arange(PATHS) % 4 == 0
    share, error = probability(event, batch_of(PATHS, DRAWS))
    assert share == 0.25
    assert 0 <= error < 0.01


DRAWS_OF = {"frequency": 300, "agenda": 400}


def _paths(seed, of):
    """2,400 paths whose values lean on the draws of some components, and on chance."""
    rng, number = np.random.default_rng(seed), np.arange(2400)
    return sum(rng.standard_normal(DRAWS_OF[name])[number % DRAWS_OF[name]] for name in of) + rng.standard_normal(len(number))


def _cell(values, component):
    return Cell(label={"of": "{count}"}, values=values, step=0.1, component=component).row(
        {name: batch_of(len(values), draws) for name, draws in DRAWS_OF.items()})


def test_the_error_is_that_of_the_draws_of_a_quantitys_own_component():
    """Over replications with draws of their own; batches of another component's draws give an error far too small."""
    found = [_cell(_paths(seed, ["agenda"]), "agenda") for seed in range(200)]
    wrong = [_cell(_paths(seed, ["agenda"]), "frequency") for seed in range(200)]
    true = np.std([one["mean"] for one in found], ddof=1)
    assert np.mean([one["mcse"] for one in found]) == pytest.approx(true, rel=0.15)
    assert np.mean([one["mcse"] for one in wrong]) < true / 1.4


def test_errors_of_several_components_add_up_without_counting_chance_twice():
    errors, means = [], []
    for seed in range(200):
        values = (_paths(seed, ["frequency", "agenda"]) > 0.5).astype(float)
        each = [probability(values, batch_of(len(values), draws))[1] for draws in DRAWS_OF.values()]
        errors.append((error_over_batches(each, values.var(), len(values)), max(each), np.hypot(*each)))
        means.append(values.mean())
    told, largest, doubled = np.mean(errors, axis=0)
    true = np.std(means, ddof=1)
    assert told == pytest.approx(true, rel=0.15)
    assert largest < 0.85 * true
    assert told < doubled


def test_a_question_leans_on_the_components_of_its_conditions():
    def asked(**contacts):
        return Question(id="q", text="a text", background="a background", contacts=contacts, window=["2020-01", "2020-12"],
                        at_least=1, resolution="a rule")

    assert components_of(asked(rank=["president"])) == ("frequency",)
    assert components_of(asked(topic=["trade"], outcome=1)) == ("frequency", "agenda", "effectiveness")
    assert components_of(asked(direction=["us_to_partner"])) == ("frequency", "setting")


def test_components_with_as_many_draws_as_one_another_count_once():
    """They repeat together: the batches of one hold the draws of all, and errors of each added up are a third too large."""
    told, added, means = [], [], []
    many = {"frequency": 300, "agenda": 300}
    for seed in range(200):
        rng, number = np.random.default_rng(seed), np.arange(2400)
        values = sum(rng.standard_normal(300)[number % 300] for _ in many) + 0.5 * rng.standard_normal(len(number)) > 0
        error = probability(values.astype(float), batch_of(len(values), 300))[1]
        told.append(mean_and_error(values, ("frequency", "agenda"), many)[1])
        added.append(error_over_batches([error, error], float(values.var()), len(values)))
        means.append(values.mean())
    true = np.std(means, ddof=1)
    assert np.mean(told) == pytest.approx(true, rel=0.15)
    assert np.mean(added) > 1.2 * true


@pytest.mark.parametrize(("draws", "of"), [(240, None), (2400, 20_000), (3500, 20_000), (30_000, 20_000)])
def test_a_draw_is_in_one_batch_in_all_blocks(draws, of):
    """Also where a component has more draws than the first block has paths; where that is not told, it is in two."""
    whole, number = batch_of(20_000, draws), np.arange(20_000)
    parts = np.concatenate([batch_of(min(1800, 20_000 - first), draws, first, of) for first in range(0, 20_000, 1800)])
    assert (parts == whole).all()
    assert [len(set(parts[number % draws == draw])) for draw in (0, draws // 2) if draw < 20_000] == [1, 1]
    if of:
        untold = np.concatenate([batch_of(min(1800, 20_000 - first), draws, first) for first in range(0, 20_000, 1800)])
        assert (untold != whole).any()


@pytest.mark.parametrize(("count", "draws"), [(1500, 6000), (5000, 6000), (4000, 8000), (7, 80), (1499, 6004), (400, 80)])
def test_draws_from_all_over_the_chains(count, draws):
    """Every fourth draw would be of one chain in four."""
    number = spaced(count, draws, 4)
    assert len(number) == count
    assert (np.diff(number) > 0).all()
    assert np.ptp(np.bincount(number % 4, minlength=4)) <= 1
    if count <= draws:
        assert number[-1] < draws
        assert number[-1] >= draws - 4 * (draws // count + 2)  # to the end of the chains
