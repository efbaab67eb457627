r"""Between the points of a sweep: numbers that were not simulated, and how far they are from what simulation would say.

A grid
------
Multilinear interpolation between neighbouring values of every assumption that is a number. It is measured by leaving out: every
value that has neighbours on both sides is read from them, :math:`e = f(x_1) - \hat f(x_1)`. To second order that is
:math:`f''(x_1 - x_0)(x_2 - x_1) / 2`, while inside an interval of width :math:`h` the error is at most :math:`f'' h^2 / 8`: once
the value is there, of curvature the share :math:`h^2 / 4 (x_1 - x_0)(x_2 - x_1)` of :math:`e` is left, one quarter where values
are evenly spaced, and these shares add up over assumptions. Chance does not fade like that: a probability moves by steps of one
simulated future. So the error that is told is the larger of the two: the largest :math:`e`, or the largest sum of shares.

A Sobol sample
--------------
A polynomial chaos expansion (Xiu and Karniadakis 2002, doi 10.1137/S1064827501387826) fitted by least squares,

.. math:: \hat f(x) = \sum_\alpha c_\alpha \prod_i \phi_{\alpha_i}(x_i),

with normalised Legendre polynomials :math:`\phi` of assumptions that are numbers, indicators of those that are not, and all
products up to a total degree. The degree is that of least error by cross-validation, quantity by quantity. A design for Sobol
indices repeats the values of a sample: points that share any are left out together. With :math:`U` an orthonormal basis of the
columns and :math:`r` the residuals, what a fit without the points :math:`B` misses at them is
:math:`(I - U_B U_B')^{-1} r_B`, so that nothing is fitted twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite

import numpy as np
from numpy.polynomial.legendre import legvander

BOUND = 0.01
"""Error of a probability by interpolation above which a reader is warned."""
HIGHEST, MOST_TERMS = 6, 400
"""Total degree and number of terms that are tried at most."""
ALONE = 1e-6
"""Points of which a fit without them would know so little of what it was asked count as not fitted at all."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One assumption: a number from `low` to `high`; or one of some `kinds`, numbered from 0, with nothing between them."""

    low: float = 0.0
    high: float = 1.0
    kinds: int = 0

    def functions(self, values: np.ndarray, degree: int) -> np.ndarray:
        """One, and then all functions of the assumption up to a degree; shape (point, function)."""
        if self.kinds:
            found: np.ndarray = np.eye(self.kinds)[values.astype(int)] - 1 / self.kinds
            return np.column_stack([np.ones(len(values)), found[:, 1:]])
        scaled = 2 * (values - self.low) / (self.high - self.low) - 1
        return legvander(scaled, degree) * np.sqrt(2 * np.arange(degree + 1) + 1)

    def degrees(self, degree: int) -> tuple[int, ...]:
        """Degree of each of these functions."""
        return (0, *[1] * (self.kinds - 1)) if self.kinds else tuple(range(degree + 1))


@dataclass(frozen=True, kw_only=True)
class Smooth:
    """An expansion of several quantities, and by how much it misses points that it was not fitted to.

    Parameters
    ----------
    axes : tuple of Axis
    terms : tuple of tuple of int
        Of every term the function of each axis, by its number.
    coef : (term, quantity) array
    largest : (quantity,) array
        Largest absolute error by cross-validation.
    """

    axes: tuple[Axis, ...]
    terms: tuple[tuple[int, ...], ...]
    coef: np.ndarray
    largest: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Quantities at points (point, axis): shape (point, quantity)."""
        found: np.ndarray = _design(points, self.axes, self.terms) @ self.coef
        return found


def smooth(points: np.ndarray, values: np.ndarray, axes: Sequence[Axis], group: np.ndarray, highest: int = HIGHEST) -> Smooth:
    """Fit an expansion.

    Parameters
    ----------
    points : (point, axis) array
        Values of the assumptions; of one that is no number, which of its kinds.
    values : (point, quantity) array
        What was simulated there.
    group : (point,) array of int
        Points of one number are left out together.
    highest : int
        Total degree that is tried at most.
    """
    terms: tuple[tuple[int, ...], ...] = ()
    kept: list[np.ndarray] = []
    typical, largest = (np.full(values.shape[1], np.inf) for _ in range(2))
    for degree in range(highest + 1):
        tried = _terms_to(axes, degree)
        if degree and len(tried) > min(MOST_TERMS, len(points) // 2):
            break
        coef, missed = _left_out(_design(points, axes, tried), values, group)
        spread = np.sqrt((missed ** 2).mean(axis=0))
        better = spread < typical
        typical, largest = np.where(better, spread, typical), np.where(better, np.abs(missed).max(axis=0), largest)
        before = np.zeros_like(coef)
        if kept:
            before[:len(kept[-1])] = kept[-1]
        kept.append(np.where(better, coef, before))
        terms = tried
    return Smooth(axes=tuple(axes), terms=terms, coef=kept[-1], largest=largest)


def _terms_to(axes: Sequence[Axis], degree: int) -> tuple[tuple[int, ...], ...]:
    """All terms up to a total degree, those of lower degrees first; of too many, one more than are allowed."""
    degrees = [axis.degrees(degree) for axis in axes]
    found = islice(_terms(degrees, degree), MOST_TERMS + 1)
    return tuple(sorted(found, key=lambda term: (sum(many[one] for many, one in zip(degrees, term, strict=True)), term)))


def _terms(degrees: Sequence[Sequence[int]], left: int) -> Iterator[tuple[int, ...]]:
    if not degrees:
        yield ()
        return
    for number, degree in enumerate(degrees[0]):
        if degree <= left:
            yield from ((number, *rest) for rest in _terms(degrees[1:], left - degree))


def _design(points: np.ndarray, axes: Sequence[Axis], terms: Sequence[tuple[int, ...]]) -> np.ndarray:
    number = np.array(terms)
    found = np.ones((len(points), len(terms)))
    for place, axis in enumerate(axes):
        found *= axis.functions(points[:, place], int(number[:, place].max()))[:, number[:, place]]
    return found


def _left_out(design: np.ndarray, values: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, and what fits without each group of points miss at them."""
    left, size, right = np.linalg.svd(design, full_matrices=False)
    known = size > 1e-10 * size[0]
    basis = left[:, known]
    parts = basis.T @ values
    missed = values - basis @ parts
    order = np.argsort(group, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        free = np.eye(len(mine)) - basis[mine] @ basis[mine].T
        alone = np.linalg.eigvalsh(free)[0] < ALONE
        missed[mine] = values[mine] - np.delete(values, mine, axis=0).mean(axis=0) if alone else (
            np.linalg.solve(free, missed[mine]))
    return right[known].T @ (parts / size[known, None]), missed


# A grid.

def grid_error(levels: Sequence[np.ndarray | None], values: np.ndarray) -> np.ndarray:
    """Error of multilinear interpolation by quantity, the largest in the grid.

    Parameters
    ----------
    levels : sequence of array or None
        Values of each axis in ascending order; None of one between whose values nothing lies.
    values : (axis, ..., quantity) array

    Returns
    -------
    (quantity,) array
        Not a number where some axis has two values alone, so that nothing can be left out.
    """
    sums, largest = np.zeros(values.shape), np.zeros(values.shape[-1])
    for place, level in enumerate(levels):
        if level is None:
            continue
        if len(level) < 3:
            return np.full(values.shape[-1], np.nan)
        along = np.moveaxis(values, place, -1)
        below, above = np.diff(level)[:-1], np.diff(level)[1:]
        read = (above * along[..., :-2] + below * along[..., 2:]) / (below + above)
        missed = np.abs(along[..., 1:-1] - read)
        largest = np.maximum(largest, missed.max(axis=(*range(missed.ndim - 2), missed.ndim - 1)))
        share = missed * np.maximum(below, above) ** 2 / (4 * below * above)
        wide = np.pad(share, [(0, 0)] * (share.ndim - 1) + [(1, 1)], mode="edge")
        sums += np.moveaxis(wide, -1, place)
    return np.maximum(largest, sums.max(axis=tuple(range(sums.ndim - 1))))


def largest_error(errors: Sequence[float]) -> float | None:
    """The largest of some errors; None where one is not known, or there is none."""
    return max(errors) if errors and all(map(isfinite, errors)) else None
