"""What no sensible prior should say often: every bound of the prior predictive check, with its reason and its remedy.

Bounds are not beliefs about the record. They mark what cannot be, whatever the record shows, by factors that leave room for
honest surprise; a prior may reach them now and then, but not in more than the `allowed` share of its draws.
"""

from dataclasses import dataclass

CONFLICT = 0.005
"""The record conflicts with the prior where it lies below this share of its draws, or above one less this share: one
statistic of a hundred does so by chance."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One limit of one statistic.

    Parameters
    ----------
    statistic : str
        Name of the statistic.
    low, high : float
        Draws below or above are absurd.
    allowed : float
        Share of absurd draws up to which a prior is accepted.
    reason : str
        Why beyond is absurd.
    remedy : str
        What usually helps.
    """

    statistic: str
    low: float = float("-inf")
    high: float = float("inf")
    allowed: float = 0.05
    reason: str
    remedy: str


BOUND = (
    Bound(statistic="largest_rank_year", high=250,
          reason="250 is one contact on every working day; no office keeps that up with one partner state, still less gets it "
                 "on record.",
          remedy="Lower mu or sigma of the base, or the scales that add to it."),
    Bound(statistic="largest_year", high=1000,
          reason="1,000 is nearly three contacts a day, weekends included; the record of all ranks together cannot hold that.",
          remedy="Lower mu or sigma of the base, or the scales that add to it."),
    Bound(statistic="contacts", low=1, allowed=0.2,
          reason="The study exists because there were contacts; draws without any in the whole record are wasted.",
          remedy="Raise mu of the base, or lower its sigma."),
    Bound(statistic="growth", low=1 / 100, high=100, allowed=0.1,
          reason="A hundredfold change within one record is a change of what is counted, not of how often officials meet.",
          remedy="Lower sigma of the drifts, or of the scales of levels and walks over terms."),
    Bound(statistic="type_ratio", high=10,
          reason="Diplomatic calendars have routines that every administration keeps; ten times as many contacts under one type "
                 "as under another, all else equal, would be another kind of relation.",
          remedy="Lower sigma of type_scale, or bring the values of type_centre closer together."),
    Bound(statistic="commonest_direction", high=0.97,
          reason="Officials travel both ways and telephone; a record in which all but one contact of thirty go one way would be "
                 "that of an office, not of a relation.",
          remedy="Lower sigma of the base and of the drift of the setting."),
    Bound(statistic="extreme_breadth", high=0.25,
          reason="An agenda is coded where a page says what was discussed; that is a few topics, hardly ever most of them.",
          remedy="Lower breadth_scale, or bring the base closer to its default."),
    Bound(statistic="commonest_outcome", high=0.99, allowed=0.5,
          reason="A codebook tells outcomes apart because they differ; a prior that gives all contacts one outcome says that "
                 "there is nothing to learn.",
          remedy="Spread outcome_share over more outcomes, or lower the sigmas that push all contacts to one end."),
    Bound(statistic="pages_per_contact", high=500,
          reason="Coders find pages one by one; 500 to the average contact is more than a search shows and anybody reads.",
          remedy="Lower mu or sigma of pages_base, or the scales that add to it."),
    Bound(statistic="commonest_tone", high=0.99, allowed=0.5,
          reason="Media of two states do not write about all contacts in one tone; a prior that says so leaves nothing to learn.",
          remedy="Spread tone_share over more tones, or lower the sigmas that push all pages to one end."),
    Bound(statistic="recorded_share", low=0.01, high=0.999, allowed=0.5,
          reason="Below 1 % the record would be a hundredth of what happened, and above 99.9 % completeness is taken for "
                 "granted; a prior should not hold either for more likely than not.",
          remedy="Bring mu of the base closer to its default, or lower the sigmas of the section."),
)
"""Every bound; statistics without one are only compared with the record."""
