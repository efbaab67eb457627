"""Every code of the codebook, as ``data/codebook.yaml`` has it; the order is the order of the axes.

What a program must know of single codes is here too: which format is remote, which mechanism is none, which ranks stand below the
cabinet are questions of structure; what topics there are, and what each code means, is a matter of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from pydantic import Field

from forecast.config import Strict, load_yaml
from forecast.shipped import CASE, DATA


@dataclass(frozen=True)
class Code:
    """One allowed value of a column.

    Parameters
    ----------
    code : str
        What stands in the file.
    definition : str
        What it means, in the words of the codebook.
    label, short : str
        What figures and tables print, and what they print where room is short.
    ambiguous : str
        Why coders understand it in different ways, where they are known to; empty otherwise.
    """

    code: str
    definition: str
    label: str = ""
    short: str = ""
    ambiguous: str = ""

    @property
    def meaning(self) -> str:
        """The definition, and why coders understand it in different ways where they do."""
        return f"{self.definition}; ambiguous: {self.ambiguous}" if self.ambiguous else self.definition


class CodeList(Sequence[str]):
    """The codes of one column, in axis order; as a sequence it is its labels.

    Parameters
    ----------
    name : str
        The column, or the axis, that takes these codes.
    definition : mapping
        Code -> what it means: a text, or an :class:`Entry` with labels.
    """

    def __init__(self, name: str, definition: "Mapping[str, str | Entry]") -> None:
        self.name = name
        self.codes = tuple(Code(code, words) if isinstance(words, str) else Code(code, **words.model_dump())
                           for code, words in definition.items())
        self.labels = tuple(definition)

    def __len__(self) -> int:
        return len(self.labels)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self.labels[at]

    def __repr__(self) -> str:
        return f"CodeList({self.name}: {', '.join(self.labels)})"

    @property
    def words(self) -> dict[str, str]:
        """Code -> label for figures and tables, where it has one."""
        return {one.code: one.label for one in self.codes if one.label}

    @property
    def short(self) -> dict[str, str]:
        """Code -> short label, or the label where it has none."""
        return {one.code: one.short or one.label for one in self.codes}

    @property
    def ambiguous(self) -> dict[str, str]:
        """Codes that coders are known to understand in different ways -> why."""
        return {one.code: one.ambiguous for one in self.codes if one.ambiguous}

    @property
    def numbers(self) -> tuple[int, ...]:
        """The codes as integers, where they are numbers (raises ValueError where they are not)."""
        return tuple(int(label) for label in self.labels)


class Entry(Strict):
    """What the codebook says of one code."""

    definition: str = Field(min_length=1)
    label: str = ""
    short: str = ""
    ambiguous: str = ""


type Entries = Mapping[str, Entry]


class Codebook(Strict):
    """Content of ``codebook.yaml``: one list for each coded column."""

    us_rank: Entries = Field(min_length=1)
    partner_rank: Entries = Field(min_length=1)
    format: Entries = Field(min_length=1)
    direction: Entries = Field(min_length=1)
    mechanism: Entries = Field(min_length=1)
    agenda: Entries = Field(min_length=1)
    outcome: Entries = Field(min_length=1)
    confidence: Entries = Field(min_length=1)
    date_precision: Entries = Field(min_length=1)
    outlet_country: Entries = Field(min_length=1)
    kind: Entries = Field(min_length=1)
    tone: Entries = Field(min_length=1)
    side: Entries = Field(min_length=2, max_length=2)
    type: Entries = Field(min_length=2)
    channel: Entries = Field(min_length=1)
    region: Entries = Field(min_length=1)


def load_codebook(path: Path = DATA / "codebook.yaml") -> dict[str, CodeList]:
    """Code lists by column (raises InputError with every fault of the file by line and key)."""
    found = load_yaml(path, Codebook)
    return {name: CodeList(name, getattr(found, name)) for name in Codebook.model_fields}


LISTS = load_codebook()
"""Column -> its codes."""
RANK: CodeList
TOPIC: CodeList
OUTCOME: CodeList
DIRECTION: CodeList
TYPE: CodeList
CHANNEL: CodeList
RANK, PARTNER_RANK, FORMAT, DIRECTION = (LISTS[name] for name in ("us_rank", "partner_rank", "format", "direction"))
MECHANISM, TOPIC, OUTCOME, CONFIDENCE = (LISTS[name] for name in ("mechanism", "agenda", "outcome", "confidence"))
DATE_PRECISION, KIND, TONE, TYPE = (LISTS[name] for name in ("date_precision", "kind", "tone", "type"))
CHANNEL, REGION = LISTS["channel"], LISTS["region"]
SIDE: CodeList = LISTS["side"]
"""Media of the partner state first, then those of the state whose elections decide."""
OUTLET_COUNTRY = LISTS["outlet_country"]
"""Without the partner state, which each dyad names: :func:`outlet_country` has it too."""


def outlet_country(iso2: str, partner: str, home_iso2: str = CASE.home["iso2"], home: str = CASE.home["name"]) -> CodeList:
    """Countries of outlets as a dyad codes them: the partner state first, its home state where the codebook lacks it."""
    general = {code.code: code.definition for code in OUTLET_COUNTRY.codes}
    own = {} if home_iso2 in general else {home_iso2: home}
    return CodeList(OUTLET_COUNTRY.name, {iso2: partner} | own | general | {iso2: partner})
