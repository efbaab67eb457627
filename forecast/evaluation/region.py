r"""A coming term of all dyads of a region, and how each dyad departs from what they share.

One fit to all dyads (:mod:`forecast.components.frequency.region`) gives every dyad its own parameters. Path :math:`p` takes the
same draw :math:`\theta_p` for all of them, with the same shocks of what they share (the effect of a president not yet seen, the
levels of ranks, the common part :math:`A` of the level of the term), and chance of its own. Formulations are weighed for a dyad
by the scores of its own record, as a run of that dyad weighs them, and for the region by the scores of all records together,

.. math:: \sum_d \log p_v(n_{dj}) \quad\text{for term } j \text{ and formulation } v,

so that one path follows one formulation everywhere, and the sum over dyads is one of dyads that share their fate. An occasion of
all counts in the record of each dyad that attends it.

*An occasion that several share* happens once. With the expected contacts :math:`\lambda_d` of a dyad's own, :math:`\lambda_u` of
the shared occasions and the share :math:`a_d` of these that a dyad attends, a sum over dyads counts
:math:`n_d \sim \mathrm{Binomial}(n_u, a_d)` of the same :math:`n_u` occasions in every record, each dyad for itself.

*Who is first.* Where occasions of a rank fall anywhere in the term alike, the first of all that any dyad takes part in is one
with :math:`d`, alone or with others, with probability

.. math:: \mathrm{E}\left[\frac{\lambda_d + a_d \lambda_u}{\Lambda}\,\left(1 - e^{-\Lambda}\right)\right],
    \qquad \Lambda = \sum_e \lambda_e + \lambda_u \left(1 - \prod_e (1 - a_e)\right);

of a shared one every dyad that attends it is first, so that these probabilities may add up to more than one. Frailty, which
bunches contacts within a year, and the relation state are left out of it. The shares :math:`a_d` are drawn by one random number
for all dyads, which makes the sum a little wider than shares of their own would.

*What each administration was to each dyad.* For term :math:`j` of dyad :math:`d`, relative to the mean over terms,

.. math:: g_d\,(\tau T + \pi P)_j + \tau_D D_{d,type(j)} \qquad\text{and the same with the term's level } s_d L_{dj},

beside the common effect :math:`(\tau T + \pi P)_j` of which :math:`g_d` is the response.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from forecast.components.registry import CONTACTS, POOL
from forecast.contacts import codes
from forecast.evaluation.contrast import PARTS, load_equivalence
from forecast.evaluation.montecarlo import batch_of, describe, probability
from forecast.panel import Panel
from forecast.panel.elections import Administration, Election
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Key, Noise
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import FORM, GOVERNED, SOURCES, ComingTerm, Draws, draws_in

ALL = "all"
KEYS = (ALL, *codes.RANK.labels)
LEVEL = ("q05", "q25", "q50", "q75", "q95")
COMMON = "common"
GOVERNS, WITH_LEVEL = "who governed", "with the level of the term"
FORECAST = ("dyad", "scenario", "rank", "window", "mean", "mcse", *LEVEL, "p_any", "p_any_mcse", "p_first", "p_first_mcse")
CONTRAST = ("dyad", "first", "second", "rank", "window", "mean", "mcse", *LEVEL, "p_greater", "p_greater_mcse",
            *(f"{part}{end}" for part in PARTS for end in ("", "_mcse")))
EFFECT = ("dyad", "term", "president", "type", "part", "recorded", "years", "mean", *LEVEL, "p_greater")
CHUNK = 4096


@dataclass(frozen=True, kw_only=True)
class RegionTables:
    """What is said of a region.

    Parameters
    ----------
    forecast : DataFrame
        Recorded contacts of the coming term by dyad, scenario and rank, columns ``FORECAST``; the dyad is ``all`` for their sum,
        and the name of the region for occasions that dyads share. ``p_any``: at least one; ``p_first``: the first contact of this
        rank in the region is with this dyad, alone or with others.
    contrast : DataFrame
        Log ratio of expected contacts of two scenarios by dyad and rank, columns ``CONTRAST``.
    effects : DataFrame
        What each administration of the record was to each dyad, columns ``EFFECT``: log ratio to the mean over terms.
    """

    forecast: pd.DataFrame
    contrast: pd.DataFrame
    effects: pd.DataFrame


@dataclass(frozen=True)
class _OwnChance(Noise):
    """Random numbers of one dyad: shocks of the model are those of all dyads, chance is its own."""

    dyad: str = ""

    def key(self, stream: str) -> Key:
        return super().key(stream if stream.startswith("component/") else f"{self.dyad}/{stream}")


def region_tables(members: Mapping[str, Posterior], panel: Panel, scenarios: Mapping[str, Scenario],
                  elections: Mapping[str, Election], *, paths: int, seed: int) -> RegionTables:
    """Make all tables.

    Parameters
    ----------
    members : mapping of str to Posterior
        Formulations of contact frequency, each fitted to all dyads.
    panel : Panel
        Of all dyads, with the unit of the occasions that they share where there are any.
    scenarios, elections : mapping
        By name of the scenario; only those that say who wins are forecast.
    paths, seed : int
        Futures per scenario, and what decides their random numbers.
    """
    found = {dyad: pooled(members, dyad)[CONTACTS] for dyad in panel.records}
    together = {dyad: pooled(_scored_together(members), dyad)[CONTACTS] for dyad in panel.dyad}
    found |= {dyad: one for dyad, one in together.items() if dyad == panel.shared}
    decided = {name: one for name, one in scenarios.items() if len(one.chances) == 1}
    drawn = {name: _draw(found, one, elections[name], paths, seed) for name, one in decided.items()}
    whole = {name: _together(together, panel, one, elections[name], paths, seed) for name, one in decided.items()}
    return RegionTables(
        forecast=pd.DataFrame(_forecasts(drawn, whole, decided, found, panel), columns=list(FORECAST)),
        contrast=pd.DataFrame(_contrasts(drawn, whole, decided, found), columns=list(CONTRAST)),
        effects=pd.DataFrame(_effects(members, found, panel), columns=list(EFFECT)))


def _scored_together(members: Mapping[str, Posterior]) -> dict[str, Posterior]:
    """The same posteriors, with the scores of past terms of all records together in the place of those of each."""
    own = {member.name: member for member in POOL[CONTACTS].members}
    return {name: replace(one, chains=own[name].scored_together(one.chains)) for name, one in members.items()}


# Futures.

@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Contacts and expected contacts of one dyad in a term, each (path, key): all and by rank."""

    count: np.ndarray
    expected: np.ndarray


def _draw(found: Mapping[str, Posterior], scenario: Scenario, election: Election, paths: int, seed: int) -> dict[str, _Drawn]:
    return {dyad: _of_dyad(dyad, one, scenario, election, paths, seed) for dyad, one in found.items()}


@dataclass(frozen=True, kw_only=True)
class _Together:
    """Contacts of all dyads on the same paths, formulations weighed by all records; each array (path, key).

    Parameters
    ----------
    expected : mapping of str to array
        Contacts of every dyad, with those occasions that it shares.
    distinct : array
        Expected occasions of any dyad, each once.
    count : array
        Contacts in all records.
    """

    expected: Mapping[str, np.ndarray]
    distinct: np.ndarray
    count: np.ndarray


def _together(found: Mapping[str, Posterior], panel: Panel, scenario: Scenario, election: Election, paths: int,
              seed: int) -> _Together:
    pool = POOL[CONTACTS]
    apart = {dyad: replace(found[dyad], coord=pool.apart(found[dyad].coord)) for dyad in panel.records}
    own = _draw(apart, scenario, election, paths, seed)
    expected, count = {dyad: one.expected for dyad, one in own.items()}, _total([one.count for one in own.values()])
    if not panel.shared:
        return _Together(expected=expected, distinct=_total([*expected.values()]), count=count)
    unit = _of_dyad(panel.shared, found[panel.shared], scenario, election, paths, seed)
    number, noise = np.arange(paths), Noise(seed)
    share = {dyad: pool.attended(panel.attended[panel.dyad.index(dyad)].sum(axis=0),
                                 lambda name, *shape: noise.normal(f"component/{name}", number, *shape))[:, None]
             for dyad in panel.records}
    anyone = 1 - np.prod([1 - one for one in share.values()], axis=0)
    attends = np.random.default_rng([seed, len(share)])
    shared = [_with_sum(attends.binomial(unit.count[:, 1:].astype(np.int64), one)) for one in share.values()]
    return _Together(expected={dyad: values + share[dyad] * unit.expected for dyad, values in expected.items()},
                     distinct=_total([*expected.values()]) + anyone * unit.expected, count=count + _total(shared))


def _of_dyad(dyad: str, found: Posterior, scenario: Scenario, election: Election, paths: int, seed: int) -> _Drawn:
    parts = [_chunk(dyad, found, scenario, election, np.arange(begin, min(begin + CHUNK, paths)), seed)
             for begin in range(0, paths, CHUNK)]
    count, expected = (np.concatenate(every) for every in zip(*parts, strict=True))
    return _Drawn(count=_with_sum(count), expected=_with_sum(expected))


def _chunk(dyad: str, found: Posterior, scenario: Scenario, election: Election, number: np.ndarray,
           seed: int) -> tuple[np.ndarray, np.ndarray]:
    calendar = calendar_of(scenario, election.term_start)
    term = ComingTerm(draws=Draws(found=found, row=number % draws_in(found)),
                      future=future_of(election, next(iter(scenario.chances))),
                      shock=draw_shock(scenario, Noise(seed), number, len(calendar.month_of_year)), calendar=calendar,
                      noise=_OwnChance(seed, dyad), number=number)
    return term.contacts(frozenset(SOURCES)), term.contacts(GOVERNED)


def _with_sum(by_rank: np.ndarray) -> np.ndarray:
    return np.column_stack([by_rank.sum(axis=1), by_rank])


def _forecasts(drawn: Mapping[str, Mapping[str, _Drawn]], whole: Mapping[str, _Together],
               scenarios: Mapping[str, Scenario], found: Mapping[str, Posterior], panel: Panel) -> Iterator[dict[str, object]]:
    for name, of in drawn.items():
        window = scenarios[name].horizon.window
        first = _first(whole[name])
        for dyad, count in {**{dyad: one.count for dyad, one in of.items()}, ALL: whole[name].count}.items():
            batch = batch_of(len(count), draws_in(found.get(dyad, next(iter(found.values())))))
            for key, values in zip(KEYS, count.T, strict=True):
                place = KEYS.index(key)
                chance = probability(first[dyad][:, place], batch) if dyad in first else (np.nan, np.nan)
                yield {"dyad": dyad, "scenario": name, "rank": key, "window": window, **_numbers(values, batch),
                       **dict(zip(("p_any", "p_any_mcse"), probability((values > 0).astype(float), batch), strict=True)),
                       **dict(zip(("p_first", "p_first_mcse"), chance, strict=True))}


def _first(whole: _Together) -> dict[str, np.ndarray]:
    """Probability that the first contact of all is with each dyad, alone or with others, (path, key)."""
    some = -np.expm1(-whole.distinct)
    return {dyad: values / np.maximum(whole.distinct, np.finfo(float).tiny) * some for dyad, values in whole.expected.items()}


def _total(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Sum over dyads, (path, key)."""
    found: np.ndarray = np.sum(parts, axis=0)
    return found


def _contrasts(drawn: Mapping[str, Mapping[str, _Drawn]], whole: Mapping[str, _Together],
               scenarios: Mapping[str, Scenario], found: Mapping[str, Posterior]) -> Iterator[dict[str, object]]:
    bound = load_equivalence().rate.bound
    for first, second in combinations(drawn, 2):
        pairs = {dyad: (drawn[first][dyad].expected, drawn[second][dyad].expected) for dyad in found}
        sums = [_total([*whole[name].expected.values()]) for name in (first, second)]
        for dyad, (one, other) in {**pairs, ALL: (sums[0], sums[1])}.items():
            batch = batch_of(len(one), draws_in(found.get(dyad, next(iter(found.values())))))
            for key, values in zip(KEYS, (np.log(one) - np.log(other)).T, strict=True):
                parts = (values > bound, np.abs(values) <= bound, values < -bound)
                chances = {f"{part}{end}": value for part, event in zip(PARTS, parts, strict=True)
                           for end, value in zip(("", "_mcse"), probability(event.astype(float), batch), strict=True)}
                more = probability((values > 0) + 0.5 * (values == 0), batch)
                yield {"dyad": dyad, "first": first, "second": second, "rank": key, "window": scenarios[first].horizon.window,
                       **_numbers(values, batch), "p_greater": more[0], "p_greater_mcse": more[1], **chances}


def _numbers(values: np.ndarray, batch: np.ndarray) -> dict[str, float]:
    found = describe(values, batch)
    return {name: found[name] for name in ("mean", "mcse", *LEVEL)}


# What each administration of the record was to each dyad.

def _effects(members: Mapping[str, Posterior], found: Mapping[str, Posterior], panel: Panel) -> Iterator[dict[str, object]]:
    terms = panel.administration
    for dyad in panel.records:
        place = panel.dyad.index(dyad)
        recorded, years = _recorded(panel, place)
        governs, level = _draws_of(found[dyad], terms)
        for part, values in {GOVERNS: governs, WITH_LEVEL: governs + level}.items():
            yield from _rows(dyad, part, values, terms, recorded, years)
    shared = _common(members, terms, panel.records[0])
    yield from _rows(COMMON, GOVERNS, shared, terms, np.full(len(terms), np.nan), np.full(len(terms), np.nan))


def _recorded(panel: Panel, place: int) -> tuple[np.ndarray, ...]:
    """Recorded contacts and years observed of a dyad by term, each (term,)."""
    term = panel.year["term"].to_numpy(int)
    count = (panel.seen if panel.seen.ndim else panel.count).transpose("dyad", "rank", "year").to_numpy()[place].sum(axis=0)
    exposure = panel.exposure.transpose("dyad", "year").to_numpy()[place]
    return tuple(np.bincount(term, values, len(panel.administration)) for values in (count, exposure))


def _draws_of(found: Posterior, terms: Sequence[Administration]) -> tuple[np.ndarray, np.ndarray]:
    """Effects of who governed and levels, each (draw, term), draws in the weights of the pool."""
    take = found.taker()
    form = take.array[FORM]
    governs, level = np.empty((2, len(form), len(terms)))
    for number, member in POOL[CONTACTS].fitted(found.chains).items():
        row = form == number
        governs[row] = _governed({name: take.array[f"{member.name}/{name}_effect"][row] for name in ("type", "president")},
                                 found.coord, terms)
        level[row] = take.array[f"{member.name}/term_level"][row][..., :len(terms)]
    return governs, level


def _governed(effect: Mapping[str, np.ndarray], coord: Mapping[str, tuple[str, ...]],
              terms: Sequence[Administration]) -> np.ndarray:
    kind = [coord["type"].index(one.type) for one in terms]
    person = [coord["president"].index(one.president) for one in terms]
    found: np.ndarray = effect["type"][:, kind] + effect["president"][:, person]
    return found


def _common(members: Mapping[str, Posterior], terms: Sequence[Administration], dyad: str) -> np.ndarray:
    """Common effects of who governed, (draw, term), draws of the formulations in the weights of all records."""
    form = pooled(_scored_together(members), dyad)[CONTACTS].taker().array[FORM]
    found = np.empty((len(form), len(terms)))
    for number, member in enumerate(POOL[CONTACTS].members):
        if member.name in members:
            row = form == number
            draws = members[member.name].taker().array
            count = np.flatnonzero(row) % len(draws["type_effect"])
            found[row] = _governed({name: draws[f"{name}_effect"][count] for name in ("type", "president")},
                                   members[member.name].coord, terms)
    return found


def _rows(dyad: str, part: str, values: np.ndarray, terms: Sequence[Administration], recorded: np.ndarray,
          years: np.ndarray) -> Iterator[dict[str, object]]:
    centred = values - values.mean(axis=1, keepdims=True)
    for place, term in enumerate(terms):
        own = centred[:, place]
        quantile = dict(zip(LEVEL, np.quantile(own, (0.05, 0.25, 0.5, 0.75, 0.95)), strict=True))
        yield {"dyad": dyad, "term": f"{term.start.year}-{term.end.year}",
               "president": term.president, "type": term.type, "part": part, "recorded": recorded[place], "years": years[place],
               "mean": own.mean(), **quantile, "p_greater": float((own > 0).mean())}
