"""Alpha against published worked examples, and the fast twin against the library."""

import numpy as np
import pytest

from forecast.contacts.alpha import Units, alpha, alpha_of_counts, masi_distance, masi_matrix, resampled_alpha

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): examples A, B and C; * is a missing value
BINARY = ("0100000010", "1110010000")
NOMINAL = ("aabbdcccedda", "babbbccceddd")
FOUR = ("12332141 2***", "1233224125*3", "*33323422 51*", "123324412 51*")
FOUR = tuple(row.replace(" ", "") for row in FOUR)
TOPICS_A = ("security trade", "security", "trade energy china", "health", "security trade", "energy", "trade", "society health")
TOPICS_B = ("security trade", "security trade", "trade energy", "health", "security china", "trade", "trade", "society")


def counts(rows):
    values = sorted(set("".join(rows)) - {"*"})
    cells = np.array([list(row) for row in rows])
    return np.array([(cells == value).sum(axis=0) for value in values]).T


def pairs(first, second, level, distance=None, values=None):
    first, second = np.array(first), np.array(second)
    return Units.coded(level, np.stack([first, second], axis=1), values or 1 + max(first.max(), second.max()), distance)


def topic_pairs(first=TOPICS_A, second=TOPICS_B):
    sets = sorted({frozenset(cell.split()) for cell in first + second}, key=sorted)
    place = [[sets.index(frozenset(cell.split())) for cell in coder] for coder in (first, second)]
    return pairs(*place, "set", masi_matrix(sets))


def test_two_coders_and_two_values():
    assert alpha_of_counts(counts(BINARY), "nominal") == pytest.approx(0.095, abs=5e-4)


def test_two_coders_and_five_values():
    assert alpha_of_counts(counts(NOMINAL), "nominal") == pytest.approx(0.692, abs=5e-4)


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_four_coders_with_missing_values(level, published):
    assert alpha_of_counts(counts(FOUR), level) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(("metric", "published"), [
    (lambda a, b: (a - b) ** 2, 0.849), (lambda a, b: ((a - b) / (a + b)) ** 2, 0.797)])
def test_four_coders_with_distances_of_our_own(metric, published):
    value = np.arange(1, 6)
    distance = metric(value[:, None], value[None, :])
    assert alpha_of_counts(counts(FOUR), "set", distance) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(("first", "second", "distance"), [
    ("ab", "ab", 0), ("a", "ab", 1 - 1 / 2 * 2 / 3), ("ab", "bc", 1 - 1 / 3 * 1 / 3), ("a", "b", 1), ("", "a", 1), ("", "", 0),
    ("ab", "abcd", 0.665)])  # the last as printed in the documentation of nltk, which then rounded 2/3 to 0.67
def test_masi(first, second, distance):
    assert masi_distance(set(first), set(second)) == pytest.approx(distance, abs=0.002)
    assert masi_distance(set(first), set(second)) == masi_distance(set(second), set(first))


def test_alpha_of_topic_sets_is_that_of_another_program():
    assert alpha(topic_pairs()) == pytest.approx(0.429690, abs=1e-6)  # nltk 3.10.4, AnnotationTask(distance=masi_distance)


def test_alpha_of_single_topics_is_the_nominal_one():
    one = topic_pairs(tuple(NOMINAL[0]), tuple(NOMINAL[1]))
    assert alpha(one) == pytest.approx(alpha_of_counts(counts(NOMINAL), "nominal"), abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "set"])
def test_resamples_are_what_the_library_says_of_each(level):
    rng = np.random.default_rng(5)
    sets = [frozenset(cell) for cell in ("", "a", "ab", "bc", "abc")]
    coded = pairs(*rng.integers(5, size=(2, 30)), level, masi_matrix(sets) if level == "set" else None, values=5)
    drawn = rng.integers(30, size=(20, 30))
    weight = np.array([np.bincount(row, minlength=30) for row in drawn])
    slow = [alpha(Units(level=level, counts=coded.counts[row], distance=coded.distance)) for row in drawn]
    np.testing.assert_allclose(resampled_alpha(coded, weight), slow, atol=1e-12)


def test_alpha_is_undefined_without_variation_or_pairs():
    same = pairs([1, 1, 1], [1, 1, 1], "nominal", values=3)
    assert np.isnan(alpha(same))
    assert np.isnan(resampled_alpha(same, np.ones((1, 3), dtype=int)))
    assert np.isnan(alpha_of_counts(np.array([[1, 0], [0, 1]]), "nominal"))
