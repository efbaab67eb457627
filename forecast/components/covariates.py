r"""Effects of circumstances on contact frequency: which a prior set switches on, and how they enter the log rate.

.. math:: \eta_{ry} = \dots + \sum_k \beta_k\,(z_{ky} - z_{k,end}), \qquad \beta_k \sim N(0, s_k^2)

with :math:`z_{ky}` the value of covariate :math:`k` in year :math:`y` (:mod:`forecast.panel.covariates`) and :math:`z_{k,end}`
what goes on: the last value known of a series, and of a period 1 as long as it lasts. Measured from there, a future in which that
goes on needs no term; a scenario that sets :math:`z'` adds :math:`\beta_k (z'_{ky} - z_{k,end})`, and of a term that runs the
years that have begun have what was observed. A term that is held out, and every year after it, has the last value before it:
no later observation speaks. All ranks share :math:`\beta_k`, and so do the dyads of a fit to several, for which only covariates
are known that are the same for all of them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forecast.components.linear import Block
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Future, Take
from forecast.errors import Fault, InputError
from forecast.panel import Panel
from forecast.panel.covariates import covariate_table, departures, going_on, last_known

COVARIATES, EFFECT, AXIS, VALUE, LAST, NOISE = (
    "covariates", "covariate_effect", "covariate", "covariate_value", "covariate_last", "covariate_noise")
"""Parameter of the prior files; effects and last values in the posterior, and their axis; values among the arrays; prior of the
noise."""
AHEAD, AWAY = "covariate_ahead", "covariate_away"
"""What goes on after the record, among the arrays; and the array that stands for the departures where the years are not all there
to compute them."""
STANDARD = Prior(distribution="normal", mu=0, sigma=1, reason="Of the noise that the standard deviations multiply.")


def chosen(priors: Mapping[str, Prior]) -> dict[str, float]:
    """Standard deviations of the effects of the covariates that are switched on."""
    given = priors.get(COVARIATES)
    return dict(given.sd) if given and given.distribution == "normal_by_covariate" else {}


def with_covariates(data: ComponentData, priors: Mapping[str, Prior], panel: Panel | None) -> ComponentData:
    """The data with the covariates that the priors switch on, in the order of the catalogue; unchanged where there are none.

    Raises
    ------
    InputError
        Where one of them is not known for every dyad of the fit alike.
    """
    wanted = chosen(priors)
    if not wanted or panel is None:
        return data
    table = covariate_table(panel.about, panel.year, panel.as_of).dropna(how="all")
    if unknown := [name for name in wanted if name not in table.index]:
        raise InputError([Fault(
            source="prior set", where=f"frequency.{COVARIATES}.sd.{name}",
            expected=f"a covariate that is known for {', '.join(panel.dyad)}{' alike' if len(panel.dyad) > 1 else ''}: "
                     f"{', '.join(table.index) or 'there is none'}",
            found=name, remedy="Estimate the dyad alone (--alone), or leave the covariate out.") for name in unknown])
    table = table.loc[[name for name in table.index if name in wanted]]
    array = {**data.array, VALUE: table.to_numpy(), AHEAD: going_on(table, panel.as_of)}
    return replace(data, array=array, coord={**data.coord, AXIS: tuple(table.index)})


def covariate_blocks(data: ComponentData, priors: Mapping[str, Prior], year: np.ndarray) -> tuple[Block, ...]:
    """Block of the effects for rows of given years; none where nothing is switched on."""
    given = chosen(priors)
    if not given:
        return ()
    spread = np.diag([given[name] for name in data.coord[AXIS]])
    return (Block(name=EFFECT, prior=NOISE, dims=(AXIS,), basis=spread, design=away(data.array).T[year]),)


def away(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """How far every year is from the last value known before what is held out, (covariate, year)."""
    if AWAY in array:
        return array[AWAY]
    found: np.ndarray = departures(array[VALUE], array["term_used"][array["term"]] > 0, array[AHEAD])
    return found


def last_values(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """What goes on after the years used, (covariate,); zero of a covariate of which nothing was known before a held-out term."""
    used = array["term_used"][array["term"]] > 0
    found: np.ndarray = array[AHEAD] if used.all() else np.nan_to_num(last_known(array[VALUE], used))
    return found


def projected(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future) -> np.ndarray | float:
    """What a future that sets covariates adds to the log rate, (path, 1, year_of_term); nothing where none is set.

    Parameters
    ----------
    future : Future
        ``covariate`` has values in units of the covariates by year of the term, NaN where the last one goes on.
    """
    names = [name for name in coord.get(AXIS, ()) if name in future.covariate]
    if not names:
        return 0.0
    place = [coord[AXIS].index(name) for name in names]
    effect, last = take(EFFECT)[:, place], take(LAST)[:, place]
    value = np.array([future.covariate[name] for name in names])
    step = np.where(np.isnan(value), 0.0, value - last[:, :, None])
    found: np.ndarray = (effect[:, :, None] * step).sum(axis=1, keepdims=True)
    return found
