"""One dyad: the United States and a partner, as its folder describes it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from forecast.config import Day, Strict, load_yaml

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]


class Dyad(Strict):
    """What ``dyad.yaml`` says of one partner.

    Parameters
    ----------
    id : str
        Label on the axis ``dyad``.
    partner, partner_iso2, register_country : str
        Name of the partner, its two-letter code (in ``place`` and ``outlet_country``), its identifier in the
        registers.
    relations_start : date
        First day on which a contact was possible; exposure begins here.
    coded_until : date
        Last day that the coding covers; a panel cannot reach further.
    version : str
        Version of the data, as in their change log; it goes into the manifest of every run.
    series : tuple of str
        Shipped series that cover this partner.
    """

    id: Slug
    partner: str = Field(min_length=1)
    partner_iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    register_country: str = Field(min_length=1)
    relations_start: Day
    relations_start_reason: str = Field(min_length=10)
    coded_until: Day
    coded_until_reason: str = Field(min_length=10)
    version: str = Field(default="not versioned", min_length=1)
    series: tuple[Slug, ...] = ()


def load_dyad(directory: Path) -> Dyad:
    """Read ``dyad.yaml`` of a dyad folder (raises InputError with every fault by line and key)."""
    return load_yaml(directory / "dyad.yaml", Dyad)
