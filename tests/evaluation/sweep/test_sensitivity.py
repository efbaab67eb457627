"""Sobol indices of functions whose indices are known."""

import numpy as np
import pandas as pd
import pytest

from forecast.evaluation.sweep import Sweep, sensitivity_indices, sensitivity_sentences, sweep_points, unit_sample


def sweep(design="sobol", **changed):
    content = {"name": "known", "title": "Known", "description": "A test.", "scenarios": ["trump"], "design": design,
               "vary": [{"path": f"adjustments.rate.{rank}", "over": {"uniform": [0, 1]}, "reason": "A test."}
                        for rank in ("president", "cabinet", "deputy")]}
    return Sweep.model_validate(content | ({"samples": 1024} if design == "sobol" else {}) | changed)


def table(function):
    given = sweep()
    return given, pd.DataFrame({"y": function(*unit_sample(given, 1).T)})


def test_the_indices_of_a_sum_are_the_shares_of_its_variances():
    """y = a + 2 b and no c: one fifth, four fifths, nothing."""
    found = sensitivity_indices(*table(lambda a, b, c: a + 2 * b + 0 * c), seed=1).set_index("path")
    np.testing.assert_allclose(found["first"], [0.2, 0.8, 0.0], atol=0.02)
    np.testing.assert_allclose(found["total"], [0.2, 0.8, 0.0], atol=0.02)
    assert (np.abs(found["first"] - [0.4, 0.6, 0.0]) > 0.1)[:2].all()


def test_interactions_are_in_the_total_index_alone():
    """y = (a - 1/2)(b - 1/2): neither matters alone, both do together."""
    found = sensitivity_indices(*table(lambda a, b, c: (a - 0.5) * (b - 0.5)), seed=1).set_index("path")
    np.testing.assert_allclose(found["first"], 0, atol=0.05)
    np.testing.assert_allclose(found["total"], [1, 1, 0], atol=0.05)


def test_what_does_not_vary_is_left_out_and_words_name_what_matters():
    given, found = table(lambda a, b, c: a + 2 * b)
    indices = sensitivity_indices(given, found.assign(flat=1.0), seed=1)
    assert set(indices["quantity"]) == {"y"}
    (sentence,) = sensitivity_sentences(indices)
    assert sentence.index("rate.cabinet") < sentence.index("rate.president")
    assert "adjustments.rate.deputy hardly matters." in sentence


def test_what_hardly_moves_is_said_to_hardly_move():
    (sentence,) = sensitivity_sentences(sensitivity_indices(*table(lambda a, b, c: 1000 + a), seed=1))
    assert sentence == "y, 1e+03, hardly moves over the design."


def test_a_grid_takes_every_combination_and_a_sample_follows_the_distribution():
    grid = sweep("grid", vary=[{"path": "outcome", "values": ["harris", "trump"], "reason": "A test."},
                               {"path": "adjustments.outcome", "over": {"uniform": [0, 1]}, "steps": 4, "reason": "A test."}])
    assert sweep_points(grid, 1) == [(who, size) for who in ("harris", "trump") for size in (0.125, 0.375, 0.625, 0.875)]
    normal = sweep(vary=[{"path": "adjustments.outcome", "over": {"normal": [1, 2]}, "reason": "A test."}])
    drawn = np.array(sweep_points(normal, 1))
    assert (drawn.mean(), drawn.std()) == (pytest.approx(1, abs=0.02), pytest.approx(2, abs=0.05))


@pytest.mark.parametrize(("changed", "words"), [
    ({"samples": 100}, "a power of two"), ({"samples": None}, "samples with design"), ({"design": "grid"}, "samples with design"),
    ({"vary": []}, "at least 1"), ({"scenarios": ["a", "b", "c"]}, "at most 2"),
    ({"vary": [{"path": "priors", "over": 1, "reason": "R"}]}, "values for priors"),
    ({"vary": [{"path": "outcome", "values": ["a"], "reason": "R"}]}, "two or more different"),
    ({"vary": [{"path": "outcome", "reason": "R"}]}, "one of the keys values and over"),
    ({"vary": [{"path": "outcome", "over": 1, "reason": "R"}] * 2}, "every path once"),
])
def test_a_malformed_sweep_is_told(changed, words):
    content = sweep().model_dump()
    content["vary"] = [{"path": one["path"], "over": {"uniform": [0, 1]}, "reason": "R"} for one in content["vary"]]
    with pytest.raises(ValueError, match=words):
        Sweep.model_validate(content | changed)
