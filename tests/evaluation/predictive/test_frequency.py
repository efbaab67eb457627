"""Statistics of counts by hand."""

import numpy as np

from forecast.components.frequency.checks import dispersion, empty, longest_gap, memory, togetherness

COUNT = np.array([[[2, 2, 0, 4, 1, 1], [0, 0, 0, 3, 0, 0]]])
ARRAY = {"count": COUNT, "term": np.array([0, 0, 1, 1, 2, 2]), "exposure": np.ones((1, 6))}


def test_dispersion_within_terms():
    # first rank: only the second term departs, by 2 from a mean of 2, twice: 4 over three degrees of freedom
    # second: only the second term has contacts, 1.5 from 1.5 twice: 3 over one; all: 3.5 from 3.5 twice: 7 over three
    np.testing.assert_allclose(dispersion(ARRAY), [4 / 3, 3.0, 7 / 3])


def test_half_a_year_expects_half_the_contacts():
    array = ARRAY | {"count": np.array([[[2, 1, 2, 1, 2, 1]]]), "exposure": np.array([[1, 0.5] * 3])}
    np.testing.assert_allclose(dispersion(array), 0)


def test_gaps_and_empty_years():
    assert empty(ARRAY).tolist() == [1, 5]
    assert longest_gap(ARRAY).tolist() == [1, 3]


def test_memory_is_the_correlation_of_neighbouring_years():
    first = COUNT[0, 0].astype(float)
    assert np.isclose(memory(ARRAY)[0], np.corrcoef(first[:-1], first[1:])[0, 1])
    assert memory(ARRAY | {"count": np.zeros((1, 2, 6), int)}).tolist() == [0, 0, 0]


def test_ranks_that_move_together_within_terms():
    assert np.isclose(togetherness(ARRAY)[0], 1)
