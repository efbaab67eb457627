r"""``rate_ratio.csv``: the log ratio of expected contacts of two scenarios, before and after the data.

With parameters :math:`\theta` and the shocks :math:`\epsilon` of the coming term (its level, and the effect of a president whom
the record does not know) the ratio of two scenarios is

.. math:: r = \log \mathrm{E}[n_1 \mid \theta, \epsilon_1] - \log \mathrm{E}[n_2 \mid \theta, \epsilon_2].

*distribution*: ``prior``, :math:`\theta` drawn from the prior set and projected as a posterior draw is, or ``posterior``.
*formulation*: one member of the pool, or ``pool``, all of them with the weights of the pool, also before the data.
*levels*: ``shared``, :math:`\epsilon_1 = \epsilon_2` in the level of the coming term, so that it nearly cancels, as it does in
``contrast.csv``; or ``separate``, each outcome draws a level of its own, because a term takes another course under another
administration for reasons that are not its type or president. Which of the two is right cannot be seen in a record in which one
outcome came about each time; the effect of a president not yet seen is the same in both.

``rate_ratio_density.csv`` has the densities of all contacts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.joint import knowing
from forecast.components.priors import Prior
from forecast.components.protocol import Component, Future
from forecast.components.registry import COMPONENT, CONTACTS, POOL, PROJECTING
from forecast.contacts import codes
from forecast.evaluation.contrast import PARTS, RATIO_GRID, Cell, load_equivalence, log_ratio
from forecast.evaluation.montecarlo import batch_of
from forecast.panel import Panel
from forecast.panel.elections import Election
from forecast.posterior.posterior import Posterior, Taker, draw_prior
from forecast.simulation.engine import calendar_of
from forecast.simulation.expected import term_contacts
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import ANOTHER, FORM, TERM, draws_in, source_of_stream

POOLED = "pool"
LEVELS = ("shared", "separate")
KEYS = ("all", *codes.RANK.labels)
COLUMNS = ("first", "second", "quantity", "key", "window", "unit", "formulation", "weight", "distribution", "levels", "of",
           "mean", "mcse", "q05", "q25", "q50", "q75", "q95", "q05_mcse", "q50_mcse", "q95_mcse", "p_greater", "p_greater_mcse",
           *(f"{part}{end}" for part in PARTS for end in ("", "_mcse")))
DENSITY = ("first", "second", "formulation", "distribution", "levels", "log_ratio", "density")
MEMBER_PATHS = 8000
"""Paths of a single formulation at most; the pool has all paths, so that it agrees with ``contrast.csv``."""
POINTS, THIN = 161, 4000
CHUNK = 4096


def rate_ratio_tables(belief: Mapping[str, Posterior], scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], *,
                      paths: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Describe the log rate ratio of every pair of scenarios that say who wins.

    Parameters
    ----------
    belief : mapping of str to Posterior
        Distribution -> parameters of the component ``frequency``, a pool or one formulation.
    scenarios, elections : mapping
        By name of the scenario.
    paths, seed : int
        Of the run.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``; no rows for a single scenario.
    pandas.DataFrame
        Columns as in ``DENSITY``; densities are NaN where the ratio does not vary.
    """
    decided = [name for name, one in scenarios.items() if len(one.chances) == 1]
    rows: list[dict[str, object]] = []
    curves: list[pd.DataFrame] = []
    for pair in combinations(decided, 2):
        terms = [_Term.of(scenarios[name], elections[name]) for name in pair]
        found = dict(_ratios(belief, terms, Noise(seed), paths))
        head = dict(zip(("first", "second"), pair, strict=True))
        rows += [{**head, "window": scenarios[pair[0]].horizon.window, **row}
                 for where, values in found.items() for row in _rows(where, values, belief)]
        curves += _curves(head, {where: values[:, 0] for where, values in found.items()})
    return (pd.DataFrame(rows, columns=list(COLUMNS)),
            pd.concat(curves, ignore_index=True)[list(DENSITY)] if curves else pd.DataFrame(columns=list(DENSITY)))


@dataclass(frozen=True, kw_only=True)
class _Where:
    """Which distribution of the log rate ratio."""

    distribution: str
    formulation: str
    levels: str


@dataclass(frozen=True, kw_only=True)
class _Term:
    """The coming term under one scenario."""

    scenario: Scenario
    election: Election
    future: Future

    @classmethod
    def of(cls, scenario: Scenario, election: Election) -> "_Term":
        return cls(scenario=scenario, election=election, future=future_of(election, next(iter(scenario.chances))))

    def expected(self, draws: "_Draws", away: int = 0) -> np.ndarray:
        """Expected contacts of the term, all and by rank, shape (path, key); `away` moves the paths of its level."""
        calendar = calendar_of(self.scenario, self.election.term_start)
        given = draws.project(self.future, away)
        shock = draw_shock(self.scenario, draws.noise, draws.number, len(calendar.month_of_year))
        by_rank = term_contacts(given["log_rate"], given["season"], given["state_loading"], shock, calendar)
        return np.column_stack([by_rank.sum(axis=1), by_rank])


class _Draws:
    """Parameters and shocks of some paths, each taken once for all terms.

    Parameters
    ----------
    taker : Taker
        All draws of `found`.
    found : Posterior
        A pool, or one formulation.
    form : int, optional
        Number of the formulation that all paths follow; each its own where not given.
    number : (path,) array of int
        Path numbers, one after the other.
    noise : Noise
        Of the run.
    normal : callable, optional
        Standard normals of these paths, and perhaps of more after them, where others have drawn them.
    """

    def __init__(self, taker: Taker, found: Posterior, form: int | None, number: np.ndarray, noise: Noise,
                 normal: Callable[[str, tuple[int, ...], int], np.ndarray] | None = None) -> None:
        self._take = cache(taker.at(slice(number[0], number[-1] + 1)))
        # no method, which would hold this object in a circle: what is drawn would wait for the garbage collector
        self._normal = normal or cache(partial(_drawn_normals, noise, number))
        self._found, self._form, self.number, self.noise = found, form, number, noise

    def project(self, future: Future, away: int) -> dict[str, np.ndarray]:
        """Fields of every path, the shocks of its level those of the path `away` from it."""

        def shocks(name: str, *shape: int) -> np.ndarray:
            return self._normal(name, shape, away if source_of_stream(name) == TERM else 0)[:len(self.number)]

        if self._form is None:
            return PROJECTING[CONTACTS].project(self._take, self._found.coord, future, shocks)
        member = POOL[CONTACTS].members[self._form]
        return member.project(lambda name: self._take(f"{member.name}/{name}"), self._found.coord, future, shocks)


def _drawn_normals(noise: Noise, number: np.ndarray, name: str, shape: tuple[int, ...], moved: int) -> np.ndarray:
    return noise.normal(f"component/{name}", number + moved, *shape)


def _ratios(belief: Mapping[str, Posterior], terms: list[_Term], noise: Noise, paths: int) -> Iterator[tuple[_Where, np.ndarray]]:
    """Log ratios of every distribution, (path, key); all have the same shocks, path by path."""
    every = [np.arange(begin, min(begin + CHUNK, paths)) for begin in range(0, paths, CHUNK)]
    normals = [cache(partial(_drawn_normals, noise, number)) for number in every]
    for distribution, found in belief.items():
        taker = found.taker()
        for formulation, form in formulations(found).items():
            count = paths if formulation == POOLED else min(paths, MEMBER_PATHS)
            parts = [_by_levels(terms, _Draws(taker, found, form, number[:count - number[0]], noise, normal))
                     for number, normal in zip(every, normals, strict=True) if number[0] < count]
            for levels, values in zip(LEVELS, zip(*parts, strict=True), strict=True):
                yield _Where(distribution=distribution, formulation=formulation, levels=levels), np.concatenate(values)


def _by_levels(terms: list[_Term], draws: _Draws) -> list[np.ndarray]:
    """Log ratios of some paths with shared levels and with separate ones, each (path, key)."""
    first, second = terms
    one = first.expected(draws)
    return [log_ratio(one, second.expected(draws, away)) for away in (0, ANOTHER)]


def formulations(found: Posterior) -> dict[str, int | None]:
    """Name -> number of every formulation of a pool, and the pool itself last; one alone has no number."""
    if FORM not in found.chains:
        return {found.component: None}
    members = POOL[CONTACTS].fitted(found.chains)
    return {member.name: number for number, member in members.items()} | {POOLED: None}


def _rows(where: _Where, values: np.ndarray, belief: Mapping[str, Posterior]) -> Iterator[dict[str, object]]:
    """One row per key."""
    found = belief[where.distribution]
    batch = {CONTACTS: batch_of(len(values), draws_in(found))}
    label = {"quantity": "log_rate_ratio", "unit": "log ratio of expected recorded contacts", "weight": _weight(found, where),
             **vars(where)}
    of = f"log ratio of expected contacts, {where.distribution} draws, {where.levels} level of the term, {{count}} pairs"
    for number, key in enumerate(KEYS):
        yield Cell(label={**label, "key": key, "of": of}, values=values[:, number], step=RATIO_GRID, component=CONTACTS,
                   compared=True, region=load_equivalence().rate.bound).row(batch)


def _weight(found: Posterior, where: _Where) -> float:
    """Share of the pool's draws that follow a formulation."""
    number = formulations(found)[where.formulation]
    return 1.0 if number is None else float((found.chains[FORM] == number).mean())


def _curves(head: Mapping[str, str], found: Mapping[_Where, np.ndarray]) -> Iterator[pd.DataFrame]:
    """Densities on one grid for all distributions of a pair."""
    edges = [np.quantile(values, (0.002, 0.998)) for values in found.values()]
    grid = np.linspace(min(low for low, _ in edges), max(high for _, high in edges), POINTS)
    for where, values in found.items():
        yield pd.DataFrame({**head, **vars(where), "log_ratio": grid, "density": _density(values)(grid)})


def _density(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Gaussian kernels with Scott's width, :math:`n^{-1/5}` standard deviations; without importing a second of SciPy for them."""
    thin = np.random.default_rng(len(values)).permutation(values)[:THIN]  # a step could fall into step with the chains
    if not np.ptp(thin) > 0:
        return lambda grid: np.full(len(grid), np.nan)
    width = thin.std(ddof=1) * len(thin) ** -0.2

    def density(grid: np.ndarray) -> np.ndarray:
        away = (grid[:, None] - thin) / width
        found: np.ndarray = np.exp(-0.5 * away * away).sum(axis=1) / (len(thin) * width * np.sqrt(2 * np.pi))
        return found

    return density


# What a prior set says before the data, in the form of a posterior, so that it is projected by the same code.

BEFORE = 1
"""Beside the seed of a run: the stream of draws from the prior."""


def prior_belief(found: Posterior, panel: Panel, priors: Mapping[str, Prior], seed: int) -> Posterior:
    """As many draws from the priors as a posterior has, in the same form.

    Parameters
    ----------
    found : Posterior
        Of contact frequency: a pool or one formulation. A pool's draws follow the formulations that they follow after the data,
        since no weight of a formulation is assumed beforehand.
    panel : Panel
        From which the posterior was estimated. Its dyads, years, terms and presidents decide the shape of the parameters; its
        counts play no part.
    priors : mapping of str to Prior
        Of the component's section.

    Returns
    -------
    Posterior
        With the gates of `found`, which say nothing of it.
    """
    if FORM not in found.chains:
        return replace(found, chains=_drawn(COMPONENT[found.component], panel, priors, seed, 0, found))
    parts = []
    for number, member in POOL[found.component].fitted(found.chains).items():
        drawn = _drawn(member, panel, priors, seed, number, found)
        parts.append(drawn.rename({name: f"{member.name}/{name}" for name in drawn.data_vars}))
    together = xr.merge(parts, compat="equals", join="exact")
    return replace(found, chains=together.assign({FORM: (("chain", "draw"), found.chains[FORM].to_numpy())}))


def _drawn(component: Component, panel: Panel, priors: Mapping[str, Prior], seed: int, number: int,
           found: Posterior) -> xr.Dataset:
    """As many draws from the prior of one formulation as a posterior has, seen from its dyad."""
    data = knowing(component.data(panel), priors, panel)
    own = component.used(priors, data.coord)
    rng = np.random.default_rng([seed, BEFORE, number])
    drawn = draw_prior(component, data, own, rng, chains=found.chains.sizes["chain"], draws=found.chains.sizes["draw"])
    return component.of_dyad(drawn, data.coord, found.coord["dyad"][0])[0]
