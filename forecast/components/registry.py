"""All components, one line each, in the order in which the chain uses them, and who plays which part.

A component of one's own needs no line here: the environment variable ``FORECAST_COMPONENTS`` names it as ``module:object``,
several separated by commas. Every process that works for the program sees the variable, and so the component.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import cast

from forecast.components.agenda import Agenda
from forecast.components.completeness import Completeness
from forecast.components.effectiveness import Effectiveness
from forecast.components.frequency import FORMS, Frequency, FrequencyPool
from forecast.components.media import Media
from forecast.components.poles import Poles
from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import ROLES, Component, Fitted, Projecting
from forecast.components.registers import Registers
from forecast.components.setting import Setting
from forecast.errors import Fault, InputError

_COMPONENT: dict[str, Component] = {
    component.name: component
    for component in (
        *(Frequency(form) for form in FORMS),
        Agenda(),
        Effectiveness(),
        Media(),
        Setting(),
        Completeness(),
    )
}
COMPONENT: Mapping[str, Component] = _COMPONENT
"""Everything that is fitted."""
SHIPPED = tuple(_COMPONENT)
"""Those that the shipped prior files know."""

POOL: Mapping[str, FrequencyPool] = {pool.name: pool for pool in (FrequencyPool(),)}
"""Components made of fitted ones."""

_MEMBER = {member.name for pool in POOL.values() for member in pool.members}
_PROJECTING: dict[str, Projecting] = {**POOL, **{name: one for name, one in COMPONENT.items() if name not in _MEMBER}}
PROJECTING: Mapping[str, Projecting] = _PROJECTING
"""What is projected into the coming term: pools in place of their members."""

CONTACTS, TOPICS, OUTCOME, PAGES, SETTING, RECORDING = (
    next(name for name, one in PROJECTING.items() if one.role == role) for role in ROLES)
"""Who tells the engine how many contacts there are, what they are about, what comes of them, who reports them, who travels, and
what share of them is on record."""

ACROSS: Mapping[str, Registers] = {one.name: one for one in (Registers(),)}
"""Components fitted across all countries: they inform the priors of a dyad, and no forecast fits or projects them."""
(REGISTERS,) = ACROSS

BESIDE: Mapping[str, Component] = {one.name: one for one in (Poles(),)}
"""Components fitted to another record of the dyad than that of its contacts, where there is one: they are projected, and the
engine, whose contacts have other axes, does not ask them."""
(POLES,) = BESIDE


# Components from elsewhere.

VARIABLE = "FORECAST_COMPONENTS"


@contextmanager
def registered(entry: str) -> Iterator[Component]:
    """Have a component among all others for a while, here and in the processes that begin meanwhile.

    Parameters
    ----------
    entry : str
        ``module:object``, as in ``FORECAST_COMPONENTS``; the module can be imported where the program can.

    Raises
    ------
    InputError
        Where there is no such component, or its name or part is taken.
    """
    before = os.environ.get(VARIABLE)
    component = _add(entry)
    os.environ[VARIABLE] = ",".join(filter(None, (before, entry)))
    try:
        yield component
    finally:
        del _COMPONENT[component.name], _PROJECTING[component.name]
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def _add(entry: str) -> Component:
    """Register what an entry names (raises InputError)."""
    module, _, name = entry.strip().partition(":")
    try:
        component: Component = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise _wrong(entry, "module:object, a component that can be imported", str(error)) from None
    if Component not in type(component).__mro__:
        raise _wrong(entry, "an object of a class that inherits from forecast.components.protocol.Component",
                     f"an object of {type(component).__name__}")
    if component.name in {*COMPONENT, *PROJECTING, *ACROSS, *BESIDE}:
        raise _wrong(entry, "a component with a name of its own", component.name)
    if component.role:
        raise _wrong(entry, "a component without a role: what the engine asks for has its component", component.role)
    _COMPONENT[component.name] = _PROJECTING[component.name] = component
    return component


def _wrong(entry: str, expected: str, found: str) -> InputError:
    return InputError([Fault(source=VARIABLE, where=f"entry '{entry}'", expected=expected, found=found,
                             remedy="Correct the entry, or remove it.")])


for _entry in filter(None, os.environ.get(VARIABLE, "").split(",")):
    _add(_entry)


# What several ask of all components.

def component_of(name: str) -> Fitted:
    """A component by name, of the dyad, beside its record or across countries."""
    known: dict[str, Fitted] = {**ACROSS, **BESIDE}
    return known[name] if name in known else COMPONENT[name]


def projecting(name: str) -> Component:
    """A component by name that says something of the coming term: one of the dyad, or beside its record."""
    return BESIDE[name] if name in BESIDE else COMPONENT[name]


def of_section(section: str) -> Component:
    """The first component of a section of the prior files; what belongs to a section is the same for all of them."""
    return next(one for one in COMPONENT.values() if one.section == section)


def of_several() -> tuple[str, ...]:
    """Sections whose components can be fitted to several dyads."""
    return tuple(dict.fromkeys(one.section for one in COMPONENT.values() if one.several))


def needs(names: Iterable[str] = COMPONENT) -> dict[str, Mapping[str, str]]:
    """Priors that each section of a prior file needs: section -> parameter -> support; of some components, or of all."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        found.setdefault(COMPONENT[name].section, {}).update(COMPONENT[name].needs)
    return cast("dict[str, Mapping[str, str]]", found)


def priors_of(priors: PriorSet, name: str) -> dict[str, Prior]:
    """The priors that a component needs, from the section that it shares with others."""
    component = component_of(name)
    return {parameter: priors.component[component.section][parameter] for parameter in component.needs}
