"""A few countries over a few terms, and parameters drawn from the priors of the register component."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.registers import Registers
from forecast.panel.registers import (
    FIRST_DAY,
    administrations_since,
    begun,
    build_register_panel,
    load_countries,
    load_identifiers,
    load_registers,
)
from forecast.posterior.fit import register_priors

COMPONENT = Registers()
SOME = ("kazakhstan", "uzbekistan", "france", "germany", "switzerland", "egypt", "morocco", "algeria", "japan", "china",
        "israel", "turkiye")  # fmt: skip
CHANNEL = ("president", "secretary", "visit")


def priors():
    return register_priors().component["registers"]


@cache
def small(terms: int = 5, countries: tuple[str, ...] = SOME):
    """Data of a few countries over the last terms."""
    as_of = date(2024, 11, 4)
    administrations = administrations_since()[-terms:]
    rows = load_countries()
    rows = begun(rows[rows["country"].isin(countries)], as_of)
    entries = load_registers(as_of)
    since = entries["start"] >= pd.Timestamp(max(FIRST_DAY, administrations[0].start))
    entries = entries[since & entries["country"].isin(countries)].reset_index(drop=True)
    return COMPONENT.data(build_register_panel(entries, rows, load_identifiers(), administrations, as_of))


def draw_raw(data, rng, draws=1) -> xr.Dataset:
    """The sampler's variables from the priors, the pinned means aside."""
    given, axis = priors(), {name: len(labels) for name, labels in data.coord.items()}
    found = []
    for _ in range(draws):
        unit = np.abs(rng.standard_normal(11))
        scale = dict(zip([name for name, kind in COMPONENT.needs.items() if kind == "positive"], unit, strict=True))
        scale = {name: value * given[name].sigma for name, value in scale.items()}
        z = rng.standard_normal(2 * 3 + axis["president"] * 3 + axis["region"] * 2 + 3 + 3)
        base = -1.0 + z[-3:]
        region = base[:, None] + scale["region_channel_scale"] * rng.standard_normal((3, axis["region"]))
        of = data.array["region_of_country"]
        level = region[1, of] + scale["country_scale"] * rng.standard_normal(axis["country"])
        visit = (region[2] - region[1])[of] + scale["country_visit_scale"] * rng.standard_normal(axis["country"])
        walk = -1.5 + 0.4 * rng.standard_normal((axis["term"], 3)).cumsum(axis=0)
        wave = scale["region_term_scale"] * rng.standard_normal((axis["region"], axis["term"]))
        found.append({"scale_unit": unit, "effect_z": z, "country": np.stack([level, visit]), "region_channel": region,
                      "term_level": walk, "region_term": wave})
    return xr.Dataset({name: xr.DataArray(np.stack([one[name] for one in found])[None],
                                          dims=("chain", "draw", *(f"{name}_{at}" for at in range(found[0][name].ndim))))
                       for name in found[0]})


def values_at(dataset: xr.Dataset, at: int) -> dict[str, np.ndarray]:
    return {str(name): values.to_numpy()[0, at] for name, values in dataset.data_vars.items()}
