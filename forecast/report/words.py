"""Codes in plain words, and numbers in the form that people read."""

import math
from collections.abc import Mapping
from datetime import date

RANK: Mapping[str, str] = {
    "all": "All ranks",
    "president": "President",
    "vice_president": "Vice President",
    "cabinet": "Cabinet members",
    "deputy": "Deputies and envoys",
    "assistant": "Assistant secretaries",
    "congress": "Congress",
}
TOPIC: Mapping[str, str] = {
    "security": "Security and defence",
    "afghanistan": "Afghanistan",
    "nonproliferation": "Non-proliferation",
    "energy": "Energy",
    "minerals": "Critical minerals",
    "trade": "Trade and investment",
    "democracy": "Democracy and rights",
    "russia": "Russia and sanctions",
    "china": "China",
    "connectivity": "Regional connectivity",
    "climate": "Climate and water",
    "health": "Health",
    "society": "Education and society",
    "technology": "Technology and space",
    "mideast": "Middle East",
}
OUTCOME: Mapping[str, str] = {
    "0": "Exchange of views only",
    "1": "Joint statement or follow-up",
    "2": "Memorandum, plan or funding",
    "3": "Binding agreement or policy change",
}
TYPE: Mapping[str, str] = {
    "democratic": "Democratic",
    "republican": "Republican",
    "republican_trumpist": "Republican (Trumpist)",
}
SHORT_TYPE: Mapping[str, str] = {"democratic": "Democratic", "republican": "Republican", "republican_trumpist": "Trumpist"}
PAIRING: Mapping[str, str] = {
    "expected": "Expected values",
    "paired": "Two futures, same shocks",
    "independent": "Two futures, separate shocks",
}
SIDE: Mapping[str, str] = {"kz": "{partner} pages", "us": "US pages"}  # kz: the partner, whoever that is
DIRECTION: Mapping[str, str] = {"us_to_partner": "the American side comes", "partner_to_us": "{partner}'s side comes"}
CHANNEL: Mapping[str, str] = {
    "president_travel": "Travel of presidents", "secretary_travel": "Travel of secretaries of state",
    "visit_to_us": "Visits of leaders to the US",
}
SOURCE: Mapping[str, str] = {
    "type": "Type of administration",
    "president": "President",
    "term": "Level of the coming term",
    "formulation": "Formulation of the model",
    "parameters": "Other parameters",
    "state": "Relation state",
    "count": "Chance in counts",
}
QUANTITY: Mapping[str, str] = {
    "contact": "Recorded contacts",
    "contact_estimated": "Estimated contacts, recorded or not",
    "log_rate_ratio": "Log ratio of expected contacts",
    "mention_share": "Share of topic mentions",
    "outcome_share": "Share of contacts by outcome",
    "pages": "News and analysis pages",
    "tone": "Mean tone of pages",
    "relation_index": "Relation index",
}
_BY_QUANTITY = {
    "contact": RANK,
    "contact_estimated": RANK,
    "log_rate_ratio": RANK,
    "mention_share": TOPIC,
    "outcome_share": OUTCOME,
    "pages": SIDE,
    "tone": SIDE,
}


def plain(code: str) -> str:
    """A name such as ``trump_transactional`` as words: ``Trump transactional``."""
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]


def named(quantity: str, key: str, partner: str = "partner") -> str:
    """Words for a key of a quantity in a table; `partner` is the name of the partner state."""
    return _BY_QUANTITY.get(quantity, {}).get(key, plain(key)).replace("{partner}", partner)


def side_comes(direction: str, partner: str) -> str:
    """Which side travels, as ``the American side comes``."""
    return DIRECTION[direction].format(partner=partner)


def day(value: date) -> str:
    """A date as ``4 November 2024``."""
    return f"{value.day} {value:%B %Y}"


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separators and a real minus sign; never minus zero."""
    rounded = round(float(value), digits) + 0.0
    return f"{rounded:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def exact(value: float) -> str:
    """A number of a file as short as it can be, to six digits, with a real minus sign: ``6``, ``0.005``."""
    return f"{float(value) + 0.0:.6g}".replace("-", "\N{MINUS SIGN}")


def digits_for(error: float) -> int:
    """Decimals that a number deserves whose Monte Carlo error is `error`: its first digit, at most 4."""
    if not math.isfinite(error) or error <= 0:
        return 2
    return min(4, max(0, -math.floor(math.log10(error))))


def share(value: float) -> str:
    """A share as a percentage without decimals; small ones with one."""
    percent = 100 * float(value)
    return f"{number(percent, 1 if abs(percent) < 10 else 0)} %"
