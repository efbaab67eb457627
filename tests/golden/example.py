"""A frozen posterior that needs no sampler: closed-form noise in place of draws, through the real chain."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.registry import BESIDE, COMPONENT, component_of, priors_of
from forecast.pipeline import read
from forecast.posterior.fit import pole_priors
from forecast.posterior.posterior import Gates, Posterior

CHAINS, DRAWS = 2, 20
GATES = Gates(max_rhat=1.0, max_rhat_at="base", min_ess_bulk=500, min_ess_bulk_at="base", min_ess_tail=500,
              min_ess_tail_at="base", divergences=0, parameters=1)
SHARE = {"outcome_share": 4, "tone_share": 3}


_KNOWN = {}


def posteriors(panel, priors):
    """Every named parameter drawn around moderate values, by component; made once in a process for a record and prior set."""
    tables = (pd.util.hash_pandas_object(table.astype(str)).sum() for table in (panel.contact, panel.media))
    key = (panel.dyad, panel.as_of, panel.running, float(panel.exposure.sum()), *tables, priors.model_dump_json())
    if key not in _KNOWN:
        _KNOWN[key] = _posteriors(panel, priors)
    return dict(_KNOWN[key])


def _posteriors(panel, priors):
    known = priors.model_copy(update={"component": {**priors.component, **pole_priors().component}})
    names = [*COMPONENT, *(name for name, one in BESIDE.items() if not one.lacking(panel))]
    return {name: _posterior(name, panel, known) for name in names}


def _posterior(name, panel, priors):
    component = component_of(name)
    data = component.data(panel)
    chains = chains_of(component, name, data, priors_of(priors, name))
    return Posterior(component=name, key="frozen", chains=chains, coord=data.coord, gates=GATES, reused=True)


def chains_of(component, name, data, prior):
    """Draws of every parameter of a component, made of noise."""
    rng = np.random.default_rng([7, len(name)])
    raw = {}
    for variable in component.model(data, prior).free_RVs:
        shape = variable.type.shape if None not in variable.type.shape else tuple(variable.shape.eval())
        draw = rng.standard_normal((CHAINS, DRAWS, *shape)) * 0.3
        raw[variable.name] = (("chain", "draw", *[f"{variable.name}_{i}" for i in range(len(shape))]),
                              np.abs(draw) if variable.name == "scale_unit" else draw)
    chains = component.unpack(xr.Dataset(raw), data, prior)
    chains["diverging"] = (("chain", "draw"), np.zeros((CHAINS, DRAWS), np.int8))
    chains = chains.assign({key: one.value for key, one in prior.items() if one.distribution == "fixed"})
    if hasattr(component, "held_out"):
        terms = len(data.coord["term"])
        chains["term_score"] = ("term", np.where(np.arange(terms) < 2, np.nan, -20.0))
    return chains.assign({key: (("chain", "draw"), np.full((CHAINS, DRAWS), 0.3)) for key in component.assumed})


def as_next(request):
    """Inputs of a request, its term as the next one after the record however early that ends: nobody governs in between."""
    inputs = read(request)
    return replace(inputs, elections={name: one.seen(ahead=1) for name, one in inputs.elections.items()})
