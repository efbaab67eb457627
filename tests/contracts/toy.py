"""A small component from outside the program: contacts of all ranks per administration year, Poisson, by type of administration.

log of the expected count = log exposure + b + s T, with T zero-sum over types.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.stats import poisson

from forecast.components.administration import by_term, coordinates
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, Scales, one_hot, unpack_all, zero_sum_basis
from forecast.components.priors import FACTOR, Scale
from forecast.components.protocol import Component, ComponentData
from forecast.components.statistics import Bound, Family, Statistic, axis


def linear(data: ComponentData) -> Linear:
    types, kind = len(data.coord["type"]), data.array["type_of_year"]
    return Linear(name="rate", blocks=(
        Block(name="base", prior="base", design=np.ones((len(kind), 1))),
        Block(name="type_effect", prior="type_scale", dims=("type",), basis=zero_sum_basis(types), design=one_hot(kind, types))))


class Toy(Component):
    name = section = "toy"
    needs = {"base": "real", "type_scale": "positive"}
    observed = ordered = ("yearly",)
    axes = dict.fromkeys(("yearly", "exposure", "type_of_year"), ("year",))
    blocks = {"base": ("base",), "administrations": ("type_scale",)}
    unit, units = FACTOR, {"base": Scale(kind="level", unit="contacts a year")}
    statistics = (Statistic(name="toy_total", title="the number of contacts", of=lambda array: float(array["yearly"].sum()),
                            bound=Bound(high=1e5, reason="Nobody meets so often.", remedy="Lower mu of the base.")),)
    curves = {"years": lambda array: array["yearly"]}

    def data(self, panel):
        terms = by_term(panel)
        array = {"yearly": panel.count.sum(("dyad", "rank")).to_numpy().astype(np.int64),
                 "exposure": panel.exposure.sum("dyad").to_numpy().astype(float),
                 "type_of_year": terms["type_of_term"][panel.year["term"].to_numpy(int)]}
        year = tuple(str(start.year) for start in panel.year["start"])
        return ComponentData(array=array, coord=coordinates(panel) | {"year": year})

    def model(self, data, priors):
        import pymc as pm
        import pytensor.tensor as pt

        with pm.Model() as model:
            rate = linear(data).predictor(priors, Scales(("type_scale",), priors))
            rate = rate + observed("log_exposure", np.log(data.array["exposure"]))
            pm.Potential("yearly", pt.dot(observed("yearly_data", data.array["yearly"]), rate) - pt.exp(rate).sum())
        return model

    def unpack(self, raw, data, priors):
        return unpack_all(raw, ("type_scale",), (linear(data),), priors)

    def _mean(self, array: Mapping[str, np.ndarray], named: Mapping[str, np.ndarray]) -> np.ndarray:
        """Expected contacts, (..., year)."""
        effect = np.asarray(named["base"])[..., None] + named["type_effect"][..., array["type_of_year"]]
        return array["exposure"] * np.exp(effect)

    def simulate(self, data, truth, rng):
        return ComponentData(array={**data.array, "yearly": rng.poisson(self._mean(data.array, truth))}, coord=data.coord)

    def pointwise(self, data, draws):
        return {"yearly": poisson.logpmf(data.array["yearly"], self._mean(data.array, draws))}

    def observations(self, data, panel):
        return {"yearly": [f"year {year}" for year in data.coord["year"]]}

    def families(self, data):
        return (Family(name="years", title="contacts by year", of=lambda array: array["yearly"], labels=axis("year")),)

    def project(self, take, coord, future, shocks):
        return {"toy_rate": take("base") + take("type_effect")[:, coord["type"].index(future.type)]}

    def profile(self, posterior):
        return xr.Dataset({"ratio": np.exp(posterior["type_effect"])})

    def next_term(self, given, data):
        return {"log rate": given["toy_rate"]}


TOY = Toy()
