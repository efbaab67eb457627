"""Log likelihood of every single observation at named parameters, in plain NumPy.

What one observation is decides what leaving one out means: a cell of counts or of occasions, the companions of one occasion,
the calendar month of one contact; all topics of one contact, its breadth integrated out (Gauss-Hermite
quadrature); the outcome of a contact, its mechanism; its direction, its format; whether it is known from elsewhere, its pages
on one side given that and those of the side before; the tone of one page; the lists that report one contact.
"""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from scipy.special import expit, log_expit, log_softmax

from forecast.components.agenda import NODES
from forecast.components.capture import history_shares
from forecast.components.frequency import Frequency
from forecast.components.frequency.formulations import allowed, companion_of, log_probability, log_rate
from forecast.components.frequency.model import occasion_counts
from forecast.components.frequency.recording import seen_shares
from forecast.components.likelihood import cutpoints
from forecast.components.media import slope
from forecast.components.media_recorded import log_known, log_none, log_pages
from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData, Fitted
from forecast.components.setting import shares_of_format
from forecast.panel import Panel
from forecast.panel.panel import occasion_of

Draws = Mapping[str, np.ndarray]


def pointwise(component: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    """Log likelihood by observed quantity, each (draw, observation); empty for a section that is not known here.

    Parameters
    ----------
    draws : mapping of str to (draw, ...) array
        Named parameters.
    """
    return _OF[component.section](component, data, draws) if component.section in _OF else {}


def powers(component: Fitted, data: ComponentData, priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
    """How much each observation counts in the posterior, (observation,), where some count less than others."""
    form = getattr(component, "form", None)
    if form is None or not form.discount:
        return {}
    by_year = form.weight(data.array["term_used"], priors)[data.array["term"]]
    return {"count": np.broadcast_to(by_year, data.array["count"].shape).ravel()}


def _frequency(component: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    """Cells (all of them: a discounted past is observed like any other), and the month of every contact."""
    array, form = data.array, cast(Frequency, component).form
    mean = array["exposure"][:, None, :] * np.exp(log_rate(array, draws))
    size = np.asarray(draws["overdispersion"])[:, None, None, None] ** -2
    month = np.repeat(np.arange(12), array["month_count"])
    weight = np.exp(draws["season"]) * array["month_exposure"]
    found = {"month": np.log(weight / weight.sum(axis=1, keepdims=True))[:, month]}
    count = occasion_counts(data) if form.occasions else array["count"]
    found["occasion" if form.occasions else "count"] = log_probability(count, mean, size).reshape(len(mean), -1)
    if form.occasions:
        found["companion"] = _companions(array, draws)
    if form.recording:
        cell = np.repeat(np.arange(array["history"].size), array["history"].ravel())
        found["history"] = np.log(seen_shares(array, draws)).reshape(len(mean), -1)[:, cell]
    return found


def _companions(array: Draws, draws: Draws) -> np.ndarray:
    ranks = array["count"].shape[1]
    mean = companion_of(draws, ranks)[:, array["lead"]]
    size = np.asarray(draws["mark_overdispersion"])[:, None, None] ** -2
    may = allowed(ranks)[array["lead"]]
    return np.where(may, log_probability(array["companion"], np.where(may, mean, 1.0), size), 0.0).sum(axis=-1)


def _agenda(_: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    array = data.array
    walk = np.concatenate([draws["walk"], np.zeros((len(draws["base"]), 1, draws["base"].shape[1]))], axis=1)
    logit = (draws["base"][:, None] + _effect(array, draws, "") + draws["rank_effect"][:, array["rank"]] + walk[:, array["term"]])
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    odds, topics = np.exp(logit), array["named"].sum(axis=1)
    total = np.full(logit.shape[:2], -np.inf)
    for at, share in zip(node, weight / weight.sum(), strict=True):
        breadth = (draws["breadth_scale"] * at)[:, None]
        one = topics * breadth - np.log(np.prod(1 + odds * np.exp(breadth)[..., None], axis=-1) - 1)
        total = np.logaddexp(total, np.log(share) + one)
    return {"named": (array["named"] * logit).sum(axis=-1) + total}


def _effectiveness(_: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    array = data.array
    location = {prefix: _effect(array, draws, prefix) + draws[f"{prefix}rank_effect"][:, array["rank"]]
                + np.multiply.outer(draws[f"{prefix}drift"], array["decade"]) for prefix in ("", "mechanism_")}
    inside = draws["mechanism_base"][:, None] + location["mechanism_"]
    outcome = location[""] + np.multiply.outer(draws["breadth"], array["topics_named"])
    cut = cutpoints(draws["outcome_share"])[:, array["mechanism_member"]]
    return {"mechanism_member": log_expit((2 * array["mechanism_member"] - 1) * inside),
            "outcome_code": _ordered(array["outcome_code"], outcome, cut)}


def _setting(_: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    array = data.array
    logit = (draws["base"][:, None] + _effect(array, draws, "") + draws["rank_effect"][:, array["rank"]]
             + draws["drift"][:, None] * array["decade"][:, None])
    share = shares_of_format(draws["visit_share"], draws["remote_share"], data.coord)
    form = share[:, array["direction"], array["format"]]
    form = np.log(np.where(form > 0, form, 1.0))  # a format that its direction excludes is no observation of the model
    return {"direction": log_softmax(logit, axis=-1)[:, np.arange(len(array["rank"])), array["direction"]],
            "format": form}


def _media(_: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    """Who is known from elsewhere, then the pages side by side, each given what comes before it; the tone of every page."""
    array = data.array
    at = {prefix: _effect(array, draws, prefix) + draws[f"{prefix}rank_effect"][:, array["rank"]]
          + draws[f"{prefix}effective"][:, None] * array["effective"][:, None]
          + slope(draws[f"{prefix}drift"])[..., None, :] * array["decade"][:, None] for prefix in ("pages_", "tone_")}
    walk = np.concatenate([draws["pages_walk"], np.zeros_like(draws["pages_base"])[:, None]], axis=1)
    mean = np.exp(draws["pages_base"][:, None] + walk[:, array["term"]] + at["pages_"])
    spread = np.asarray(draws["pages_overdispersion"])[:, None, None]
    no_page = log_none(mean, spread)
    pages = log_pages(log_probability(array["pages"], mean, spread**-2), no_page, array["pages"], array["known_before"])
    contact, side = array["page_contact"], array["page_side"]
    cut = cutpoints(draws["tone_share"])[:, side]
    known = log_known(no_page, np.asarray(draws["elsewhere"])[:, None], array["elsewhere"])
    return {"elsewhere": known, "pages": pages.reshape(len(pages), -1),
            "page_tone": _ordered(array["page_tone"], at["tone_"][:, contact, side], cut)}


def _completeness(_: Fitted, data: ComponentData, draws: Draws) -> dict[str, np.ndarray]:
    """The history of every listed contact, given that somebody reports it."""
    by_list = draws["base"][:, :, None] + draws["list_era"]
    by_rank = draws["rank_effect"][:, None, :] + draws["list_rank"]
    logit = (by_list[:, :, None, :] + by_rank[:, :, :, None]).transpose(0, 2, 3, 1)  # draw, rank, era, list
    share = history_shares(logit, draws["visibility_scale"])
    seen = np.log(share[..., 1:]) - np.log1p(-share[..., :1])
    cell = np.repeat(np.arange(data.array["history"].size), data.array["history"].ravel())
    return {"history": seen.reshape(len(seen), -1)[:, cell]}


def _effect(array: Draws, draws: Draws, prefix: str) -> np.ndarray:
    """Type and president of the term of every row, (draw, row, ...)."""
    term = array["term"]
    return (draws[f"{prefix}type_effect"][:, array["type_of_term"][term]]
            + draws[f"{prefix}president_effect"][:, array["president_of_term"][term]])


def _ordered(code: np.ndarray, location: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Log probability of ordinal codes (row,) at locations (draw, row) and cutpoints (draw, row or 1, K - 1)."""
    edge = np.full((*location.shape, 1), np.inf)
    cut = np.broadcast_to(cut, (*location.shape, cut.shape[-1]))
    bound = np.concatenate([-edge, cut, edge], axis=-1)
    row = np.arange(len(code))
    high, low = bound[:, row, code + 1] - location, bound[:, row, code] - location
    # the difference on the side where both are far from one, lest it vanish
    flip = low > 0
    found: np.ndarray = np.log(np.where(flip, expit(-low) - expit(-high), expit(high) - expit(low)))
    return found


_OF: Mapping[str, Callable[[Fitted, ComponentData, Draws], dict[str, np.ndarray]]] = {
    "frequency": _frequency, "agenda": _agenda, "effectiveness": _effectiveness, "media": _media, "setting": _setting,
    "completeness": _completeness,
}


# Names of single observations: a contact, a page, a cell.

def observations(component: Component, data: ComponentData, panel: Panel, size: Mapping[str, int]) -> dict[str, list[str]]:
    """Names of the observations of each quantity; numbers where the shape of a quantity is not known.

    Parameters
    ----------
    size : mapping of str to int
        Observations of each quantity.
    """
    return {quantity: _named(component.section, quantity, data, panel, number) for quantity, number in size.items()}


def _named(section: str, quantity: str, data: ComponentData, panel: Panel, number: int) -> list[str]:
    of = _NAMES_OF.get((section, quantity))
    names = of(data, panel) if of else []
    return names if len(names) == number else [f"{quantity} {place}" for place in range(number)]


def _contact(_: ComponentData, panel: Panel) -> list[str]:
    found: list[str] = panel.contact["id"].astype(str).tolist()
    return found


def _reported(_: ComponentData, panel: Panel) -> list[str]:
    found: list[str] = panel.contact["id"][panel.reported].astype(str).tolist()
    return found


def _coverage(data: ComponentData, panel: Panel) -> list[str]:
    return [f"{contact}, {side}" for contact in panel.contact["id"] for side in data.coord["side"]]


def _page(data: ComponentData, panel: Panel) -> list[str]:
    contact = panel.contact["id"].to_numpy()[data.array["page_contact"]]
    return [f"{one}, {data.coord['side'][side]}, page {number}"
            for number, (one, side) in enumerate(zip(contact, data.array["page_side"], strict=True))]


def _cell(data: ComponentData, panel: Panel) -> list[str]:
    year = panel.year["start"].dt.year
    return [_join(dyad, rank, f"{first} to {first + 1}") for dyad in _many(data.coord["dyad"])
            for rank in data.coord["rank"] for first in year]


def _history(data: ComponentData, _: Panel) -> list[str]:
    """Contacts of one cell and history are alike, so they share a name."""
    history = data.array["history"]
    time = data.coord["era" if "era" in data.coord else "term"]
    names = [f"a contact of rank {rank}, {when}, reported by {code}" for rank in data.coord["rank"] for when in time
             for code in data.coord["history"]]
    return np.repeat(names, history.ravel()).tolist()


def _many(dyads: tuple[str, ...]) -> tuple[str, ...]:
    """A single dyad needs no name."""
    return dyads if len(dyads) > 1 else ("",)


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _month(data: ComponentData, _: Panel) -> list[str]:
    return np.repeat([f"a contact in month {month}" for month in data.coord["month_of_year"]], data.array["month_count"]).tolist()


def _occasion(_: ComponentData, panel: Panel) -> list[str]:
    """By the first contact of each."""
    first = np.unique(occasion_of(panel.contact), return_index=True)[1]
    return [f"occasion of {contact}" for contact in panel.contact["id"].iloc[first]]


_NAMES_OF = {
    ("frequency", "count"): _cell,
    ("frequency", "occasion"): _cell,
    ("frequency", "month"): _month,
    ("frequency", "companion"): _occasion,
    ("frequency", "history"): _history,
    ("agenda", "named"): _reported,
    ("effectiveness", "mechanism_member"): _contact,
    ("effectiveness", "outcome_code"): _contact,
    ("setting", "direction"): _contact,
    ("setting", "format"): _contact,
    ("media", "elsewhere"): _contact,
    ("media", "pages"): _coverage,
    ("media", "page_tone"): _page,
    ("completeness", "history"): _history,
}
