"""Elections as seen from the end of a record: of the next term, or of the one after it, with somebody governing in between."""

from collections.abc import Mapping

from forecast import shipped
from forecast.errors import Fault, InputError
from forecast.panel import Panel
from forecast.panel.elections import Election, load_elections
from forecast.panel.winners import MOST_AHEAD, Between, beyond_limit, terms_ahead
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario


def seen_elections(elections: Mapping[str, Election], scenarios: Mapping[str, Scenario],
                   panel: Panel) -> tuple[dict[str, Election], str]:
    """Elections as seen from the end of the record, and who governs in between, in a sentence.

    Raises
    ------
    InputError
        Where a term begins more than two terms after the record, a term in between has no election, or an outcome gives somebody
        more terms than there can be.
    """
    found, told, faults = {}, "", []
    for name, one in elections.items():
        ahead = terms_ahead(one, panel.administration)
        if not 0 <= ahead <= MOST_AHEAD:
            faults.append(_fault(f"scenario {name}, key election", f"{one.id}, from {one.term_start}",
                                 f"one whose term begins at most {MOST_AHEAD} terms after the record, which ends {panel.as_of}"))
            continue
        between = _between(one, panel) if ahead == MOST_AHEAD else None
        limit = beyond_limit(one, panel.administration, between)
        faults += [_fault(f"scenario {name}, key outcome", outcome, f"a president with fewer than {one.most_terms} terms before")
                   for outcome in scenarios[name].chances if outcome in limit]
        known = {term.president for term in panel.administration}
        found[name] = one.seen(ahead=ahead, between=between.unknown(known) if between else {})
        told = between.told if between else told
    if faults:
        raise InputError(faults)
    return found, told


def _between(election: Election, panel: Panel) -> Between:
    """The election of the term between the record and the one that is forecast: its winner, or chances as shipped, or alike."""
    end = panel.administration[-1].end
    before = next((one for one in load_elections(election.file) if one.term_start == end), None)
    if before is None:
        raise InputError([_fault(f"{election.file}, election {election.id}", "none in the file",
                                 f"an election whose term begins on {end}")])
    if before.winner:
        return Between(election=before, chances={before.winner: 1.0})
    mixture = load_scenario(find_scenario(shipped.CASE.examples["mixture"]))
    chances = mixture.chances if mixture.election == before.id else dict.fromkeys(before.outcomes, 1 / len(before.outcomes))
    return Between(election=before, chances=chances)


def _fault(where: str, found: str, expected: str) -> Fault:
    return Fault(source="run", where=where, expected=expected, found=found,
                 remedy="Give a scenario of another election or outcome, or a file of elections that has it (--elections).")
