"""Records that would be too large to simulate one observation at a time."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import expit

from forecast.components.frequency.cells import contact_cells
from forecast.components.media.simulate import draw_pages, expected_pages
from forecast.components.protocol import Component, ComponentData

LARGEST = 10_000
"""Expected contacts or pages: the record has some hundreds; beyond, a record is drawn as counts, without single rows."""
CEILING = 1e12
"""Expected values are cut here; nobody needs to know how much more."""

Values = Mapping[str, np.ndarray]
Counts = Callable[[np.random.Generator], np.ndarray]


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
    counted = _COUNTED.get(component.section)
    if counted is None:
        return component.simulate(data, truth, rng)
    name, mean, counts = counted(component, data.array, truth)
    if np.nan_to_num(mean, nan=np.inf).sum() <= LARGEST:
        return component.simulate(data, truth, rng)
    return ComponentData(array={**data.array, **_without_rows(data.array), name: counts(rng)}, coord=data.coord)


def _finite(mean: np.ndarray) -> np.ndarray:
    return np.minimum(np.nan_to_num(mean, nan=CEILING, posinf=CEILING), CEILING)


def _without_rows(array: Values) -> dict[str, np.ndarray]:
    return {name: values[:0] for name, values in array.items() if name.startswith(("occasion_", "page_", "lead", "companion"))}


def _contacts(component: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, Counts]:
    mean, size = contact_cells(component.form, array, truth)
    size = np.clip(np.nan_to_num(size, nan=1.0, posinf=CEILING), 1 / CEILING, CEILING)
    return "count", mean, lambda rng: rng.poisson(np.minimum(_finite(mean) * rng.gamma(size, 1 / size, mean.shape), CEILING))


def _pages(_: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, Counts]:
    mean, share = expected_pages(array, truth), float(expit(truth["elsewhere"]))
    spread = float(np.clip(truth["pages_overdispersion"], CEILING**-0.5, CEILING**0.5))
    return "pages", mean, lambda rng: np.minimum(draw_pages(_finite(mean), spread, share, rng)[1], CEILING)


_COUNTED: Mapping[str, Callable[[Component, Values, Values], tuple[str, np.ndarray, Counts]]] = {
    "frequency": _contacts, "media": _pages}
"""By section: the array of counts, their expected values, and how they are drawn, cut at the ceiling."""
