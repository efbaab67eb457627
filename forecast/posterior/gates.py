r"""Convergence gates: no forecast from a posterior that fails one, unless asked for by name.

Rank-normalised split :math:`\hat R` and bulk and tail effective sample sizes (doi 10.1214/20-BA1221), and divergent transitions.
"""

from dataclasses import asdict, dataclass

MAX_RHAT = 1.01
MIN_ESS = 400
MAX_DIVERGENCES = 0


@dataclass(frozen=True, kw_only=True)
class Gates:
    """Worst value of each diagnostic over all parameters of one posterior, and where it stands."""

    max_rhat: float
    max_rhat_at: str
    min_ess_bulk: float
    min_ess_bulk_at: str
    min_ess_tail: float
    min_ess_tail_at: str
    divergences: int
    parameters: int

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence per gate that failed; empty where all passed."""
        checks = (  # "not within", so that a diagnostic that is no number fails
            (not self.max_rhat <= MAX_RHAT, f"R-hat {self.max_rhat:.4f} > {MAX_RHAT} at {self.max_rhat_at}"),
            (not self.min_ess_bulk >= MIN_ESS, f"bulk ESS {self.min_ess_bulk:.0f} < {MIN_ESS} at {self.min_ess_bulk_at}"),
            (not self.min_ess_tail >= MIN_ESS, f"tail ESS {self.min_ess_tail:.0f} < {MIN_ESS} at {self.min_ess_tail_at}"),
            (self.divergences > MAX_DIVERGENCES, f"{self.divergences} divergent transitions"),
        )
        return tuple(text for failed, text in checks if failed)

    def as_dict(self) -> dict[str, object]:
        """Values and verdict, for the manifest."""
        return asdict(self) | {"passed": not self.failures, "failures": list(self.failures)}
