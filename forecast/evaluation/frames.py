r"""How far the frames of two sides' pages are apart, and how far chance alone would put them.

With :math:`q_{sk}` the share of the pages of side :math:`s` that put topic :math:`k` first, the distance is the total variation

.. math:: D = \tfrac12 \sum_k |q_{1k} - q_{2k}|,

the share of pages that would have to change their topic, and the divergence of Jensen and Shannon (Lin 1991,
doi 10.1109/18.61115) in bits. Both are never below zero, and of few pages are well above it where nothing differs. So beside them
stands what chance alone gives: the pages of one side about one visit stay together as a block, and blocks are dealt out to the
sides anew, as many to each as there were (a permutation test by clusters). The interval is of the distance itself, from
resampled visits (:mod:`forecast.evaluation.visits`), and has its upward shift in it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.governed import Governed
from forecast.evaluation.visits import interval
from forecast.panel import Panel

DRAWS = 4000


def total_variation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance of shares over the last axis, 0 to 1."""
    found: np.ndarray = 0.5 * np.abs(first - second).sum(-1)
    return found


def jensen_shannon(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Divergence of shares over the last axis in bits, 0 to 1."""
    middle = (first + second) / 2
    found: np.ndarray = (_relative(first, middle) + _relative(second, middle)) / 2
    return found


def _relative(share: np.ndarray, middle: np.ndarray) -> np.ndarray:
    ratio = np.divide(share, middle, out=np.ones_like(share), where=share > 0)
    found: np.ndarray = (share * np.log2(ratio)).sum(-1)
    return found


def frame_table(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """Pages of news and analysis by president, side and topic put first: pages, of_pages, share."""
    rows = []
    for one in sides:
        for side, frames in _frames(panel, one).items():
            total = frames.sum()
            rows += [{"president": one.name, "side": side, "topic": topic, "pages": int(frames[:, place].sum()),
                      "of_pages": int(total), "share": frames[:, place].sum() / total if total else np.nan}
                     for place, topic in enumerate(codes.TOPIC)]
    return pd.DataFrame(rows)


def distance_table(panel: Panel, sides: Sequence[Governed], seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """How far the partner's and the American frames are apart under each president.

    Returns
    -------
    DataFrame
        Columns president, side_1, side_2, pages_1, pages_2, measure (``total_variation``, ``jensen_shannon``), distance, low,
        high, by_chance (median of the permuted), by_chance_high (its 95 % quantile), p.
        Numbers are missing where a side has no page.
    """
    return pd.DataFrame([row for one in sides for row in _distance(panel, one, seed, draws)])


def _distance(panel: Panel, one: Governed, seed: int, draws: int) -> Iterator[dict[str, object]]:
    (name_1, first), (name_2, second) = _frames(panel, one).items()
    head = {"president": one.name, "side_1": name_1, "side_2": name_2, "pages_1": int(first.sum()), "pages_2": int(second.sum())}
    rng = np.random.default_rng([seed, *one.name.encode()])
    for measure in (total_variation, jensen_shannon):
        row = head | {"measure": measure.__name__} | dict.fromkeys(
            ("distance", "low", "high", "by_chance", "by_chance_high", "p"), np.nan)
        if first.sum() and second.sum():
            weight = rng.standard_exponential((draws, len(first)))
            low, high = interval(measure(_share(weight @ first), _share(weight @ second)))
            found = float(measure(_share(first.sum(0)), _share(second.sum(0))))
            chance = measure(*_dealt(first, second, rng, draws))
            row |= {"distance": found, "low": float(low), "high": float(high), "by_chance": float(np.median(chance)),
                    "by_chance_high": float(np.quantile(chance, 0.95)),
                    "p": (1 + (chance >= found - 1e-12).sum()) / (1 + draws)}
        yield row


def _dealt(first: np.ndarray, second: np.ndarray, rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both sides with blocks dealt out anew, each (draw, topic)."""
    blocks = np.concatenate([side[side.sum(1) > 0] for side in (first, second)]).astype(float)
    many = int((first.sum(1) > 0).sum())
    order = rng.random((draws, len(blocks))).argsort(axis=1)
    of_first = (order < many).astype(float)
    return _share(of_first @ blocks), _share((1 - of_first) @ blocks)


def _share(pages: np.ndarray) -> np.ndarray:
    found: np.ndarray = pages / pages.sum(-1, keepdims=True)
    return found


def _frames(panel: Panel, one: Governed) -> dict[str, np.ndarray]:
    """Pages of news and analysis of each side by visit and topic put first, (visit, topic)."""
    place = pd.Series(one.visit, index=one.contact)
    page = panel.media[(panel.media["kind"] != "official") & panel.media["contact"].isin(one.contact)]
    found = {}
    for side in codes.SIDE:
        own = page[page["side"] == side]
        count = np.zeros((one.n_visit, len(codes.TOPIC)), np.int64)
        np.add.at(count, (own["contact"].map(place).to_numpy(int), [codes.TOPIC.index(frame) for frame in own["frame"]]), 1)
        found[side] = count
    return found
