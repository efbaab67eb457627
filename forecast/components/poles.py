r"""How often the partner's leader meets the leaders of its poles: a latent level of every pole that moves from year to year.

List :math:`l` of pole :math:`p(l)` (the president of one state in the other, say) is complete on some days only. In
administration year :math:`y`, of which :math:`E_{ly}` years lie on these days, it holds

.. math::

    n_{ly} &\sim \mathrm{Poisson}(E_{ly}\, e^{\eta_{ly}}) \\
    \eta_{ly} &= b_l + \sigma a_{p(l)y} + \gamma\, c_{ly} + h_{p(l)}\, \tau T_{type(y)} \\
    a_{py} &= \rho\, a_{p,y-1} + \sqrt{1 - \rho^2}\, \epsilon_{py}, \qquad a_{p1} \sim N(0, 1)

with :math:`c_{ly}` the share of these days inside the COVID-19 window, :math:`h = 1` for the pole whose elections decide and 0
for the others, and :math:`\sum_t T_t = 0`. Counts driven by a latent autoregression are a parameter-driven model of a series
(Zeger 1988, doi 10.1093/biomet/75.4.621): years without a complete list have no cell, and their state is what its neighbours
and the prior say. The scale :math:`\sigma` is one for all poles, because a pole of a few meetings in thirty years has none of its
own. There is no overdispersion besides: the state of a year is shared by the lists of a pole alone, and a count of one list
cannot tell it from overdispersion.

Assumed, not found: **who governs at home moves the pole at home alone**. Other poles take part in a contrast only where a
scenario says so. Of the effect at home the data tell little: it is one meeting in two or three years, and a type that governed
for one term was met about once.

This is a component by the protocol, and not one of those that the engine asks (:data:`~forecast.components.registry.BESIDE`):
its axes are list, pole and year where theirs are rank and topic, it is fitted to another record, and a dyad without poles goes
on without it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import gammaln

from forecast.components.control import Control, narrower, other_persistence
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, Scales, ar1_matrix, one_hot, unpack_all, zero_sum_basis
from forecast.components.priors import FACTOR, Prior, Scale
from forecast.components.protocol import Component, ComponentData, Effort, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Family, axis, fixed
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.calendar import covid_share, covid_window, decimal_year, overlap
from forecast.panel.poles import PoleRecord, load_poles

if TYPE_CHECKING:
    from pymc import Model

NEEDS = {"base": "real", "state_scale": "positive", "type_scale": "positive", "covid": "real", "state_persistence": "persistence"}
SCALES = ("state_scale", "type_scale")
_RATE = "log meetings per year"
MEANING = {
    "base": (f"{_RATE} of a list, at average state and type", "log rate"),
    "state_scale": ("spread of the states of poles", "log rate"),
    "type_scale": (f"spread of the effects of types on the {_RATE} with the pole at home", "log rate"),
    "covid": ("effect of a year that lies in the pandemic", "log rate"),
    "state_persistence": ("correlation of the states of successive years", "1"),
    "state": (f"state of a pole in an administration year, in the {_RATE}", "log rate"),
    "type_effect": (f"effect of the administration type on the {_RATE} with the pole at home", "log rate"),
}
AXES = {"count": ("cell",), "exposure": ("cell",), "covid": ("cell",), "list": ("cell",), "year": ("cell",),
        "type": ("cell",), "pole_of_list": ("list",), "at_home": ("list",), "midpoint": ("year",)}
"""Axes of the arrays."""


# What a panel tells of poles.

def select(panel: Panel, record: PoleRecord) -> ComponentData:
    """One cell for every complete list and administration year that share a day.

    Returns
    -------
    ComponentData
        By cell: ``count``, ``exposure`` (years), ``covid`` (share of them), ``list``, ``year``, ``type`` (indices);
        ``pole_of_list``, ``at_home`` (0 or 1) by list; ``midpoint`` (decimal year) of every administration year as a whole.
    """
    year, window, rows = panel.year, covid_window(), []
    spans = [(start.date(), end.date()) for start, end in zip(year["start"], year["end"], strict=True)]
    for place, name in enumerate(record.list.index):
        for at, span in enumerate(spans):
            count, exposure = record.counted(name, span)
            if exposure > 0:
                share = covid_share(overlap(span, record.span(name)), window)
                rows.append((count, exposure, share, place, at, codes.TYPE.index(year["type"].iloc[at])))
    columns = np.array(rows, dtype=float).reshape(-1, 6).T
    array = dict(zip(("count", "exposure", "covid", "list", "year", "type"), columns, strict=True))
    array |= {name: array[name].astype(np.int64) for name in ("count", "list", "year", "type")}
    pole = record.list["pole"].map(record.modelled.index).to_numpy(np.int64)
    home = np.array([float(record.pole[name].home) for name in record.list["pole"]])
    middle = np.array([(decimal_year(first) + decimal_year(last)) / 2 for first, last in spans])
    coord = {"list": tuple(record.list.index), "pole": record.modelled, "type": codes.TYPE.labels,
             "year": tuple(f"{first}" for first, _ in spans), "pole_of_list": tuple(record.list["pole"]),
             "home": tuple(name for name, pole in record.pole.items() if pole.home)}
    return ComponentData(array=array | {"pole_of_list": pole, "at_home": home, "midpoint": middle}, coord=coord)


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Log meetings per year of every cell."""
    array, size = data.array, {name: len(labels) for name, labels in data.coord.items()}
    where = array["pole_of_list"][array["list"]] * size["year"] + array["year"]
    walk = np.kron(np.eye(size["pole"]), ar1_matrix(size["year"], priors["state_persistence"].value))
    home = array["at_home"][array["list"]][:, None]
    return Linear(name="poles", blocks=(
        Block(name="base", prior="base", dims=("list",), design=one_hot(array["list"], size["list"])),
        Block(name="state", prior="state_scale", dims=("pole_by_year",), basis=walk,
              design=one_hot(where, size["pole"] * size["year"])),
        Block(name="covid", prior="covid", design=array["covid"][:, None]),
        Block(name="type_effect", prior="type_scale", dims=("type",), basis=zero_sum_basis(size["type"]),
              design=home * one_hot(array["type"], size["type"])),
    ))


def log_rate(array: Array, draws: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log meetings per year of every cell, (draw, cell), in plain NumPy."""
    of, at = array["list"], array["year"]
    found: np.ndarray = (draws["base"][:, of] + draws["state"][:, array["pole_of_list"][of], at]
                         + draws["covid"][:, None] * array["covid"]
                         + array["at_home"][of] * draws["type_effect"][:, array["type"]])
    return found


def by_list(array: Array) -> np.ndarray:
    """Meetings of every list, (list,)."""
    return np.bincount(array["list"], array["count"], len(array["pole_of_list"]))


def busiest(array: Array) -> np.ndarray:
    """Most meetings of a list in a year, (list,)."""
    found = np.zeros(len(array["pole_of_list"]))
    np.maximum.at(found, array["list"], array["count"])
    return found


def evenness(array: Array) -> np.ndarray:
    """Share of cells without a meeting, and squared differences of neighbouring counts of a list against their mean."""
    same = np.diff(array["list"]) == 0
    step = np.diff(array["count"].astype(float))[same]
    return np.array([(array["count"] == 0).mean(), (step**2).mean() / max(2 * array["count"].mean(), 1e-9)])


FAMILY = (
    Family(name="meetings_by_list", title="meetings on each complete list", of=by_list, labels=axis("list")),
    Family(name="busiest_year", title="most meetings in a year, list by list", of=busiest, labels=axis("list")),
    Family(name="evenness", title="how evenly meetings fall on years", of=evenness, digits=2,
           labels=fixed("share of years without a meeting", "steps between years, 1 where Poisson")),
)


class Poles(Component):
    """Leaders' meetings with every pole that has a complete list, year by year."""

    name = section = "poles"
    needs = NEEDS
    stated = ("state_persistence", "type_scale")
    observed = ("count",)
    ordered = ("count",)
    axes: Mapping[str, tuple[str, ...]] = AXES
    meaning = MEANING
    effort: Effort = {"target_accept": 0.95}
    blocks: Mapping[str, tuple[str, ...]] = {"levels": ("state_scale",), "administrations": ("type_scale",), "base": ("base",),
                                             "covid": ("covid",)}
    unit = FACTOR
    units: Mapping[str, Scale] = {"base": Scale(kind="level", unit="meetings a year"),
                                  "state_persistence": Scale(kind="value", unit="of a deviation is left a year later")}

    def lacking(self, panel: Panel) -> str:
        """Poles in ``dyad.yaml``, and a list of their leaders' meetings that is complete on some day before the as-of date."""
        record = load_poles(panel.about[0], panel.as_of)
        if record is None:
            return f"the dyad {panel.dyad[0]} names no poles (key poles of dyad.yaml)"
        return "" if len(record.list) else f"no list of leaders' meetings of {panel.dyad[0]} is complete by {panel.as_of}"

    def data(self, panel: Panel) -> ComponentData:
        """Meetings of every complete list by administration year; of several dyads, those of the first."""
        record = load_poles(panel.about[0], panel.as_of)
        if record is None:
            raise ValueError(self.lacking(panel))
        return select(panel, record)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of the module docstring."""
        import pymc as pm
        import pytensor.tensor as pt

        with pm.Model() as model:
            scales = Scales(SCALES, priors)
            log_mean = linear(data, priors).predictor(priors, scales) + observed("log_exposure", np.log(data.array["exposure"]))
            pm.Potential("count", pt.dot(observed("counted", data.array["count"]), log_mean) - pt.exp(log_mean).sum())
        return model

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters, the persistence, and the middle of the last year."""
        named = unpack_all(raw, SCALES, (linear(data, priors),), priors)
        state, size = named["state"].to_numpy(), [len(data.coord[name]) for name in ("pole", "year")]
        kept = np.full(state.shape[:2], priors["state_persistence"].value)
        return named.drop_vars("state").assign(
            state=(("chain", "draw", "pole", "year"), state.reshape(*state.shape[:2], *size)),
            state_persistence=(("chain", "draw"), kept), last_midpoint=data.array["midpoint"][-1])

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Meetings of every list and year."""
        log_mean = log_rate(data.array, draws) + np.log(data.array["exposure"])
        count = data.array["count"]
        return {"count": count * log_mean - np.exp(log_mean) - gammaln(count + 1)}

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """List and first day of the administration year."""
        return {"count": [f"{data.coord['list'][of]}, {data.coord['year'][at]}"
                          for of, at in zip(data.array["list"], data.array["year"], strict=True)]}

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """How many meetings, the busiest year, how evenly they fall."""
        return FAMILY

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
        """Meetings of every cell at known parameter values."""
        rate = np.exp(log_rate(data.array, {name: np.asarray(values)[None] for name, values in truth.items()})[0])
        return ComponentData(array={**data.array, "count": rng.poisson(data.array["exposure"] * rate)}, coord=data.coord)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Log meetings per year of every list in a coming term, ``log_rate`` (path, list, year_of_term).

        The state goes on from the last year of the record as the autoregression says; the pandemic is over.
        """
        kept, scale, now = take("state_persistence"), take("state_scale"), take("state")[:, :, -1]
        gap = float(np.ravel(take("last_midpoint"))[0])
        noise, states = shocks("poles/state", len(coord["pole"]), len(future.midpoint)), []
        for number, middle in enumerate(future.midpoint):
            left = kept ** max(round(middle - gap), 1)
            now = left[:, None] * now + (scale * np.sqrt(1 - left**2))[:, None] * noise[:, :, number]
            gap = middle
            states.append(now)
        level = np.stack(states, axis=-1)[:, [coord["pole"].index(pole) for pole in coord["pole_of_list"]]]
        home = np.array([pole in coord["home"] for pole in coord["pole_of_list"]], float)
        kind = take("type_effect")[:, coord["type"].index(future.type)]
        return {"log_rate": take("base")[:, :, None] + level + (kind[:, None] * home)[:, :, None]}

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Meetings per year with the pole at home by administration type against their mean, ``rate_ratio`` (draw, type)."""
        return xr.Dataset({"rate_ratio": np.exp(posterior["type_effect"])})

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Mean log rate of every list over the term."""
        return by_label("log rate", data.coord["list"], given["log_rate"].mean(axis=2))

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """A state believed to fade sooner than it does, and poles believed to differ half as much between years."""
        return (other_persistence("state_persistence", priors), narrower("state_scale"))
