"""Records that would be too large to simulate one observation at a time."""

from collections.abc import Callable, Mapping

import numpy as np

from forecast.components.frequency.cells import contact_cells
from forecast.components.media.simulate import expected_pages
from forecast.components.protocol import Component, ComponentData

LARGEST = 10_000
"""Expected contacts or pages: the record has some hundreds; beyond, a record is drawn as counts, without single rows."""
CEILING = 1e12
"""Expected values are cut here; nobody needs to know how much more."""

Values = Mapping[str, np.ndarray]


def draw_record(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData | None:
    """A record at known parameters; one that is too large has its counts and no single occasions or pages.

    None where the parameters are so extreme that a distribution cannot be drawn from.
    """
    with np.errstate(all="ignore"):
        try:
            return _drawn(component, data, truth, rng)
        except (ValueError, ZeroDivisionError):
            return None


def _drawn(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    expect = _EXPECTED.get(component.section)
    if expect is None:
        return component.simulate(data, truth, rng)
    name, mean, size = expect(component, data.array, truth)
    if np.nan_to_num(mean, nan=np.inf).sum() <= LARGEST:
        return component.simulate(data, truth, rng)
    return ComponentData(array={**data.array, **_without_rows(data.array), name: _counts(mean, size, rng)}, coord=data.coord)


def _counts(mean: np.ndarray, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Negative binomial counts, cut at the ceiling."""
    mean = np.minimum(np.nan_to_num(mean, nan=CEILING, posinf=CEILING), CEILING)
    size = np.clip(np.nan_to_num(size, nan=1.0, posinf=CEILING), 1 / CEILING, CEILING)
    return rng.poisson(np.minimum(mean * rng.gamma(size, 1 / size, mean.shape), CEILING))


def _without_rows(array: Values) -> dict[str, np.ndarray]:
    return {name: values[:0] for name, values in array.items() if name.startswith(("occasion_", "page_", "lead", "companion"))}


def _contacts(component: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, np.ndarray]:
    return "count", *contact_cells(component.form, array, truth)


def _pages(_: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, np.ndarray]:
    mean = expected_pages(array, truth)
    return "pages", mean, np.full(mean.shape, float(truth["pages_overdispersion"]) ** -2)


_EXPECTED: Mapping[str, Callable[[Component, Values, Values], tuple[str, np.ndarray, np.ndarray]]] = {
    "frequency": _contacts, "media": _pages}
