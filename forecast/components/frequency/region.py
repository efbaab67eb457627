r"""Several dyads in one fit of contact frequency: what they share, and how each departs from it.

Dyads :math:`d` have their own rates by rank and their own drift (records of neighbours were coded by different people from
different pages, so that growth of recording is each record's own), and share the effects of types and presidents, of the year of
the term, of the pandemic, the extra drift of lower ranks, the levels of single ranks and the dispersion. Where there are several,
the log rate of :mod:`forecast.components.frequency.model` becomes

.. math::

    \eta_{dry} = \dots + g_d\,\left((c + \tau\, T)_{type(j)} + \pi\, P_{president(j)}\right) + \tau_D\, D_{d,type(j)}
    + s_d\, L_{dj} + x_y\, b_{0d}, \qquad L_{dj} = \sqrt{\rho}\, A_j + \sqrt{1-\rho}\, A'_{dj}

in place of the effects of type and president, of :math:`\sigma A_j` and of :math:`x_y b_0`. The response :math:`g_d \ge 0` of
a dyad to who governs has a half-normal prior with an average square of one: presidents have in every dyad the prior variance that
they have alone, and no response at all is likely too. What is expected of types and named presidents beforehand (:math:`c`, a
joint normal) is multiplied by it as well, on average by :math:`\sqrt{2/\pi} = 0.8`. :math:`D` departs from the common effect of
a type (zero-sum over types, as the types themselves), partially pooled, so that dyads may differ in sign; it comes on top, and
makes the prior of a contrast of types wider than that of a dyad alone (standard deviation 0.58 and 0.52 in the default set).

Each dyad has a scale :math:`s_d` of term levels of its own, with the prior that a single dyad has, and levels of two dyads are
correlated by :math:`\rho` (``dyad_correlation``, fixed in the prior file): a steady relation must not take over the swings of its
neighbours, and a shock to the region is one shock and not five. Seen from one dyad the model is that of a single dyad: its levels
go on as an AR(1), a walk or independently, with scale :math:`s_d`; its type effect is :math:`g_d \tau T + \tau_D D_d` and that
of presidents :math:`g_d \pi P`. Season, departures of ranks and companions of occasions are common to all, and the growth of
recording is known only from dyads with dated pages.

Meetings of all at once (a summit, a council) are one occasion and not one in every dyad. They are taken out of the counts of the
dyads and counted once, in a unit of their own that begins after the first of them, with rates, levels and departures like those
of a dyad. A dyad's contacts are its own and, in the share :math:`a_d \sim \mathrm{Beta}(k_d + 1/2,\ n - k_d + 1/2)` of those of
the unit that it attends (:math:`k_d` of :math:`n` so far, whatever their kind and rank), those of the unit:

.. math:: \lambda_{ry} = e^{\eta_{dry}} + a_d\, e^{\eta_{ury}}, \qquad
    \phi_{ry} = \frac{\lambda_{ry}^2}{(e^{2\eta_{dry}} + a_d^2 e^{2\eta_{ury}})/\phi}

(two independent negative binomials by their first two moments).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import betaincinv, ndtr

from forecast.components.frequency.formulations import UNIT, Form
from forecast.components.likelihood import log_probability, observed
from forecast.components.linear import Block, Linear, Scales, one_hot, tree_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Take
from forecast.panel.region import LEAST

if TYPE_CHECKING:
    from forecast.components.protocol import TensorVariable

TYPE_SCALE, CORRELATION, RESPONSE = "dyad_type_scale", "dyad_correlation", "dyad_response"
SCORES = ("term_score", "term_score_error", "term_score_rhat")
TOGETHER = {"term_score": "term_score_together", "term_score_error": "term_score_together_error"}
"""Scores of each record -> those of all records together."""
LEVEL = "unit_level"
SMOOTH = 1e-8
"""Beside a scale under the root that stands for its size; the square is lost beside any scale that matters."""
SHARED, SHARED_BASE = "shared", "shared_base"
"""Axis of the coordinates with the label of the unit of common occasions, and prefix of its parameters beside a dyad's own."""
RECORD = "record"
"""Axis of what only dyads have and the unit of shared occasions has not."""
ATTENDED, SEEN, ATTENDANCE = "attended", "seen_count", "frequency/attended"
"""Shared occasions of every term that each dyad attended and did not, (record, term, 2), and of all terms used, (record, 2), as a
parameter; its contacts with them, (record, rank, year); and the stream of the share that it attends in a coming term."""
JOINT = "dyads_fitted"
"""Axis of the coordinates with all dyads of the fit that a dyad's parameters come from."""
OWN = ("base", "type_effect", "president_effect", "president_scale", "term_level", "term_scale", "walk_scale", "drift")
"""Parameters that a dyad does not share."""


def several(coord: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether there is more than one dyad."""
    return len(coord["dyad"]) > 1


def scale_names(form: Form, coord: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Parameters with positive support, in the order of the sampler's vector."""
    if not several(coord):
        return form.scales
    own = tuple(name(form, dyad) for name in (_own_scale, _response) for dyad in coord["dyad"])
    return (*(name for name in form.scales if name != form.level_scale), TYPE_SCALE, *own)


def complete(form: Form, priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]]) -> dict[str, Prior]:
    """The priors of a form, one of the scale of levels for every dyad, and unit ones in the place of absent parameters."""
    found = form.complete(priors)
    if several(coord):
        found |= {_own_scale(form, dyad): priors[form.level_scale] for dyad in coord["dyad"]} | {LEVEL: UNIT["normal"]}
        found |= {_response(form, dyad): priors[RESPONSE] for dyad in coord["dyad"]}
    return found


def _own_scale(form: Form, dyad: str) -> str:
    return f"{form.level_scale}/{dyad}"


def _response(_: Form, dyad: str) -> str:
    return f"{RESPONSE}/{dyad}"


def bases(coord: Mapping[str, tuple[str, ...]], dyad: np.ndarray, rank: np.ndarray) -> tuple[Block, ...]:
    """Blocks of the log rate by dyad and rank, for rows of given dyad and rank; shared occasions have a prior of their own."""
    ranks, shared = len(coord["rank"]), SHARED in coord
    own = len(coord["dyad"]) - shared
    cell = one_hot(dyad * ranks + rank, (own + shared) * ranks)
    found = (Block(name="base", prior="base", dims=("base_cell",), design=cell[:, :own * ranks]),)
    return (*found, Block(name=SHARED_BASE, prior=SHARED_BASE, dims=("rank",), design=cell[:, own * ranks:])) if shared else found


def apart(form: Form, data: ComponentData, priors: Mapping[str, Prior]) -> tuple[Linear, Linear, Linear]:
    """What sets dyads apart: rates, rows (dyad, rank); drift and types, rows (dyad, year); levels of unit scale, (dyad, term).

    Every one has the rows in which it varies, and not those of all cells: their products with the sampler's noise are what a
    fit to several dyads takes its time for.
    """
    return (
        Linear(name="base", blocks=bases(data.coord, *_rows(len(data.coord["dyad"]), len(data.coord["rank"])))),
        _years(form, data, priors), _levels(form, data, priors))


def _rows(*length: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of all rows over two axes."""
    first, second = (index.ravel() for index in np.indices(length))
    return first, second


def _years(form: Form, data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    dyads, party = len(data.coord["dyad"]), data.array["party_of_type"]
    dyad, year = _rows(dyads, len(data.array["term"]))
    kind = data.array["type_of_term"][data.array["term"][year]]
    tree = np.kron(np.eye(dyads), tree_basis(party, priors["type_correlation"].value))
    decade = data.array["decade"][year] * form.drift
    return Linear(name="year", blocks=(
        Block(name="drift", prior="drift", dims=("dyad",), design=one_hot(dyad, dyads) * decade[:, None]),
        Block(name="dyad_type_effect", prior=TYPE_SCALE, dims=("dyad_type",), basis=tree,
              design=one_hot(dyad * len(party) + kind, dyads * len(party))),
    ))


def _levels(form: Form, data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    dyads, terms = len(data.coord["dyad"]), len(data.coord["term"])
    dyad, term = _rows(dyads, terms)
    basis, common = form.basis(terms, priors), priors[CORRELATION].value
    return Linear(name="level", blocks=(
        Block(name="common_level", prior=LEVEL, dims=("term",), design=one_hot(term, terms), basis=np.sqrt(common) * basis),
        Block(name="own_level", prior=LEVEL, dims=("dyad_term",), design=one_hot(dyad * terms + term, dyads * terms),
              basis=np.sqrt(1 - common) * np.kron(np.eye(dyads), basis)),
    ))


def cells(form: Form, data: ComponentData, priors: Mapping[str, Prior], scales: Scales, common: "TensorVariable",
          effect: "TensorVariable") -> "TensorVariable":
    """Log rate of the cells (dyad, rank, year), flat, inside the open model.

    Parameters
    ----------
    common : (rank times year,) tensor
        What all dyads share but the effects of who governs.
    effect : (term,) tensor
        Those effects.
    """
    import pytensor.tensor as pt

    dyads, ranks, years = data.array["count"].shape
    base, year, unit = (part.predictor(priors, scales) for part in apart(form, data, priors))
    # the sign of a scale no longer cancels, since dyads share the noise it multiplies: its size, smooth at zero
    size = pt.sqrt(scales.variable**2 + SMOOTH**2)
    place = (np.array([scales.position(name(form, label)) for label in data.coord["dyad"]]) for name in (_own_scale, _response))
    own, response = (pt.dot(scales.one_hot(one), size)[:, None] for one in place)
    terms = len(data.coord["term"])
    level = own * unit.reshape((dyads, terms)) + response * effect[None, :]
    by_year = pt.dot(level, observed("term_of_year", one_hot(data.array["term"], terms).T)) + year.reshape((dyads, years))
    found: TensorVariable = (common.reshape((ranks, years))[None, :, :] + base.reshape((dyads, ranks))[:, :, None]
                             + by_year[:, None, :]).reshape((dyads * ranks * years,))
    return found


def unpack_region(form: Form, named: xr.Dataset, data: ComponentData) -> xr.Dataset:
    """Parameters of several dyads by name: scales and levels (chain, draw, dyad[, term]), types (chain, draw, dyad, type)."""
    axes = {axis: len(data.coord[axis]) for axis in ("dyad", "term", "type")}
    scale, response = (xr.concat([named[name(form, label)] for label in data.coord["dyad"]], "dyad")
                       .transpose("chain", "draw", "dyad") for name in (_own_scale, _response))
    both = named["common_level"].to_numpy()[:, :, None] + _split(named["own_level"], axes["dyad"])
    level = xr.DataArray(scale.to_numpy()[..., None] * both, dims=("chain", "draw", "dyad", "term"))
    kind = xr.DataArray(_split(named["dyad_type_effect"], axes["dyad"]), dims=("chain", "draw", "dyad", "type"))
    found = named.drop_vars(["common_level", "own_level", "dyad_type_effect",
                             *(name for name in map(str, named.data_vars) if "/" in name)])
    return found.assign({form.level_scale: scale, "term_level": level, RESPONSE: response, "dyad_type_effect": kind,
                         ATTENDED: ((RECORD, "answer"), attended_before(data.array))})


def _split(values: xr.DataArray, dyads: int) -> np.ndarray:
    array = values.to_numpy()
    return array.reshape(*array.shape[:2], dyads, -1)


def of_dyad(form: Form, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
            dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
    """Parameters as a fit to one dyad has them, and their coordinates.

    Where occasions are shared, parameters of their unit stand beside the dyad's own, with the prefix ``shared/``. The unit itself
    is a dyad that shares nothing, with the scores of the first record: weigh its formulations by those of all.
    """
    if not several(coord):
        return chains, dict(coord)
    if dyad in coord.get(SHARED, ()):
        return _of_shared(chains, coord, dyad)
    label, place = coord.get(SHARED, ()), coord["dyad"].index(dyad)
    own = _of_unit(chains, place).assign(base=chains["base"].isel({RECORD: [place]}).rename({RECORD: "dyad"}))
    own = own.assign({name: chains[name].isel({RECORD: place}, missing_dims="ignore") for name in (ATTENDED, *SCORES)
                      if name in chains})
    if label:
        other = _of_unit(chains, coord["dyad"].index(label[0])).assign(base=chains[SHARED_BASE].expand_dims("dyad"))
        own = own.assign({f"{SHARED}/{name}": other[name].rename({"dyad": SHARED} if "dyad" in other[name].dims else {})
                          for name in OWN if name in other})
    return own.transpose("chain", "draw", ...), {**coord, "dyad": (dyad,), JOINT: coord["dyad"]}


def scored_together(chains: xr.Dataset) -> xr.Dataset:
    """The same parameters, with the scores of past terms of all records together in the place of those of each.

    Records share levels and occasions, so that the probability of all is not the product of those of each.
    """
    return chains.assign({name: xr.zeros_like(chains[name]) + chains[together] for name, together in TOGETHER.items()
                          if together in chains})


def _of_shared(chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
               unit: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
    own = _of_unit(chains, coord["dyad"].index(unit)).assign(base=chains[SHARED_BASE].expand_dims("dyad"))
    own = own.assign({name: chains[name].isel({RECORD: 0}, missing_dims="ignore") for name in SCORES if name in chains})
    kept = {axis: labels for axis, labels in coord.items() if axis != SHARED}
    return own.transpose("chain", "draw", ...), {**kept, "dyad": (unit,), JOINT: coord["dyad"]}


def _of_unit(chains: xr.Dataset, place: int) -> xr.Dataset:
    one = chains.drop_vars(["base", SHARED_BASE, ATTENDED, *SCORES, *TOGETHER.values()], errors="ignore").isel(dyad=place)
    found = {"type_effect": one[RESPONSE] * one["type_effect"] + one["dyad_type_effect"],
             **{name: one[RESPONSE] * one[name] for name in ("president_effect", "president_scale", "type_scale")}}
    return one.assign(found).drop_vars(["dyad_type_effect", RESPONSE])


def attended_share(attended: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Share of the shared occasions that a dyad attends, drawn from its posterior under Jeffreys' prior, (path,).

    Parameters
    ----------
    attended : (path, 2) array
        Occasions that it attended and did not.
    noise : (path,) array
        Standard normals.
    """
    return np.asarray(betaincinv(attended[:, 0] + 0.5, attended[:, 1] + 0.5, ndtr(noise)))


def attended_before(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """Shared occasions of the terms used that each dyad attended and did not, (record, 2)."""
    found: np.ndarray = array[ATTENDED][:, array["term_used"] > 0].sum(axis=1)
    return found


def without_term(array: Mapping[str, np.ndarray], term: int) -> dict[str, np.ndarray]:
    """Exposure (dyad, year) as it stood before a term: a unit of which no occasion was known then did not exist."""
    if len(array["count"]) == len(array[ATTENDED]) or _unit_known(array, term):
        return {}
    exposure = array["exposure"].copy()
    exposure[-1] = LEAST
    return {"exposure": exposure}


def _unit_known(array: Mapping[str, np.ndarray], term: int) -> bool:
    """Whether shared occasions of earlier terms made a unit of their own; without a unit there are none."""
    return bool(array[ATTENDED][:, :term].any())


def term_density(mean: np.ndarray, size: np.ndarray, array: Mapping[str, np.ndarray], term: int) -> dict[str, np.ndarray]:
    """Log probability of the contacts of a term in each record (..., record), and in all records together (...).

    Of one record shared occasions are among its contacts. Together every occasion counts once, in its unit; where none was known
    before the term, there is no unit, and the records are independent given the parameters.

    Parameters
    ----------
    mean, size : (..., dyad, rank, year) arrays
        Of all cells, as they are expected before the term.
    array : mapping
        The arrays of the component with the term held out.
    """
    within = array["term"] == term
    mean, size = mean[..., within], size[..., within]
    each = log_probability(array[SEEN][..., within], *seen_cells(mean, size, array)).sum(axis=(-1, -2))
    all_of_them = (log_probability(array["count"][..., within], mean, size).sum(axis=(-1, -2, -3)) if _unit_known(array, term)
                   else each.sum(axis=-1))
    return {"term_score": each, TOGETHER["term_score"]: all_of_them}


def seen_cells(mean: np.ndarray, size: np.ndarray, array: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Expected contacts and size of every dyad with the occasions that it shares, each (..., record, rank, year).

    Parameters
    ----------
    mean, size : (..., dyad, rank, year) arrays
        Of dyads apart, and of the unit of shared occasions after them, where there is one.
    array : mapping
        With the arrays of the component; of attendance what the terms used show.
    """
    records = len(array[ATTENDED])
    if mean.shape[-3] == records:
        return mean, size
    attended = attended_before(array)
    share = (attended[:, 0] + 0.5) / (attended.sum(axis=1) + 1)
    own, extra = mean[..., :records, :, :], share[:, None, None] * mean[..., records:, :, :]
    square = own**2 / size[..., :records, :, :] + extra**2 / size[..., records:, :, :]
    return own + extra, (own + extra) ** 2 / square


def own_take(take: Take, prefix: str) -> Take:
    """Parameters of the unit of shared occasions where they differ from the dyad's."""
    return lambda name: take(f"{prefix}/{name}" if name in OWN else name)


def with_shared(own: Mapping[str, np.ndarray], shared: Mapping[str, np.ndarray], attended: np.ndarray) -> dict[str, np.ndarray]:
    """Log rate and size of the dyad's contacts and of those shared, each (path, rank, year_of_term).

    Parameters
    ----------
    own, shared : mapping
        With ``log_rate`` and ``dispersion``.
    attended : (path,) array
        Share of the shared occasions in which the dyad takes part.
    """
    both = np.logaddexp(own["log_rate"], shared["log_rate"] + np.log(attended)[:, None, None])
    squares = [2 * (own["log_rate"] - both) - np.log(own["dispersion"]),
               2 * (shared["log_rate"] + np.log(attended)[:, None, None] - both) - np.log(shared["dispersion"])]
    return {"log_rate": both, "dispersion": np.exp(-np.logaddexp(*squares))}
