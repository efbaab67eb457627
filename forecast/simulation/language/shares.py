"""Officials of one rank share its contacts: what they have at the same time cannot be more than all of them."""

from collections.abc import Iterator

import numpy as np

from forecast.errors import Fault
from forecast.simulation.language.inherit import Merged
from forecast.simulation.language.official import Official
from forecast.simulation.language.scenario import Scenario

HIGH = 0.95
"""Where shares are uncertain, their values that are exceeded in one future of twenty are added up."""
TOLERANCE = 1e-9


def shares_beyond_one(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Faults of officials whose share, added to those of officials named before, is more than one in some month."""
    for place, one in enumerate(scenario.cabinet):
        before = [other for other in scenario.cabinet[:place] if other.rank == one.rank]
        beside = max((_beside(one, before, month, scenario) for month in _begins(scenario)), key=sum, default=[])
        if len(beside) > 1 and sum(beside) > 1 + TOLERANCE:
            source, line = merged.locate(("cabinet", place, "share"))
            added = " + ".join(f"{share:.3g}" for share in beside)
            uncertain = ", at the 95 % points of those that are uncertain" if any(
                other.share.support[0] < other.share.support[1] for other in (*before, one)) else ""
            yield Fault(source=str(source), where=f"line {line}, key cabinet.{place}.share",
                        expected=f"shares of {one.rank} contacts that add up to at most 1 at any time{uncertain}",
                        found=f"{added} = {sum(beside):.3g}", remedy="Lower a share, or give the officials different months.")


def _begins(scenario: Scenario) -> set:
    """Months in which the set of acting officials can become larger."""
    return {one.start or scenario.horizon.start for one in scenario.cabinet}


def _beside(one: Official, before: list[Official], month: object, scenario: Scenario) -> list[float]:
    """Shares of those who act in a month, if this official does."""
    acting = [other for other in (*before, one)
              if (other.start or scenario.horizon.start) <= month <= (other.end or scenario.horizon.end)]
    return [float(other.share.quantile(np.array([HIGH]))[0]) for other in acting] if one in acting else []
