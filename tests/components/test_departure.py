"""Where the last term went: what is planted comes out, and growth alone is no departure."""

import numpy as np
import pytest

from forecast.components.frequency.project import last_departure

TERMS, YEARS = 8, 4


def record(rate):
    """Counts of a rate by term and rank, four years each, one dyad; those of the last year seen for half of it."""
    exposure = np.ones(TERMS * YEARS)
    exposure[-1] = 0.5
    term = np.repeat(np.arange(TERMS), YEARS)
    return {"count": np.rint(rate[term].T * exposure)[None], "exposure": exposure[None], "term": term,
            "type_of_term": np.zeros(TERMS, int)}


def test_growth_alone_is_no_departure_and_a_last_term_apart_from_it_is_one():
    rate = 1000 * np.exp(0.2 * np.arange(TERMS))[:, None] * np.array([1.0, 2.0, 3.0])
    rate[-1] *= [1.5, 1.0, 1 / 1.5]
    np.testing.assert_allclose(last_departure(record(rate)), [1, 0, -1], atol=0.01)


@pytest.mark.parametrize("shown", [0, 3])
def test_terms_without_exposure_and_without_contacts_are_borne(shown):
    found = record(np.zeros((TERMS, 3)))
    found["exposure"][:, :shown * YEARS] = 0
    assert np.isfinite(last_departure(found)).all()
    assert np.abs(last_departure(found)).max() <= 1
