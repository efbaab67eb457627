r"""Elicitation: what experts believe of a parameter, as chips in bins, becomes a prior.

The roulette method of the Sheffield Elicitation Framework (SHELF; Oakley and O'Hagan; O'Hagan 2019,
doi 10.1080/00031305.2018.1518265) as on the page of Morris, Oakley and Crowe (2014, doi 10.1016/j.envsoft.2013.10.010), with a
mathematical pool in the place of SHELF's discussion.

The model
---------
Edges :math:`x_1 < \dots < x_m` inside the support :math:`(a, b)` of a parameter make :math:`m + 1` bins, of which the outermost
reach to :math:`a` and :math:`b` (infinite for a normal). Expert :math:`i` of :math:`I` lays :math:`c_{ij}` chips into bin
:math:`j = 0, \dots, m`. Up to an edge lies the share

.. math:: P_i(x_k) = \frac{\sum_{j < k} c_{ij}}{\sum_j c_{ij}},

so that chips are shares, however many an expert has. The linear pool (Stone 1961, doi 10.1214/aoms/1177704873) is

.. math:: P(x_k) = \sum_i w_i\, P_i(x_k), \qquad \textstyle\sum_i w_i = 1,

with equal weights unless others are given. Nothing is assumed of where in its bin a chip lies: only cumulative shares at edges
are used, and all experts answer on the same edges. Of the family :math:`F(\cdot\,; \phi)` that the prior file allows

.. math:: \hat\phi = \operatorname{argmin}_\phi \sum_{k=1}^m \left(F(x_k; \phi) - P(x_k)\right)^2, \qquad
    D = \max_k \left|F(x_k; \hat\phi) - P(x_k)\right|,

least squares on cumulative probabilities, as SHELF fits; edges with the share 0 or 1 count like all others. SHELF's own pool
mixes the distributions fitted to single experts; a prior file holds one distribution, so that shares are pooled first, and what
was fitted to the pool is compared with it. :math:`D` is taken at the numbers as they are written, which have as few digits as
move no :math:`F(x_k)` by more than 0.0005. A fit with :math:`D > 0.02` is refused: the pool is not of this family, or chips are
too few to tell.

How many chips that takes. Cumulative shares of a member of the family, each rounded to the next :math:`1/n`, are a layout of
:math:`n` chips with all residuals at most :math:`1/(2n)`; least squares leaves no larger sum of squares, so that
:math:`D \le \sqrt m / (2n)` before rounding. With 11 edges that is below 0.02 from 83 chips on, hence the 100 that a sheet
suggests; fewer often do, and are not bound to. With fewer than :math:`1 / (2 \times 0.02) = 25` even the best layout can be
farther from a distribution than 0.02.

A family of two numbers is determined by chips in three bins or more, which give two different shares between 0 and 1, and the
half-normal by chips in two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator
from scipy.optimize import least_squares
from scipy.special import betainc, betaincinv, ndtr, ndtri

from forecast.components.priors import SUPPORT, Prior
from forecast.config import Strict
from forecast.errors import Fault, InputError, first_of, nearest
from forecast.evaluation.platform import Who
from forecast.files import read_json
from forecast.yaml_reader import faults_of

WITHIN = 0.02
"""Distance between fitted and pooled cumulative probability, at any edge, beyond which a fit is refused."""
CHIPS = 100
"""What a sheet suggests, where so many are enough: a chip is one per cent."""
MOVED = 0.0005
"""What leaving out digits may move a fitted share."""
MOST_CHIPS, MOST_BINS, MOST_EXPERTS = 1000, 40, 50
LARGEST = 100_000
"""Bytes of an answer."""
FORM = "elicitation answer 1"


# Distributions of one number that a prior file allows.

@dataclass(frozen=True, kw_only=True)
class FittedFamily:
    """A distribution as it is fitted.

    Parameters
    ----------
    arguments : tuple of str
        As in prior files.
    support : (float, float)
    bins : int
        Bins with chips that determine it.
    cdf, ppf : callable
        Values or shares and arguments to shares or values.
    start : callable
        Edges and shares, of which some lie between 0 and 1, to arguments that are near.
    logs : tuple of bool
        Which arguments are fitted as logarithms.
    low, high : tuple of float
        Bounds of the arguments, within those of prior files.
    """

    arguments: tuple[str, ...]
    support: tuple[float, float]
    bins: int
    cdf: Callable[..., np.ndarray]
    ppf: Callable[..., np.ndarray]
    start: Callable[[np.ndarray, np.ndarray], Sequence[float]]
    logs: tuple[bool, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def _line(edges: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation by the straight line of edges on normal quantiles."""
    inside = (share > 0) & (share < 1)
    quantile = ndtri(share[inside])
    slope, level = np.polyfit(quantile, edges[inside], 1)
    return level, max(slope, 1e-3)


def _moments(edges: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Both numbers of a beta by mean and variance of the middles of bins."""
    middle = (np.r_[0, edges] + np.r_[edges, 1]) / 2
    chips = np.diff(np.r_[0, share, 1])
    mean = float(chips @ middle)
    size = mean * (1 - mean) / max(float(chips @ (middle - mean) ** 2), 1e-9) - 1
    return max(mean * size, 0.05), max((1 - mean) * size, 0.05)


def _median_scale(edges: np.ndarray, share: np.ndarray) -> tuple[float]:
    inside = (share > 0) & (share < 1)
    return (float(np.median(edges[inside] / ndtri((1 + share[inside]) / 2))),)


def _normal_cdf(value: np.ndarray, mu: float, sigma: float) -> np.ndarray:
    return np.asarray(ndtr((value - mu) / sigma))


def _normal_ppf(share: np.ndarray, mu: float, sigma: float) -> np.ndarray:
    return np.asarray(mu + sigma * ndtri(share))


FAMILY: Mapping[str, FittedFamily] = {
    "normal": FittedFamily(arguments=("mu", "sigma"), support=(-np.inf, np.inf), bins=3, start=_line, logs=(False, True),
                           low=(-20, 1e-4), high=(20, 20), cdf=_normal_cdf, ppf=_normal_ppf),
    "half_normal": FittedFamily(arguments=("sigma",), support=(0, np.inf), bins=2, start=_median_scale, logs=(True,),
                                low=(1e-4,), high=(20,), cdf=lambda x, sigma: np.asarray(2 * ndtr(x / sigma) - 1),
                                ppf=lambda share, sigma: np.asarray(sigma * ndtri((1 + share) / 2))),
    "beta": FittedFamily(arguments=("alpha", "beta"), support=(0, 1), bins=3, start=_moments, logs=(True, True),
                         low=(1e-2, 1e-2), high=(1e6, 1e6), cdf=lambda x, alpha, beta: np.asarray(betainc(alpha, beta, x)),
                         ppf=lambda share, alpha, beta: np.asarray(betaincinv(alpha, beta, share))),
}


def family_of(support: str) -> str | None:
    """The distribution that chips can be turned into for a support of prior files; None where it allows none.

    Every support allows one at most besides a fixed value, which is no belief with chips in several bins.
    """
    return next((name for name in sorted(SUPPORT[support]) if name in FAMILY), None)


# What one expert says.

class ChipAnswer(Strict):
    """Chips of one expert, as a sheet saves them: edges on the scale of the prior file, and one more bin than edges."""

    form: Literal["elicitation answer 1"]
    parameter: Annotated[str, Field(max_length=100)]
    expert: Who
    reason: Annotated[str, Field(min_length=10, max_length=1000)]
    edges: Annotated[tuple[Annotated[float, Field(strict=True, ge=-100, le=100)], ...],
                     Field(min_length=1, max_length=MOST_BINS - 1)]
    chips: Annotated[tuple[Annotated[int, Field(strict=True, ge=0, le=MOST_CHIPS)], ...],
                     Field(min_length=2, max_length=MOST_BINS)]

    @model_validator(mode="after")
    def _one_layout(self) -> "ChipAnswer":
        if any(high <= low for low, high in pairwise(self.edges)):
            raise ValueError("edges that rise from one to the next")
        if len(self.chips) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges) + 1} numbers of chips, one more than edges")
        if not sum(self.chips):
            raise ValueError("at least one chip")
        return self

    @property
    def share(self) -> np.ndarray:
        """Share of the chips up to every edge, (edge,)."""
        found: np.ndarray = np.cumsum(self.chips)[:-1] / sum(self.chips)
        return found


@dataclass(frozen=True, kw_only=True)
class AnswerSource:
    """An answer, and what it was read from."""

    answer: ChipAnswer
    file: Path
    where: str = "whole file"

    def fault(self, expected: str, found: str, remedy: str) -> Fault:
        """A fault of the answer as a whole."""
        return Fault(source=str(self.file), where=self.where, expected=expected, found=found, remedy=remedy)


REMEDY = "Take the file as the sheet saved it, or save the answer anew."


def read_answer(path: Path) -> AnswerSource:
    """Read what a sheet saved (raises InputError with every fault by its key)."""
    content = read_json(path, LARGEST)
    if not isinstance(content, dict):
        raise InputError([Fault(source=str(path), where="whole file", expected="an answer that a sheet saved",
                                found=f"a {type(content).__name__}", remedy=REMEDY)])
    return AnswerSource(answer=answer_of(content, path, lambda key: f"key {key}" if key else "whole file"), file=path)


def answer_of(content: Mapping[str, Any], path: Path, where: Callable[[str], str]) -> ChipAnswer:
    """Checked content of an answer; line ends in the reason become spaces (raises InputError)."""
    given = dict(content)
    if isinstance(given.get("reason"), str):
        given["reason"] = " ".join(given["reason"].split())
    try:
        return ChipAnswer.model_validate(given)
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, path, REMEDY, where))) from None


# The pool.

@dataclass(frozen=True, kw_only=True)
class Pool:
    """Answers of several experts, weighed.

    Parameters
    ----------
    answer : tuple of ChipAnswer
    weight : (expert,) array
        Sums to one.
    """

    answer: tuple[ChipAnswer, ...]
    weight: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """Edges of the bins, (edge,)."""
        return np.array(self.answer[0].edges)

    @property
    def share(self) -> np.ndarray:
        """Cumulative probability at every edge, (edge,)."""
        found: np.ndarray = self.weight @ np.array([one.share for one in self.answer])
        return found

    @property
    def bins(self) -> np.ndarray:
        """Probability of every bin, (bin,)."""
        return bins_of(self.share)


def bins_of(share: np.ndarray) -> np.ndarray:
    """Probabilities of bins from cumulative ones at edges."""
    return np.diff(np.r_[0.0, share, 1.0])


def pool_answers(sources: Sequence[AnswerSource], parameter: str, distribution: str, weights: Mapping[str, float]) -> Pool:
    """Pool answers to one parameter on one set of bins.

    Parameters
    ----------
    distribution : str
        Key of ``FAMILY``: inside its support edges must lie.
    weights : mapping of str to float
        By name, in proportion; one for whoever is not named.

    Raises
    ------
    InputError
        With every answer to another parameter, on other bins, or of an expert who answered before; with a name that nobody has.
    """
    names, (low, high) = [one.answer.expert for one in sources], FAMILY[distribution].support
    faults = [*_wrong_weights(weights, names)]
    for place, one in enumerate(sources):
        answer, first = one.answer, sources[0].answer
        if answer.parameter != parameter:
            faults.append(one.fault(f"an answer on {parameter}", f"one on {answer.parameter[:80]}", "Leave it out."))
        elif len(answer.edges) != len(first.edges) or not np.allclose(answer.edges, first.edges, rtol=1e-9, atol=1e-12):
            faults.append(one.fault(f"the bins of {sources[0].file.name}", "other bins", "Let all experts answer on one sheet."))
        elif not low < answer.edges[0] or not answer.edges[-1] < high:
            faults.append(one.fault(f"edges between {low:g} and {high:g}", f"{answer.edges[0]:g} to {answer.edges[-1]:g}",
                                    REMEDY))
        if answer.expert in names[:place]:
            faults.append(one.fault("one answer of each expert", f"another of {answer.expert!r}", "Keep one of them."))
    if faults:
        raise InputError(faults)
    weight = np.array([weights.get(name, 1.0) for name in names])
    return Pool(answer=tuple(one.answer for one in sources), weight=weight / weight.sum())


def _wrong_weights(weights: Mapping[str, float], names: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with weights, and with the number of those who are weighed."""
    line = {"source": "command line", "where": "option --weight"}
    for name in weights:
        if name not in names:
            yield Fault(**line, expected="the name of an expert who answered", found=repr(name[:80]),
                        remedy=nearest(name[:80], names))
    if not sum(weights.get(name, 1.0) for name in names):
        yield Fault(**line, expected="a weight above zero for one expert or more", found="none", remedy="Give one.")
    if len(names) > MOST_EXPERTS:
        yield Fault(source="command line", where="answers", expected=f"at most {MOST_EXPERTS} experts", found=str(len(names)),
                    remedy="Leave some out.")


# The fit.

@dataclass(frozen=True, kw_only=True)
class FittedBins:
    """A distribution fitted to cumulative probabilities at edges.

    Parameters
    ----------
    distribution : str
        Key of ``FAMILY``.
    arguments : mapping of str to float
        As they are written.
    edges, share : (edge,) array
        What was fitted.
    """

    distribution: str
    arguments: Mapping[str, float]
    edges: np.ndarray
    share: np.ndarray

    @property
    def fitted(self) -> np.ndarray:
        """Cumulative probability at every edge, (edge,)."""
        return self.cdf(self.edges)

    @property
    def distance(self) -> float:
        """Largest distance of fitted and given cumulative probabilities."""
        return float(np.abs(self.fitted - self.share).max())

    @property
    def farthest(self) -> int:
        """The edge at which it is."""
        return int(np.abs(self.fitted - self.share).argmax())

    def cdf(self, value: np.ndarray) -> np.ndarray:
        """Cumulative probability of values."""
        return FAMILY[self.distribution].cdf(value, *self.arguments.values())

    def quantile(self, share: np.ndarray) -> np.ndarray:
        """Values at cumulative probabilities."""
        return FAMILY[self.distribution].ppf(share, *self.arguments.values())

    def prior(self, reason: str) -> Prior:
        """As it stands in a prior file."""
        return Prior(distribution=self.distribution, reason=reason, **self.arguments)  # type: ignore[arg-type]


def determined(distribution: str, share: np.ndarray) -> bool:
    """Whether cumulative probabilities at edges determine a member of a family."""
    inside = np.unique(share[(share > 0) & (share < 1)].round(12))
    return len(inside) >= FAMILY[distribution].bins - 1


def fit(distribution: str, edges: np.ndarray, share: np.ndarray) -> FittedBins:
    """Fit a family to cumulative probabilities that determine it, by least squares from starts of several widths."""
    family = FAMILY[distribution]
    logs = np.array(family.logs)
    low, high = (np.where(logs, np.log(np.abs(side)), side) for side in (family.low, family.high))

    def off(inner: np.ndarray) -> np.ndarray:
        found: np.ndarray = family.cdf(edges, *np.where(logs, np.exp(inner), inner)) - share
        return found

    start = np.array(family.start(edges, share))
    starts = (np.where(logs, np.log(np.where(logs, start, 1.0) * width), start) for width in WIDTHS)
    tried = (least_squares(off, np.clip(one, low, high), bounds=(low, high), xtol=TINY, ftol=TINY, gtol=TINY) for one in starts)
    best = min(tried, key=lambda one: one.cost)
    exact = np.where(logs, np.exp(best.x), best.x)
    return FittedBins(distribution=distribution, arguments=dict(zip(family.arguments, _short(family, exact, edges), strict=True)),
                      edges=edges, share=share)


TINY = 1e-12
WIDTHS = (1.0, 1 / 3, 3.0)
"""Of the start, in proportion: least squares on a cumulative distribution may have several minima."""


def _short(family: FittedFamily, exact: np.ndarray, edges: np.ndarray) -> list[float]:
    """As few digits as move no fitted share by more than ``MOVED``."""
    for digits in range(2, 10):
        short = [float(f"{value:.{digits}g}") for value in exact]
        if np.abs(family.cdf(edges, *short) - family.cdf(edges, *exact)).max() <= MOVED:
            return short
    return [float(value) for value in exact]


def enough(edges: int, within: float = WITHIN) -> int:
    """Chips with which every distribution of a family has a layout that is fitted within so much."""
    return int(np.ceil(np.sqrt(edges) / (2 * (within - MOVED))))


def check_close(found: FittedBins, pooled: Pool, within: float, parameter: str) -> None:
    """Refuse a fit that is farther from the pool than is allowed (raises InputError)."""
    if found.distance <= within:
        return
    fewest = min(sum(one.chips) for one in pooled.answer)
    needed = enough(len(found.edges), within)
    coarse = f"let experts lay more chips (one has {fewest}; {needed} are enough for any belief of this family), "
    remedy = ("See where they differ and talk about it, " + (coarse if fewest < needed else "")
              + f"or keep what is nearest with --within {np.ceil(1000 * found.distance) / 1000:g}.")
    name = found.distribution.replace("_", "-")
    raise InputError([Fault(
        source=parameter, where=f"{len(pooled.answer)} {'answers' if len(pooled.answer) > 1 else 'answer'}, pooled",
        expected=f"cumulative shares within {within:g} of a distribution that the prior file allows here ({name} alone)",
        found=f"{found.distance:.3f} for {name} with {', '.join(f'{key} {value:g}' for key, value in found.arguments.items())}, "
              f"which says {found.fitted[found.farthest]:.3f} below {found.edges[found.farthest]:.3g} where the pool says "
              f"{found.share[found.farthest]:.3f}", remedy=remedy)])


def check_determined(distribution: str, pooled: Pool, parameter: str) -> None:
    """Refuse chips in too few bins (raises InputError)."""
    if not determined(distribution, pooled.share):
        least = FAMILY[distribution].bins
        raise InputError([Fault(
            source=parameter, where="chips of all experts", expected=f"chips in {least} bins or more",
            found=str(int((pooled.bins > 0).sum())),
            remedy="Write a sheet with narrower bins (--low, --high, --bins), and let experts lay their chips anew.")])
