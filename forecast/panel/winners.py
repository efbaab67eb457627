"""Who governs: the winner of an election, from the table of terms, from the file of elections, or not known and drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forecast.errors import Fault, InputError
from forecast.panel.elections import Administration, Election, parties


def governing(election: Election, administrations: Sequence[Administration]) -> Administration | None:
    """The term that an election decided, from the table of terms or from the winner that the election names; None where neither
    tells who won.

    Raises
    ------
    InputError
        Where the table and the winner disagree.
    """
    found = next((one for one in administrations if one.start <= election.term_start < one.end), None)
    named = election.outcomes[election.winner] if election.winner else None
    if found is None and named is not None:
        terms = sum(one.president == named.president for one in administrations)
        return Administration(name=f"{named.president} {terms + 1}" if terms else named.president, president=named.president,
                              type=named.type, start=election.term_start, end=election.term_end)
    if found is not None and named is not None and (named.president, named.type) != (found.president, found.type):
        raise InputError([Fault(source=str(election.file), where=f"election {election.id}, key winner",
                                found=repr(election.winner),
                                expected=f"the outcome of {found.president} ({found.type}), as in administrations.csv",
                                remedy="Correct one of them.")])
    return found


def outcome_of(election: Election, governs: Administration) -> str:
    """The outcome of an election that made an administration (raises InputError where none did, or several)."""
    found = _outcomes(election, governs)
    if len(found) != 1:
        raise InputError([Fault(source=str(election.file), where=f"election {election.id}, key outcomes",
                                expected=f"one in which {governs.president} governs, who did from {election.term_start}",
                                found=f"{len(found)} of {', '.join(election.outcomes)}",
                                remedy="Name the winner as administrations.csv does.")])
    return found[0]


def elected(election: Election, administrations: Sequence[Administration]) -> str | None:
    """The outcome that happened, as far as the table of terms or the election itself tells; None where neither does."""
    governs = governing(election, administrations)
    found = _outcomes(election, governs) if governs else []
    return found[0] if len(found) == 1 else None


def _outcomes(election: Election, governs: Administration) -> list[str]:
    return [name for name, winner in election.outcomes.items() if winner.president == governs.president]


# A term that is not the next after the end of the record.

@dataclass(frozen=True, kw_only=True)
class Between:
    """Who governs between the end of a record and the term that is forecast.

    Parameters
    ----------
    election : Election
        Which decides it.
    chances : mapping of str to float
        Its outcomes, one where the winner is known.
    """

    election: Election
    chances: Mapping[str, float]

    def unknown(self, known: Iterable[str]) -> dict[str, float]:
        """Party -> probability that a president of it governs whom the record does not know."""
        party, found = parties(), defaultdict[str, float](float)
        for outcome, chance in self.chances.items():
            winner = self.election.outcomes[outcome]
            found[party[winner.type]] += chance if winner.president not in known else 0.0
        return dict(found)

    @property
    def told(self) -> str:
        """A sentence."""
        if len(self.chances) == 1:
            return f"Who won {self.election.id} is taken from the file of elections: {next(iter(self.chances))}."
        drawn = ", ".join(f"{outcome} {chance:g}" for outcome, chance in self.chances.items())
        return (f"Who won {self.election.id} is not said (key winner of elections.yaml), and is drawn: {drawn}. Nothing of that "
                "term is on record.")


def terms_ahead(election: Election, administrations: Sequence[Administration]) -> int:
    """Terms from the last of a record to the one that an election decides: 1 for the next."""
    term = (election.term_end - election.term_start).days
    return 1 + round((election.term_start - administrations[-1].end).days / term)


def beyond_limit(election: Election, administrations: Sequence[Administration], between: Between | None) -> dict[str, int]:
    """Outcomes whose president would have more terms than anybody can, with the number of terms before."""
    if election.most_terms is None:
        return {}
    served = Counter(one.president for one in administrations if one.start < election.term_start)
    won = {between.election.outcomes[outcome].president for outcome in between.chances} if between else set()
    before = {name: served[winner.president] + (winner.president in won) for name, winner in election.outcomes.items()}
    return {name: terms for name, terms in before.items() if terms >= election.most_terms}
