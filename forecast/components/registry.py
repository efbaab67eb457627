"""All components, one line each, in the order in which the chain uses them."""

from collections.abc import Mapping

from forecast.components.agenda import Agenda
from forecast.components.completeness import Completeness
from forecast.components.effectiveness import Effectiveness
from forecast.components.frequency import FORMS, Frequency, FrequencyPool
from forecast.components.media import Media
from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import Component, Fitted, Projecting
from forecast.components.registers import Registers
from forecast.components.setting import Setting

_FITTED: tuple[Component, ...] = (
    *(Frequency(form) for form in FORMS),
    Agenda(),
    Effectiveness(),
    Media(),
    Setting(),
    Completeness(),
)
COMPONENT: Mapping[str, Component] = {component.name: component for component in _FITTED}
"""Everything that is fitted."""

POOL: Mapping[str, FrequencyPool] = {pool.name: pool for pool in (FrequencyPool(),)}
"""Components made of fitted ones."""

_MEMBER = {member.name for pool in POOL.values() for member in pool.members}
PROJECTING: Mapping[str, Projecting] = {**POOL, **{name: one for name, one in COMPONENT.items() if name not in _MEMBER}}
"""What the engine asks for the parameters of its paths: pools in place of their members."""

GOVERNED = tuple(name for name in COMPONENT if name != "completeness")
"""Components that depend on who governs; what share of contacts is recorded is the same under everybody."""

ACROSS: Mapping[str, Fitted] = {"registers": Registers()}
"""Components fitted across all countries: they inform the priors of a dyad, and no forecast fits or projects them."""


def component_of(name: str) -> Fitted:
    """A component by name, of the dyad or across countries."""
    return ACROSS[name] if name in ACROSS else COMPONENT[name]


def needs() -> dict[str, Mapping[str, str]]:
    """Priors that each section of a prior file needs: section -> parameter -> support."""
    found: dict[str, Mapping[str, str]] = {}
    for component in COMPONENT.values():
        found[component.section] = {**found.get(component.section, {}), **component.needs}
    return found


def priors_of(priors: PriorSet, name: str) -> dict[str, Prior]:
    """The priors that a component needs, from the section that it shares with others."""
    component = component_of(name)
    return {parameter: priors.component[component.section][parameter] for parameter in component.needs}
