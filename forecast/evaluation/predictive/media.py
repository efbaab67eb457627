"""What coverage should look like: contacts that no page reports, a few that many do, and tones that go together."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.evaluation.predictive.family import Array, Family, axis, correlation, fixed, ratio

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
    sizes = [*(f"{number} pages" for number in range(MOST)), f"{MOST} pages or more"]
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
