"""Statistics of records that a model produces pass at the rate they promise, and planted faults are seen.

Truths are drawn from the prior, and the "posterior" is the truth itself: p-values are then exactly calibrated.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from forecast.components.registry import COMPONENT
from forecast.evaluation.diagnosis import LEVEL, check
from tests.components.example import data_of, draw_truth

REPLICATES = 200


def given(name, seed):
    """A truth, the record that it produces, and the truth as a posterior of one draw."""
    rng = np.random.default_rng([seed, 11])
    component, data = COMPONENT[name], data_of(name)
    truth = draw_truth(component, data, rng)
    return component, component.simulate(data, truth, rng), {key: np.asarray(value)[None] for key, value in truth.items()}, rng


def judged(component, data, draws, rng):
    return {one.family.name: one for one in check(component, data, draws, rng, replicates=REPLICATES)}


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if one.variant not in ("", "drift") else name
                                  for name, one in COMPONENT.items()])
def test_records_of_the_model_pass_as_often_as_promised(name):
    found = [judged(*given(name, seed)) for seed in range(12)]
    passed = np.array([[one.passed for one in record.values()] for record in found])
    failures = (~passed).sum(axis=0)  # of every family; discrete statistics fail less often than LEVEL
    assert failures.max() <= binom.ppf(1 - 0.001 / passed.shape[1], len(found), LEVEL)


@pytest.mark.parametrize("name", COMPONENT)
def test_labels_and_p_values_belong_to_the_statistics(name):
    for one in judged(*given(name, 1)).values():
        assert len(one.labels) == len(one.observed) == len(one.p) == one.replicated.shape[1]
        assert ((one.p >= 0) & (one.p <= 1)).all()


def with_array(data, **array):
    return replace(data, array={**data.array, **array})


def steady(name, **settled):
    """A middling truth, so that a planted fault stands out whatever the prior drew."""
    component, data = COMPONENT[name], data_of(name)
    rng = np.random.default_rng(6)
    truth = {key: np.zeros_like(value) if key.endswith("effect") or key in settled else value
             for key, value in draw_truth(component, data, rng).items()}
    truth |= {key: truth[key] + value for key, value in settled.items()}
    return component, data, truth, rng


def test_more_contacts_without_pages_than_the_model_has_are_seen():
    component, data, truth, rng = steady("media", pages_base=0.3, pages_effective=0.0, pages_drift=0.0, pages_overdispersion=0.3)
    clean = component.simulate(data, truth, rng)
    draws = {key: np.asarray(value)[None] for key, value in truth.items()}
    pages = 2 * clean.array["pages"] * rng.integers(0, 2, clean.array["pages"].shape)  # same mean, half of them empty
    assert judged(component, clean, draws, rng)["unreported"].passed
    assert not judged(component, with_array(clean, pages=pages), draws, rng)["unreported"].passed


def test_topics_that_go_together_are_seen():
    component, data, truth, rng = steady("agenda", base=0.0, walk=0.0, breadth_scale=0.1)
    clean = component.simulate(data, truth, rng)
    draws = {key: np.asarray(value)[None] for key, value in truth.items()}
    named = clean.array["named"].copy()
    named[:, 1:5] = named[:, :1]  # five topics that always go together
    found = judged(component, with_array(clean, named=named), draws, rng)
    assert judged(component, clean, draws, rng)["topic_pairs"].passed
    assert not found["topic_pairs"].passed
    assert found["topic_pairs"].outside[0]  # the first pair is the one that was planted


def test_contacts_bunched_in_single_years_are_seen():
    component, data, truth, rng = steady("frequency_drift", base=0.7, term_level=0.0, term_rank_level=0.0, phase=0.0, covid=0.0,
                                         drift=0.0, drift_lower=0.0, overdispersion=0.05)
    clean = component.simulate(data, truth, rng)
    draws = {key: np.asarray(value)[None] for key, value in truth.items()}
    count, term = clean.array["count"].copy(), clean.array["term"]
    for one in np.unique(term):  # all of a term in its first year
        at = np.flatnonzero(term == one)
        count[:, :, at[0]] = count[:, :, at].sum(axis=-1)
        count[:, :, at[1:]] = 0
    found = judged(component, with_array(clean, count=count), draws, rng)
    assert judged(component, clean, draws, rng)["dispersion"].passed
    for family in ("dispersion", "empty_years", "togetherness"):
        assert not found[family].passed, family


def test_tones_that_agree_within_a_contact_are_seen():
    component, data, truth, rng = steady("media", pages_base=1.0, tone_effective=0.0, tone_drift=0.0, pages_overdispersion=0.3)
    truth["tone_share"] = np.full_like(truth["tone_share"], 1 / 3)
    clean = component.simulate(data, truth, rng)
    draws = {key: np.asarray(value)[None] for key, value in truth.items()}
    tone = rng.integers(0, 3, len(clean.array["rank"]))[clean.array["page_contact"]]
    assert judged(component, clean, draws, rng)["tone_agreement"].passed
    assert not judged(component, with_array(clean, page_tone=tone), draws, rng)["tone_agreement"].passed
