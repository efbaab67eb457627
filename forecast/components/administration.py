r"""Effects of administration type and president, the same form in every component.

.. math:: e_{j\cdot} = \tau\,T_{type(j)\cdot} + \pi\,P_{president(j)\cdot}

for terms :math:`j` and any trailing axis (topic, side).

*Types* are a party and what sets a type apart within it. :math:`T` sums to zero over the closed set of :math:`n` types; before
the sum is taken out, two types of one party (``data/types.csv``) are correlated by :math:`c` (``type_correlation``, fixed in the
prior file), as in :math:`\sqrt{c}\, party + \sqrt{1-c}\, own`. A contrast of types of two parties keeps the prior variance
:math:`2n/(n-1)\,\tau^2` whatever :math:`c`, and one within a party has :math:`(1-c)` of it. With the three types of the codebook,

.. math:: \mathrm{Var}(D - R) = \mathrm{Var}(R_t - D) = 3\tau^2, \qquad \mathrm{Var}(R_t - R) = 3(1-c)\,\tau^2,
    \qquad \mathrm{Var}(T_D) = 1 + c/3, \quad \mathrm{Var}(T_R) = \mathrm{Var}(T_{R_t}) = 1 - 2c/3 ,

so that an administration apart from its party (:math:`R_t`) is as far from the other party as the party itself is, and
nearer to its own. At :math:`c = 0` types are exchangeable.

*Presidents* of one party are a chain: :math:`P_i = \kappa P_{before(i)} + \sqrt{1-\kappa^2}\, z_i`, each of unit variance, with
:math:`before(i)` the president of that party who governed before :math:`i` first did, and :math:`\kappa`
(``president_correlation``) fixed in the prior file: staff, donors and think tanks outlive a president, and so few presidents
cannot estimate it. Who returns is the same person, with the same effect; one not yet seen goes on from the latest of the party,
and starts anew where the record knows none. At :math:`\kappa = 0` presidents are exchangeable.

Ranks may differ in either effect, by deviations of one tight scale :math:`\rho` that sum to zero over ranks :math:`r`,

.. math:: d_{jr} = \rho\,(T'_{type(j)\,r} + P'_{president(j)\,r}),

with :math:`T'` and :math:`P'` as above for every direction that sums to zero, of the same variances.

A component may use one scale for both :math:`\tau` and :math:`\pi`: with one term of a type the data hardly tell type from
person, and two free scales then trade off without end.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from forecast.components.linear import Block, chain_matrix, one_hot, tree_basis, zero_sum_basis
from forecast.components.priors import Prior, Scale
from forecast.components.protocol import ComponentData, Future, Shocks, Take, position
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.elections import parties, predecessors_of
from forecast.shipped import CASE

NEEDS = {"type_correlation": "persistence", "president_correlation": "persistence"}
"""Fixed priors of every component with effects of administrations."""
OF_ADMINISTRATIONS = "administrations"
"""Block of the priors of such effects."""
ADMINISTRATION_UNITS = {"type_correlation": Scale(kind="value", unit="of the variance of types of one party is the party's"),
         "president_correlation": Scale(kind="value", unit="correlated with the president before of the same party")}
"""How people read the fixed priors."""
TYPE, PRESIDENT = "type", "president"
SOURCE = {"type_effect": TYPE, "type_scale": TYPE, "type_rank_effect": TYPE, "president_effect": PRESIDENT,
          "president_rank_effect": PRESIDENT, "president_scale": PRESIDENT, "administration_scale": PRESIDENT,
          "administration_rank_scale": PRESIDENT}
"""Whether a variable is about types or about presidents, by the last part of its name; all else is about neither."""


def meaning_of_effects(of: str, unit: str, prefix: str = "") -> dict[str, tuple[str, str]]:
    """What the effects of administrations on something are: name -> long name and unit."""
    return {
        f"{prefix}type_effect": (f"effect of the administration type on {of}; sums to zero over types", unit),
        f"{prefix}president_effect": (f"effect of the president on {of}", unit),
        "type_correlation": ("correlation of the effects of two types of one party", "1"),
        "president_correlation": ("correlation of the effects of successive presidents of one party", "1"),
    }


def administration_blocks(data: ComponentData, term: np.ndarray, scales: tuple[str, str], priors: Mapping[str, Prior],
                          prefix: str = "", centre: np.ndarray | None = None) -> tuple[Block, Block]:
    """Blocks ``{prefix}type_effect`` and ``{prefix}president_effect`` for rows in given terms.

    Parameters
    ----------
    term : (row,) array of int
        Term of every row.
    scales : tuple of str
        Names of the priors of the scales of types and of presidents.
    priors : mapping of str to Prior
        With those of ``NEEDS``.
    centre : (type,) array, optional
        Prior mean of the type effects; zero where not given.
    """
    kind, person = _bases(data, priors)
    return (
        Block(name=f"{prefix}type_effect", prior=scales[0], dims=("type",), basis=kind, centre=centre,
              design=one_hot(data.array["type_of_term"][term], len(kind))),
        Block(name=f"{prefix}president_effect", prior=scales[1], dims=("president",), basis=person,
              design=one_hot(data.array["president_of_term"][term], len(person))),
    )


def effect_of_rows(array: Mapping[str, np.ndarray], named: Mapping[str, np.ndarray], prefix: str = "") -> np.ndarray:
    """Effects of type and president in the term of every row, (draw, row, ...).

    Parameters
    ----------
    array : mapping
        With ``term`` (row,) and the arrays of :func:`by_term`.
    named : mapping
        Named parameters, each (draw, ...).
    """
    term = array["term"]
    found: np.ndarray = (named[f"{prefix}type_effect"][:, array["type_of_term"][term]]
                         + named[f"{prefix}president_effect"][:, array["president_of_term"][term]])
    return found


def rank_blocks(data: ComponentData, term: np.ndarray, rank: np.ndarray, scale: str,
                priors: Mapping[str, Prior]) -> tuple[Block, Block]:
    """Blocks ``type_rank_effect`` and ``president_rank_effect``: deviations by rank.

    Levels are in the order (type, rank) and (president, rank).

    Parameters
    ----------
    term, rank : (row,) array of int
        Term and rank of every row.
    scale : str
        Name of the prior of their common scale.
    """
    ranks, (kind, person) = len(data.coord["rank"]), _bases(data, priors)
    of_type, of_president = (
        Block(name=f"{name}_rank_effect", prior=scale, dims=(f"{name}_rank",), basis=np.kron(basis, zero_sum_basis(ranks)),
              design=one_hot(data.array[f"{name}_of_term"][term] * ranks + rank, len(basis) * ranks))
        for name, basis in (("type", kind), ("president", person)))
    return of_type, of_president


def _bases(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[np.ndarray, np.ndarray]:
    """Bases of the effects of types and of presidents."""
    return (tree_basis(data.array["party_of_type"], priors["type_correlation"].value),
            chain_matrix(data.array["predecessor"], priors["president_correlation"].value))


def project_administration(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
                           scale: str, *, prefix: str = "", stream: str) -> np.ndarray:
    """Effect of a future administration, shape (path, ...): a returning president keeps his own.

    Parameters
    ----------
    scale : str
        Name of the posterior variable that holds the scale of presidents.
    stream : str
        Name of the random stream of a president not yet seen.
    """
    kind = take(f"{prefix}type_effect")[:, coord["type"].index(future.type)]
    found: np.ndarray = kind + _president(take, coord, future, f"{prefix}president_effect", scale,
                                          lambda: shocks(stream, *kind.shape[1:]), shocks)
    return found


def project_ranks(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
                  scale: str, *, stream: str) -> np.ndarray:
    """Deviation of every rank under a future administration, shape (path, rank); arguments as above."""
    kind, basis = take("type_rank_effect")[:, coord["type"].index(future.type)], zero_sum_basis(len(coord["rank"]))
    found: np.ndarray = kind + _president(take, coord, future, "president_rank_effect", scale,
                                          lambda: shocks(stream, basis.shape[1]) @ basis.T, shocks)
    return found


def further(step: int) -> str:
    """Suffix of the random streams of a step of levels: those of the next term have none."""
    return f"/{step}" if step > 1 else ""


def steps_of(shocks: Shocks, stream: str, length: int, future: Future) -> np.ndarray:
    """Sum of the standard steps of a walk from the last term of the record to a future one, (path, length)."""
    steps = [shocks(f"{stream}{further(step)}", length) for step in range(1, future.ahead + 1)]
    return np.sum(steps, axis=0) if steps else np.zeros((1, length))


def _president(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, name: str, scale: str,
               fresh: Callable[[], np.ndarray], shocks: Shocks) -> np.ndarray:
    """A president's own effect; for one not yet seen what the latest of the party makes expected, and a fresh part."""
    known = position(coord, "president", future.president)
    if known is not None:
        return take(name)[:, known]
    drawn = fresh()
    drawn = take(scale).reshape(-1, *[1] * (drawn.ndim - 1)) * drawn
    line = [position(coord, "president", earlier) for earlier in future.predecessors]
    steps = next((step for step, place in enumerate(line, start=1) if place is not None), None)
    if steps is None:
        return np.asarray(drawn)
    more = _between(future, lambda: shocks("before/president")).reshape(-1, *[1] * (drawn.ndim - 1))
    kept = take("president_correlation").reshape(-1, *[1] * (drawn.ndim - 1)) ** (steps + more)
    found: np.ndarray = kept * take(name)[:, line[steps - 1]] + np.sqrt(1 - kept**2) * drawn
    return found


def _between(future: Future, noise: Callable[[], np.ndarray]) -> np.ndarray:
    """Presidents of the party since the last on record, 0 or 1, (path,), or (1,) where known; the same for all components."""
    if future.between in (0.0, 1.0):
        return np.array([future.between])
    return (ndtr(noise()) < future.between).astype(float)


# Covariates of single contacts that several components share.

ORIGIN = CASE.drift_zero
"""Decimal year at which every drift is zero."""
AXES_OF_TERMS = {"type_of_term": ("term",), "president_of_term": ("term",), "party_of_type": ("type",),
                 "predecessor": ("president",)}
"""Axes of the arrays of :func:`by_term`."""


def decade(year: ArrayLike) -> np.ndarray:
    """Decades since the origin of every drift."""
    return (np.asarray(year, float) - ORIGIN) / 10


def presidents(panel: Panel) -> tuple[str, ...]:
    """Presidents of the record in order of first appearance."""
    return tuple(dict.fromkeys(term.president for term in panel.administration))


def covariates(panel: Panel) -> dict[str, np.ndarray]:
    """Index arrays of every contact, each of shape (contact,).

    Returns
    -------
    dict of str to numpy.ndarray
        ``rank``, ``term`` (indices), ``decade`` (to the middle of what is observed of its administration year:
        contacts of a year are alike), ``mechanism`` (1 where the contact belongs to a standing one),
        ``effective`` (1 where the outcome is 1 or more), ``breadth`` (log((1 + topics) / 3); 0 where the agenda is not reported).
    """
    contact = panel.contact
    n_topic = panel.topic.sum(axis=1)
    return {
        "rank": np.array([codes.RANK.index(rank) for rank in contact["us_rank"]], np.int64),
        "term": contact["term"].to_numpy(np.int64),
        "decade": decade(panel.year["midpoint"].to_numpy())[contact["year"].to_numpy(np.int64)],
        "mechanism": (contact["mechanism"] != "none").to_numpy(np.int64),
        "effective": (contact["outcome"] >= 1).to_numpy(np.int64),
        "breadth": np.where(panel.reported, np.log((1 + n_topic) / 3), 0.0),
    }


def by_term(panel: Panel) -> dict[str, np.ndarray]:
    """Who governed in every term and how these are related, as indices.

    Returns
    -------
    dict of str to numpy.ndarray
        ``type_of_term``, ``president_of_term`` (term,); ``party_of_type`` (type,), a number for each party; ``predecessor``
        (president,), who governed for the same party before, -1 where the record knows nobody.
    """
    president, party = presidents(panel), list(parties().values())
    before = predecessors_of(panel.administration)
    return {
        "party_of_type": np.array([party.index(one) for one in party], np.int64),
        "predecessor": np.array([-1 if (one := before[name]) is None else president.index(one) for name in president], np.int64),
        "type_of_term": np.array([codes.TYPE.index(term.type) for term in panel.administration], np.int64),
        "president_of_term": np.array([president.index(term.president) for term in panel.administration], np.int64),
    }


def coordinates(panel: Panel) -> dict[str, tuple[str, ...]]:
    """Labels of the axes that all components use."""
    return {
        "dyad": panel.dyad,
        "rank": codes.RANK.labels,
        "type": codes.TYPE.labels,
        "president": presidents(panel),
        "term": tuple(term.name for term in panel.administration),
    }
