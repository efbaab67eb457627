"""On which scale each parameter of the prior files acts, so that its prior can be said in plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["level", "factor", "odds", "share", "variation", "value"]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How a parameter is read.

    Parameters
    ----------
    kind : str
        ``level``: log of a number of things; ``factor``: log of a ratio; ``odds``: log of a ratio of odds; ``share``: log odds
        of a share; ``variation``: coefficient of variation; ``value``: itself.
    unit : str
        Of what, in words.
    """

    kind: Kind
    unit: str = ""


_FACTOR, _ODDS = Scale(kind="factor"), Scale(kind="odds")
_DECADE, _ODDS_DECADE = Scale(kind="factor", unit="per decade"), Scale(kind="odds", unit="per decade")
_VARIATION = Scale(kind="variation", unit="beyond Poisson")

_OF_TYPES = Scale(kind="value", unit="of the variance of types of one party is the party's")
_OF_PRESIDENTS = Scale(kind="value", unit="correlated with the president before of the same party")

_SECTION: Mapping[str, Scale] = {"frequency": _FACTOR, "agenda": _ODDS, "effectiveness": _ODDS, "setting": _ODDS,
                                 "completeness": _ODDS, "media": _ODDS}
_OWN: Mapping[str, Scale] = {
    "frequency.base": Scale(kind="level", unit="contacts of one rank a year"),
    "frequency.drift": _DECADE, "frequency.drift_lower": _DECADE,
    "frequency.overdispersion": _VARIATION, "frequency.mark_overdispersion": _VARIATION,
    "frequency.mark_base": Scale(kind="level", unit="companions of one rank to an occasion"),
    "frequency.term_persistence": Scale(kind="value", unit="of a deviation is left a term later"),
    "frequency.discount": Scale(kind="value", unit="of the weight of the term after it"),
    "frequency.trend_damping": Scale(kind="value", unit="of a year's drift is left a year later, beyond the record"),
    "frequency.state_persistence": Scale(kind="value", unit="of a spell is left a month later"),
    "frequency.recording_base": Scale(kind="share", unit="of contacts are reported by one kind of pages when coded at once"),
    "frequency.recording_age": _ODDS_DECADE, "frequency.recording_rank_scale": _ODDS,
    "frequency.recording_visibility_scale": _ODDS,
    "agenda.base": Scale(kind="share", unit="of contacts name a topic"),
    "effectiveness.drift": _ODDS_DECADE, "effectiveness.mechanism_drift": _ODDS_DECADE,
    "effectiveness.mechanism_base": Scale(kind="share", unit="of contacts in standing mechanisms"),
    "effectiveness.outcome_share": Scale(kind="value", unit="of contacts with outcome 0, 1, 2, 3"),
    "media.pages_base": Scale(kind="level", unit="pages of one side to a contact"),
    "media.pages_administration_scale": _FACTOR, "media.pages_rank_scale": _FACTOR, "media.pages_effective": _FACTOR,
    "media.pages_walk_scale": _FACTOR, "media.elsewhere": Scale(kind="share", unit="of contacts are known from elsewhere"),
    "media.pages_drift": _DECADE, "media.pages_overdispersion": _VARIATION,
    "media.tone_drift": _ODDS_DECADE,
    "media.tone_share": Scale(kind="value", unit="of pages critical, neutral, favourable"),
    "completeness.base": Scale(kind="share", unit="of contacts are reported by one kind of pages"),
}


def scale_of(section: str, parameter: str) -> Scale:
    """The scale of a parameter; that of its section where it has none of its own."""
    shared = {"type_correlation": _OF_TYPES, "president_correlation": _OF_PRESIDENTS}
    return _OWN.get(f"{section}.{parameter}") or shared.get(parameter, _SECTION[section])
