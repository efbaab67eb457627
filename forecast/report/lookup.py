"""Numbers out of the tables of a run; what is printed or drawn is looked up here, never recomputed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.registry import COMPONENT
from forecast.dims import MONTH, PATH, RANK
from forecast.errors import Fault, ForecastError, InputError
from forecast.evaluation.contrast import load_equivalence
from forecast.evaluation.rate_ratio import POOLED
from forecast.panel.elections import Administration
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, tr

QUANTILE = ("q05", "q25", "q50", "q75", "q95")
RULE = (0.05, 0.25, 0.5, 0.75, 0.95)


def summary_rows(
    content: ReportContent, scenario: str, quantity: str, keys: Sequence[str], window: str
) -> pd.DataFrame:
    """Rows of the summary, one per key and in the order of `keys` (raises InputError where one lacks)."""
    return _pick(content.summary_by, (scenario, quantity, window), keys, "summary.csv")


def contrast_rows(
    content: ReportContent, pair: tuple[str, str], quantity: str, keys: Sequence[str], pairing: str
) -> pd.DataFrame:
    """Rows of the contrast over the whole horizon, one per key (raises InputError where one lacks)."""
    return _pick(content.contrast_by, (*pair, quantity, content.window, pairing), keys, "contrast.csv")


@contextmanager
def of_files(where: str) -> Iterator[None]:
    """What fails to be drawn or printed of tables that were read back, as one message (raises InputError).

    Their hashes say that they are as their manifest has them, and nothing of rows that a forged one lacks. Of a run that was just
    computed the same is a fault of the program, and must not pass through here.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        found = str(error) if isinstance(error, ValueError) else f"none for {error}"
        raise InputError([Fault(source="the tables of the run", where=where, expected="every row that forecast run writes",
                                found=" ".join(found.split())[:200],
                                remedy="Give a whole directory that forecast run of this version wrote.")]) from error


def pairings(content: ReportContent, pair: tuple[str, str], quantity: str) -> tuple[str, ...]:
    """Ways of pairing that the contrast has for a quantity, in the order of their words."""
    where = (*pair, quantity, content.window)
    return tuple(name for name in words.PAIRING if (*where, name) in content.contrast_by)


def _pick(
    pieces: dict[tuple[str, ...], pd.DataFrame], where: tuple[str, ...], keys: Sequence[str], source: str
) -> pd.DataFrame:
    rows = pieces.get(where)
    found = [] if rows is None else list(rows.index)
    missing = [key for key in keys if found.count(key) != 1]
    if rows is None or missing:
        raise InputError([_fault(where, missing, found, source)])
    return rows.loc[list(keys)]


def _fault(where: tuple[str, ...], missing: list[str], found: list[str], source: str) -> Fault:
    remedy = "Write the tables of this run again."
    return Fault(source=source, where=", ".join(where), expected=f"one row for each of {', '.join(missing)}",
                 found=f"rows for {', '.join(found) or 'nothing'}", remedy=remedy)  # fmt: skip


def quantile_array(rows: pd.DataFrame) -> np.ndarray:
    """The five quantiles of table rows, shape (row, 5)."""
    found: np.ndarray = rows[list(QUANTILE)].to_numpy(float)
    return found


def draw_quantiles(values: np.ndarray) -> np.ndarray:
    """The five quantiles over the first axis (draws or paths), moved to the last: shape (..., 5).

    Undefined values (NaN: pages per contact of a path without contacts) are left out.
    """
    values = np.asarray(values, float)
    if np.isnan(values).any():
        return np.moveaxis(np.nanquantile(values, RULE, axis=0), 0, -1)
    return np.moveaxis(np.quantile(values, RULE, axis=0), 0, -1)


def election_pair(content: ReportContent) -> tuple[str, str] | None:
    """The two scenarios to set against each other; none of a single scenario.

    Those of the election's first two outcomes that assume least; where all have one outcome, one that extends another, and that
    one. Two that say who wins come before one that leaves it open, of whose difference less can be told.
    """
    if content.contrast.empty:
        return None
    pairs = list(dict.fromkeys(zip(content.contrast["first"], content.contrast["second"], strict=True)))
    outcome = {name: str(run.attrs["outcome"]) for name, run in content.trajectories.items()}
    extends = {one["name"]: bool(one.get("extends")) for one in content.manifest.get("scenarios", ())}
    apart = [pair for pair in pairs if [outcome[pair[0]], outcome[pair[1]]] == list(content.winners)[:2]]
    if apart:
        return min(apart, key=lambda pair: sum(extends.get(name, False) for name in pair))
    return min(pairs, key=lambda pair: (sum(outcome[name] not in content.winners for name in pair), extends.get(pair[1], False)))


def compared_pair(content: ReportContent) -> tuple[str, str]:
    """As :func:`election_pair`, for what is drawn only where there are two scenarios (raises ForecastError elsewhere)."""
    pair = election_pair(content)
    if pair is None:
        raise ForecastError("A comparison needs two scenarios: simulate at least two.")
    return pair


def one_winner(content: ReportContent) -> bool:
    """Whether the two scenarios that are set against each other have the same outcome, so that only assumptions differ."""
    pair = election_pair(content)
    first, second = (str(content.trajectories[name].attrs["outcome"]) for name in pair) if pair else ("", " ")
    return first == second and first in content.winners


FEW = 1
"""A type with so many terms on record, or fewer, cannot be told from its president."""


def limits(content: ReportContent) -> list[tuple[str, str]]:
    """What the record cannot tell: of types with few terms among those of the election, and by its coding; heads and texts."""
    terms = content.panel.administration
    kinds = dict.fromkeys(winner.type for winner in content.winners.values())
    few = [_limit(content, kind, own) for kind in kinds if len(own := [term for term in terms if term.type == kind]) <= FEW]
    return few + [(tr("The coding of this record."), tr(caveat)) for dyad in content.panel.about for caveat in dyad.caveats]


def _limit(content: ReportContent, kind: str, own: Sequence[Administration]) -> tuple[str, str]:
    name = words.SHORT_TYPE[kind]
    if not own:
        return (tr("No {name} term.", name=name),
                tr("Up to the as-of date there was no administration of this type. What is said of it comes from the priors and "
                   "from other types of its party, not from the record."))
    years = content.panel.year
    closed = bool((years.loc[years["type"] == kind, "covid"] > 0).any())
    return (tr("One {name} term.", name=name),
            tr("Up to the as-of date there was one administration of this type, {name}. What belongs to the person, what to "
               "the type and what to those years{more} cannot be told apart; the intervals are wide for that reason.",
               name=tr(own[0].name), more=tr(" (a pandemic among them)") if closed else ''))


ASSUMED = ("events", "adjustments", "cabinet", "covariates")
"""Keys of a scenario with what it assumes besides the election."""


ELECTION, ASSUMPTIONS = "the election", "the assumptions"


def differ_in(content: ReportContent, pair: tuple[str, str]) -> str:
    """What two scenarios differ in: :data:`ELECTION`, :data:`ASSUMPTIONS`, or the one and the other."""
    outcome = [str(content.trajectories[name].attrs["outcome"]) for name in pair]
    told = {one["name"]: one for one in content.manifest.get("scenarios", ())}
    assumed = [[told.get(name, {}).get(key) or None for key in ASSUMED] for name in pair]
    parts = [word for word, two in ((ELECTION, outcome), (ASSUMPTIONS, assumed)) if two[0] != two[1]]
    return " and ".join(parts) or ASSUMPTIONS


# Rows of topics: what the agenda tables say, in the order in which figures and tables show it.

ALL = "all"
STEP = 8.4  # millimetres per topic: three lines of text


def levels(content: ReportContent, measure: str, direction: str, kind: str, topics: list[str] | None = None) -> pd.DataFrame:
    """Shares by topic under one type, indexed by topic."""
    table = content.administration.agenda
    chosen = (table["measure"] == measure) & (table["direction"] == direction) & (table["type"] == kind)
    return table[chosen].set_index("topic").loc[topics or slice(None)]


def topic_differences(content: ReportContent, measure: str, pair: tuple[str, ...], topics: list[str] | None = None, *,
                      direction: str = ALL, kind: str = ALL) -> pd.DataFrame:
    """Differences by topic in percentage points, indexed by topic."""
    table = content.administration.agenda_contrast
    chosen = (table["measure"] == measure) & (table["first"] == pair[0]) & (table["second"] == pair[1])
    chosen &= (table["direction"] == direction) & (table["type"] == kind)
    return table[chosen].set_index("topic").loc[topics or slice(None)]


def types(content: ReportContent) -> list[str]:
    """Types of administration in the order of the tables."""
    return list(dict.fromkeys(content.administration.agenda["type"]))


def recorded_types(content: ReportContent) -> list[str]:
    """Types with a term on record, in the order of the tables: of others the model has an expectation and the record no share."""
    seen = set(content.administration.agenda.query("measure == 'attention_record'")["type"])
    return [kind for kind in types(content) if kind in seen]


def travelling_sides(content: ReportContent) -> list[str]:
    """Travelling sides in the order of the tables; none where no agenda is recorded."""
    return [way for way in dict.fromkeys(content.administration.agenda["direction"]) if way != ALL]


def type_pairs(content: ReportContent) -> list[tuple[str, str]]:
    """Pairs of types that the contrast has."""
    rows = content.administration.agenda_contrast.query("measure == 'attention'")
    return list(dict.fromkeys(zip(rows["first"], rows["second"], strict=True)))


def by_attention(content: ReportContent) -> list[str]:
    """Topics by their mean share of attention over the types, the largest first."""
    table = content.administration.agenda.query("measure == 'attention'")
    mean = table.groupby("topic", sort=False)["mean"].mean()
    return list(mean.sort_values(ascending=False, kind="stable").index)


# Shares of the variance of a difference by source.

HEADING = {"independent": later("What an observer would see: two futures, separate shocks"),
           "expected": later("What {} change: expected values")}
"""Pairing -> title of its panel; the place is for what differs."""


def variance_of_pair(content: ReportContent) -> pd.DataFrame:
    """Rows of ``variance.csv`` for the two scenarios that are set against each other; none where one leaves open who wins."""
    return _of_pair(content, content.administration.variance)


def variance_rows(content: ReportContent, pairing: str, key: str) -> pd.DataFrame:
    """Shares of one difference, indexed by source."""
    table = variance_of_pair(content)
    return table[(table["pairing"] == pairing) & (table["key"] == key)].set_index("source")


def still(rows: pd.DataFrame) -> bool:
    """Whether a difference does not vary, so that its variance has no sources."""
    return bool(rows["share"].isna().any())


# Rows of ``rate_ratio.csv`` for the two scenarios that are set against each other.

WHERE = ["formulation", "levels", "distribution"]


def ratio_rows(content: ReportContent, key: str = "all") -> pd.DataFrame:
    """Rows of one rank or of all, indexed by formulation, levels and distribution; none where a scenario leaves open who wins."""
    table = content.administration.rate_ratio
    return _of_pair(content, table[table["key"] == key]).set_index(WHERE)


def density_rows(content: ReportContent) -> pd.DataFrame:
    """Densities of all contacts, indexed by formulation, levels and distribution."""
    return _of_pair(content, content.administration.rate_ratio_density).set_index(WHERE).sort_index()


def _of_pair(content: ReportContent, table: pd.DataFrame) -> pd.DataFrame:
    first, second = election_pair(content) or ("", "")
    return table[(table["first"] == first) & (table["second"] == second)]


def lines_of(content: ReportContent) -> list[tuple[str, str]]:
    """Formulation and levels of every line: all with shared levels, and the last, the pool, with separate ones too.

    Two scenarios of one outcome are one term with one level: there is nothing separate.
    """
    names = list(dict.fromkeys(ratio_rows(content).index.get_level_values("formulation")))
    return [*((name, "shared") for name in names), *((name, "separate") for name in names[-1:] if not one_winner(content))]


def pool_of(content: ReportContent) -> str:
    """All formulations together, by their name in the table."""
    return str(ratio_rows(content).index.get_level_values("formulation")[-1])


def line_name(name: str, levels: str, weight: float) -> tuple[str, str]:
    """Words for a line, and what is said of it in small print."""
    if name == POOLED:
        return tr("All together"), tr("term levels of their own") if levels == "separate" else tr("weighed by the pool")
    told = words.plain(COMPONENT[name].variant)
    return told, tr("term levels of their own") if levels == "separate" else tr("{share} of the pool", share=words.share(weight))


def factor_of_region() -> str:
    """The factor by which equal rates may differ, up or down, as text."""
    return words.number(float(np.exp(load_equivalence().rate.bound)), 2)


# Monthly futures gathered into quarters or years.

def month_share(content: ReportContent, name: str) -> np.ndarray:
    """Share of each month inside the term, shape (month,): inauguration day cuts the first one."""
    run = content.trajectories[name]
    return run["month_share"].to_numpy() if "month_share" in run else np.ones(run.sizes[MONTH])


def past_means(series: pd.Series, step: str) -> pd.Series:
    """Means of a monthly record by quarter or year, indexed by the middle of the step.

    Steps of which less than two thirds are on record are left out: one month is no year.
    """
    groups = series.groupby(_middle(pd.DatetimeIndex(series.index), step))
    return groups.mean()[groups.size() >= (2 if step == "quarter" else 8)]


def _middle(month: pd.DatetimeIndex, step: str) -> pd.Index:
    """Middle of the quarter or year of each month, as a decimal year, shape (month,)."""
    return month.year + ((month.quarter - 0.5) / 4 if step == "quarter" else 0.5)


def step_quantiles(future: xr.DataArray, step: str, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over quarters or years: middles of the steps (step,) and quantiles over paths (step, 5).

    `share` (month,) weighs the months, so that a cut month does not count as a whole one.
    """
    label = _middle(pd.DatetimeIndex(future[MONTH].values), step)
    values = future.transpose(PATH, MONTH).to_numpy() * share
    starts = np.flatnonzero(np.r_[True, np.diff(label) > 0])
    size = np.add.reduceat(share, starts)
    return label[starts].to_numpy(), draw_quantiles(np.add.reduceat(values, starts, axis=1) / size)


# The numbers behind a figure.

def data_of(content: ReportContent, name: str) -> pd.DataFrame:
    """The numbers behind a figure."""
    summary = content.summary
    told = {"history": ["contact"], "agenda": ["mention_share"], "effectiveness": ["outcome_share"], "media": ["pages", "tone"]}
    if name in told:
        found = summary[summary["quantity"].isin(told[name])]
        return pd.concat([_record_by_year(content, found), found]) if name == "history" else found
    if name == "relation":
        futures = content.relation.future[content.relation.main]
        return pd.concat([_by_month(future, scenario) for scenario, future in futures.items()])
    tables = {"contrast": content.contrast, "questions": content.questions, "drift": content.administration.drift,
              "ratio": content.administration.rate_ratio, "variance": content.administration.variance,
              "goals": content.administration.agenda, "agenda_contrast": content.administration.agenda_contrast,
              "poles": content.poles.poles if content.poles else None,
              "update": content.update.changes if content.update else None,
              "two_terms": content.two_terms.totals if content.two_terms else None}
    found = tables.get(name)
    return pd.DataFrame() if found is None else found


def _record_by_year(content: ReportContent, like: pd.DataFrame) -> pd.DataFrame:
    """Contacts on record by rank and administration year, in the columns of the summary as far as they apply: the bars."""
    panel, unit = content.panel, like["unit"].iloc[0]
    count = panel.count.isel(dyad=0)
    by_rank = {ALL: count.sum(RANK).to_numpy()} | {rank: count.sel(rank=rank).to_numpy() for rank in content.labels(RANK)}
    of = "contacts on record of an administration year, up to the as-of date"
    last = np.minimum(panel.year["end"], pd.Timestamp(panel.as_of) + pd.Timedelta(days=1)) - pd.Timedelta(days=1)
    start = np.maximum(panel.year["start"], pd.Timestamp(panel.about[0].relations_start))
    label = [f"{first:%Y-%m-%d} to {end:%Y-%m-%d}" for first, end in zip(start, last, strict=True)]
    return pd.DataFrame([(RECORD, ON_RECORD, key, window, unit, of, float(number))
                         for key, counts in by_rank.items() for window, number in zip(label, counts, strict=True)],
                        columns=["scenario", "quantity", "key", "window", "unit", "of", "mean"]).reindex(columns=like.columns)


RECORD, ON_RECORD = "record", "contact_on_record"
"""What stands for the scenario and the quantity where the data behind a figure hold what was counted."""


LINES = later("Thick: half of the futures; thin: nine in ten; mark: median.")
"""What the marks of a chart with intervals are."""


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """How the data of a figure are drawn to be read: columns, and a line for each number with names of columns in braces."""

    row: str = "key"
    quantity: str = ""
    choose: str = ""
    choice: str = ""
    columns: Mapping[str, str] = field(default_factory=lambda: dict(zip(("low", "near", "middle", "far", "high"), QUANTILE,
                                                                         strict=True)))
    tell: tuple[str, ...] = (later("median {q50}"), later("50 %: {q25} to {q75}"), later("90 %: {q05} to {q95}"),
                             later("mean {mean} ± {mcse}"))
    unit: str


_READ = {
    "history": _Reading(quantity="contact", choose="window", choice=later("Years"), unit=later("recorded contacts")),
    "agenda": _Reading(quantity="mention_share", choose="window", choice=later("Years"), unit=later("share of topic mentions")),
    "contrast": _Reading(quantity="contact", choose="pairing", choice=later("Difference of"),
                         unit=later("recorded contacts, {first} minus {second}"),
                         tell=(later("median {q50}"), later("50 %: {q25} to {q75}"), later("90 %: {q05} to {q95}"),
                               later("{first} larger, a tie counting half: {p_greater} ± {p_greater_mcse}"))),
    "questions": _Reading(row="id", columns={"middle": "probability"}, tell=(later("probability {probability} ± {mcse}"),),
                          unit=later("probability")),
}


def reading(content: ReportContent, name: str) -> dict[str, Any] | None:
    """What the page needs to draw the data of a figure as a chart that is read mark by mark; None of those without."""
    told = _READ.get(name)
    if told is None:
        return None
    table = data_of(content, name)
    keep = {"quantity": told.quantity} if told.quantity else {}
    pair = compared_pair(content) if name == "contrast" else None
    keep |= dict(zip(("first", "second"), pair, strict=True)) if pair else {}
    rows = table[(table[list(keep)] == list(keep.values())).all(axis=1)]
    asked = {question.id: tr(question.text) for one in content.kept.values() for question in one.scenario.questions}
    texts = dict(zip(rows[told.row], rows["text"], strict=True)) | asked if told.row == "id" else {}
    named = {key: texts.get(key) or content.named(told.quantity, key) for key in dict.fromkeys(rows[told.row])}
    ends = dict(zip(("first", "second"), map(words.plain, pair), strict=True)) if pair else {}
    unit = tr(told.unit).format(**ends)
    return {"row": told.row, "rows": named, "keep": keep, "columns": told.columns, "unit": unit,
            "tell": [tr(line).replace("{first}", ends.get("first", "")) for line in told.tell],
            "about": unit if "low" in told.columns else "", "lines": tr(LINES) if "low" in told.columns else "",
            "series": "scenario", "choose": told.choose, "choice": tr(told.choice),
            "names": {one: words.plain(one) for one in dict.fromkeys(rows["scenario"])} if "scenario" in rows else None,
            "choices": {one: words.PAIRING.get(one, one) for one in dict.fromkeys(rows[told.choose])} if told.choose else {}}


def _by_month(future: xr.DataArray, scenario: str) -> pd.DataFrame:
    """Quantiles of the relation index month by month."""
    found = draw_quantiles(future.transpose("path", ...).to_numpy())
    month = pd.DatetimeIndex(future["month"].values).strftime("%Y-%m")
    return pd.DataFrame(found, columns=list(QUANTILE)).assign(scenario=scenario, month=month)[["scenario", "month", *QUANTILE]]
