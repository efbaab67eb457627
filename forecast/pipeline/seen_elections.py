"""Elections as seen from the end of a record: of the next term, or of a later one, with others governing in between."""

from collections.abc import Mapping

from forecast import shipped
from forecast.errors import Fault, InputError
from forecast.panel import Panel
from forecast.panel.elections import Election, load_elections
from forecast.panel.winners import Between, beyond_limit, terms_ahead
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario


def seen_elections(elections: Mapping[str, Election], scenarios: Mapping[str, Scenario],
                   panel: Panel) -> tuple[dict[str, Election], str]:
    """Elections as seen from the end of the record, and who governs in between, in a sentence.

    Raises
    ------
    InputError
        Where an outcome gives somebody more terms than there can be.
    """
    found, told, faults = {}, "", []
    for name, one in elections.items():
        found[name], between = seen(one, panel)
        limit = beyond_limit(one, panel.administration, between)
        faults += [Fault(source="run", where=f"scenario {name}, key outcome", found=outcome,
                         expected=f"a president with fewer than {one.most_terms} terms before",
                         remedy="Give a scenario of another outcome, or correct the file of elections.")
                   for outcome in scenarios[name].chances if outcome in limit]
        told = _told(found[name].ahead - 1, between) if found[name].ahead > 1 else told
    if faults:
        raise InputError(faults)
    return found, told


def seen(election: Election, panel: Panel) -> tuple[Election, Between | None]:
    """An election as seen from the end of a record, and who governs in the term before, where that is not on record."""
    ahead = max(terms_ahead(election, panel.administration), 0)
    between = _between(election) if ahead > 1 else None
    known = {term.president for term in panel.administration}
    return election.seen(ahead=ahead, between=between.unknown(known) if between else {}), between


def _told(terms: int, between: Between | None) -> str:
    lie = "One term lies" if terms == 1 else f"{terms} terms lie"
    return f"{lie} between the record and the term that is forecast. {between.told if between else ''}".strip()


def _between(election: Election) -> Between | None:
    """The election of the term before: its winner, or chances as shipped, or all alike; None where the file has none."""
    before = next((one for one in load_elections(election.file) if one.term_end == election.term_start), None)
    if before is None:
        return None
    if before.winner:
        return Between(election=before, chances={before.winner: 1.0})
    mixture = load_scenario(find_scenario(shipped.CASE.examples["mixture"]))
    chances = mixture.chances if mixture.election == before.id else dict.fromkeys(before.outcomes, 1 / len(before.outcomes))
    return Between(election=before, chances=chances)
