r"""How often each rank makes contact: negative binomial counts by rank and administration year.

Cells are dyad :math:`d`, rank :math:`r`, administration year :math:`y` (20 January to 20 January) of
term :math:`j`, with exposure :math:`E_{dy}` in years and weight :math:`w_j` of the term:

.. math::

    n_{dry} &\sim \mathrm{NegBinomial}(E_{dy}\, e^{\eta_{dry}},\ \phi)^{w_j},\qquad \phi^{-1/2} = s \\
    \eta_{dry} &= \alpha_{dr} + (c + \tau\, T)_{type(j)} + \pi\, P_{president(j)} + \sigma A_j + \omega B_{jr}
        + d_{jr} + \delta H_{year\ of\ term(y)} + \gamma\, covid_y + x_y\,(b_0 + b_1 \ell_r)
        + \textstyle\sum_k \beta_k\,(z_{ky} - z_{k,end})

:math:`T` and :math:`H` sum to zero over their closed sets, and so does the prior centre :math:`c` (zero unless a prior set
knows better); a president not yet seen is a further draw of :math:`P`. Types, presidents and their deviations :math:`d` by rank
are those of :mod:`forecast.components.administration`.
Where a prior set has a joint normal of types and named presidents (:mod:`forecast.components.joint`), it stands in the place of
:math:`c`, :math:`\tau T` and the :math:`\pi P` of those named. :math:`A` and each :math:`B_{\cdot r}` are levels over terms:
stationary AR(1) with a fixed coefficient, random walks that are zero at the latest term, or independent, each of unit variance
or step (:mod:`forecast.components.frequency.formulations`). :math:`z_k` are the covariates that a prior set switches on
(:mod:`forecast.components.covariates`), none in those that ship.
:math:`x` is time in decades from the zero of drifts, :math:`\ell_r` marks ranks below the cabinet; :math:`b_0 = b_1 = 0` in
forms without drift. Weights below one make a power prior of the past (Ibrahim and Chen 2000, doi 10.1214/ss/1009212673): not a
generative model, but a forecaster that trusts the recent past.

The occasion form counts occasions by the rank of their lead in place of contacts, and their companions
(:mod:`forecast.components.frequency.formulations`). Contacts fall on calendar months :math:`c` by a season profile,

.. math:: m \sim \mathrm{Multinomial}(N,\ p_c \propto E_c\, e^{\kappa S_c}), \qquad \textstyle\sum_c S_c = 0,

with :math:`E_c` the years observed in calendar month :math:`c`; a held-out term stays in these twelve sums, which say
nothing of its level.

The relation state of the months inside a year (persistence, loading) is not in the likelihood: a few hundred
contacts do not identify it. Its two parameters keep their priors: assumptions, not findings.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import AXES_OF_TERMS, administration_blocks, by_term, coordinates, decade, rank_blocks
from forecast.components.capture import each_history, history_names
from forecast.components.covariates import AHEAD, AXIS, VALUE, covariate_blocks
from forecast.components.frequency import region
from forecast.components.frequency.formulations import Form, add_marks, allowed, companion_of, log_rate
from forecast.components.frequency.recording import add_recording, seen_shares
from forecast.components.joint import joint_of
from forecast.components.likelihood import counts, log_probability, observed
from forecast.components.linear import Block, Linear, Scales, one_hot, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.panel import occasion_of
from forecast.panel.region import LEAST

if TYPE_CHECKING:
    from pymc import Model

    from forecast.components.protocol import TensorVariable


SCALES = ("type_scale", "president_scale")


def linear(form: Form, data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """The log rate of the cells of a dyad, rows in the order (rank, year); of several, what they share by rank and year."""
    array, coord = data.array, data.coord
    n_rank, n_year = array["count"].shape[1:]
    rank, year = (index.ravel() for index in np.indices((n_rank, n_year)))
    term, n_term = array["term"][year], len(coord["term"])
    basis, centre = form.basis(n_term, priors), priors["type_centre"].by_label(coord["type"])
    decade = array["decade"][year] * form.drift
    one = not region.several(coord)
    return Linear(name="rate", together=joint_of(priors, coord) if one else None, blocks=(
        *(region.bases(coord, np.zeros_like(rank), rank) if one else ()),
        *(administration_blocks(data, term, SCALES, priors, centre=centre) if one else ()),
        *rank_blocks(data, term, rank, "administration_rank_scale", priors),
        *((Block(name="term_level", prior=form.level_scale, dims=("term",), basis=basis, design=one_hot(term, n_term)),)
          if one else ()),
        Block(name="term_rank_level", prior=form.rank_scale, dims=("term_rank",),
              basis=np.kron(basis, np.eye(n_rank)), design=one_hot(term * n_rank + rank, n_term * n_rank)),
        Block(name="phase", prior="phase_scale", dims=("year_of_term",), basis=zero_sum_basis(4),
              design=one_hot(array["year_of_term"][year], 4)),
        Block(name="covid", prior="covid", design=array["covid"][year][:, None]),
        *covariate_blocks(data, priors, year),
        *((Block(name="drift", prior="drift", design=decade[:, None]),) if one else ()),
        Block(name="drift_lower", prior="drift_lower", design=(decade * array["lower"][rank])[:, None]),
    ))


def common_effects(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Effects of who governs that several dyads share, rows are terms."""
    centre, term = priors["type_centre"].by_label(data.coord["type"]), np.arange(len(data.coord["term"]))
    return Linear(name="effect", together=joint_of(priors, data.coord),
                  blocks=administration_blocks(data, term, SCALES, priors, centre=centre))


def season() -> Linear:
    """Log season profile over calendar months."""
    return Linear(name="season", blocks=(
        Block(name="season", prior="season_scale", dims=("month_of_year",), basis=zero_sum_basis(12),
              design=np.eye(12)),))


def build(form: Form, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; its graph is the same for all forms but that with recording.

    Parameters
    ----------
    form : Form
        Which formulation.
    data : ComponentData
        As made by :mod:`forecast.components.frequency.model`.
    priors : mapping of str to Prior
        One prior per key of ``form.needs``.
    """
    import pymc as pm

    array, priors = data.array, region.complete(form, priors, data.coord)
    exposure = np.broadcast_to(array["exposure"][:, None, :], array["count"].shape).ravel()
    weight = np.broadcast_to(form.weight(array, priors)[array["term"]], array["count"].shape).ravel()
    count = (occasion_counts(data) if form.occasions else array["count"]).ravel()
    with pm.Model() as model:
        scales = Scales(region.scale_names(form, data.coord), priors)
        rate = linear(form, data, priors).predictor(priors, scales)
        if form.recording:
            rate = rate + add_recording(data, priors, scales)
        if region.several(data.coord):
            effect = common_effects(data, priors).predictor(priors, scales)
            rate = region.cells(form, data, priors, scales, rate, effect)
        counts("count", count, rate + observed("log_exposure", np.log(exposure)), scales["overdispersion"], weight)
        add_marks(form, data, priors, scales)
        pm.Potential("month_count", _months(array, season().predictor(priors, scales)))
    return model


def _months(array: Mapping[str, np.ndarray], profile: "TensorVariable") -> "TensorVariable":
    """Multinomial log probability of the counts per calendar month."""
    import pytensor.tensor as pt

    count, exposure = observed("month_count_data", array["month_count"]), observed("month_exposure", array["month_exposure"])
    found: TensorVariable = pt.dot(count, profile) - count.sum() * pt.log(pt.dot(exposure, pt.exp(profile)))
    return found


# The panel as the frequency component sees it.

BELOW_CABINET = ("deputy", "assistant", "congress")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
AXES = AXES_OF_TERMS | {
    "count": ("dyad", "rank", "year"), "exposure": ("dyad", "year"), "lower": ("rank",),
    "attended": ("record", "term", "answer"), "seen_count": ("record", "rank", "year"),
    "term_used": ("term",), "running": (),
    **dict.fromkeys(("term", "year_of_term", "covid", "decade"), ("year",)),
    **dict.fromkeys(("month_count", "month_exposure"), ("month_of_year",)),
    **dict.fromkeys(("occasion_dyad", "occasion_year", "lead"), ("occasion",)), "companion": ("occasion", "rank"),
    "history": ("rank", "term", "history"), "coding_age": ("term",), VALUE: (AXIS, "year"), AHEAD: (AXIS,)}
"""Axes of the arrays, those of occasions and of recording included."""


def select(panel: Panel) -> ComponentData:
    """Counts and covariates per dyad, rank and administration year, and counts per calendar month.

    ``term_used`` (term,) is 1 for every term; holding one out sets it to 0. ``running`` () is there where the last term runs.
    """
    year = panel.year
    array = {
        "count": panel.count.transpose("dyad", "rank", "year").to_numpy().astype(np.int64),
        "exposure": panel.exposure.transpose("dyad", "year").to_numpy().astype(float),
        "term": year["term"].to_numpy(np.int64),
        "year_of_term": year["year_of_term"].to_numpy(np.int64),
        "covid": year["covid"].to_numpy(float),
        "decade": decade(year["midpoint"].to_numpy()),
        "lower": np.isin(codes.RANK.labels, BELOW_CABINET).astype(float),
        "month_count": np.asarray(panel.month_count, np.int64),
        "month_exposure": np.asarray(panel.month_exposure, float),
        "term_used": np.ones(len(panel.administration), np.int64),
        **({"running": np.ones((), np.int64)} if panel.running else {}),
        **by_term(panel),
    }
    coord = coordinates(panel) | {"year_of_term": ("1", "2", "3", "4"), "month_of_year": MONTHS}
    if region.several(coord):
        array |= {region.ATTENDED: panel.attended, region.SEEN: panel.seen.to_numpy().astype(np.int64)}
        coord[region.RECORD] = panel.records
    return ComponentData(array=array, coord=coord | ({region.SHARED: (panel.shared,)} if panel.shared else {}))


def select_occasions(panel: Panel) -> ComponentData:
    """As :func:`select`, and per occasion its dyad, year, lead and companions.

    The lead is the contact of the highest rank, in the order of the codebook; all others are companions.

    Returns
    -------
    ComponentData
        With ``occasion_dyad``, ``occasion_year``, ``lead`` (occasion,) and ``companion`` (occasion, rank).
    """
    data, contact = select(panel), panel.contact
    number = occasion_of(contact)
    rank = np.array([codes.RANK.index(label) for label in contact["us_rank"]], np.int64)
    first = np.unique(number, return_index=True)[1]
    present = np.zeros((len(first), len(codes.RANK)), np.int64)
    np.add.at(present, (number, rank), 1)
    lead = (present > 0).argmax(axis=1)
    present[np.arange(len(first)), lead] -= 1
    found = {
        "occasion_dyad": np.array([panel.dyad.index(dyad) for dyad in contact["dyad"].iloc[first]], np.int64),
        "occasion_year": contact["year"].to_numpy(np.int64)[first], "lead": lead.astype(np.int64), "companion": present,
    }
    coord = {**data.coord, "lead": codes.RANK.labels}
    return ComponentData(array={**data.array, **found}, coord=coord)


def occasion_counts(data: ComponentData) -> np.ndarray:
    """Occasions by rank of the lead, shape (dyad, rank, year)."""
    array = data.array
    count = np.zeros_like(array["count"])
    np.add.at(count, (array["occasion_dyad"], array["lead"], array["occasion_year"]), 1)
    return count


# Every cell, occasion and contact at known parameter values, in plain NumPy, and what they are called.

Values = Mapping[str, np.ndarray]


def pointwise(form: Form, data: ComponentData, draws: Values) -> dict[str, np.ndarray]:
    """Log probability of the cells (all of them: a discounted past is observed like any other), and the month of every contact.

    Returns
    -------
    dict of str to numpy.ndarray
        ``count`` or ``occasion`` (draw, cell), ``month`` (draw, contact), ``companion`` (draw, occasion) and ``history``
        (draw, contact) where the form has them.
    """
    array = data.array
    mean = array["exposure"][:, None, :] * np.exp(log_rate(array, draws))
    size = np.asarray(draws["overdispersion"])[:, None, None, None] ** -2
    month = np.repeat(np.arange(12), array["month_count"])
    weight = np.exp(draws["season"]) * array["month_exposure"]
    found = {"month": np.log((weight / weight.sum(axis=1, keepdims=True))[:, month])}
    count = occasion_counts(data) if form.occasions else array["count"]
    # cells of a unit that did not exist yet say nothing, and are no observations
    cell = np.where(array["exposure"][:, None, :] > LEAST, log_probability(count, mean, size), 0.0)
    found["occasion" if form.occasions else "count"] = cell.reshape(len(mean), -1)
    if form.occasions:
        found["companion"] = _companions(array, draws)
    if form.recording:
        found["history"] = each_history(array, np.log(seen_shares(array, draws)))
    return found


def _companions(array: Values, draws: Values) -> np.ndarray:
    """Log probability of all companions of an occasion, (draw, occasion)."""
    ranks = array["count"].shape[1]
    mean = companion_of(draws, ranks)[:, array["lead"]]
    size = np.asarray(draws["mark_overdispersion"])[:, None, None] ** -2
    may = allowed(ranks)[array["lead"]]
    return np.where(may, log_probability(array["companion"], np.where(may, mean, 1.0), size), 0.0).sum(axis=-1)


def observations(form: Form, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
    """Names of cells, months, occasions (by their first contact) and histories."""
    year, coord = panel.year["start"].dt.year, data.coord
    dyads = [f"{dyad}, " if len(coord["dyad"]) > 1 else "" for dyad in coord["dyad"]]  # a single one needs no name
    cell = [f"{dyad}{rank}, {first} to {first + 1}" for dyad in dyads for rank in coord["rank"] for first in year]
    month = np.repeat([f"a contact in month {month}" for month in coord["month_of_year"]], data.array["month_count"]).tolist()
    found = {"count": cell, "occasion": cell, "month": month}
    if form.occasions:
        first = np.unique(occasion_of(panel.contact), return_index=True)[1]
        found["companion"] = [f"occasion of {contact}" for contact in panel.contact["id"].iloc[first]]
    if form.recording:
        found["history"] = history_names(data, "term")
    return found
