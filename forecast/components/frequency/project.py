"""From the frequency posterior to the rates of a future administration, and to simulated counts."""

from collections.abc import Mapping

import numpy as np

from forecast.components.administration import project_administration
from forecast.components.covariates import decade
from forecast.components.frequency.data import BELOW_CABINET
from forecast.components.projection import Future, Shocks, Take
from forecast.components.protocol import ComponentData


def project(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
            shocks: Shocks) -> dict[str, np.ndarray]:
    r"""Rates of the next term.

    A returning president keeps his effect and a new one draws his own; the term and term-by-rank levels
    continue their AR(1) with a fresh shock, :math:`A' = \rho A_J + \sigma \sqrt{1-\rho^2}\,\epsilon`.

    Returns
    -------
    dict of str to numpy.ndarray
        ``log_rate`` (path, rank, year_of_term), ``season`` (path, 12), ``dispersion``, ``state_persistence``,
        ``state_loading`` (path,).
    """
    persistence = take("term_persistence")
    fresh = np.sqrt(1 - persistence**2)
    level = persistence * take("term_level")[:, -1] + fresh * take("term_scale") * shocks("frequency/term")
    rank_shock = take("term_rank_scale")[:, None] * shocks("frequency/term_rank", len(coord["rank"]))
    rank_level = persistence[:, None] * take("term_rank_level")[:, -1] + fresh[:, None] * rank_shock
    effect = project_administration(take, coord, future, shocks, "president_scale", stream="frequency/president")
    by_rank = take("base")[:, 0] + rank_level + (effect + level)[:, None]
    lower = np.isin(coord["rank"], BELOW_CABINET)
    slope = take("drift")[:, None] + take("drift_lower")[:, None] * lower
    log_rate = by_rank[:, :, None] + slope[:, :, None] * decade(future.midpoint) + take("phase")[:, None, :]
    profile = np.exp(take("season"))
    return {
        "log_rate": log_rate,
        "season": profile / profile.mean(axis=1, keepdims=True),
        "dispersion": take("overdispersion") ** -2,
        "state_persistence": take("state_persistence"),
        "state_loading": take("state_loading"),
    }


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw counts by year and by month from the model at known values of all named parameters."""
    array = dict(data.array)
    effect = truth["type_effect"][array["type_of_term"]] + truth["president_effect"][array["president_of_term"]]
    by_year = ((effect + truth["term_level"])[array["term"]] + truth["phase"][array["year_of_term"]]
               + truth["covid"] * array["covid"])
    slope = truth["drift"] + truth["drift_lower"] * array["lower"]
    by_rank = truth["term_rank_level"][array["term"]].T + slope[:, None] * array["decade"] + by_year
    mean = array["exposure"][:, None] * np.exp(truth["base"][:, :, None] + by_rank)
    size = float(truth["overdispersion"]) ** -2
    array["count"] = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    weight = np.exp(truth["season"]) * array["month_exposure"]
    array["month_count"] = rng.multinomial(array["count"].sum(), weight / weight.sum())
    return ComponentData(array=array, coord=data.coord)
