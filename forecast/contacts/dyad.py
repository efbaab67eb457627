"""One dyad: two states, as its folder describes them. The elections of one, *home*, decide; the other is the *partner*."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from forecast.config import LONGEST_NAME, Day, Strict, load_yaml
from forecast.contacts import codes
from forecast.contacts.cells import FIRST_DAY, PRIVATE, countries, latest_day, meant
from forecast.shipped import CASE

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
Caveat = Annotated[str, StringConstraints(min_length=10)]


class Pole(Strict):
    """A state whose leaders the partner's leader meets; ``home`` marks the one whose elections decide."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    home: bool = False


class Poles(Strict):
    """Poles of a partner by name, and the series of their leaders' meetings and of the lists of these that are complete."""

    meetings: Slug
    lists: Slug
    named: Mapping[Slug, Pole] = Field(min_length=1)

    @field_validator("named")
    @classmethod
    def _told_apart(cls, value: Mapping[str, Pole]) -> Mapping[str, Pole]:
        codes_of = [one.code for one in value.values()]
        if len(set(codes_of)) < len(codes_of):
            raise ValueError("poles with a code each")
        if sum(one.home for one in value.values()) > 1:
            raise ValueError("at most one pole with home: true")
        return value


class Dyad(Strict):
    """What ``dyad.yaml`` says of one pair of states.

    Parameters
    ----------
    id : str
        Label on the axis ``dyad``.
    partner, partner_iso2, register_country : str
        Name of the partner, its two-letter code (in ``place`` and ``outlet_country``), its identifier in the
        registers.
    home, home_iso2 : str
        Name and two-letter code of the state whose elections decide; that of ``case.toml`` where the file names none.
    relations_start : date
        First day on which a contact was possible; exposure begins here.
    coded_until : date
        Last day that the coding covers; a panel cannot reach further.
    version : str
        Version of the data, as in their change log; it goes into the manifest of every run.
    series : tuple of str
        Shipped series that cover this partner.
    index_base : tuple of int, optional
        First and last year of those whose mean relation index is 100; of ``relation_index.yaml`` where they are not given.
    labels : mapping
        List of the codebook -> code -> what figures and tables print for this dyad in its place: names of ranks, for example.
    caveats : tuple of str
        What a reader of counts must know of the coding: where it searched less, what it could not find.
    poles : Poles, optional
        The states between which the partner balances, where they are named.
    """

    id: Slug
    partner: str = Field(min_length=1, max_length=LONGEST_NAME)
    partner_iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    home: str = Field(default=CASE.home["name"], min_length=1, max_length=LONGEST_NAME)
    home_iso2: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = CASE.home["iso2"]
    register_country: str = Field(min_length=1)
    relations_start: Day
    relations_start_reason: str = Field(min_length=10)
    coded_until: Day
    coded_until_reason: str = Field(min_length=10)
    version: str = Field(default="not versioned", min_length=1)
    series: tuple[Slug, ...] = ()
    index_base: tuple[int, int] | None = None
    labels: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()
    poles: Poles | None = None

    @field_validator("partner_iso2", "home_iso2")
    @classmethod
    def _country(cls, value: str, info: ValidationInfo) -> str:
        if value not in countries() and value not in PRIVATE:
            raise ValueError(f"a country of ISO 3166-1. {meant(value)[:-1]}")
        if info.field_name == "home_iso2" and value == info.data.get("partner_iso2"):
            raise ValueError(f"another state than the partner, {value}")
        return value

    @field_validator("labels")
    @classmethod
    def _of_codes(cls, value: Mapping[str, Mapping[str, str]], info: ValidationInfo) -> Mapping[str, Mapping[str, str]]:
        inside = {own: name for name, own in names_of(info.data.get("home_iso2", CASE.home["iso2"])).items()}
        for name, labels in value.items():
            if inside.get(name, name) not in codes.LISTS:
                raise ValueError(f"a list of the codebook, not '{name}'")
            known = codes.LISTS[inside.get(name, name)]
            if unknown := next((code for code in labels if code not in known), None):
                raise ValueError(f"a code of {name}, one of {', '.join(known)}, not '{unknown}'")
        return value

    @field_validator("index_base")
    @classmethod
    def _ordered(cls, value: tuple[int, int] | None) -> tuple[int, int] | None:
        if value and value[0] > value[1]:
            raise ValueError("a first year and a last one that is not before it")
        return value

    @field_validator("relations_start")
    @classmethod
    def _possible(cls, value: date) -> date:
        if value < FIRST_DAY:
            raise ValueError(f"a day from {FIRST_DAY} on")
        return value

    @field_validator("coded_until")
    @classmethod
    def _past(cls, value: date, info: ValidationInfo) -> date:
        if value > latest_day():
            raise ValueError(f"a day that has come, {latest_day()} or earlier")
        if value < info.data.get("relations_start", value):
            raise ValueError(f"the day on which relations start, {info.data['relations_start']}, or a later one")
        return value


    @property
    def names(self) -> dict[str, str]:
        """Columns and codes as the program calls them -> as the files of this dyad do: after the code of its home state."""
        return names_of(self.home_iso2)

    @property
    def own_labels(self) -> dict[str, Mapping[str, str]]:
        """List of the codebook, as the program calls it -> code -> label of this dyad."""
        inside = {own: name for name, own in self.names.items()}
        return {inside.get(name, name): labels for name, labels in self.labels.items()}


def names_of(home_iso2: str) -> dict[str, str]:
    """Columns and codes as the program calls them -> as files of a home state do; none for the shipped one."""
    inside, own = CASE.home["iso2"].lower(), home_iso2.lower()
    forms = ("{}_rank", "{}_principal", "tone_{}", "{}_to_partner", "partner_to_{}")
    return {form.format(inside): form.format(own) for form in forms} if own != inside else {}


def load_dyad(directory: Path) -> Dyad:
    """Read ``dyad.yaml`` of a dyad folder (raises InputError with every fault by line and key)."""
    return load_yaml(directory / "dyad.yaml", Dyad)
