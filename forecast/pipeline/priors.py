"""Prior sets before any fit: read, drawn from, compared with the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.components import shipped_priors
from forecast.components.prior_file import load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import COMPONENT, needs, priors_of
from forecast.evaluation.prior_predictive.check import DRAWS, PriorCheck, check_priors
from forecast.panel import DEFAULT_AS_OF, Panel, load_panel, shipped
from forecast.pipeline.chain import Progress
from forecast.pipeline.together import check_some_contact

DEFAULT = "default"
SEED = 20241104


@dataclass(frozen=True, kw_only=True)
class CheckedSet:
    """A prior set, the record it was held against, and what was found by component."""

    priors: PriorSet
    default: PriorSet
    panel: Panel
    checks: Mapping[str, PriorCheck]


def read_sets(name: str) -> tuple[PriorSet, PriorSet]:
    """A prior set by file or name, and the default one (raises InputError with every fault)."""
    chosen, default = (load_priors(shipped_priors.find(one), needs()) for one in (name, DEFAULT))
    return chosen, default


def check_set(name: str, progress: Progress, *, data: Path | None = None, as_of: date | None = None, draws: int = DRAWS,
              seed: int = SEED) -> CheckedSet:
    """Prior predictive check of every component.

    Raises
    ------
    InputError
        With every fault of the prior set or the data.
    """
    chosen, default = read_sets(name)
    folder = data or shipped.DYAD
    panel = load_panel(folder, as_of=as_of or DEFAULT_AS_OF)
    check_some_contact(panel, folder)
    checks = {}
    for number, (part, component) in enumerate(COMPONENT.items(), 1):
        checks[part] = check_priors(component, component.data(panel), priors_of(chosen, part), priors_of(default, part),
                                    seed=seed, draws=draws)
        progress("prior predictive draws", number, len(COMPONENT))
    return CheckedSet(priors=chosen, default=default, panel=panel, checks=checks)
