"""What is told of states forecast from the registers: tables, sentences, the screen, a page without network."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.console import console
from forecast.evaluation.baselines import TERM
from forecast.evaluation.countries import JUDGEMENT, WHOLE, comparable, judge_pool, terms
from forecast.evaluation.scores import LOSS
from forecast.panel.elections import Election
from forecast.panel.registers import CHANNEL, FIRST_DAY
from forecast.panel.states import fate, lasts
from forecast.report import words
from forecast.report.files import write_manifest, write_table
from forecast.report.words import day, number, share, stacked_tables, whole_picture
from forecast.shipped import CASE

LIKE, IN_REGION = "comparable cells", "its region"
"""Cells of past terms by which the forecast of one is judged."""
SILENCE = ("Silence of the registers is no absence of contact: they list journeys of presidents and secretaries of state and "
           "visits of heads of state and government, not ministers, envoys, calls, letters, or meetings in third countries.")


@dataclass(frozen=True, kw_only=True)
class Countries:
    """Forecasts of some states and what stands behind them.

    Parameters
    ----------
    as_of : date
        Last day that was used.
    election : Election
        Whose term is forecast.
    outcomes : tuple of str
        The outcomes set against each other.
    state : DataFrame
        The states, by country: name, region, start, end, iso2, iso3, column, row.
    forecast : DataFrame
        country, region, channel, outcome, window (the term, or a year of it by the calendar year in which it begins), mean, q05,
        q25, median, q75, q95, any (probability of at least one entry).
    contrast : DataFrame
        country, region, channel, first, second, window, and the columns of
        :func:`forecast.evaluation.countries.outcome_contrasts`.
    history : DataFrame
        country, channel, term, year (of office, by the calendar year in which it begins), count, years (observed).
    record : DataFrame
        country, channel, of (the cells), expected (entries now), and the columns of
        :func:`forecast.evaluation.countries.judge_pool`.
    notes : dict of str to list of str
        Sentences by country.
    years : DataFrame
        How years of past terms were forecast, see :class:`forecast.evaluation.countries.Years`.
    weight, gates : dict
        Of the pool's members; fits that failed a gate.
    first : dict of str to date
        Register -> its first entry.
    seed : int
    """

    as_of: date
    election: Election
    outcomes: tuple[str, ...]
    state: pd.DataFrame
    forecast: pd.DataFrame
    contrast: pd.DataFrame
    history: pd.DataFrame
    record: pd.DataFrame
    notes: dict[str, list[str]]
    years: pd.DataFrame
    weight: dict[str, float]
    gates: dict[str, str]
    first: dict[str, date]
    seed: int

    @property
    def windows(self) -> list[str]:
        """The term, then its years."""
        begins = self.election.term_start.year
        return [WHOLE, *(str(begins + year) for year in range(TERM))]

    @property
    def title(self) -> str:
        """Of page and screen."""
        names = self.state["name"].tolist()
        told = ", ".join(names) if len(names) <= 6 else f"{len(names)} states"
        return f"{words.states(CASE.home['name'], told)}: leaders' travel and visits"

    @property
    def span(self) -> str:
        """The term in words."""
        return f"{day(self.election.term_start)} to {day(self.election.term_end)}"

    def winner(self, outcome: str) -> str:
        """Who governs under an outcome."""
        return self.election.outcomes[outcome].president


def country_accounts(*, as_of: date, election: Election, outcomes: tuple[str, ...], states: pd.DataFrame, chosen: Sequence[str],
                     history: pd.DataFrame, cell: pd.DataFrame, contrast: pd.DataFrame, record: pd.DataFrame,
                     **others: Any) -> Countries:
    """Choose some states from tables of all, and judge the forecasts of each by past terms."""
    def of(table: pd.DataFrame) -> pd.DataFrame:
        place = {country: at for at, country in enumerate(chosen)}
        part = table[table["country"].isin(place)]
        return part.sort_values("country", key=lambda names: names.map(place), kind="stable").reset_index(drop=True)

    state, past, forecast = states.loc[list(chosen)], of(history), of(cell)
    return Countries(as_of=as_of, election=election, outcomes=outcomes, state=state, forecast=forecast, contrast=of(contrast),
                     history=past.astype({"count": int}), record=_records(forecast, record),
                     notes={country: [*_notes(row, past, as_of)] for country, row in state.iterrows()}, **others)


def _records(forecast: pd.DataFrame, record: pd.DataFrame) -> pd.DataFrame:
    whole = forecast[forecast["window"] == WHOLE]
    expected = whole.groupby(["country", "region", "channel"], sort=False)["mean"].mean().reset_index()
    tables, of_region = [], {}
    for row in expected.itertuples():
        key = (row.region, row.channel)
        if key not in of_region:
            of_region[key] = judge_pool(record[(record["region"] == row.region) & (record["channel"] == row.channel)])
        for name, found in ((LIKE, judge_pool(comparable(record, row.channel, row.mean))), (IN_REGION, of_region[key])):
            head = {"country": row.country, "channel": row.channel, "of": name, "expected": row.mean}
            tables.append(found.assign(**head)[[*head, *found.columns]])
    columns = ["country", "channel", "of", "expected", *JUDGEMENT]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _notes(state: Mapping[str, Any], past: pd.DataFrame, as_of: date) -> Iterator[str]:
    """What must be known of a state before its forecast is read."""
    if told := fate(state, as_of):
        yield told
    own = past[past["country"] == state["country"]].groupby("channel")["count"].sum()
    never = [_inside(channel) for channel in CHANNEL.labels if own.get(channel, 0) == 0]
    since = max(pd.Timestamp(FIRST_DAY), state["start"])
    if never:
        what = "no entry" if len(never) == len(CHANNEL) else f"no entry of {' and '.join(never)}"
        yield (f"{state['name']} has {what} since {since.year}"
               + (": what is forecast there comes from its region and from the world's level." if lasts(state) else "."))


def _inside(channel: str) -> str:
    """Name of a register inside a sentence."""
    name = words.CHANNEL[channel]
    return name[:1].lower() + name[1:]


# Rows of what is printed and shown.

def forecast_rows(found: Countries, country: str) -> list[list[str]]:
    """Register, window, and for every outcome median, 5 to 95 % and probability of any entry; years that are alike in one row."""
    own = found.forecast[found.forecast["country"] == country].set_index(["channel", "window", "outcome"])
    rows = []
    for channel in CHANNEL.labels if len(own) else ():
        told = {window: [cell for outcome in found.outcomes for cell in _told(own.loc[(channel, window, outcome)])]
                for window in found.windows}
        whole, first, *others = found.windows
        alike = all(told[year] == told[first] for year in others)
        years = {first: "each year"} if alike else {year: f"year from {year}" for year in (first, *others)}
        named = {whole: "whole term"} | years
        rows += [[words.CHANNEL[channel] if window == whole else "", name, *told[window]] for window, name in named.items()]
    return rows


def _told(cell: Mapping[str, Any]) -> tuple[str, str]:
    return f"{cell['median']:.0f} ({cell['q05']:.0f}\N{EN DASH}{cell['q95']:.0f})", share(cell["any"])


def forecast_heads(found: Countries) -> list[str]:
    """Headings of these columns."""
    return ["", "", *(head for one in found.outcomes for head in (f"{found.winner(one)}: median (5\N{EN DASH}95 %)", "any"))]


def history_rows(found: Countries, country: str) -> list[list[str]]:
    """Term, and entries of every register; a term that is not over is marked."""
    own = found.history[found.history["country"] == country]
    wide = terms(own).pivot(index="term", columns="channel", values="count")
    observed = terms(own, ("term", "channel")).groupby("term")["years"].first()
    rows = []
    for term in wide.index:
        unfinished = int(str(term)[-4:]) > found.as_of.year
        part = "*" if unfinished else f" ({observed[term]:.1f} years)" if observed[term] < TERM - 0.05 else ""
        rows.append([f"{term}{part}", *(str(int(wide.loc[term, channel])) for channel in CHANNEL.labels)])
    return rows


def rate_ratio_rows(found: Countries, country: str) -> list[list[str]]:
    """Register, log rate ratio of model and pool, and futures with more, equal and fewer entries over the term."""
    own = found.contrast[(found.contrast["country"] == country) & (found.contrast["window"] == WHOLE)]
    return [[words.CHANNEL[row.channel], f"{found.winner(row.first)} against {found.winner(row.second)}",
             f"{number(row.model_median, 2)} ({number(row.model_q05, 2)} to {number(row.model_q95, 2)})",
             number(row.ratio_mean, 2),
             *(" / ".join(number(100 * getattr(row, f"{name}_{pairing}")) for name in ("more", "equal", "fewer"))
               for pairing in ("separate", "paired"))] for row in own.itertuples()]


CONTRAST_HEADS = ("register", "", "log rate ratio, model (5\N{EN DASH}95 %)", "pool", "more / equal / fewer, %", "same luck, %")
CONTRAST_NOTE = ("Log ratio of the rates under the two outcomes: as the hierarchical model has it, and its mean in the pool, of "
                 "which only that model knows who governs. Futures in which the first outcome brings more, as many, or fewer "
                 "entries over the term: with chance of their own, and with the same luck, so that only the outcome differs.")


def record_sentences(found: Countries, country: str) -> list[str]:
    """How such forecasts did, a sentence per register and set of cells."""
    return [_sentence(part.set_index("loss_name"), channel, str(of)) for (channel, of), part
            in found.record[found.record["country"] == country].groupby(["channel", "of"], sort=False)]


def _sentence(part: pd.DataFrame, channel: str, of: str) -> str:
    one = part.iloc[0]
    losses = "; ".join(f"{LOSS[loss]} {row['loss']:.3f} against {row['baseline_loss']:.3f} of the best baseline "
                       f"({row['baseline']})" for loss, row in part.iterrows())
    where = f"cells that were expected to have about {one['expected']:.2g}" if of == LIKE else "cells of its region"
    first = part.loc["crps"]
    among = "one term has no interval" if first[["low", "high"]].isna().any() else \
        f"{number(100 * first['low'], 1)} to {number(100 * first['high'], 1)}"
    skill = f"{number(100 * first['skill'], 1)} % ({among})"
    return (f"{words.CHANNEL[channel]}, {one['cells']:.0f} {where}, {one['terms']:.0f} terms: {losses}; skill in CRPS {skill}. "
            f"Intervals that say 80 % and 95 % held {share(one['held_80'])} and {share(one['held_95'])}.")


def about_forecast(found: Countries) -> list[str]:
    """Of what the forecast is made, when the registers are complete, and what is assumed."""
    weights = ", ".join(f"{name} {share(value)}" for name, value in found.weight.items())
    begun = ", ".join(f"{_inside(channel)} {first.year}" for channel, first in found.first.items())
    cells = found.years["cells"] / found.years["cells"].sum()
    held = [share(float((cells * found.years[name]).sum())) for name in ("held_80", "held_95")]
    failed = "; ".join(f"{label} ({what})" for label, what in found.gates.items())
    return [
        f"Nothing dated after {day(found.as_of)} was used. The registers of the Office of the Historian begin earlier ({begun}); "
        f"they are counted from {day(FIRST_DAY)} to that day, and taken as complete between these. {SILENCE}",
        f"The pool that forecast backtest --registers judges, with weights from the terms that were over: {weights}. Only the "
        "hierarchical model knows who governs: where its weight is small the two outcomes look alike. In that model an outcome "
        "changes the rates of all states of a region by one factor.",
        "Assumed: the state lasts through the term; the years of a term share one rate (of all single years of past terms, "
        f"intervals that say 80 % and 95 % held {held[0]} and {held[1]}); a returning president keeps his effect, a new one "
        "draws his own. One term of a president is one term, whatever is forecast from it.",
        *([f"Fits that failed a gate of convergence: {failed}."] if failed else [])]


# The screen.

def print_countries(found: Countries, *, brief: bool) -> None:
    """Print every state, or with `brief` one line each."""
    screen = console()
    screen.print(f"{found.title}, {found.span}", style="bold")
    winners = ", ".join(map(found.winner, found.outcomes))
    screen.print(f"Outcomes of the election of {day(found.election.date)}: {winners}. Counted are entries of the registers.")
    if brief:
        _table(screen, "", brief_heads(found), brief_rows(found))
    else:
        for country in found.state.index:
            _print_state(screen, found, country)
    screen.print("\nHow it is computed", style="italic")
    for told in about_forecast(found):
        screen.print(f"- {told}")


def _print_state(screen: Any, found: Countries, country: str) -> None:
    screen.print(f"\n{found.state.loc[country, 'name']}", style="bold")
    for note in found.notes[country]:
        screen.print(note)
    if rows := forecast_rows(found, country):
        _table(screen, "Forecast", forecast_heads(found), rows)
        _table(screen, "What the outcomes change", ["", *CONTRAST_HEADS[2:]],
               [[row[0], *row[2:]] for row in rate_ratio_rows(found, country)])
    _table(screen, "Entries by term (* not over)", ["term", *(words.CHANNEL[one] for one in CHANNEL.labels)],
           history_rows(found, country))
    if sentences := record_sentences(found, country):
        screen.print("How such forecasts did", style="italic")
        for sentence in sentences:
            screen.print(f"- {sentence}")


def _table(screen: Any, heading: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    screen.print(heading, style="italic")
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for place, name in enumerate(heads):
        table.add_column(name, justify="left" if place < 2 and not name else "right" if place else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.print(table)


def brief_heads(found: Countries) -> list[str]:
    """Headings of one line per state."""
    return ["", *(f"{words.CHANNEL[channel]}: {found.winner(one)}" for channel in CHANNEL.labels for one in found.outcomes)]


def brief_rows(found: Countries) -> list[list[str]]:
    """Expected entries of the term by register and outcome, one row per state."""
    whole = found.forecast[found.forecast["window"] == WHOLE].set_index(["country", "channel", "outcome"])["mean"]
    return [[found.state.loc[country, "name"], *(number(whole[country, channel, one], 1) for channel in CHANNEL.labels
                                                 for one in found.outcomes)]
            for country in found.state.index if country in whole.index]


# Files.

def everything(found: Countries) -> dict[str, Any]:
    """All tables, and what they rest on."""
    return {"as_of": str(found.as_of), "election": found.election.id, "term": [str(found.election.term_start),
                                                                             str(found.election.term_end)],
            "outcomes": {one: found.election.outcomes[one].model_dump() for one in found.outcomes},
            "state": world_table(found), "notes": found.notes, "forecast": found.forecast,
            "contrast": found.contrast, "history": found.history, "record": found.record,
            "weight": found.weight, "gates": found.gates, "about": about_forecast(found)}


def world_table(found: Countries) -> pd.DataFrame:
    """One row per state: codes, fate, and expected entries and probability of any, by register and outcome."""
    state = found.state.assign(status=["forecast" if lasts(row) else f"ended {row['end'].date()}" for _, row in
                                       found.state.iterrows()])
    table = state[["country", "name", "region", "iso2", "iso3", "status"]].reset_index(drop=True)
    whole = found.forecast[found.forecast["window"] == WHOLE]
    for channel in CHANNEL.labels:
        for one in found.outcomes:
            part = whole[(whole["channel"] == channel) & (whole["outcome"] == one)].set_index("country")
            for name, column in (("mean", "expected"), ("any", "any")):
                table[f"{channel}_{one}_{column}"] = table["country"].map(part[name])
    return table


def write_countries(found: Countries, folder: Path, pictures: Mapping[str, Path]) -> None:
    """Write tables, page and manifest into a folder that exists; `pictures` are figures (SVG) by heading."""
    tables = {"forecast": found.forecast, "contrast": found.contrast, "history": found.history, "record": found.record,
              "years": found.years, "world": world_table(found)}
    for name, table in tables.items():
        write_table(table, folder / f"{name}.csv")
    (folder / "country.html").write_text(render(found, pictures), encoding="utf-8")
    write_manifest({"as_of": found.as_of, "election": found.election.id, "outcomes": list(found.outcomes), "seed": found.seed,
                    "countries": found.state.index.tolist(), "weight": found.weight, "gates": found.gates},
                   folder / "manifest.json")


def render(found: Countries, pictures: Mapping[str, Path]) -> str:
    """The page, with its figures inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    beside = "the numbers stand in the tables below and in the CSV files beside this page."
    figures = [{"heading": heading, "alt": f"{heading}: {beside}", **whole_picture(path)} for heading, path in pictures.items()]
    parts = [{"name": found.state.loc[country, "name"], "notes": found.notes[country], "forecast": forecast_rows(found, country),
              "contrast": rate_ratio_rows(found, country), "history": history_rows(found, country),
              "record": record_sentences(found, country)} for country in found.state.index]
    page = environment.get_template("country.html.j2").render(
        title=found.title, span=found.span, date=day(found.election.date), about=about_forecast(found), figures=figures,
        parts=parts,
        heads=forecast_heads(found), contrast_heads=CONTRAST_HEADS, contrast_note=CONTRAST_NOTE,
        registers=[words.CHANNEL[one] for one in CHANNEL.labels], home=CASE.home["name"])
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))
