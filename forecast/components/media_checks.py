"""What coverage should look like: contacts that no page reports, a few that many do, and tones that go together."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.components.statistics import Array, Bound, Family, Statistic, axis, commonest, correlation, fixed, ratio

MOST = 6
"""Contacts with so many pages or more are counted together."""
TONES = 3


def spread(array: Array) -> np.ndarray:
    """Variance over mean of pages per contact by side, shape (side,)."""
    return ratio(array["pages"].var(axis=0), array["pages"].mean(axis=0))


def distribution(array: Array) -> np.ndarray:
    """Contacts by side and number of pages, flattened."""
    pages = np.minimum(array["pages"], MOST)
    return np.concatenate([np.bincount(side, minlength=MOST + 1) for side in pages.T])


def pages_by_rank(array: Array) -> np.ndarray:
    """Pages by rank and side, flattened."""
    found = np.zeros((int(array["rank"].max()) + 1, array["pages"].shape[1]))
    np.add.at(found, array["rank"], array["pages"])
    return found.ravel()


def both_sides(array: Array) -> np.ndarray:
    """Contacts that pages of every side report, and the correlation of log pages, shape (2,)."""
    pages = array["pages"].astype(float)
    return np.array([(pages > 0).all(axis=1).sum(), correlation(np.log1p(pages[:, 0]), np.log1p(pages[:, 1]))])


def tone_shares(array: Array) -> np.ndarray:
    """Share of each tone among the pages of a side, flattened (side, tone)."""
    count = _tones(array).sum(axis=0)
    return ratio(count, count.sum(axis=-1, keepdims=True)).ravel()


def agreement(array: Array) -> np.ndarray:
    """Share of pairs of pages about one contact on one side that have the same tone, shape (side,)."""
    count = _tones(array)
    pages = count.sum(axis=-1)
    same = (count * (count - 1)).sum(axis=-1)
    return ratio(same.sum(axis=0), (pages * (pages - 1)).sum(axis=0))


def _tones(array: Array) -> np.ndarray:
    """Pages by contact, side and tone."""
    found = np.zeros((*array["pages"].shape, TONES))
    np.add.at(found, (array["page_contact"], array["page_side"], array["page_tone"]), 1)
    return found


def _page_labels(data: ComponentData) -> list[str]:
    sizes = [*(f"{number} page{'' if number == 1 else 's'}" for number in range(MOST)), f"{MOST} pages or more"]
    return [f"{side}, {size}" for side in data.coord["side"] for size in sizes]


def _rank_labels(data: ComponentData) -> list[str]:
    ranks = data.coord["rank"][: int(data.array["rank"].max()) + 1]
    return [f"{rank}, {side}" for rank in ranks for side in data.coord["side"]]


FAMILY = (
    Family(name="unreported", title="contacts without a page, by side", of=lambda array: (array["pages"] == 0).sum(axis=0),
           labels=axis("side")),
    Family(name="largest_coverage", title="most pages about one contact, by side", of=lambda array: array["pages"].max(axis=0),
           labels=axis("side")),
    Family(name="spread", title="variance over mean of pages per contact, by side", of=spread, labels=axis("side"), digits=2),
    Family(name="pages", title="contacts by number of pages", of=distribution, labels=_page_labels),
    Family(name="pages_by_rank", title="pages by rank and side", of=pages_by_rank, labels=_rank_labels),
    Family(name="both_sides", title="coverage on both sides", of=both_sides,
           labels=fixed("contacts that both sides report", "correlation of log pages"), digits=2),
    Family(name="tone", title="share of each tone, by side", of=tone_shares, labels=axis("side", "tone"), digits=2),
    Family(name="tone_agreement", title="pages about one contact that agree in tone, by side", of=agreement,
           labels=axis("side"), digits=2),
)


# What a prior should not say of coverage.

def pages_of(array: Array) -> np.ndarray:
    """Share of contacts with each number of pages, (side, pages)."""
    count = distribution(array).reshape(array["pages"].shape[1], -1)
    return ratio(count, count.sum(axis=1, keepdims=True))


def tones(array: Array) -> np.ndarray:
    """Share of each tone among the pages of a side, (side and tone,); NaN without pages."""
    return tone_shares(array) if len(array["page_tone"]) else np.full(len(tone_shares(array)), np.nan)


STATISTICS = (
    Statistic(name="pages_per_contact", title="the mean number of pages of a contact, both sides together",
              of=lambda array: float(array["pages"].sum(axis=1).mean()),
              bound=Bound(
                  high=500,
                  reason="Coders find pages one by one; 500 to the average contact is more than a search shows and anybody "
                         "reads.",
                  remedy="Lower mu or sigma of pages_base, or the scales that add to it.")),
    Statistic(name="unreported", title="the share of contacts without a page on one side",
              of=lambda array: float((array["pages"] == 0).mean()), percent=True),
    Statistic(name="commonest_tone", title="the share of pages with the most frequent tone",
              of=lambda array: commonest(array["page_tone"], TONES), percent=True,
              bound=Bound(
                  high=0.99, allowed=0.5,
                  reason="Media of two states do not write about all contacts in one tone; a prior that says so leaves nothing "
                         "to learn.",
                  remedy="Spread tone_share over more tones, or lower the sigmas that push all pages to one end.")),
    Statistic(name="tone", title="the mean tone of a page, from -1 to 1",
              of=lambda array: float(array["page_tone"].mean() - 1) if len(array["page_tone"]) else np.nan),
)
