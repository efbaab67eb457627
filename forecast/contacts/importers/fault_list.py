"""Faults of large files, and rows of them left out: all are counted in one pass, and the first are told."""

from collections import Counter
from collections.abc import Iterable

from forecast.errors import Fault, InputError

CAP = 50
MOST = 10_000
"""Faults after which no more is read: it is another kind of file."""


class FaultList:
    """Faults met while a file streams by.

    Parameters
    ----------
    cap : int
        How many are told in full; the rest is only counted.
    """

    def __init__(self, cap: int = CAP) -> None:
        self.cap, self.told, self.count = cap, [], 0

    @property
    def full(self) -> bool:
        """Whether there is no use in reading on."""
        return self.count >= MOST

    def add(self, source: str, where: str, expected: str, found: str, remedy: str) -> None:
        """Note one fault."""
        self.count += 1
        if len(self.told) < self.cap:
            self.told.append(Fault(source=source, where=where, expected=expected, found=found, remedy=remedy))

    def take(self, faults: Iterable[Fault]) -> None:
        """Note faults that another reader found."""
        for fault in faults:
            self.add(fault.source, fault.where, fault.expected, fault.found, fault.remedy)

    def stop(self) -> None:
        """Raise InputError where anything was at fault; the last entry says how many faults are not told."""
        if not self.count:
            return
        more = self.count - len(self.told)
        found = f"{more:,} more" + (", and what stands later was not read" if self.full else "")
        rest = [Fault(source="all files", where=f"after the first {self.cap} faults", expected="no fault",
                      found=found, remedy="Repair those above and import again.")] if more else []
        raise InputError([*self.told, *rest])


class LeftOut:
    """What could not be read of single rows that a machine coded: counted, and said with the first place of each kind."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, what: str, source: str, where: str, found: str) -> None:
        """Note one row."""
        self.count[what] += 1
        self.first.setdefault(what, f"{source}, {where}: {found[:100]}")

    def remarks(self, *, places: bool) -> tuple[str, ...]:
        """How many of each kind, with the first of them where places are asked for."""
        return tuple(f"{what}: {count:,}" + (f", first {self.first[what]}" if places else "")
                     for what, count in self.count.items())
