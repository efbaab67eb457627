"""Every code of the codebook, once, with its definition; the order is the order of the axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload


@dataclass(frozen=True)
class Code:
    """One allowed value of a column.

    Parameters
    ----------
    code : str
        What stands in the file.
    definition : str
        What it means, in the words of the codebook.
    """

    code: str
    definition: str


class CodeList(Sequence[str]):
    """The codes of one column, in axis order; as a sequence it is its labels.

    Parameters
    ----------
    name : str
        The column, or the axis, that takes these codes.
    definition : mapping
        Code -> what it means.
    """

    def __init__(self, name: str, definition: Mapping[str, str]) -> None:
        self.name = name
        self.codes = tuple(Code(code, words) for code, words in definition.items())
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
    def numbers(self) -> tuple[int, ...]:
        """The codes as integers, where they are numbers (raises ValueError where they are not)."""
        return tuple(int(label) for label in self.labels)


RANK = CodeList("us_rank", {
    "president": "the President of the United States",
    "vice_president": "the Vice President of the United States",
    "cabinet": "secretaries, national security advisor, attorney general, USTR, directors of CIA and "
               "national intelligence",
    "deputy": "deputy and under secretaries, deputy national security advisor, special envoys and "
              "representatives, combatant commanders, heads of USAID, EXIM, DFC and the like",
    "assistant": "assistant and deputy assistant secretaries, NSC senior directors, ambassadors-at-large, "
                 "one- to three-star officers, heads of delegation of that rank",
    "congress": "members of Congress; those who meet on one trip make one contact together",
})
PARTNER_RANK = CodeList("partner_rank", {
    "president": "the president of the partner state",
    "prime_minister": "also the state counsellor or state secretary, and deputy prime ministers who are not "
                      "foreign minister",
    "minister": "also the security council secretary, head of the presidential administration, chair of the "
                "national bank or of a state committee",
    "deputy": "vice and deputy ministers, special representatives",
    "senior_official": "department heads, ambassador in Washington",
    "parliament": "speakers and members of parliament",
})
FORMAT = CodeList("format", {
    "visit": "a trip to the other side's country",
    "meeting": "a meeting in person, in either country or in a third one",
    "call": "a telephone call",
    "video": "a video conference",
    "letter": "a letter that was made public",
})
DIRECTION = CodeList("direction", {
    "us_to_partner": "the US principal is in the partner state",
    "partner_to_us": "the partner's principal is in the United States",
    "third_country": "both meet in a third country",
    "remote": "neither side travels: call, video or letter",
})
MECHANISM = CodeList("mechanism", {
    "c5plus1": "the five Central Asian states and the United States",
    "strategic_dialogue": "strategic partnership dialogue or commission",
    "bilateral_consultations": "annual bilateral consultations",
    "human_rights_dialogue": "human rights dialogue",
    "energy_dialogue": "energy dialogue or partnership",
    "defense_consultations": "defence consultations",
    "trade_tifa": "trade and investment framework agreement council",
    "other": "another standing mechanism",
    "none": "no standing mechanism",
})
TOPIC = CodeList("agenda", {
    "security": "defence, military cooperation, border security, counter-terrorism, peacekeeping",
    "afghanistan": "Afghanistan, its transit route, withdrawal, aid",
    "nonproliferation": "nuclear security, threat reduction, LEU bank, biological and chemical weapons, "
                        "Iran talks",
    "energy": "oil, gas, pipelines, uranium and civil nuclear power",
    "minerals": "critical minerals, rare earths, mining",
    "trade": "trade, investment, WTO, Jackson-Vanik/PNTR, business climate, aviation, agriculture, rail "
             "orders",
    "democracy": "democracy, human rights, religious freedom, rule of law, labour, civil society, corruption",
    "russia": "Russia, Ukraine, sanctions and their evasion, sovereignty and territorial integrity",
    "china": "China, Xinjiang, Belt and Road",
    "connectivity": "Central Asian regional cooperation, transport corridors, C5+1 as such",
    "climate": "climate, environment, water, green energy",
    "health": "COVID-19, public health",
    "society": "education, culture, exchanges, visas, consular",
    "technology": "digital, AI, space, science",
    "mideast": "Syria and the Astana process, Israel, Abraham Accords, Gulf, Iran (other than nuclear)",
})
OUTCOME = CodeList("outcome", {
    "0": "exchange of views; nothing named as agreed",
    "1": "joint statement, or a follow-up mechanism agreed",
    "2": "memorandum, plan, or funding announced or signed",
    "3": "binding agreement, treaty, contract or policy change signed, or brought into force",
})
CONFIDENCE = CodeList("confidence", {
    "high": "official source, or two independent ones", "medium": "one news source", "low": "indirect",
})
DATE_PRECISION = CodeList("date_precision", {
    "day": "the date is the first day of the contact",
    "month": "only the month is known; the date is its 15th",
})
OUTLET_COUNTRY = CodeList("outlet_country", {
    "US": "United States, RFE/RL and VOA included", "RU": "Russia", "CN": "China",
    "TR": "Turkey", "UK": "United Kingdom", "other": "any other country",
})
"""Without the partner state, which each dyad names: :func:`outlet_country` has it too."""


def outlet_country(iso2: str, partner: str) -> CodeList:
    """Countries of outlets as a dyad codes them: the partner state first."""
    general = {code.code: code.definition for code in OUTLET_COUNTRY.codes}
    return CodeList(OUTLET_COUNTRY.name, {iso2: partner} | general | {iso2: partner})


KIND = CodeList("kind", {
    "news": "news report, previews included",
    "official": "government site",
    "analysis": "analysis or comment",
})
TONE = CodeList("tone", {
    "-1": "critical of the relation or of the other side",
    "0": "neutral",
    "1": "favourable",
})
SIDE = CodeList("side", {"kz": "media of the partner state", "us": "media of the United States"})
TYPE = CodeList("type", {
    "democratic": "administration of a Democratic president",
    "republican": "administration of a Republican president before 2017, or of that tradition",
    "republican_trumpist": "administration of Donald Trump, or of that tradition",
})
