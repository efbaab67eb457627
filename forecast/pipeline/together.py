"""Inputs that are right one by one must also belong together."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from forecast.errors import Fault, InputError
from forecast.panel import Panel
from forecast.panel.elections import Election
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WEIGHTS_FILE, Base, WeightSet, base_level, load_index

SHARED = ("as_of", "dyad", "horizon", "election")
"""Keys that have one value in all scenarios of a run; a scenario that names no dyad agrees with any."""


def check_together(scenarios: Mapping[str, Scenario], elections: Mapping[str, Election]) -> None:
    """Refuse outcomes that an election does not have, and scenarios that cannot be compared.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [disagreement(f"scenario {name}, key outcome", ", ".join(elections[name].outcomes), outcome)
              for name, one in scenarios.items() for outcome in one.chances if outcome not in elections[name].outcomes]
    faults += [disagreement(f"scenario {name}, key horizon", f"months of the term, {_month(elections[name].term_start)} to "
                            f"{_month(elections[name].term_end)}", f"{_month(one.horizon.start)} to {_month(one.horizon.end)}")
               for name, one in scenarios.items() if not _within(one, elections[name])]
    for key in SHARED:
        values = {str(getattr(one, key)) for one in scenarios.values() if getattr(one, key) is not None}
        if len(values) > 1:
            faults.append(disagreement(f"scenarios, key {key}", "the same value in all scenarios of a run",
                                       ", ".join(sorted(values))))
    if faults:
        raise InputError(faults)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _within(scenario: Scenario, election: Election) -> bool:
    """Whether the horizon lies in the term that the election decides."""
    return _month(election.term_start) <= _month(scenario.horizon.start) and _month(scenario.horizon.end) <= _month(
        election.term_end)


def check_dyad_of(scenarios: Mapping[str, Scenario], dyad: str, folder: Path) -> None:
    """Refuse scenarios that were made for another dyad than that of the data.

    A scenario without the key ``dyad`` assumes nothing about a partner and holds for any.

    Raises
    ------
    InputError
        With one fault per scenario, naming both dyads.
    """
    remedy = (f"Run it with the data of that dyad (--data), or write a scenario for {dyad}: extend harris.yaml or "
              f"trump.yaml, set dyad: {dyad}, and argue its sizes anew.")
    faults = [Fault(source="run", where=f"scenario {name}, key dyad", expected=f"{dyad}, the dyad of the data in {folder}",
                    found=one.dyad, remedy=remedy)
              for name, one in scenarios.items() if one.dyad not in (None, dyad)]
    if faults:
        raise InputError(faults)


def questions_of(scenario: Scenario, dyad: str) -> Scenario:
    """The scenario with the questions that are asked of this dyad."""
    return scenario.model_copy(update={"questions": tuple(one for one in scenario.questions if one.dyad in (None, dyad))})


def check_some_contact(panel: Panel, folder: Path) -> None:
    """Refuse a record without a contact: priors alone are no forecast (raises InputError)."""
    if panel.contact.empty:
        raise InputError([Fault(
            source=str(folder / "contacts.csv"), where="whole file", expected=f"a contact dated up to {panel.as_of}",
            found="none", remedy="Code contacts, or give a later date (--as-of).")])


def weights_with_base(panel: Panel) -> dict[str, tuple[WeightSet, float]]:
    """Every set of weights of the relation index, with the weighted contacts per month that make 100.

    Raises
    ------
    InputError
        Where no contact of the dyad lies in the base years, so that nothing makes 100.
    """
    index = load_index()
    if not _in_base(panel, index.base):
        raise InputError([_no_base(panel, index.base)])
    return {name: (one, base_level(panel, one)) for name, one in index.sets.items()}


def _in_base(panel: Panel, base: Base) -> bool:
    return bool(panel.contact["date"].dt.year.between(base.first_year, base.last_year).any())


def _no_base(panel: Panel, base: Base) -> Fault:
    dates = panel.contact["date"]
    found = f"{len(dates)} contacts, {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    expected = f"a recorded contact of {panel.dyad[0]} from {base.first_year} to {base.last_year}, as of {panel.as_of}"
    return Fault(source=WEIGHTS_FILE.name, where="key base", expected=expected, found=found, remedy=(
        "The relation index has no base. Give a later date (--as-of), code contacts of these years, or choose other base "
        "years in that file."))


def disagreement(where: str, expected: str, found: str) -> Fault:
    """A fault of scenarios that cannot stand in one run."""
    return Fault(source="run", where=where, expected=expected, found=found,
                 remedy="Correct the scenario files, or run them apart.")
