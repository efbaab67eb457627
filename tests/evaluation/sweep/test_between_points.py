"""Between the points of a sweep the page is right by one percentage point, beside the engine itself at 200 random points.

With posteriors that need no sampler. Simulated futures are few enough for chance to be seen: a probability moves by steps of one
future, and interpolation cannot follow these.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import RegularGridInterpolator

from forecast.evaluation.surrogate import BOUND, Axis, grid_error, smooth
from forecast.evaluation.sweep import sweep_points
from forecast.pipeline import Request, sweep
from forecast.pipeline.sweep_plan import Plan, evaluate
from tests.fixture.record import RECORD
from tests.golden.example import posteriors

ENDS = ((-0.3, 0.3), (-0.5, 0.5))
TEXT = """\
name: between
title: Between
description: For a test.
scenarios: [harris]
design: {design}
paths: 4000
vary:
  - {{path: adjustments.rate.president, over: {{uniform: [-0.3, 0.3]}}, {steps}reason: A test.}}
  - {{path: adjustments.topic.trade, over: {{uniform: [-0.5, 0.5]}}, {steps}reason: A test.}}
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Points of a grid, of a sample and at random, each with the probabilities of all questions."""
    folder = tmp_path_factory.mktemp("between")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.pipeline.sweep_plan.fit", lambda inputs, *_: posteriors(inputs.panel, inputs.priors))
        for name, text in (("grid", TEXT.format(design="grid", steps="steps: 7, ")),
                           ("sample", TEXT.format(design="sobol\nsamples: 32", steps=""))):
            (folder / f"{name}.yaml").write_text(text)
            given = sweep.plan_sweep(folder / f"{name}.yaml", Request(data=RECORD, seed=3, as_of=date(2024, 11, 4)),
                                     lambda *_: None)
            found[name] = chances(given, sweep_points(given.sweep, 3))
        found["random"] = chances(given, np.random.default_rng(9).uniform(*np.transpose(ENDS), (200, 2)).round(9).tolist())
    return found


def chances(given: Plan, values) -> tuple[np.ndarray, np.ndarray]:
    """Points, and the probabilities of all questions at them."""
    there = Plan(sweep=given.sweep, merged=given.merged, values=tuple(values), request=given.request)
    rows = pd.DataFrame([{name: one for name, (one, _) in evaluate(there.point(number)).items() if "P(" in name}
                         for number in range(len(values))])
    return np.array(values), rows.to_numpy()


@pytest.mark.slow
def test_a_grid_is_right_between_its_points(simulated):
    (at, values), (random, truth) = simulated["grid"], simulated["random"]
    levels = tuple(np.unique(at[:, place]) for place in range(2))
    inside = (random >= [level[0] for level in levels]) & (random <= [level[-1] for level in levels])
    kept = inside.all(axis=1)
    grid = values.reshape(7, 7, -1)
    missed = np.abs(RegularGridInterpolator(levels, grid)(random[kept]) - truth[kept])
    told = grid_error(levels, grid).max()
    print(f"grid: {kept.sum()} points, largest {missed.max():.4f}, typical {np.sqrt((missed**2).mean()):.4f}, told {told:.4f}")
    assert missed.max() < BOUND
    assert missed.max() < 1.5 * told


@pytest.mark.slow
def test_a_fitted_sample_is_right_between_its_points_and_a_shuffled_one_is_not(simulated):
    (at, values), (random, truth) = simulated["sample"], simulated["random"]
    axes, group = [Axis(low=low, high=high) for low, high in ENDS], np.arange(len(at)) // 4
    fit = smooth(at, values, axes, group)
    missed = np.abs(fit.at(random) - truth)
    print(f"sample: largest {missed.max():.4f}, typical {np.sqrt((missed**2).mean()):.4f}, told {fit.largest.max():.4f}")
    assert missed.max() < BOUND
    assert missed.max() < 1.5 * fit.largest.max()
    shuffled = smooth(at, np.random.default_rng(1).permutation(values), axes, group)
    assert shuffled.largest.max() > 2 * BOUND
    assert np.abs(shuffled.at(random) - truth).max() > 2 * BOUND
