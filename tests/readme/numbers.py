"""Sentences of the pages that hold numbers of the default run, made anew from the tables of a run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from tests.readme.reader import ROOT

README, RESULTS, FIRST, SCEPTIC, PAPER, RECORD, POOL, SCENARIOS, POLES, CONDITION, ADMINISTRATIONS = (
    "README.md", "docs/results.md", "docs/tutorials/first_forecast.md", "docs/sceptic.md", "docs/tutorials/paper.md",
    "docs/record.md", "docs/trust.md", "docs/scenarios.md", "docs/poles.md", "docs/condition.md", "docs/administrations.md")
OUTCOMES = ("harris", "trump")
TERM = "2025-2028"
PLURAL = {"president": "presidents", "vice_president": "vice presidents", "cabinet": "cabinet members", "deputy": "deputies",
          "assistant": "assistants", "congress": "members of Congress"}
PARTS = ("p_more", "p_equal", "p_fewer")


def said(page: str) -> str:
    """A page in one line, with a hyphen for each minus."""
    return " ".join((ROOT / page).read_text(encoding="utf-8").replace("−", "-").split())


def sentences(run: Path) -> Iterator[tuple[str, str]]:
    """Pages and what they say, where `run` is what ``forecast run`` wrote."""
    total = _totals(run)
    for rank, (first, second) in total.items():
        yield from ((page, f"| {rank} | {first} | {second} |") for page in (README, RESULTS, *([FIRST] if rank == "all" else [])))
    yield FIRST, f"**{total['all'][0]}**: half of the futures"
    yield from _of_ratio(run)
    yield from _of_drift(run, *(_median(one) for one in total["all"]))
    yield RECORD, "Harris {}, {}; Trump {}, {}".format(*(part for one in _estimated(run) for part in one))
    yield from _of_difference(run)
    yield from _of_questions(run)
    yield from _of_poles(run)
    for name, weight in json.loads((run / "manifest.json").read_text(encoding="utf-8"))["pool"].items():
        row = re.search(rf"\| {name.removeprefix('frequency_')} (\|[^|]*){{3}}\|", said(POOL))
        yield POOL, f"{row.group() if row else name} {weight:.2f} |"


def of_alone(run: Path) -> Iterator[tuple[str, str]]:
    """Pages and what they say, where `run` is what ``forecast run --alone`` wrote."""
    first, second = _totals(run)["all"]
    for page in (README, RESULTS):
        yield page, f"(`--alone`) the totals are {first} and {second}"
    yield SCEPTIC, f"`--alone` leaves the neighbours out: {_median(first)} and {_median(second)}"


def _totals(run: Path) -> dict[str, list[str]]:
    rows = _table(run, "summary", quantity="contact", window=TERM).set_index(["key", "scenario"])
    ranks = rows.index.get_level_values("key").unique()
    return {rank.replace("_", " "): [_cell(rows.loc[(rank, outcome)]) for outcome in OUTCOMES] for rank in ranks}


def _of_ratio(run: Path) -> Iterator[tuple[str, str]]:
    rows = _table(run, "rate_ratio", key="all", formulation="pool").set_index(["distribution", "levels"])
    after, before = rows.loc[("posterior", "shared")], rows.loc[("prior", "shared")]
    middle, low, high = (f"{after[name]:.2f}" for name in ("q50", "q05", "q95"))
    more, equal, fewer = (f"{after[name]:.2f}" for name in PARTS)
    wide = [f"{before[name]:.2f}" for name in ("q05", "q95")]
    for page in (README, RESULTS):
        yield page, (f"has the median {middle} and the 90 % interval {low} to {high} (before the data: {wide[0]} to {wide[1]}). "
                     f"More contacts under Harris: {more}; the same within a factor of 1.10: {equal}; more under Trump: {fewer}.")
    yield FIRST, f"| {middle} ({low} to {high}) | {more}, {equal}, {fewer} |"
    yield FIRST, f"**{middle} ({low} to {high})**"
    yield PAPER, f"(log rate ratio {middle}, 90 % interval {low} to {high}; P(more under"
    yield PAPER, f"In the full run the three are {more}, {equal} and {fewer}"
    yield SCEPTIC, f"was set beforehand: {more}, {equal}, {fewer}."
    yield SCEPTIC, f"goes from {wide[0]} … {wide[1]} to {low} … {high}"


def _of_difference(run: Path) -> Iterator[tuple[str, str]]:
    rows = _table(run, "contrast", quantity="contact", window=TERM).set_index(["pairing", "key"])
    expected, apart = rows.loc[("expected", "all")], rows.loc[("independent", "all")]
    own = _table(run, "rate_ratio", key="all", formulation="pool", distribution="posterior", levels="separate").iloc[0]
    yield RESULTS, (f"P(Harris > Trump) is {expected['p_greater']:.2f} with one level of the coming term under both, "
                    f"{own['p_greater']:.2f} with a level of its own for each. The median difference is "
                    f"{expected['q50']:.0f} contacts ({expected['q05']:.0f} to {expected['q95']:.0f}), "
                    f"the mean {expected['mean']:.0f}")
    chance = rows.loc["expected"].drop("all")["p_greater"].rename(PLURAL)
    least, largest = (f"{chance[rank]:.2f} ({rank})" for rank in (chance.idxmin(), chance.idxmax()))
    yield RESULTS, f"P by rank goes from {least} to {largest}"
    yield RESULTS, f"what would be seen ({apart['q05']:.0f} to {apart['q95']:.0f} contacts in all)"
    topics = _table(run, "agenda_contrast", measure="mention_share", first="democratic", second="republican_trumpist")
    most, china = topics.loc[topics["q50"].abs().idxmax()], topics[topics["topic"] == "china"].iloc[0]
    yield RESULTS, (f"with {most['q50']:.1f} points more under a Democratic than under a Trumpist administration "
                    f"(P = {most['p_greater']:.2f})")
    yield RESULTS, f"less talk of China ({-china['q50']:.1f} points, P = {1 - china['p_greater']:.2f})"


def _of_drift(run: Path, first: str, second: str) -> Iterator[tuple[str, str]]:
    rows = _table(run, "drift", key="all")
    share = f"{100 * rows['drifting'].iloc[0]:.0f} %"
    stopped, on = ([_cell(rows[(rows["drift"] == kind) & (rows["scenario"] == outcome)].iloc[0]) for outcome in OUTCOMES]
                   for kind in ("stopped", "goes_on"))
    for page in (README, RESULTS):
        yield page, f"Formulations with a drift have {share} of the pool."
        yield page, (f"the totals would be {stopped[0]} and {stopped[1]} in place of {first} and {second}; if it went on "
                     f"in full, {on[0]} and {on[1]}.")
    yield README, f"Formulations with one have {share} of the pool"
    middle = [[first, second], *([_median(one) for one in cells] for cells in (on, stopped))]
    yield SCEPTIC, ("{} with the drift as the pool has it, {} with the drift going on, {} with the drift stopped (under Harris; "
                    "{}, {} and {} under Trump)").format(*(one[0] for one in middle), *(one[1] for one in middle))
    yield SCEPTIC, f"The {share} is partly"
    yield SCEPTIC, f"Read the {share} as a preference"
    yield POOL, f"so the pool leans on growth as before: {share}"


def _of_questions(run: Path) -> Iterator[tuple[str, str]]:
    """Every row of a table of questions in two pages, a question that the run does not have among them."""
    rows = pd.read_csv(run / "questions.csv").set_index(["text", "scenario"])
    for page in (SCENARIOS, POLES):
        for text in re.findall(r"\| (Will [^|]*\?) \|", said(page)):
            found = [rows.loc[(text, outcome)] for outcome in OUTCOMES] if text in rows.index.levels[0] else []
            chance = " | ".join(f"{100 * one['probability']:.0f}" for one in found)
            yield page, f"| {text} | {chance} | {found[0]['past_yes']} of {found[0]['past_terms']} |" if found else f"no {text}"


def _of_poles(run: Path) -> Iterator[tuple[str, str]]:
    rows = _table(run, "poles", list="all", window=TERM).set_index(["pole", "scenario"])
    told = {which: f"{row['mean']:.1f} ({row['q05']:.0f} to {row['q95']:.0f})" for which, row in rows.iterrows()}
    first, second = (told["united_states", outcome] for outcome in OUTCOMES)
    yield POLES, (f"United States {first} under Harris and {second} under Trump, Russia {told['russia', 'harris']}, "
                  f"China {told['china', 'harris']}, France {told['france', 'harris']}")
    apart = _table(run, "poles_together", contacts="all").set_index("pole")
    numbers = {pole: f"{row['correlation']:.2f} ({{}}{row['low']:.2f} to {row['high']:.2f}" for pole, row in apart.iterrows()}
    years = {pole: int(row["years"]) for pole, row in apart.iterrows()}
    yield POLES, (f"Russia {numbers['russia'].format('90 % ')}; {years['russia']} years), China {numbers['china'].format('')}; "
                  f"{years['china']}), France {numbers['france'].format('')}; {years['france']})")


def of_condition(shown: str) -> Iterator[tuple[str, str]]:
    """The page of conditions, where `shown` is what its second command prints."""
    for line in re.findall(r"^\w+: [\d,]+ of [\d,]+ futures agree.*$", shown, re.MULTILINE):
        yield CONDITION, line


def of_administrations(shown: str) -> Iterator[tuple[str, str]]:
    """Rows of the table of a page, where `shown` is what the first command of that page prints, with room for its lines."""
    part, rows = "", {}
    for line in shown.replace("\N{MINUS SIGN}", "-").splitlines():
        found = re.fullmatch(r"(.+?)\s+(\d+ \([-\d.]+\))\s+(\d+ \([-\d.]+\))\s+(\S+ \(.* to .*\))(\*?)", line.strip())
        if found is None:
            part = re.split(r" \(|;", line)[0] if re.match(r"\w", line) else part
            continue
        name, *counts, difference, beyond = found.groups()
        named = f"{part}, {name}" if part in ("Contacts with a page", "Pages per contact") else name
        rows[named] = " | ".join([named, *counts, f"**{difference}**" if beyond else difference])
    for name in re.findall(r"\| ([A-Z][^|]*?) \| \d+ \(", said(ADMINISTRATIONS)):
        yield ADMINISTRATIONS, f"| {rows.get(name, f'no {name}')} |"


def _estimated(run: Path) -> Iterator[tuple[str, str]]:
    rows = _table(run, "summary", quantity="contact_estimated", key="all", window=TERM).set_index("scenario")
    for outcome in OUTCOMES:
        row = rows.loc[outcome]
        yield f"{row['q50']:.0f}", f"{row['q05']:.0f} to {row['q95']:.0f}"


def _table(run: Path, name: str, **where: str) -> pd.DataFrame:
    rows = pd.read_csv(run / f"{name}.csv")
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def _cell(row: pd.Series) -> str:
    return f"{row['q50']:.0f} ({row['q05']:.0f} to {row['q95']:.0f})"


def _median(cell: str) -> str:
    return cell.partition(" ")[0]
