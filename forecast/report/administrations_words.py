"""What a comparison of administrations allows to conclude, in sentences made from its numbers."""

from collections.abc import Iterator, Mapping

import pandas as pd

from forecast.evaluation.compare_administrations import ADJUSTED, COVERAGE, PAGES, TONE, Comparison
from forecast.evaluation.visits import LEVEL
from forecast.panel.summary import ALL
from forecast.report import words

PERCENT = f"{100 * LEVEL:.0f} %"
GROUP = {
    "contacts": "Recorded contacts", "us_rank": "US rank", ADJUSTED: "US rank, adjusted for what is not on record",
    "format": "Format", "direction": "Who travels", "mechanism": "Mechanism", "agenda": "Topics of the agenda",
    "outcome": "Outcome", COVERAGE: "Contacts with a page", PAGES: "Pages per contact", TONE: "Tone of pages",
}
UNIT = {"per year": "contacts per year", "share": "share of contacts, %", "pages per contact": "pages per contact",
        "tone": "mean, \N{MINUS SIGN}1 to 1"}
PLACES = {"per year": 1, "share": 0, "pages per contact": 2, "tone": 2}
MECHANISM = {"c5plus1": "C5+1", "trade_tifa": "Trade council (TIFA)", "none": "No standing mechanism",
             "other": "Another mechanism"}


def key_of(group: str, key: str, states: Mapping[str, str]) -> str:
    """Words for a row; `states` names the partner and the home state."""
    if key == ALL:
        return "All recorded contacts" if group != ADJUSTED else "All contacts, adjusted"
    if group in ("us_rank", ADJUSTED):
        return words.RANK[key]
    if group == "direction":
        return words.plain(words.DIRECTION.get(key, key).format(**states))
    if group == "mechanism":
        return MECHANISM.get(key, words.plain(key))
    if group in ("agenda", "outcome"):
        return (words.TOPIC if group == "agenda" else words.OUTCOME)[key]
    if group in (COVERAGE, PAGES, TONE):
        return words.SIDE[key].format(**states) if key in words.SIDE else "Others' pages"
    return words.plain(key)


def value_of(value: float, unit: str) -> str:
    """A value in the unit that is printed: shares in per cent."""
    return "none" if pd.isna(value) else words.number(100 * value if unit == "share" else value, PLACES[unit])


def counted(row: pd.Series) -> str:
    """The count behind a value: ``13``, or ``13 of 45``."""
    return f"{row['n']}" if row["unit"] in ("per year", "tone", "pages per contact") else f"{row['n']} of {row['of']}"


def between(low: float, high: float, unit: str) -> str:
    """An interval, or that there is none; an end that is not zero is not printed as zero."""
    if pd.isna(low):
        return "none"
    scale = 100 if unit == "share" else 1
    ends = [scale * low, scale * high]
    hidden = any(end and round(end, PLACES[unit]) == 0 for end in ends)
    return " to ".join(words.number(end, PLACES[unit] + hidden) for end in ends)


def told(found: Comparison, first: str, second: str, *, ascending: str = "p") -> pd.DataFrame:
    """Differences of a pair whose interval leaves zero out, the surest first."""
    rows = found.difference[(found.difference["first"] == first) & (found.difference["second"] == second)]
    return rows[rows["beyond_zero"]].sort_values(ascending, kind="stable")


def conclusions(found: Comparison, states: Mapping[str, str]) -> list[str]:
    """All sentences: who is compared, pair by pair what differs, the media, and what must be kept in mind."""
    sentences = [_who(found)]
    for pair in found.pairs:
        sentences += _pair(found, *pair, states)
    return [*sentences, *_frames(found, states), *_reminders(found)]


def _who(found: Comparison) -> str:
    listed = "; ".join(f"{one.name}: {one.n_contact} recorded {_plural('contact', one.n_contact)} on {one.n_visit} "
                       f"{_plural('visit', one.n_visit)} in {words.number(one.years, 1)} years" for one in found.sides)
    return f"{listed}."


def _pair(found: Comparison, first: str, second: str, states: Mapping[str, str]) -> Iterator[str]:
    rows = found.difference[(found.difference["first"] == first) & (found.difference["second"] == second)]
    looked, sure = int(rows["p"].notna().sum()), told(found, first, second)
    if not looked:
        yield f"{first} and {second}: nothing on record to compare."
        return
    firm = int((sure["p_holm"] <= 1 - LEVEL).sum())
    chance = words.number((1 - LEVEL) * looked, 0)
    have = "has" if len(sure) == 1 else "have"
    yield (f"{first} and {second}: of {looked} differences looked at, {len(sure) or 'none'} {have} a {PERCENT} interval beyond "
           f"zero, where about {chance} would by chance if nothing differed and all were independent; corrected for their number "
           f"(Holm), {firm or 'none'} {'does' if firm == 1 else 'do'}.")
    for _, row in sure.iterrows():
        yield _difference(row, states)
    if len(sure) < looked:
        yield (f"The other {looked - len(sure)} cannot be told apart on this record. That is no evidence that {first} and "
               f"{second} did the same: so few visits would show only large differences.")


def _difference(row: pd.Series, states: Mapping[str, str]) -> str:
    unit, places = row["unit"], PLACES[row["unit"]]
    scale = 100 if unit == "share" else 1
    key = key_of(row["group"], row["key"], states)
    name = key if row["key"] == ALL else f"{GROUP[row['group']]}, {key}"
    counts = f"{row['first']} {_n(row, 'first')}, {row['second']} {_n(row, 'second')}"
    by = {"share": " points", "per year": " a year", "pages per contact": " a contact", "tone": ""}[unit]
    text = (f"{name}: {counts}; difference {words.number(scale * row['difference'], places)}{by} "
            f"({between(row['low'], row['high'], unit)})")
    if not pd.isna(row["ratio"]):
        text += (f", ratio {words.number(row['ratio'], 2)} ({words.number(row['ratio_low'], 2)} to "
                 f"{words.number(row['ratio_high'], 2)})")
    return f"{text}{'; also after correction' if row['p_holm'] <= 1 - LEVEL else ''}."


def _n(row: pd.Series, side: str) -> str:
    n, of, unit = row[f"n_{side}"], row[f"of_{side}"], row["unit"]
    if unit == "share":
        return f"{n} of {of}"
    things = _plural("contact" if unit == "per year" else "page", n)
    return f"{n} {things}" + (f" on {of} {_plural('contact', of)}" if unit == "pages per contact" else "")


def _frames(found: Comparison, states: Mapping[str, str]) -> Iterator[str]:
    """Which topic each side puts first, and whether the sides differ by more than chance."""
    if not found.has_pages:
        yield "Media: the record holds no page of either side about these contacts, so that nothing can be said of them."
        return
    table = found.frame_distance[found.frame_distance["measure"] == "total_variation"].set_index("president")
    for name, rows in found.frame.groupby("president", sort=False):
        parts = [_first_topics(part, words.SIDE[side].format(**states))
                 for side, part in rows.groupby("side", sort=False)]
        yield f"Put first under {name}: {'; '.join(parts)}. {_apart(table.loc[name])}"


def _first_topics(rows: pd.DataFrame, side: str) -> str:
    if not rows["of_pages"].iloc[0]:
        return f"{side} none on record"
    top = rows.sort_values("pages", ascending=False, kind="stable").head(3)
    listed = ", ".join(f"{words.TOPIC[row.topic]} {row.pages}" for row in top.itertuples() if row.pages)
    return f"{side} (n = {rows['of_pages'].iloc[0]}) {listed}"


def _apart(row: pd.Series) -> str:
    if pd.isna(row["distance"]):
        return "How far the two sides are apart cannot be told."
    verdict = ("more than chance alone gives" if row["p"] <= 1 - LEVEL else "which chance alone could give")
    return (f"Distance of the two sides' topics {words.number(row['distance'], 2)} of 1 "
            f"({words.number(row['low'], 2)} to {words.number(row['high'], 2)}), {verdict} "
            f"(median {words.number(row['by_chance'], 2)}, p {words.number(row['p'], 3)}).")


def _reminders(found: Comparison) -> Iterator[str]:
    lone = [one.name for one in found.sides if len(one.terms) == 1]
    if lone:
        are = "is" if len(lone) == 1 else "are"
        yield (f"One administration is one administration: {' and '.join(lone)} {are} on record with a single term. "
               "What belongs to the person, to the party and to those years cannot be told apart.")
    yield ("Coding effort and the age of the web differ between terms: pages of earlier years are gone, and later ones were "
           "found more easily. A difference in recorded contacts may be one of recording.")
    yield ("Adjusted rows divide each contact by the estimated recorded share of its rank and era; they leave out contacts that "
           "no page could report, and an era pools two presidents, so that recording within it is taken to be alike."
           if found.adjusted else
           "Counts are recorded contacts only; --completeness adds counts adjusted for what is not on record.")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
