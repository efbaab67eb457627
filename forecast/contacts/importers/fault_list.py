"""Faults of large files: all are counted in one pass, and the first are told."""

from forecast.errors import Fault, InputError

CAP = 50


class FaultList:
    """Faults met while a file streams by.

    Parameters
    ----------
    cap : int
        How many are told in full; the rest is only counted.
    """

    def __init__(self, cap: int = CAP) -> None:
        self.cap, self.told, self.count = cap, [], 0

    def add(self, source: str, where: str, expected: str, found: str, remedy: str) -> None:
        """Note one fault."""
        self.count += 1
        if len(self.told) < self.cap:
            self.told.append(Fault(source=source, where=where, expected=expected, found=found, remedy=remedy))

    def stop(self) -> None:
        """Raise InputError where anything was at fault; the last entry says how many faults are not told."""
        if not self.count:
            return
        more = self.count - len(self.told)
        rest = [Fault(source="all files", where=f"after the first {self.cap} faults", expected="no fault",
                      found=f"{more} more", remedy="Repair those above and import again.")] if more else []
        raise InputError([*self.told, *rest])
