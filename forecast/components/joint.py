r"""A joint normal prior over effects of types and of presidents known by name, in place of their independent priors.

What other records say of types and presidents comes as one normal with a covariance: with a single term of a type elsewhere, the
type and the person are known by their sum, and two independent priors would drop that. A prior set gives

.. math:: (d, p) \sim N(m, \Sigma), \qquad d_t = T_t - T_a \quad (t \ne a), \qquad p_i = P_i,

with :math:`d` the log ratios of types to the type :math:`a` (``against``), which mean the same under any constraint on the types,
and :math:`p` the effects of the presidents named. Types are :math:`d` less the mean of all types, so that they sum to zero; their
covariance is then singular, and therefore the file has ratios. Presidents who are named and not on the axis are integrated out.

*Presidents not named* keep the prior of their block, :math:`s B z` with its scale :math:`s` and basis :math:`B`, given those who
are named: with :math:`S = B B^\top`, :math:`u` not named and :math:`n` named,

.. math:: P_u = K P_n + s\, C z_u, \qquad K = S_{un} S_{nn}^{+}, \qquad C C^\top = S_{uu} - K S_{nu},

which does not depend on the scale: :math:`K = 0` and :math:`C = I` where the basis ties nobody to anybody. The basis of the types
plays no part. All of it is one map from independent standard normals (:class:`forecast.components.linear.Part`), with
:math:`\Sigma = L L^\top` by Cholesky.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.components.covariates import with_covariates
from forecast.components.linear import Block, Part, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.panel import Panel

PARAMETER = "administration_effects"
JOINED = ("type_effect", "president_effect")
IDLE = ("type_centre", "type_scale")
"""Priors in whose place a joint normal stands; the scale of presidents is still that of those not named."""


def covariance(prior: Prior) -> np.ndarray:
    """Covariance of a joint normal, in the order of its means; pairs that are not named are uncorrelated."""
    name = list(prior.mean)
    correlation = np.eye(len(name))
    for one, row in prior.correlation.items():
        for other, value in row.items():
            at = name.index(one), name.index(other)
            correlation[at] = correlation[at[::-1]] = value
    sd = np.array([prior.sd[one] for one in name])
    return correlation * np.outer(sd, sd)


def idle(priors: Mapping[str, Prior]) -> frozenset[str]:
    """Priors that play no part beside a joint normal."""
    return frozenset(IDLE) if is_joint(priors) else frozenset()


def is_joint(priors: Mapping[str, Prior]) -> bool:
    """Whether a joint normal is among the priors."""
    return PARAMETER in priors and priors[PARAMETER].distribution == "joint_normal"


def knowing(data: ComponentData, priors: Mapping[str, Prior], panel: Panel | None = None) -> ComponentData:
    """The data as the priors see them: presidents whom they name and the record does not know, and covariates switched on.

    Without them a president who returns after terms that the record does not cover would be taken for a new one. They are
    tied to nobody else by the chain of their party: the prior names what ties them. Covariates need the panel.
    """
    data = with_covariates(data, priors, panel)
    if not is_joint(priors):
        return data
    kinds, known = data.coord["type"], data.coord["president"]
    further = [name for name in priors[PARAMETER].mean if name not in kinds and name not in known]
    before = np.concatenate([data.array["predecessor"], np.full(len(further), -1)])
    return replace(data, coord={**data.coord, "president": (*known, *further)}, array={**data.array, "predecessor": before})


@dataclass(frozen=True, kw_only=True)
class Joint:
    """A joint normal as the axes of one component see it.

    Parameters
    ----------
    to_type : (type, ratio) array
        From log ratios of types to effects that sum to zero.
    named : (named,) array of int
        Places of the named presidents on their axis.
    mean : (ratio + named,) array
        Ratios first; both in the order of their axes, so that the order of the file plays no part.
    root : (ratio + named, ratio + named) array
        Cholesky root of their covariance.
    """

    to_type: np.ndarray
    named: np.ndarray
    mean: np.ndarray
    root: np.ndarray

    blocks = JOINED

    def part(self, blocks: Sequence[Block]) -> Part:
        """Types and presidents together, from one noise per ratio and president; see the module."""
        person = next(block for block in blocks if block.name == JOINED[1])
        ratios = self.to_type.shape[1]
        rest = np.setdiff1d(np.arange(person.design.shape[1]), self.named)
        follow, free = _given(person.structure @ person.structure.T, self.named, rest)
        own = np.zeros((person.design.shape[1], len(self.mean)))
        own[self.named] = np.eye(len(self.mean))[ratios:]
        own[rest] = follow @ own[self.named]
        levels = np.vstack([self.to_type @ np.eye(len(self.mean))[:ratios], own])
        scaled = np.zeros((len(levels), len(rest)))
        scaled[len(self.to_type) + rest] = free
        return Part(blocks=tuple(blocks), structure=np.hstack([levels @ self.root, scaled]), centre=levels @ self.mean,
                    owner=("",) * len(self.mean) + (person.prior,) * len(rest))


def joint_of(priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]]) -> Joint | None:
    """The joint normal of a component's priors on its axes; None where types and presidents are independent."""
    return _joint(priors, coord) if is_joint(priors) else None


def _joint(priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]]) -> Joint:
    prior, kinds, persons = priors[PARAMETER], coord["type"], coord["president"]
    order = list(prior.mean)
    ratio, named = ([name for name in axis if name in prior.mean] for axis in (kinds, persons))
    take = [order.index(name) for name in (*ratio, *named)]
    to_type = one_hot(np.array([kinds.index(name) for name in ratio]), len(kinds)).T
    return Joint(to_type=to_type - to_type.mean(axis=0), named=np.array([persons.index(name) for name in named], int),
                 mean=np.array(list(prior.mean.values()))[take],
                 root=np.linalg.cholesky(covariance(prior)[np.ix_(take, take)]))


def covariance_of(priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]], kind: str, person: str) -> np.ndarray:
    """Covariance of the effects of a type and of a president, (2, 2); one not named has his scale's and is independent,
    which he is only where presidents of a party are (``president_correlation`` of zero).
    """
    joint = _joint(priors, coord)
    row, at = np.zeros((2, len(joint.mean))), coord["president"].index(person)
    row[0, :joint.to_type.shape[1]] = joint.to_type[coord["type"].index(kind)]
    row[1, joint.to_type.shape[1]:] = joint.named == at
    own = 0.0 if at in joint.named else priors["president_scale"].sigma ** 2
    found: np.ndarray = row @ joint.root @ (row @ joint.root).T + np.diag([0.0, own])
    return found


def log_density(priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]], kind: np.ndarray,
                person: np.ndarray) -> np.ndarray:
    """Log density of the ratios and named presidents of every draw.

    Parameters
    ----------
    kind, person : (draw, type) and (draw, president) array
        Effects.

    Returns
    -------
    (draw,) array
    """
    from scipy.stats import multivariate_normal  # most of a second, and no projection needs it

    joint, prior = _joint(priors, coord), priors[PARAMETER]
    ratio = [place for place, name in enumerate(coord["type"]) if name in prior.mean]
    values = np.hstack([kind[:, ratio] - kind[:, [coord["type"].index(prior.against)]], person[:, joint.named]])
    return np.atleast_1d(multivariate_normal(joint.mean, joint.root @ joint.root.T).logpdf(values))


def _given(covariance: np.ndarray, named: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How those not named follow those who are, and a root of what is left of their covariance."""
    across = covariance[np.ix_(rest, named)]
    follow = across @ np.linalg.pinv(covariance[np.ix_(named, named)])
    value, vector = np.linalg.eigh(covariance[np.ix_(rest, rest)] - follow @ across.T)
    return follow, vector * np.sqrt(value.clip(0))
