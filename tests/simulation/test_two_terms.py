"""Futures over two terms: what the second takes from the first, path by path, and what it draws anew."""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.stats import ks_2samp

from forecast.components.administration import PRESIDENT
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, POOL, PROJECTING
from forecast.panel.elections import load_election, parties
from forecast.simulation import two_terms
from forecast.simulation.engine import simulate
from forecast.simulation.prepare import asked_by_engine, draw_state, future_of, parameters_of
from forecast.simulation.random import Noise
from forecast.simulation.two_terms import FIRST, SECOND, TURN, TermAhead, contacts_of_first, contacts_of_second
from tests.components.example import SeededShocks, prior_posterior, projecting_posterior
from tests.simulation.conftest import make_scenario

SEED, PATHS = 5, 2000
AS_OF = date(2024, 11, 4)
LEVELS = [name for name, one in COMPONENT.items() if hasattr(one, "form")]
GOVERNED = [name for name, one in COMPONENT.items() if one.role or hasattr(one, "form") if one.governed]
FIELD = {"agenda": "topic_logit", "effectiveness": "outcome_location", "media": "pages_log_mean", "setting": "direction_logit"}


def first_term(outcome="harris", **changed):
    return TermAhead(scenario=make_scenario(outcome=outcome, **changed), election=load_election("us_2024"))


def second_term(outcome="democrat"):
    scenario = make_scenario(name="after", election="us_2028", outcome=outcome, horizon={"start": "2029-01", "end": "2032-12"})
    return TermAhead(scenario=scenario, election=load_election("us_2028").seen(ahead=2))


@cache
def made_up():
    return {name: projecting_posterior(name) for name in PROJECTING if asked_by_engine(name)}


@cache
def counted(outcome="harris", then="democrat"):
    first, second = first_term(outcome), second_term(then)
    given = {"paths": range(PATHS), "seed": SEED}
    return contacts_of_first(made_up(), first, **given), contacts_of_second(made_up(), first, second, **given)


def futures_of(outcome, then):
    first = future_of(first_term(outcome).election, outcome)
    return first, two_terms.following(first, future_of(second_term(then).election, then), first_term().election)


# Levels.

class Stepped(SeededShocks):
    """Shocks of the first step alone, of the second alone, of both, or of none; all others are zero."""

    def __init__(self, paths, *, first, second):
        super().__init__(paths, 3)
        self.on = {"": first, "/2": second}

    def __call__(self, name, *shape):
        level = any(name.startswith(one) for one in ("frequency/term", "agenda/walk", "media/pages_walk"))
        suffix = "/2" if name.endswith("/2") else ""
        return super().__call__(name, *shape) * (level and self.on[suffix])


def projected(name, ahead, *, first=0.0, second=0.0):
    found = prior_posterior(name)
    paths = found.chains.sizes["draw"] * found.chains.sizes["chain"]
    future = Future(president="Trump", type="republican_trumpist", midpoint=np.array([2026.0, 2027, 2028, 2029]), ahead=ahead)
    shocks = Stepped(paths, first=first, second=second)
    rates = COMPONENT[name].project(found.taker().at(slice(0, paths)), found.coord, future, shocks)
    return rates["log_rate" if hasattr(COMPONENT[name], "form") else FIELD[name]]


KEPT = {"frequency_walk": 1.0, "frequency_discount": 0.0, "agenda": 1.0, "media": 1.0}


@pytest.mark.parametrize("name", [*(name for name in LEVELS if name != "frequency_occasion"), "agenda", "media"])
def test_levels_of_the_second_term_are_those_of_the_first_and_one_step_more(name):
    """Of every formulation but that of occasions, whose contacts are no linear sum: below."""
    kept = KEPT.get(name, 0.7)
    step_of_first = projected(name, 1, first=1.0) - projected(name, 1)
    carried = projected(name, 2, first=1.0) - projected(name, 2)
    np.testing.assert_allclose(carried, kept * step_of_first, atol=1e-9)
    assert np.abs(step_of_first).max() > 0.01
    fresh = projected(name, 2, first=1.0, second=1.0) - projected(name, 2, first=1.0)
    assert np.abs(fresh).max() > 0.01
    assert abs(np.corrcoef(fresh[:, 0].ravel(), step_of_first[:, 0].ravel())[0, 1]) < 0.9  # a shock of its own


def test_so_are_those_of_occasions():
    """Companions come with occasions: of one level alone the contacts of the highest rank, who is nobody's companion, tell."""
    first, second = (projected("frequency_occasion", *given, **on)[:, 0] for given, on in (((1,), {"first": 1.0}),
                                                                                         ((2,), {"first": 1.0})))
    none = projected("frequency_occasion", 1)[:, 0]
    without = projected("frequency_occasion", 2)[:, 0]
    np.testing.assert_allclose(second - without, 0.7 * (first - none), atol=1e-9)


def test_both_terms_follow_one_formulation_and_one_draw():
    first, second = first_term(), second_term()
    one = parameters_of(made_up(), {"harris": 1.0}, first.election, SEED)(slice(0, 60))
    other = two_terms.parameters_after(made_up(), first, second, SEED)(slice(0, 60))
    for name in ("season", "recorded_share", "state_persistence", "state_loading", "outcome_cut", "pages_dispersion"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# Presidents.

@pytest.mark.parametrize("name", [name for name in PROJECTING if asked_by_engine(name)])
def test_streams_of_presidents_are_those_that_only_an_unknown_one_needs(name):
    found = projecting_posterior(name)
    paths = found.chains.sizes["draw"] * found.chains.sizes["chain"]
    asked = {}
    for president in ("Trump", "Harris"):
        shocks = SeededShocks(paths, 1)
        future = Future(president=president, type="democratic", midpoint=np.array([2026.0, 2027, 2028, 2029]), ahead=2,
                        predecessors=("Biden",), between=0.5)
        PROJECTING[name].project(found.taker().at(slice(0, paths)), found.coord, future, shocks)
        asked[president] = set(shocks.asked)
    of_presidents = asked["Harris"] - asked["Trump"] - {two_terms.UNKNOWN}
    assert of_presidents == {one for one in asked["Harris"] if one.endswith(PRESIDENT) and one != two_terms.UNKNOWN}
    assert not of_presidents or two_terms.UNKNOWN in asked["Harris"]


class Zero(SeededShocks):
    def __call__(self, name, *shape):
        return 0.0 * super().__call__(name, *shape)


def effect(name, future, shocks):
    """Projection of a component in the same years, so that only the president differs."""
    found = prior_posterior(name)
    same = Future(president=future.president, type=future.type, midpoint=np.array([2026.0, 2027, 2028, 2029]), ahead=0,
                  predecessors=future.predecessors)
    paths = found.chains.sizes["draw"] * found.chains.sizes["chain"]
    rates = COMPONENT[name].project(found.taker().at(slice(0, paths)), found.coord, same, shocks)
    return rates["log_rate" if hasattr(COMPONENT[name], "form") else FIELD[name]]


@pytest.mark.parametrize("name", ["frequency_drift", "frequency_walk", "agenda", "effectiveness", "media", "setting"])
def test_a_new_president_follows_the_first_winner_whom_the_record_does_not_know(name):
    """P2 = kappa P1 + sqrt(1 - kappa^2) z2, from projections: less that of a president with an effect of zero."""
    found, (first, second) = prior_posterior(name), futures_of("harris", "democrat")
    paths = found.chains.sizes["draw"] * found.chains.sizes["chain"]
    plain = SeededShocks(paths, 1)
    nobody = Future(president="Nobody", type="democratic", midpoint=first.midpoint)
    zero = effect(name, nobody, Zero(paths, 1))
    one = effect(name, first, plain) - zero
    other = effect(name, second, two_terms.shocks_after(first, second)(found, plain)) - zero
    fresh = effect(name, nobody, lambda stream, *shape: plain(f"{stream}/2", *shape)) - zero  # scale times z2
    kappa = two_terms.correlation(found)
    np.testing.assert_allclose(other, kappa * one + np.sqrt(1 - kappa**2) * fresh, atol=1e-9)
    naive = effect(name, second, plain) - zero  # negative control: the same shock as the first winner's
    assert np.abs(naive - (kappa * one + np.sqrt(1 - kappa**2) * fresh)).max() > 0.01


@pytest.mark.parametrize("name", ["frequency_drift", "agenda"])
def test_who_goes_on_keeps_the_same_effect(name):
    found = prior_posterior(name)
    first, _ = futures_of("harris", "democrat")
    second = two_terms.following(first, Future(president="Harris", type="democratic", midpoint=first.midpoint + 4, ahead=2),
                                 first_term().election)
    plain = SeededShocks(found.chains.sizes["draw"] * found.chains.sizes["chain"], 1)
    np.testing.assert_array_equal(effect(name, first, plain),
                                  effect(name, second, two_terms.shocks_after(first, second)(found, plain)))


def test_who_lost_the_first_election_is_the_same_person_in_the_second():
    """One person, one effect: whoever governed meanwhile, all is what it would be of somebody who goes on."""
    first, plain = first_term(), second_term()
    again = {"democrat": first.election.outcomes["harris"], **{name: one for name, one in plain.election.outcomes.items()
                                                             if name != "democrat"}}
    second = replace(plain, election=plain.election.model_copy(update={"outcomes": again}).seen(ahead=2))
    hers, after_trump = (two_terms.parameters_after(made_up(), first_term(name), second, SEED)(slice(0, 300))
                         for name in ("harris", "trump"))
    for name in vars(hers):
        np.testing.assert_array_equal(getattr(hers, name), getattr(after_trump, name), err_msg=name)
    stranger = two_terms.parameters_after(made_up(), first_term("trump"), plain, SEED)(slice(0, 300))  # negative control
    assert (stranger.log_rate != after_trump.log_rate).any()


def test_presidents_of_two_parties_whom_nobody_knows_have_two_effects():
    """The shock of the first winner is not another's, who stood against the winner and comes next."""
    found, paths = prior_posterior("frequency_drift"), 20_000
    plain, name = SeededShocks(paths, 1), "frequency/president"
    first, second = futures_of("harris", "republican")
    z = two_terms.shocks_after(first, second, {first.president, second.president})(found, plain)(name)
    np.testing.assert_array_equal(z, plain(f"{name}/2"))


def test_lines_of_predecessors():
    assert futures_of("harris", "democrat")[1].predecessors[:2] == ("Harris", "Biden")
    assert futures_of("trump", "democrat")[1].predecessors[0] == "Biden"
    for outcome, then in product(("harris", "trump"), ("trumpist", "republican")):
        assert futures_of(outcome, then)[1].predecessors[:2] == ("Trump", "Bush 43")
    every = [futures_of(*one)[1] for one in product(("harris", "trump"), ("democrat", "trumpist"))]
    assert {(one.ahead, one.between) for one in every} == {(2, 0.0)}  # who governs meanwhile is known: the first winner


def test_shocks_of_presidents_are_standard_normals_and_of_another_party_independent():
    found, paths = prior_posterior("frequency_drift"), 20_000
    plain, name = SeededShocks(paths, 1), "frequency/president"
    kappa = two_terms.correlation(found)
    for then, expected in (("democrat", kappa / np.sqrt(1 + kappa**2)), ("trumpist", 0.0)):
        first, second = futures_of("harris", then)
        z = two_terms.shocks_after(first, second)(found, plain)(name)
        assert z.std() == pytest.approx(1, abs=4 / np.sqrt(2 * paths))
        assert np.corrcoef(z, plain(name))[0, 1] == pytest.approx(expected, abs=4 / np.sqrt(paths))
        np.testing.assert_array_equal(two_terms.shocks_after(first, second)(found, plain)("frequency/term/2"),
                                      plain("frequency/term/2"))


def test_an_open_election_is_won_by_the_same_outcome_in_both_terms():
    first = first_term(outcome={"harris": 0.5, "trump": 0.5})
    second, paths = second_term(), slice(0, 300)
    both = two_terms.parameters_after(made_up(), first, second, SEED)(paths).log_rate
    each = {name: two_terms.parameters_after(made_up(), first_term(name), second, SEED)(paths).log_rate
            for name in ("harris", "trump")}
    won = parameters_of(made_up(), first.scenario.chances, first.election, SEED)(paths).log_rate
    alone = parameters_of(made_up(), {"harris": 1.0}, first.election, SEED)(paths).log_rate
    harris = (won == alone).all(axis=(1, 2))
    assert 0.3 < harris.mean() < 0.7
    np.testing.assert_array_equal(both[harris], each["harris"][harris])
    np.testing.assert_array_equal(both[~harris], each["trump"][~harris])


def test_who_wins_the_second_election_does_not_hang_on_who_won_the_first():
    """Both open, with the same chances: a draw of its own for each."""
    first, paths = first_term(outcome={"harris": 0.5, "trump": 0.5}), slice(0, 1000)
    second = second_term({"democrat": 0.5, "trumpist": 0.5})
    alone = parameters_of(made_up(), {"harris": 1.0}, first.election, SEED)(paths).log_rate
    harris = (parameters_of(made_up(), first.scenario.chances, first.election, SEED)(paths).log_rate == alone).all(axis=(1, 2))
    always = two_terms.parameters_after(made_up(), first, second_term("democrat"), SEED)(paths).log_rate
    democrat = (two_terms.parameters_after(made_up(), first, second, SEED)(paths).log_rate == always).all(axis=(1, 2))
    for who in (harris, democrat):
        assert who.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(1000))
    assert abs(np.corrcoef(harris, democrat)[0, 1]) < 4 / np.sqrt(1000)


# The turn of the terms.

def test_the_second_term_begins_in_the_state_in_which_the_first_ends():
    first, second, path = first_term(), second_term(), np.arange(40, 90)
    given = parameters_of(made_up(), {"harris": 1.0}, first.election, SEED)(slice(40, 90))
    states = draw_state(given, Noise(SEED), path, 49)  # 2025-01 to 2029-01
    found = two_terms.state_at_turn(made_up(), first, second, SEED)(given, path)
    np.testing.assert_array_equal(found, states[:, 48])


def test_the_first_term_is_that_of_a_run_of_it_alone_number_by_number():
    counts, _ = counted()
    assert counts.cell == (*((FIRST, year) for year in range(2025, 2029)), (TURN, 2029))
    first = first_term()
    alone = simulate(parameters_of(made_up(), {"harris": 1.0}, first.election, SEED), first.scenario, paths=PATHS, seed=SEED,
                     term_start=first.election.term_start)
    by_year = alone["contact"].sum("outcome").groupby("month.year").sum().transpose("path", "year", "rank").to_numpy()
    np.testing.assert_array_equal(counts.contact[:, :4], by_year)
    days = counts.expected[:, 4].sum(axis=1) / counts.expected[:, 3].sum(axis=1)
    assert days.mean() == pytest.approx(19 / 366, rel=0.25)  # up to the season and the year of the term


def test_terms_are_cut_on_the_day_on_which_they_turn():
    """January 2029 counts 19 days under the first winner and 12 under the second."""
    first, second = first_term(), second_term()
    left, begun = (two_terms.calendar_of(one, term.election.term_start).exposure.sum(axis=1) * 365.25
                   for one, term in ((first.whole, first), (second.scenario, second)))
    assert left[-1] == pytest.approx(19)
    assert begun[0] == pytest.approx(12)


# Sums over both terms.

def total(counts):
    return counts.contact.sum(axis=(1, 2)).astype(float)


def excess(one, other):
    """Variance of a sum over that of independent summands, and its standard error by batches of paths."""
    def of(a, b):
        return np.var(a + b) / (np.var(a) + np.var(b))

    parts = [of(a, b) for a, b in zip(np.split(one, 20), np.split(other, 20), strict=True)]
    return of(one, other), np.std(parts, ddof=1) / np.sqrt(len(parts))


def test_terms_share_parameters_and_level_so_that_their_sum_varies_more():
    first, second = map(np.log1p, map(total, counted()))  # logs: priors have heavy tails
    ratio, error = excess(first, second)
    assert ratio > 1 + 5 * error
    ratio, error = excess(first, np.random.default_rng(1).permutation(second))  # negative control: paths belong together no more
    assert ratio == pytest.approx(1, abs=4 * error)


def alone(term, outcome, seed=77):
    """A run of one term: its parameters, and contacts in all of every path."""
    given = parameters_of(made_up(), {outcome: 1.0}, term.election, seed)
    found = simulate(given, term.scenario, paths=PATHS, seed=seed, term_start=term.election.term_start)
    return given, found["contact"].sum(["month", "rank", "outcome"]).to_numpy()


def within_draws(given):
    """Variance of the mean log rate among paths that share a draw, and its standard error over draws."""
    rate = given(slice(0, PATHS)).log_rate.mean(axis=(1, 2))
    draws = made_up()["frequency"].chains.sizes["draw"] * made_up()["frequency"].chains.sizes["chain"]
    variance = rate.reshape(-1, draws).var(axis=0, ddof=1)
    return variance, draws


def test_by_itself_the_second_term_is_that_of_a_run_after_the_next():
    """Its distribution: levels, presidents and state have the same one, and other random numbers."""
    second = second_term()
    between = dict.fromkeys(parties().values(), 0.0) | {parties()["democratic"]: 1.0}  # Harris, whom the record does not know
    after_next = TermAhead(scenario=second.scenario, election=second.election.seen(ahead=2, between=between))
    given, by_path = alone(after_next, "democrat")
    assert ks_2samp(total(counted()[1]), by_path).pvalue > 0.001
    variance, draws = within_draws(two_terms.parameters_after(made_up(), first_term(), second, SEED))
    same, _ = within_draws(given)
    gap = np.log(variance / same)
    assert abs(gap.mean()) < 4 * gap.std(ddof=1) / np.sqrt(draws)


def test_levels_go_on_from_the_shock_of_the_first_term():
    """Among paths of one draw mean rates of both terms go together: the level that the first reached is handed on."""
    first = parameters_of(made_up(), {"harris": 1.0}, first_term().election, SEED)
    second = two_terms.parameters_after(made_up(), first_term(), second_term(), SEED)
    draws = made_up()["frequency"].chains.sizes["draw"] * made_up()["frequency"].chains.sizes["chain"]
    one, other = (rate - rate.mean(axis=0) for rate in (given(slice(0, PATHS)).log_rate.mean(axis=(1, 2)).reshape(-1, draws)
                                                        for given in (first, second)))
    r = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    assert r == pytest.approx(0.36, abs=4 / np.sqrt(PATHS))  # none without it, as negative control:
    elsewhere = two_terms.parameters_after(made_up(), first_term(), second_term(), SEED + 1)(slice(0, PATHS))
    alien = elsewhere.log_rate.mean(axis=(1, 2)).reshape(-1, draws)
    assert abs(np.corrcoef(one.ravel(), (alien - alien.mean(axis=0)).ravel())[0, 1]) < 4 / np.sqrt(PATHS)


def test_a_level_is_drawn_for_each_term():
    """Between paths of one draw rates of the second term vary more than those of the first, by the shock of one step more."""
    second, _ = within_draws(two_terms.parameters_after(made_up(), first_term(), second_term(), SEED))
    first, draws = within_draws(parameters_of(made_up(), {"harris": 1.0}, first_term().election, SEED))
    form = made_up()["frequency"].chains["form"].transpose("draw", "chain").to_numpy().ravel()
    walks = form == [member.name for member in POOL["frequency"].members].index("frequency_walk")
    gap = np.log(second / first)
    assert gap.mean() > 3 * gap.std(ddof=1) / np.sqrt(draws)
    assert np.exp(gap[walks]).mean() == pytest.approx(2, rel=0.5) or not walks.any()  # and the president's, which is smaller


def test_the_shock_of_the_second_term_is_not_that_of_the_first():
    """Given all that the terms share, their counts are independent: the frailty of the same year of both is drawn anew."""
    first, second = counted()
    residual = [np.log1p(one.contact[:, 1].sum(axis=1)) - np.log1p(one.expected[:, 1].sum(axis=1)) for one in (first, second)]
    r = np.corrcoef(*residual)[0, 1]
    assert abs(r) < 0.15  # what is left is the relation state that lasts
    assert second.cell == tuple((SECOND, year) for year in range(2029, 2033))


def test_parts_can_be_simulated_piece_by_piece():
    first, second = first_term(), second_term()
    whole = counted()[1]
    part = contacts_of_second(made_up(), first, second, paths=range(700, 900), seed=SEED, threads=1)
    np.testing.assert_array_equal(part.contact, whole.contact[700:900])
    np.testing.assert_allclose(part.expected, whole.expected[700:900])


def test_a_spell_of_the_relation_lasts_beyond_the_turn(monkeypatch):
    """December 2028 and January 2029 go together as any two months do; without the state that is handed on they would not."""
    monkeypatch.setattr(two_terms, "draw_state", lambda given, noise, path, months, known=None: np.full((len(path), months), 3.0))
    warm = contacts_of_second(made_up(), first_term(), second_term(), paths=range(PATHS), seed=SEED)
    plain = counted()[1]
    assert warm.contact[:, 0].sum() > 1.05 * plain.contact[:, 0].sum()  # three deviations above the mean in its first month
    assert warm.contact[:, 3].sum() == pytest.approx(plain.contact[:, 3].sum(), rel=0.1)  # and forgotten in the end
    np.testing.assert_array_equal(warm.expected, plain.expected)
