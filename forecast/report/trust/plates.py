"""All figures of the report on trust; a new figure is a new file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from matplotlib.figure import Figure

from forecast.report.trust import convergence, loo, overlap, pit, predictive, sensitivity
from forecast.report.trust.content import TrustContent, component_name


@dataclass(frozen=True, kw_only=True)
class TrustPlate:
    """One figure: its file name, the check that it belongs to, how it is drawn, described and read."""

    name: str
    area: str
    heading: str
    draw: Callable[[TrustContent], Figure]
    alt: Callable[[TrustContent], str]
    reading: str


_WHOLE = (("convergence", "convergence", convergence), ("loo", "leave-one-out", loo), ("calibration", "calibration", pit))
_PRIOR = (("sensitivity", "sensitivity", sensitivity), ("overlap", "prior to posterior", overlap))


def plates(content: TrustContent) -> tuple[TrustPlate, ...]:
    """The figures that this content allows."""
    known = {"loo": any(one.loo for one in content.trust.values()), "calibration": any(one.pit for one in content.trust.values()),
             "sensitivity": any(len(one.sensitivity) for one in content.trust.values())}
    whole, prior = ([_plate(*one) for one in group if known.get(one[0], True)] for group in (_WHOLE, _PRIOR))
    return (*whole, *(_single(name) for name, one in content.trust.items() if one.predictive), *prior)


def _plate(name: str, area: str, module: ModuleType) -> TrustPlate:
    return TrustPlate(name=name, area=area, heading=module.HEADING, draw=module.draw, alt=module.alt, reading=module.READING)


def _single(name: str) -> TrustPlate:
    """Predictive checks of one component."""
    return TrustPlate(name=f"predictive_{name}", area="predictive checks", heading=component_name(name),
                      draw=partial(predictive.draw, name=name), alt=partial(predictive.alt, name=name),
                      reading=predictive.READING)
