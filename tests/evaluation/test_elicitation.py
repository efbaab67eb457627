"""Chips in bins as a prior: what is promised of the fit, measured on layouts drawn from each family, and what must be refused."""

import json
import re
from itertools import product

import numpy as np
import pytest
from scipy import stats

from forecast.components.priors import Prior
from forecast.errors import InputError
from forecast.evaluation.elicitation import (
    CHIPS,
    FAMILY,
    FORM,
    MOVED,
    WITHIN,
    AnswerSource,
    ChipAnswer,
    check_close,
    check_determined,
    enough,
    fit,
    pool_answers,
    read_answer,
)

PARAMETER = {"normal": "agenda.base", "half_normal": "frequency.type_scale", "beta": "frequency.trend_damping"}
EDGES = {"normal": np.linspace(-2.5, 2.5, 11), "half_normal": np.linspace(0.1, 1.1, 11), "beta": np.linspace(1, 11, 11) / 12}
TRUTH = {
    "normal": [stats.norm(mu, sigma) for mu, sigma in product((-2, -0.4, 0, 1.3), (0.35, 0.8, 1.5, 3))],
    "half_normal": [stats.halfnorm(scale=sigma) for sigma in (0.08, 0.15, 0.3, 0.5, 0.8, 1.5, 3)],
    "beta": [stats.beta(alpha, beta) for alpha, beta in product((0.5, 1, 2, 8, 40), repeat=2)],
}


def rounded(truth, edges, chips):
    """The layout of so many chips whose cumulative shares are nearest to those of a distribution."""
    return np.diff(np.r_[0, np.round(chips * truth.cdf(edges)), chips]).astype(int)


CASES = [(name, truth) for name, part in TRUTH.items() for truth in part
         if np.count_nonzero(rounded(truth, EDGES[name], CHIPS)) >= FAMILY[name].bins]


def answer(chips, edges, expert="Anna", parameter=PARAMETER["normal"]):
    return ChipAnswer(form=FORM, parameter=parameter, expert=expert, reason="A layout of a test.", edges=tuple(map(float, edges)),
                      chips=tuple(map(int, chips)))


def source(tmp_path, one, name="anna.json"):
    return AnswerSource(answer=one, file=tmp_path / name)


def fitted(name, layout, edges):
    return fit(name, edges, answer(layout, edges).share)


# Positive control: layouts of each family.

@pytest.mark.parametrize(("name", "truth"), CASES, ids=lambda one: one if isinstance(one, str) else str(one.args or one.kwds))
def test_a_layout_of_the_family_is_fitted_within_the_bound_that_follows_from_the_number_of_chips(name, truth):
    edges = EDGES[name]
    found = fitted(name, rounded(truth, edges, CHIPS), edges)
    assert found.distance <= np.sqrt(len(edges)) / (2 * CHIPS) + MOVED < WITHIN
    assert fitted(name, rounded(truth, edges, enough(len(edges))), edges).distance <= WITHIN
    # and where there is no rounding, it is the distribution itself
    exact = fit(name, edges, truth.cdf(edges))
    assert exact.distance <= MOVED


@pytest.mark.parametrize("name", FAMILY)
def test_most_sampled_layouts_are_accepted_as_often_as_their_noise_allows(name):
    """Chips drawn one by one are no belief, but the largest distance then has a known scale: that of Kolmogorov."""
    rng, edges = np.random.default_rng(5), EDGES[name]
    truth = {"normal": stats.norm(0, 1), "half_normal": stats.halfnorm(scale=0.4), "beta": stats.beta(4, 3)}[name]
    chance = np.diff(np.r_[0, truth.cdf(edges), 1])
    distance = [fitted(name, rng.multinomial(1000, chance), edges).distance for _ in range(60)]
    assert np.mean(np.array(distance) > 1.36 / np.sqrt(1000)) <= 0.05  # 5 % without any fit; a fit only brings it nearer


def test_few_layouts_drawn_are_too_narrow_to_be_fitted():
    assert len(CASES) >= 0.9 * sum(map(len, TRUTH.values())) - 1


# Negative control: layouts of no member of the family.

BIMODAL = {"normal": [2, 14, 30, 4, 0, 0, 0, 0, 4, 30, 14, 2], "half_normal": [0, 0, 0, 0, 5, 20, 50, 20, 5, 0, 0, 0],
           "beta": [0, 5, 40, 5, 0, 0, 0, 0, 5, 40, 5, 0]}


@pytest.mark.parametrize("name", BIMODAL)
def test_what_is_not_of_the_family_is_refused_with_one_message_and_kept_on_request(tmp_path, name):
    edges, parameter = EDGES[name], PARAMETER[name]
    pooled = pool_answers([source(tmp_path, answer(BIMODAL[name], edges, parameter=parameter))], parameter, name, {})
    found = fit(name, pooled.edges, pooled.share)
    assert found.distance > 0.1
    with pytest.raises(InputError, match=r"cumulative shares within 0\.02") as refused:
        check_close(found, pooled, WITHIN, parameter)
    (fault,) = refused.value.faults
    assert f"{found.distance:.3f} for {name.replace('_', '-')} with" in str(fault)
    wide = float(str(fault).rpartition("--within ")[2].removesuffix("."))
    assert found.distance <= wide <= found.distance + 0.001
    check_close(found, pooled, wide, parameter)


def test_two_experts_who_disagree_are_refused_though_each_alone_is_not(tmp_path):
    edges = EDGES["normal"]
    one, other = (answer(rounded(stats.norm(mu, 0.5), edges, CHIPS), edges, name) for mu, name in ((-1.2, "Anna"), (1.2, "Ben")))
    pooled = pool_answers([source(tmp_path, one), source(tmp_path, other)], PARAMETER["normal"], "normal", {})
    assert all(fit("normal", edges, each.share).distance < WITHIN for each in (one, other))
    assert fit("normal", edges, pooled.share).distance > 2 * WITHIN


# The fit is least squares, and what it rests on.

ODD = [*BIMODAL.items(), ("normal", [1, 0, 0, 30, 3, 0, 5, 0, 0, 0, 61, 0]), ("normal", [0, 0, 1, 98, 1] + 7 * [0]),
       ("beta", [30, 5, 0, 0, 10, 0, 10, 0, 0, 0, 5, 40])]


@pytest.mark.parametrize(("name", "layout"), ODD)
def test_no_member_of_the_family_is_nearer_in_squares(name, layout):
    edges = EDGES[name]
    share, family = answer(layout, edges).share, FAMILY[name]
    found = fit(name, edges, share)
    grid = [np.linspace(-4, 4, 161) if argument == "mu" else np.geomspace(0.02, 60, 161) for argument in family.arguments]
    best = min(float(((family.cdf(edges, *point) - share) ** 2).sum()) for point in product(*grid))
    assert ((found.fitted - share) ** 2).sum() <= best + 2 * len(edges) * MOVED


@pytest.mark.parametrize("name", FAMILY)
def test_what_is_written_is_what_is_measured_and_a_prior_file_takes_it(name):
    found = fitted(name, rounded(TRUTH[name][5], EDGES[name], CHIPS), EDGES[name])
    prior = found.prior("A layout of a test.")
    assert isinstance(prior, Prior)
    assert prior.arguments() == found.arguments
    of = {"normal": stats.norm, "half_normal": lambda sigma: stats.halfnorm(0, sigma), "beta": stats.beta}
    law = of[name](*found.arguments.values())
    assert np.abs(law.cdf(EDGES[name]) - found.share).max() == pytest.approx(found.distance, abs=1e-12)
    assert found.quantile(np.array([0.05, 0.5, 0.95])) == pytest.approx(law.ppf([0.05, 0.5, 0.95]))
    assert all(len(f"{value:g}".replace(".", "").strip("0-")) <= 6 for value in found.arguments.values())


@pytest.mark.parametrize(("name", "layout"), [("normal", [0, 0, 0, 0, 50, 50, 0, 0, 0, 0, 0, 0]), ("beta", [100] + 11 * [0]),
                                              ("half_normal", [100] + 11 * [0])])
def test_chips_in_too_few_bins_are_refused(tmp_path, name, layout):
    edges, parameter = EDGES[name], PARAMETER[name]
    pooled = pool_answers([source(tmp_path, answer(layout, edges, parameter=parameter))], parameter, name, {})
    with pytest.raises(InputError, match=f"chips in {FAMILY[name].bins} bins or more"):
        check_determined(name, pooled, parameter)


# The pool.

def test_the_pool_is_the_weighted_mean_of_shares_whatever_the_number_of_chips(tmp_path):
    edges = EDGES["normal"]
    few, many = [0, 0, 0, 1, 2, 4, 2, 1, 0, 0, 0, 0], [0, 10, 20, 40, 20, 10, 0, 0, 0, 0, 0, 0]
    sources = [source(tmp_path, answer(few, edges)), source(tmp_path, answer(many, edges, "Ben"))]
    equal = pool_answers(sources, PARAMETER["normal"], "normal", {})
    assert equal.bins == pytest.approx((np.array(few) / 10 + np.array(many) / 100) / 2)
    weighed = pool_answers(sources, PARAMETER["normal"], "normal", {"Ben": 3})
    assert weighed.weight.tolist() == [0.25, 0.75]
    assert weighed.bins == pytest.approx(np.array(few) / 40 + 3 * np.array(many) / 400)
    turned = pool_answers(sources[::-1], PARAMETER["normal"], "normal", {"Ben": 3})
    assert turned.share == pytest.approx(weighed.share, abs=1e-15)


def test_every_answer_that_does_not_belong_is_named(tmp_path):
    edges = EDGES["normal"]
    layout = [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0]
    sources = [source(tmp_path, answer(layout, edges)), source(tmp_path, answer(layout, edges), "again.json"),
               source(tmp_path, answer(layout, edges + 0.1, "Ben"), "ben.json"),
               source(tmp_path, answer(layout, edges, "Cleo", "agenda.walk_scale"), "cleo.json")]
    with pytest.raises(InputError, match="one answer of each expert") as refused:
        pool_answers(sources, PARAMETER["normal"], "normal", {"Bne": 2})
    told = [str(fault) for fault in refused.value.faults]
    assert len(told) == 4
    for words in ("again.json: whole file: expected one answer of each expert",
                  "ben.json: whole file: expected the bins of anna.json",
                  "expected an answer on agenda.base, found one on agenda.walk_scale", "Did you mean 'Ben'?"):
        assert any(words in one for one in told), words


def test_edges_outside_the_support_and_weights_of_nothing_are_refused(tmp_path):
    one = source(tmp_path, answer([1] * 12, EDGES["normal"], parameter=PARAMETER["beta"]))
    with pytest.raises(InputError, match="edges between 0 and 1"):
        pool_answers([one], PARAMETER["beta"], "beta", {})
    with pytest.raises(InputError, match="a weight above zero"):
        pool_answers([source(tmp_path, answer([1] * 12, EDGES["normal"]))], PARAMETER["normal"], "normal", {"Anna": 0.0})


# The border: a file of somebody else.

RIGHT = {"form": FORM, "parameter": "agenda.base", "expert": "Anna", "reason": "A layout\n of a test.", "edges": [-1, 0, 1.5],
         "chips": [1, 2, 3, 4]}


def written(tmp_path, content):
    path = tmp_path / "answer.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_right_answer_is_read_and_its_reason_is_one_line(tmp_path):
    found = read_answer(written(tmp_path, RIGHT)).answer
    assert found.share.tolist() == [0.1, 0.3, 0.6]
    assert found.reason == "A layout of a test."


@pytest.mark.parametrize(("change", "words"), [
    ({"edges": [0, -1, 1.5]}, "edges that rise"), ({"edges": [-1, 0]}, "3 numbers of chips"),
    ({"chips": [0, 0, 0, 0]}, "at least one chip"),
    *(({"chips": [1, 2, 3, wrong]}, "key chips.3") for wrong in (-4, 1.5, "4", 1001, True)),
    ({"edges": [-1, 0, 1e9]}, "key edges.2"), ({"edges": [*range(-50, 50)], "chips": [1] * 101}, "key edges"),
    ({"expert": ""}, "key expert"), ({"expert": "A\nB"}, "key expert"), ({"expert": "A\x1b[31m"}, "key expert"),
    ({"reason": "short"}, "key reason"), ({"reason": "x" * 1001}, "key reason"),
    ({"form": "elicitation answer 2"}, "key form"), ({"more": 1}, "key more"),
])
def test_what_is_wrong_with_an_answer_is_told_by_its_key(tmp_path, change, words):
    with pytest.raises(InputError, match=re.escape(words)) as refused:
        read_answer(written(tmp_path, RIGHT | change))
    assert all(str(fault).isprintable() and len(str(fault)) < 1000 for fault in refused.value.faults)


@pytest.mark.parametrize("text", ["[1, 2]", "3", '{"form": NaN}', '{"form": 1, "form": 2}', "{", " " * 200_000 + "{}"])
def test_what_is_no_answer_is_one_message(tmp_path, text):
    with pytest.raises(InputError, match=r"answer\.json: whole file"):
        read_answer(written(tmp_path, text))
