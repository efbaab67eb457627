"""Names of single observations: a contact, a page, a cell."""

from collections.abc import Mapping

import numpy as np

from forecast.components.protocol import Component, ComponentData
from forecast.panel import Panel
from forecast.panel.occasions import occasion_of


def observations(component: Component, data: ComponentData, panel: Panel, size: Mapping[str, int]) -> dict[str, list[str]]:
    """Names of the observations of each quantity; numbers where the shape of a quantity is not known.

    Parameters
    ----------
    size : mapping of str to int
        Observations of each quantity.
    """
    return {quantity: _named(component.section, quantity, data, panel, number) for quantity, number in size.items()}


def _named(section: str, quantity: str, data: ComponentData, panel: Panel, number: int) -> list[str]:
    names = _OF.get((section, quantity), lambda *_: [])(data, panel)
    return names if len(names) == number else [f"{quantity} {place}" for place in range(number)]


def _contact(_: ComponentData, panel: Panel) -> list[str]:
    return panel.contact["id"].astype(str).tolist()


def _reported(_: ComponentData, panel: Panel) -> list[str]:
    return panel.contact["id"][panel.reported].astype(str).tolist()


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


_OF = {
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
