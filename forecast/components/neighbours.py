r"""Contacts of neighbours beside a dyad's own: what they say of it, as far as they are like it.

Where a component of single contacts is fitted to several dyads, the first is the one that is forecast, and its parameters keep
their names, priors and meaning. Contacts of every other dyad :math:`n` have its predictor and departures from it,

.. math::

    \theta^{(n)}_i = \theta_i + s\, B_n + \delta\,(D_{n,type(j)} + R_{nr} + J_{nj} + \textstyle\sum_c G_{nc}\, x_{ic})

for a contact :math:`i` of rank :math:`r` in term :math:`j`, with covariates :math:`x_{ic}` of the component (time, breadth), and
for every label of a trailing axis (topic, direction). Departures are as between exchangeable dyads: each has a part of its
own, of standard deviation one in :math:`B`, :math:`R`, :math:`J`, :math:`G` and of the types' own in :math:`D`, and a
departure is the neighbour's part less that of the dyad which is forecast,

.. math:: B_n = b_n - b_1, \qquad \mathrm{Var}(B_n) = 2, \qquad \mathrm{Cov}(B_n, B_m) = 1 \quad (n \ne m),

and so the others: where all neighbours depart to one side, it is the dyad itself that is apart. The dyad keeps its own prior,
so that a neighbour's is wider, and an effect of types that all neighbours share is taken over less than wholly. :math:`D` sums
to zero over types, :math:`R` over ranks; :math:`J` is independent over terms, and presidents depart by their terms. :math:`s`
(``neighbour_scale``) lets records differ in level, by what they are about and by who coded them. :math:`\delta`
(``departure_scale``) is learned from the records: near zero, all are one record; where it is large, neighbours say little of
the dyad's levels and slopes. What has no departure is common to all: the spread of breadth over contacts, the cutpoints of
outcomes inside and outside of mechanisms but for a shift of both, and the scales. Formats are learned from the dyad alone. The
idea is that of commensurate priors (Hobbs, Sargent and Carlin 2012, doi 10.1214/12-BA722).

Occasions that several dyads share are in the panel once, save rows that also hold a bilateral meeting, with the dyad that is
forecast where it took part (:func:`forecast.panel.region.once_each`). Neighbours therefore have far fewer contacts of standing
mechanisms than their records, in some terms and ranks above all; departures take that up, so that those of mechanisms are no
difference between relations. Predictive checks are of the dyad's own contacts; leave-one-out is of all.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from forecast.components.linear import Block, one_hot, tree_basis, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.statistics import Family
from forecast.contacts import codes
from forecast.panel import Panel

SCALES: tuple[str, str] = ("neighbour_scale", "departure_scale")
ARRAY: str = "dyad_of_contact"
"""Place of the dyad of every contact, 0 for the one that is forecast."""
AXIS: str = "neighbour"
"""Axis of the others."""
BLOCKS = {"neighbour_base": (), "neighbour_type": ("type",), "neighbour_rank": ("rank",), "neighbour_term": ("term",)}
"""Departures, by neighbour and by a further axis."""
Slopes = Mapping[str, str]
"""Covariates of a component whose coefficients depart: name of the coefficient -> array (contact,)."""


def several(coord: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the data have contacts of neighbours."""
    return AXIS in coord


def needs(prefix: str = "") -> dict[str, str]:
    """Scales of departures of one predictor and their support."""
    return {f"{prefix}{name}": "positive" for name in SCALES}


def meaning(of: str, unit: str, prefix: str = "", slopes: Slopes | None = None) -> dict[str, tuple[str, str]]:
    """What scales and departures are: name -> long name and unit."""
    beside = {"": "", "type": " under a type of administration", "rank": " for a rank", "term": " in a term"}
    return {f"{prefix}neighbour_scale": (f"spread of the dyads' own parts in the level of {of}", unit),
            f"{prefix}departure_scale": (f"spread of the dyads' own parts in {of} by type, rank, term and slope", unit),
            **{f"{prefix}neighbour_{axis or 'base'}": (f"departure of a neighbour from {of}{text}", unit)
               for axis, text in beside.items()},
            **{f"{prefix}neighbour_{name}": (f"departure of a neighbour from the coefficient of {array}", f"{unit} per unit")
               for name, array in (slopes or {}).items()}}


def scales(own: tuple[str, ...], coord: Mapping[str, tuple[str, ...]], *prefixes: str) -> tuple[str, ...]:
    """Scales of a component, with those of departures where there are neighbours."""
    return (*own, *(f"{prefix}{name}" for prefix in prefixes for name in SCALES)) if several(coord) else own


def needed(support: Mapping[str, str], coord: Mapping[str, tuple[str, ...]], *prefixes: str) -> dict[str, str]:
    """Priors that play a part in a fit to these dyads."""
    idle = set() if several(coord) else {f"{prefix}{name}" for prefix in prefixes for name in SCALES}
    return {name: one for name, one in support.items() if name not in idle}


def select(panel: Panel, rows: np.ndarray | slice = slice(None)) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """The dyad of every contact among the rows, and the axis of neighbours; nothing where there are none."""
    if len(panel.dyad) < 2:
        return {}, {}
    place = panel.contact["dyad"].map(panel.dyad.index).to_numpy(np.int64)[rows]
    return {ARRAY: place}, {AXIS: panel.dyad[1:]}


def own(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether a contact is one of the dyad that is forecast, bool (contact,)."""
    found: np.ndarray = array[ARRAY] == 0 if ARRAY in array else np.ones(len(array["rank"]), bool)
    return found


def named(panel: Panel) -> np.ndarray:
    """Name of every contact, (contact,) of str; those of neighbours begin with their dyad."""
    id, dyad = (panel.contact[column].astype(str) for column in ("id", "dyad"))
    found: np.ndarray = id.where(dyad == panel.dyad[0], dyad + " " + id).to_numpy(object)
    return found


def of_own(families: tuple[Family, ...], axes: Mapping[str, tuple[str, ...]]) -> tuple[Family, ...]:
    """Statistics of a record as those of the dyad that is forecast, without contacts of its neighbours."""
    def alone(array: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        chosen = own(array)
        return {name: values[chosen] if axes[name][:1] == ("contact",) else values for name, values in array.items()}

    def of(one: Family) -> Family:
        return replace(one, of=lambda array: one.of(alone(array)),
                       labels=lambda data: one.labels(replace(data, array=alone(data.array))))

    return tuple(map(of, families))


def blocks(data: ComponentData, priors: Mapping[str, Prior], prefix: str = "", slopes: Slopes | None = None,
           cells: tuple[np.ndarray, ...] | None = None) -> tuple[Block, ...]:
    """Departures of neighbours; none where there are no neighbours.

    Parameters
    ----------
    cells : tuple of (row,) arrays, optional
        Dyad, term and rank of every row of the predictor; rows are contacts where not given.
    """
    if not several(data.coord):
        return ()
    dyad, term, rank = cells or (data.array[name] for name in (ARRAY, "term", "rank"))
    number, kind = len(data.coord[AXIS]), data.array["type_of_term"][term]
    tree = tree_basis(data.array["party_of_type"], priors["type_correlation"].value)
    level, departure = (f"{prefix}{name}" for name in SCALES)
    apart, whose = np.linalg.cholesky(np.eye(number) + 1), one_hot(dyad - 1, number)  # rows of the dyad's own are zero
    found = [Block(name=f"{prefix}neighbour_base", prior=level, dims=(AXIS,), basis=apart, design=whose)]
    for name, index, basis in (("type", kind, tree), ("rank", rank, zero_sum_basis(len(codes.RANK))),
                               ("term", term, np.eye(len(data.coord["term"])))):
        found.append(Block(name=f"{prefix}neighbour_{name}", prior=departure, dims=(f"neighbour_{name}_cell",),
                           basis=np.kron(apart, basis), design=_crossed(whose, one_hot(index, len(basis)))))
    found += [Block(name=f"{prefix}neighbour_{name}", prior=departure, dims=(AXIS,), basis=apart,
                    design=whose * data.array[array][:, None]) for name, array in (slopes or {}).items()]
    return tuple(found)


def _crossed(whose: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Design of the levels of an axis within each neighbour, (row, neighbour times level)."""
    found: np.ndarray = (whose[:, :, None] * level[:, None, :]).reshape(len(whose), -1)
    return found


def unpacked(named: xr.Dataset, data: ComponentData, *prefixes: str) -> xr.Dataset:
    """Departures with an axis for neighbours and one for type, rank or term."""
    if not several(data.coord):
        return named
    found = {}
    for prefix in prefixes:
        for name, axes in BLOCKS.items():
            values = named[f"{prefix}{name}"]
            if axes:
                at = values.dims.index(f"{name}_cell")
                shape = (*values.shape[:at], len(data.coord[AXIS]), -1, *values.shape[at + 1:])
                found[f"{prefix}{name}"] = xr.DataArray(values.to_numpy().reshape(shape),
                                                        dims=(*values.dims[:at], AXIS, *axes, *values.dims[at + 1:]))
    return named.assign(found)


def departures(array: Mapping[str, np.ndarray], draws: Mapping[str, np.ndarray], prefix: str = "",
               slopes: Slopes | None = None) -> np.ndarray | float:
    """Departures of every contact from the dyad that is forecast, (draw, contact, ...); zero where there are no neighbours.

    Parameters
    ----------
    draws : mapping of str to (draw, ...) array
        Named parameters.
    """
    if ARRAY not in array:
        return 0.0
    place, term = array[ARRAY], array["term"]
    of = {name: _with_own(draws[f"{prefix}{name}"]) for name in BLOCKS}
    found: np.ndarray = (
        of["neighbour_base"][:, place] + of["neighbour_type"][:, place, array["type_of_term"][term]]
        + of["neighbour_rank"][:, place, array["rank"]] + of["neighbour_term"][:, place, term])
    for name, of_array in (slopes or {}).items():
        slope = _with_own(draws[f"{prefix}neighbour_{name}"])[:, place]
        found = found + slope * array[of_array].reshape(-1, *[1] * (slope.ndim - 2))
    return found


def departures_at(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str = "",
                  slopes: Slopes | None = None) -> np.ndarray | float:
    """The same at one value of every parameter, (contact, ...)."""
    if ARRAY not in array:
        return 0.0
    one = {name: np.asarray(values)[None] for name, values in truth.items() if name.startswith(f"{prefix}{AXIS}_")}
    found: np.ndarray = np.asarray(departures(array, one, prefix, slopes))[0]
    return found


def _with_own(values: np.ndarray) -> np.ndarray:
    """Departures (draw, dyad, ...) with the dyad that is forecast as the first, which has none."""
    return np.concatenate([np.zeros_like(values[:, :1]), values], axis=1)


def of_dyad(chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]], dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
    """Parameters of the dyad that is forecast, as a fit to it alone has them, and their coordinates."""
    if not several(coord):
        return chains, dict(coord)
    gone = [str(name) for name in chains.data_vars if AXIS in chains[name].dims]
    return chains.drop_vars(gone), {**{axis: labels for axis, labels in coord.items() if axis != AXIS}, "dyad": (dyad,)}
