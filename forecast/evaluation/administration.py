"""All tables of a run about what administrations want, change and leave open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.registry import PROJECTING
from forecast.evaluation.agenda import contrast_table, level_table
from forecast.evaluation.attention import attention_by_type
from forecast.evaluation.drift import drift_table
from forecast.evaluation.identification import identification_table
from forecast.evaluation.montecarlo import spaced
from forecast.evaluation.prior_belief import prior_belief
from forecast.evaluation.rate_ratio import rate_ratio_tables
from forecast.evaluation.travel import attention_by_travel, count_by_travel, known_agendas
from forecast.evaluation.variance import variance_table
from forecast.panel import Panel
from forecast.panel.elections import Election
from forecast.posterior.posterior import Posterior
from forecast.simulation.assemble import future_of
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WeightSet

MAIN_WEIGHTS = "default"
MOST_DRAWS = 5000


@dataclass(frozen=True, kw_only=True)
class Administration:
    """``agenda.csv``, ``agenda_contrast.csv``, ``identification.csv``, ``drift.csv``, and of two scenarios or more (else empty)
    ``variance.csv``, ``rate_ratio.csv`` and ``rate_ratio_density.csv``.
    """

    agenda: pd.DataFrame
    agenda_contrast: pd.DataFrame
    variance: pd.DataFrame
    identification: pd.DataFrame
    drift: pd.DataFrame
    rate_ratio: pd.DataFrame
    rate_ratio_density: pd.DataFrame


def administration_tables(posterior: Mapping[str, Posterior], panel: Panel, priors: Mapping[str, Mapping[str, Prior]],
                          scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], weights: WeightSet, *,
                          paths: int, seed: int) -> Administration:
    """Make all tables.

    Parameters
    ----------
    posterior : mapping of str to Posterior
        By component.
    panel : Panel
        The record of one dyad.
    priors : mapping
        Component -> parameter -> prior.
    scenarios, elections : mapping
        By name of the scenario.
    weights : WeightSet
        Rank weights of the relation index: what the attention of a rank costs.
    paths, seed : int
        Of the run.
    """
    futures = [future_of(elections[name], outcome) for name, one in scenarios.items() for outcome in one.chances]
    share = _shares(posterior, panel, weights, futures[0].midpoint, seed)
    contact, _ = known_agendas(panel)
    terms = pd.DataFrame([{"president": one.president, "type": one.type} for one in panel.administration])
    found = posterior["frequency"]
    ratio, density = _rate_ratio(found, panel, priors["frequency"], scenarios, elections, paths=paths, seed=seed)
    return Administration(
        rate_ratio=ratio, rate_ratio_density=density,
        agenda=level_table(share, count_by_travel(panel), contact["type"].value_counts()),
        agenda_contrast=contrast_table(share),
        drift=drift_table(found, scenarios, elections, paths=paths, seed=seed),
        variance=variance_table(found, scenarios, elections, paths=paths, seed=seed),
        identification=identification_table(found, priors, futures, terms))


def _rate_ratio(found: Posterior, panel: Panel, priors: Mapping[str, Prior], scenarios: Mapping[str, Scenario],
                elections: Mapping[str, Election], *, paths: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Before and after the data; the prior is drawn only where there is something to compare."""
    belief = {} if len(scenarios) < 2 else {"prior": prior_belief(found, panel, priors, seed), "posterior": found}
    return rate_ratio_tables(belief, scenarios, elections, paths=paths, seed=seed)


def _shares(posterior: Mapping[str, Posterior], panel: Panel, weights: WeightSet, midpoint: np.ndarray,
            seed: int) -> dict[str, xr.DataArray]:
    """Draws of every measure, by its name."""
    cost = np.array([entry.weight for _, entry in weights.rank])
    model = attention_by_type(posterior, midpoint, {"attention": cost, "attention_equal": np.ones_like(cost)})
    mix = PROJECTING["agenda"].profile(posterior["agenda"].draws)["mix"]
    record = {"attention_record": attention_by_travel(panel, cost, seed)} if panel.reported.any() else {}
    chains = posterior["agenda"].chains.sizes["chain"]
    return {name: _thin(values, chains) for name, values in ({"mention_share": mix} | model).items()} | record


def _thin(values: xr.DataArray, chains: int) -> xr.DataArray:
    """Evenly spaced draws of all chains, few enough to be summarised in no time."""
    many = values.sizes["draw"]
    return values.isel(draw=spaced(many // -(-many // MOST_DRAWS), many, chains))
