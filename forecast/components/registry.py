"""All components, one line each, in the order in which the chain uses them."""

from collections.abc import Mapping

from forecast.components.agenda import Agenda
from forecast.components.completeness import Completeness
from forecast.components.effectiveness import Effectiveness
from forecast.components.frequency import Frequency
from forecast.components.media import Media
from forecast.components.protocol import Component
from forecast.components.registers import Registers

COMPONENT: Mapping[str, Component] = {
    component.name: component
    for component in (
        Frequency(),
        Agenda(),
        Effectiveness(),
        Media(),
        Completeness(),
    )
}

GOVERNED = ("frequency", "agenda", "effectiveness", "media")
"""Components that depend on who governs; what share of contacts is recorded is the same under everybody."""

ACROSS: Mapping[str, Component] = {"registers": Registers()}
"""Components fitted across all countries: they inform the priors of a dyad, and no forecast fits or projects them."""


def component_of(name: str) -> Component:
    """A component by name, of the dyad or across countries."""
    return ACROSS[name] if name in ACROSS else COMPONENT[name]


def needs() -> dict[str, Mapping[str, str]]:
    """Priors that each component needs: component -> parameter -> support."""
    return {name: component.needs for name, component in COMPONENT.items()}
