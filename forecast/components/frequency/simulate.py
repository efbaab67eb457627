"""Counts of past cells drawn at known parameter values, without PyMC."""

from collections.abc import Mapping

import numpy as np

from forecast.components.frequency.cells import companion_of, log_rate
from forecast.components.frequency.form import Form
from forecast.components.frequency.recording import draw_histories
from forecast.components.protocol import ComponentData

Values = Mapping[str, np.ndarray]


def simulate(form: Form, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    """Draw counts by year and by month from the model at known values of all named parameters."""
    array = dict(data.array)
    mean = array["exposure"][:, None] * np.exp(log_rate(array, truth))
    size = float(truth["overdispersion"]) ** -2
    drawn = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    array |= _with_companions(array, drawn, truth, rng) if form.occasions else {"count": drawn}
    if form.recording:
        array["history"] = draw_histories(array, truth, rng)
    weight = np.exp(truth["season"]) * array["month_exposure"]
    array["month_count"] = rng.multinomial(array["count"].sum(), weight / weight.sum())
    return ComponentData(array=array, coord=data.coord)


def _with_companions(array: Values, occasion: np.ndarray, truth: Values, rng: np.random.Generator) -> Values:
    """Occasions one by one with their companions, and the counts of contacts that they add up to."""
    dyad, lead, year = (np.repeat(index.ravel(), occasion.ravel()) for index in np.indices(occasion.shape))
    mean = companion_of(truth, occasion.shape[1])[lead]
    size = float(truth["mark_overdispersion"]) ** -2
    companion = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    count = occasion.copy()
    np.add.at(count.swapaxes(1, 2), (dyad, year), companion)
    return {"count": count, "occasion_dyad": dyad, "occasion_year": year, "lead": lead, "companion": companion}
