r"""``identification.csv``: what the record can tell about a president who returns, and what it cannot.

For each formulation of the frequency component: scales and effects of the president's type and of the man, with their
standard deviations before and after the data. With half-normal scales :math:`\tau` and :math:`\rho` of width :math:`s_\tau` and
:math:`s_\rho`, and effects :math:`\tau T_t` (zero sum over types, variance :math:`v_t` on their tree) and :math:`\rho P`, the
priors have

.. math:: \mathrm{sd}(\tau) = s_\tau\sqrt{1 - 2/\pi}, \quad \mathrm{sd}(\tau T_t) = s_\tau \sqrt{v_t}, \quad
    \mathrm{sd}(\tau T_t + \rho P) = \sqrt{s_\tau^2 v_t + s_\rho^2}.

A joint normal of types and named presidents (:mod:`forecast.components.joint`) has the standard deviations of its covariance,
and effects under it have no scale in which they could be counted.

Where one president is all that is known of a type, the likelihood knows only the sum of both effects. The correlation of the
two in the posterior says how far one stands for the other. Effects are told by the last part of their names, so that a pool
gives one set of rows per formulation (``frequency_drift/type_effect``).
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.effects import tree_basis
from forecast.components.joint import PARAMETER, covariance_of, is_joint
from forecast.components.priors import Prior
from forecast.components.projection import Future
from forecast.evaluation.montecarlo import batch_of, describe, probability
from forecast.panel.parties import parties
from forecast.posterior.posterior import Posterior

RANKS = "administration_rank_scale"
"""Scale of the deviations of single ranks from what type and president do to all."""
SHRINK = float(np.sqrt(1 - 2 / np.pi))
COLUMNS = ("formulation", "type", "president", "terms", "terms_of_type", "parameter", "prior_sd", "sd", "sd_mcse", "mean", "mcse",
           "q05", "q50", "q95", "p_positive", "p_positive_mcse")


def identification_table(found: Posterior, priors: Mapping[str, Mapping[str, Prior]], futures: Iterable[Future],
                         terms: pd.DataFrame) -> pd.DataFrame:
    """Before and after the data, for every president of a scenario whom the record knows.

    Parameters
    ----------
    found : Posterior
        Of the component ``frequency``.
    priors : mapping
        Section -> parameter -> prior; all formulations share that of ``frequency``.
    futures : iterable of Future
        Who governs under each scenario.
    terms : pandas.DataFrame
        One row per recorded term, columns president and type.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``; the parameter ``correlation`` has its value in ``mean`` and its error in ``mcse``.
    """
    known = list(dict.fromkeys((one.type, one.president) for one in futures
                               if one.president in set(terms["president"]) and one.type in found.coord["type"]))
    draws, rows = found.draws, []
    for name in filter(lambda name: name.rpartition("/")[2] == "type_effect", map(str, draws.data_vars)):
        prefix = name.removesuffix("type_effect")
        own = priors[found.component]
        for kind, president in known:
            head = {"formulation": prefix.rstrip("/") or found.component, "type": kind, "president": president,
                    "terms": int((terms["president"] == president).sum()), "terms_of_type": int((terms["type"] == kind).sum())}
            before = prior_sd(own, found.coord, kind, president)
            rows += [head | row for row in _rows(_values(draws, prefix, kind, president), before)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _values(draws: xr.Dataset, prefix: str, kind: str, president: str) -> dict[str, np.ndarray]:
    """Scales and effects of one formulation by parameter, each (draw,)."""
    scale = {name: draws[f"{prefix}{name}"].to_numpy() for name in ("type_scale", "president_scale", RANKS)
             if f"{prefix}{name}" in draws and draws[f"{prefix}{name}"].dims}
    return scale | {"type_effect": draws[f"{prefix}type_effect"].sel(type=kind).to_numpy(),
                    "president_effect": draws[f"{prefix}president_effect"].sel(president=president).to_numpy()}


def _rows(value: dict[str, np.ndarray], before: Mapping[str, float]) -> Iterator[dict[str, object]]:
    one, other = value["type_effect"], value["president_effect"]
    batch = batch_of(len(one), len(one))
    every = value | {"sum": one + other} | _in_scales(value)
    for name in filter(before.__contains__, every):
        values = every[name]
        chance, error = probability(values > 0, batch)
        yield {"parameter": name, "prior_sd": before[name], "sd": values.std(),
               "sd_mcse": _error(np.std, batch, values), **describe(values, batch),
               "p_positive": chance, "p_positive_mcse": error}
    yield {"parameter": "correlation", "mean": _correlation(one, other), "mcse": _error(_correlation, batch, one, other)}


def _in_scales(value: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Effects divided by their scales, where these are known: what a president's own terms say, with the scales set aside."""
    return {f"{name}_effect_in_scales": value[f"{name}_effect"] / value[f"{name}_scale"]
            for name in ("type", "president") if f"{name}_scale" in value}


def prior_sd(prior: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]], kind: str, president: str) -> dict[str, float]:
    """Standard deviation before the data of every parameter that has a part in the model; scales that are fixed have none.

    Parameters
    ----------
    prior : mapping of str to Prior
        Of the component ``frequency``.
    coord : mapping of str to tuple of str
        With the axes ``type`` and ``president``.
    kind, president : str
        Administration type and president whose effects are meant.
    """
    size = {name: prior[name].sigma or np.nan if name in prior else np.nan for name in ("type_scale", "president_scale", RANKS)}
    party = list(parties().values())
    alike = prior["type_correlation"].value if "type_correlation" in prior else 0.0
    basis = tree_basis(np.array([party.index(one) for one in party]), alike)
    unit = float(np.linalg.norm(basis[list(parties()).index(kind)]))
    effect, man = size["type_scale"] * unit, size["president_scale"]
    found = {name: one * SHRINK for name, one in size.items()} | {
        "type_effect": effect, "president_effect": man, "sum": float(np.hypot(effect, man)), "type_effect_in_scales": unit,
        "president_effect_in_scales": 1.0}
    if not is_joint(prior):
        return found
    own = covariance_of(prior, coord, kind, president)
    without = {"type_scale", "type_effect_in_scales", *(
        ("president_scale", "president_effect_in_scales") if president in prior[PARAMETER].mean else ())}
    joint = {"type_effect": own[0, 0], "president_effect": own[1, 1], "sum": own.sum()}
    return {name: value for name, value in found.items() if name not in without} | {
        name: float(np.sqrt(value)) for name, value in joint.items()}


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _error(statistic: object, batch: np.ndarray, *values: np.ndarray) -> float:
    """Monte Carlo error of any statistic by batch means."""
    found = [statistic(*(one[batch == at] for one in values)) for at in range(batch.max() + 1)]
    return float(np.std(found, ddof=1) / np.sqrt(len(found)))
