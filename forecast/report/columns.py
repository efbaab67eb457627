"""What every column of every table of a run means: one table, from file to column to description, unit and type.

A run directory has the same as ``columns.json``, for its own files and columns; ``forecast schema`` prints it. Names in braces
stand for the labels of a run: ``{scenario}`` for each of its scenarios, ``{rank}`` for each rank. Types are those of Arrow in
Parquet files; in CSV files they are ``string``, ``integer``, ``number``, ``boolean`` and ``date`` (YYYY-MM-DD), and a cell
without a value is empty.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from forecast.files import unguarded

if TYPE_CHECKING:
    import pandas as pd

COLUMNS_FILE = "columns.json"
FUTURES = "trajectories/{scenario}.parquet"
COUNTED = "trajectories/questions/{scenario}.parquet"
RELATION = "trajectories/relation/{scenario}.parquet"
STRING, INTEGER, NUMBER, BOOLEAN, DATE = "string", "integer", "number", "boolean", "date"
OF_PARAMETER = "log rate; 1 of a correlation and of effects in units of their scales"
UNIT = "as in the column unit"
"""Of a column whose rows are in different units."""


@dataclass(frozen=True, kw_only=True)
class ColumnMeaning:
    """One column.

    Parameters
    ----------
    name : str
        As in the file; a name in braces stands for several columns, one for each label.
    description : str
        What it holds, in one sentence.
    unit : str
        Empty for text and labels.
    dtype : str
        How it is stored.
    """

    name: str
    description: str
    unit: str
    dtype: str


@dataclass(frozen=True, kw_only=True)
class TableFile:
    """One kind of file: what a row is, and the columns in their order."""

    name: str
    row: str
    columns: tuple[ColumnMeaning, ...]

    def column(self, name: str) -> ColumnMeaning | None:
        """What is said of a column of a file of this kind: of the names that fit, the one that spells out most."""
        fitting = (one for one in self.columns if _pattern(one.name).fullmatch(name))
        return max(fitting, key=lambda one: len(re.sub(r"\{\w+\}", "", one.name)), default=None)


def _pattern(name: str) -> re.Pattern[str]:
    """What a name with braces stands for."""
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", name)))


def _text(name: str, description: str) -> ColumnMeaning:
    return ColumnMeaning(name=name, description=description, unit="", dtype=STRING)


def _number(name: str, description: str, unit: str = UNIT) -> ColumnMeaning:
    return ColumnMeaning(name=name, description=description, unit=unit, dtype=NUMBER)


def _count(name: str, description: str, unit: str) -> ColumnMeaning:
    return ColumnMeaning(name=name, description=description, unit=unit, dtype=INTEGER)


# Columns that several files share.

SCENARIO = _text("scenario", "name of the scenario")
FIRST, SECOND = (_text(name, f"{name} of the two that are compared") for name in ("first", "second"))
QUANTITY = _text("quantity", "family of numbers, such as contact (recorded contacts) or mention_share (share of all mentions)")
KEY = _text("key", "member of the family: a rank, topic, outcome, side or set of weights; all is their sum")
WINDOW = _text("window", "calendar years that are added up, first and last included")
UNIT_TEXT = _text("unit", "unit of the numbers of the row")
OF = _text("of", "what the distribution is of")
MEAN = (_number("mean", "mean of the distribution"), _number("mcse", "Monte Carlo standard error of the mean"))
QUANTILES = tuple(_number(f"q{level}", f"quantile of {int(level)} % of the distribution")
                  for level in ("05", "25", "50", "75", "95"))
QUANTILE_ERRORS = tuple(_number(f"q{level}_mcse", f"Monte Carlo standard error of q{level}") for level in ("05", "50", "95"))
DISTRIBUTION = (*MEAN, *QUANTILES, *QUANTILE_ERRORS)
GREATER = (_number("p_greater", "probability that the first is larger; ties count half", "probability"),
           _number("p_greater_mcse", "Monte Carlo standard error of p_greater", "probability"))
PARTS = tuple(_number(f"p_{part}{end}", f"{error}probability that {text} the region of practical equivalence", "probability")
              for part, text in (("more", "the first is larger by more than"), ("equal", "the two lie within"),
                                 ("fewer", "the first is smaller by more than"))
              for end, error in (("", ""), ("_mcse", "Monte Carlo standard error of the ")))
PART = _text("part", "first (months of the first scenario), turn (what is left of its term after them), second (months of the "
                     "second), both (all of these), or year (a calendar year)")
SPREAD = tuple(_number(f"{name}{end}", f"{error}{told} of the distribution") for name, told in (
    ("mean", "mean"), ("sd", "standard deviation"), *((f"q{digits}", f"quantile of {level} %") for digits, level in (
        ("025", "2.5"), ("10", "10"), ("50", "50"), ("90", "90"), ("975", "97.5"))))
    for end, error in (("", ""), ("_mcse", "Monte Carlo standard error of the ")))
SPREAD = tuple(replace(one, name="mcse") if one.name == "mean_mcse" else one for one in SPREAD)
PAIRING = _text("pairing", "expected: expected values given the parameters; paired: futures with common shocks; independent: "
                           "futures with the same parameters and separate shocks")
MEASURE = _text("measure", "mention_share, attention (ranks weighed), attention_equal (ranks alike) or attention_record (of the "
                           "record)")
DIRECTION = _text("direction", "who travels, or all")
TYPE = _text("type", "type of administration, or all")
TOPIC = _text("topic", "topic of conversation")
FORMULATION = _text("formulation", "formulation of the contact frequency, or pool for all of them at their weights")
PATH = ColumnMeaning(name="path", unit="", dtype="int32",
                     description="number of the simulated future, from 0; the same number has the same shocks in every scenario")
MONTH = ColumnMeaning(name="month", description="first day of the calendar month", unit="date", dtype="date32[day]")


def _small(name: str, description: str, unit: str) -> ColumnMeaning:
    return ColumnMeaning(name=name, description=description, unit=unit, dtype="uint16")


# All files.

_TREND = (SCENARIO, QUANTITY, KEY, WINDOW, UNIT_TEXT, OF,
          _text("drift", "what the drift of the record does: weighed, goes_on, stopped"),
          _number("drifting", "share of the pool in formulations with a drift", "share"), *DISTRIBUTION)
_LEVELS = (MEASURE, DIRECTION, TYPE, TOPIC, _count("contacts", "recorded contacts behind the row", "contacts"),
           _count("visits", "visits behind the row, where the record alone is described", "visits"), UNIT_TEXT, OF, *DISTRIBUTION)
_TOPICS = (MEASURE, DIRECTION, TYPE, FIRST, SECOND, TOPIC, UNIT_TEXT, OF, *DISTRIBUTION, *GREATER)
_VARIANCE = (FIRST, SECOND, QUANTITY, KEY, WINDOW, UNIT_TEXT, OF, PAIRING,
             _text("source", "source of the uncertainty of the difference"),
             _number("share", "Shapley share of the source in the variance of the difference; shares add up to 1", "share"),
             _number("share_mcse", "Monte Carlo standard error of the share", "share"),
             _number("sd", "standard deviation of the difference", "recorded contacts"),
             _number("sd_mcse", "Monte Carlo standard error of sd", "recorded contacts"))
_RATIO = (FIRST, SECOND, QUANTITY, KEY, WINDOW, UNIT_TEXT, FORMULATION,
          _number("weight", "weight of the formulation in the pool", "share"),
          _text("distribution", "prior (before the data) or posterior (after them)"),
          _text("levels", "shared: one level of the term for both; separate: one of its own for each"), OF, *DISTRIBUTION,
          *GREATER, *PARTS)
_SUMMARY_STATISTICS = tuple(one for one in DISTRIBUTION if one.name in ("q50", "q05", "q95", "mean", "mcse"))
_CONTACT = tuple(_number(f"{{group}}_{one.name}", f"{one.description}; group: a scenario, a pairing of the difference, or "
                         "log_rate_ratio", one.unit if one.unit != UNIT else "recorded contacts, or log ratio")
                 for one in (*_SUMMARY_STATISTICS, *GREATER, *PARTS))

_ANSWER = (
    SCENARIO, _text("id", "name of the question"), _text("text", "the question in words"),
    _text("condition", "what counts, and how often it must happen"), _text("window", "first and last month that count"),
    _number("probability", "probability that the answer is yes", "probability"),
    _number("mcse", "Monte Carlo standard error of the probability", "probability"),
    _number("expected_contacts", "mean number of contacts that count", "contacts"),
    *(_number(f"q{level}", f"quantile of {int(level)} % of the contacts that count", "contacts")
      for level in ("05", "50", "95")),
    _count("past_terms", "past terms in which the same window was observed", "terms"),
    _count("past_yes", "of these, terms in which the same held", "terms"))
FILES: tuple[TableFile, ...] = (
    TableFile(name="summary.csv", row="a quantity of a scenario in a window of years", columns=(
        SCENARIO, QUANTITY, KEY, WINDOW, UNIT_TEXT, OF, *DISTRIBUTION)),
    TableFile(name="contrast.csv", row="the difference of a quantity between two scenarios", columns=(
        FIRST, SECOND, QUANTITY, WINDOW, UNIT_TEXT, KEY, OF, PAIRING, *DISTRIBUTION, *GREATER, *PARTS)),
    TableFile(name="questions.csv", row="a dated question under a scenario", columns=_ANSWER),
    TableFile(name="questions_contrast.csv", row="the difference of an answer between two scenarios", columns=(
        FIRST, SECOND, _text("id", "name of the question"),
        _number("difference", "probability under the first less that under the second", "probability"),
        _number("mcse", "Monte Carlo standard error of the difference, with common shocks", "probability"),
        _number("separate_mcse", "what the error would be without common shocks", "probability"))),
    TableFile(name="questions_past.csv", row="a question in the same window of a past term", columns=(
        _text("id", "name of the question"), _text("president", "who governed"), _text("type", "type of administration"),
        ColumnMeaning(name="first", description="first day of the window", unit="date", dtype=DATE),
        ColumnMeaning(name="last", description="last day of the window", unit="date", dtype=DATE),
        _count("count", "recorded contacts that count", "contacts"),
        ColumnMeaning(name="holds", description="whether the answer was yes", unit="", dtype=BOOLEAN))),
    TableFile(name="update.csv", row="a total of a term that runs, on the eve of its election and now", columns=(
        _text("quantity", "contact (recorded contacts) or mention_share (share of all mentions)"), KEY,
        _text("part", "so far (what is over on the as-of date), to come, or the term: both together"), UNIT_TEXT,
        *(_number(f"{side}_{name}", f"{told} of the forecast {of}") for side, of in (("eve", "of the eve"), ("now", "of now"))
          for name, told in (("mean", "mean"), ("q05", "quantile of 5 %"), ("q50", "median"), ("q95", "quantile of 95 %"))),
        _number("recorded", "what is on record of it; empty for what is to come"),
        _number("change", "now_mean less eve_mean"))),
    TableFile(name="update_questions.csv", row="a question about a term that runs", columns=(
        _text("id", "name of the question"), _text("text", "the question"),
        _text("state", "yes or no where contacts so far decide it, else open"),
        _count("contacts", "contacts so far that count", "contacts"),
        *(_number(f"{side}{end}", f"{told} {when}", "probability") for side, when in (("eve", "on the eve"), ("now", "now"))
          for end, told in (("", "probability of yes"), ("_mcse", "Monte Carlo standard error of that"))))),
    TableFile(name="update_scores.csv", row="a forecaster of a frozen forecast, by the months that are over", columns=(
        _text("forecaster", "a frozen scenario, or a baseline frozen with it"),
        _number("crps", "mean continuous ranked probability score by rank and month", "contacts"),
        _number("log_score", "mean negative log probability by rank and month", "nats"),
        _count("months", "months that are over", "months"))),
    TableFile(name="update_months.csv", row="contacts from the first month of a term to the end of one", columns=(
        ColumnMeaning(name="month", description="first day of the calendar month", unit="date", dtype=DATE),
        _text("part", "recorded, or futures of the eve or of now"),
        *(_number(f"q{level}", f"quantile of {int(level)} %", "contacts") for level in ("05", "25", "50", "75", "95")))),
    TableFile(name="two_terms.csv", row="contacts of a part of two terms, or of a year, under a pair of winners", columns=(
        _text("scenario", "scenario of the first term"), _text("then", "scenario of the second term"), PART, WINDOW, KEY,
        UNIT_TEXT, OF, *SPREAD,
        *(_number(f"{name}{end}", f"{error}{told}; empty but for both terms together", unit) for name, told, unit in (
            ("width_apart", "width of the 80 % interval if the terms shared nothing, paths of the second permuted", "contacts"),
            ("width_ratio", "width of the 80 % interval over width_apart", "1"))
          for end, error in (("", ""), ("_mcse", "Monte Carlo standard error of the "))),
        _number("p_any", "probability of at least one contact", "probability"),
        _number("p_any_mcse", "Monte Carlo standard error of p_any", "probability"))),
    TableFile(name="two_terms_contrast.csv", row="the difference of two pairs of winners that differ in one election", columns=(
        *(_text(f"{which}{then}", f"scenario of the {term} term of the {which} of the two that are compared")
          for which in ("first", "second") for then, term in (("", "first"), ("_then", "second"))),
        PART, WINDOW, KEY, _text("quantity", "log_rate_ratio, or contact (difference of recorded contacts)"), UNIT_TEXT, OF,
        *SPREAD, *PARTS)),
    TableFile(name="poles.csv", row="meetings with the leader of a pole, or what a scenario assumes of them", columns=(
        SCENARIO, _text("quantity", "meetings (forecast), or assumed_factor (what the scenario alone multiplies the rate by)"),
        _text("pole", "name of the pole, as in dyad.yaml"), _text("list", "complete list of meetings, or all of the pole's"),
        WINDOW, UNIT_TEXT, OF, _text("forecast", "yes, or no for a pole without a complete list: it is moved and not forecast"),
        *DISTRIBUTION, _number("p_any", "probability of at least one meeting", "probability"),
        _number("p_any_mcse", "Monte Carlo standard error of p_any", "probability"))),
    TableFile(name="poles_together.csv", row="a complete list beside the contacts of a rank, year by year", columns=(
        _text("pole", "name of the pole, as in dyad.yaml"), _text("list", "complete list of meetings"),
        _text("contacts", "rank of the contacts, or all"), ColumnMeaning(name="first", description="first day of the first year",
                                                                         unit="date", dtype=DATE),
        ColumnMeaning(name="last", description="first day of the last year", unit="date", dtype=DATE),
        _count("years", "administration years that are complete in both", "years"),
        _number("correlation", "of deviations of both from a straight line", "1"),
        _number("low", "lower end of its 90 % interval, years taken for independent", "1"),
        _number("high", "upper end of it", "1"),
        _count("placebos", "correlations with one series shifted in a circle", "shifts"),
        _number("placebo_low", "quantile of 5 % of the placebos", "1"), _number("placebo_high", "quantile of 95 % of them", "1"),
        _number("placebo_p", "share of placebos as far from zero, the record itself counted", "share"),
        _number("detectable", "smallest correlation that so many years show in four of five cases", "1"))),
    TableFile(name="agenda.csv", row="the share of a topic by type of administration and who travels", columns=_LEVELS),
    TableFile(name="agenda_contrast.csv", row="the difference of a topic's share between two types, or two directions of travel",
              columns=_TOPICS),
    TableFile(name="drift.csv", row="contacts of the term with the drift going on and stopped", columns=_TREND),
    TableFile(name="variance.csv", row="a source of the uncertainty of a difference", columns=_VARIANCE),
    TableFile(name="identification.csv", row="a parameter of an administration, before and after the data", columns=(
        FORMULATION, _text("type", "type of administration"), _text("president", "who governs"),
        _count("terms", "terms of this president on record", "terms"),
        _count("terms_of_type", "terms of the type on record", "terms"),
        _text("parameter", "name of a parameter, as in posterior/, or one made of these: sum of the effects of type and "
                           "president, the same effects in units of their scales (_in_scales), their correlation"),
        _number("prior_mean", "mean before the data; empty where it has none of its own", OF_PARAMETER),
        _number("prior_sd", "standard deviation before the data; empty where it has none of its own", OF_PARAMETER),
        _number("sd", "standard deviation after the data", OF_PARAMETER),
        _number("sd_mcse", "Monte Carlo standard error of sd", OF_PARAMETER),
        *(_number(one.name, one.description.replace("of the distribution", "after the data"), OF_PARAMETER)
          for one in (*MEAN, *(q for q in QUANTILES if q.name in ("q05", "q50", "q95")))),
        _number("p_positive", "probability after the data that it is above zero", "probability"),
        _number("p_positive_mcse", "Monte Carlo standard error of p_positive", "probability"))),
    TableFile(name="rate_ratio.csv", row="the log ratio of expected contacts before or after the data", columns=_RATIO),
    TableFile(name="rate_ratio_density.csv", row="a point of the density of a log ratio", columns=(
        FIRST, SECOND, FORMULATION, *(one for one in _RATIO if one.name in ("distribution", "levels")),
        _number("log_ratio", "log ratio of expected recorded contacts", "log ratio"),
        _number("density", "density at this log ratio", "per unit of log ratio"))),
    TableFile(name="tables/contact.csv", row="contacts of a rank over the whole horizon", columns=(
        _text("key", "rank, or all"), *_CONTACT)),
    TableFile(name="tables/result.csv", row="a quantity of a scenario over the whole horizon", columns=(
        SCENARIO, QUANTITY, KEY, UNIT_TEXT, OF, *(one for name in ("q50", "q05", "q95", "mean", "mcse")
                                                  for one in DISTRIBUTION if one.name == name))),
    TableFile(name="tables/attention.csv", row="as agenda_contrast.csv, with all digits", columns=_TOPICS),
    TableFile(name="tables/travel.csv", row="as agenda.csv, with all digits", columns=_LEVELS),
    TableFile(name="tables/variance.csv", row="as variance.csv, with all digits", columns=_VARIANCE),
    TableFile(name="tables/ratio.csv", row="as rate_ratio.csv, with all digits", columns=_RATIO),
    TableFile(name="tables/drift.csv", row="as drift.csv, with all digits", columns=_TREND),
    TableFile(name="tables/questions.csv", row="as questions.csv, with all digits", columns=_ANSWER),
    TableFile(name=COUNTED, row="a simulated future", columns=(
        PATH, _small("{question}", "contacts that count for the question", "contacts"))),
    TableFile(name=RELATION, row="a month of a simulated future that figures show", columns=(
        PATH, MONTH, ColumnMeaning(name="index_{weights}",
                                   description="relation index under a set of weights of ranks and outcomes",
                                   unit="per cent of the monthly mean of the base years", dtype="float"))),
    TableFile(name=FUTURES, row="a month of a simulated future", columns=(
        PATH, MONTH,
        _small("contact_{rank}", "recorded contacts by rank of the first side's principal", "contacts per month"),
        _small("outcome_{outcome}", "recorded contacts by code of their outcome", "contacts per month"),
        _small("unrecorded_{rank}", "contacts that leave no record, by rank", "contacts per month"),
        _small("travel_{direction}", "recorded contacts by who travels", "contacts per month"),
        _small("mention_{topic}", "recorded contacts that name the topic", "contacts per month"),
        ColumnMeaning(name="pages_{side}", description="pages of the media of a side about these contacts",
                      unit="pages per month",
                      dtype="uint32"),
        ColumnMeaning(name="tone_sum_{side}", description="sum of the tone (-1, 0 or 1) of these pages", unit="pages per month",
                      dtype="int32"))),
)
"""In the order in which a file is looked up: the first name that fits a file is its kind."""


def file_of_path(file: str) -> TableFile | None:
    """What is said of a file of a run directory, by its path in it."""
    return next((one for one in FILES if _pattern(one.name).fullmatch(file)), None)


def dictionary(columns: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """What is said of files with their columns.

    Parameters
    ----------
    columns : mapping of str to tuple of str
        Path in the run directory -> names of the columns as they stand in the file.

    Returns
    -------
    dict
        File -> ``row`` (what a row is) and ``columns`` (list of name, description, unit, dtype), of what is described.
    """
    found = {file: file_of_path(file) for file in columns}
    return {file: {"row": kind.row, "columns": [asdict(one) | {"name": name} for name in columns[file]
                                                if (one := kind.column(name)) is not None]}
            for file, kind in found.items() if kind is not None}


def variables() -> dict[str, tuple[str, str, str]]:
    """Variables of a trajectory: prefix of its columns -> axis beside path and month, long name, unit."""
    found = cast("TableFile", file_of_path(FUTURES))
    split = cast("list[tuple[str, str, ColumnMeaning]]",
                 [(*re.split(r"_\{(\w+)\}", one.name)[:2], one) for one in found.columns if "{" in one.name])
    return {prefix: (axis, one.description, one.unit) for prefix, axis, one in split}


def schema() -> dict[str, Any]:
    """The whole table, with names in braces where labels of a run stand."""
    return {one.name: {"row": one.row, "columns": [asdict(column) for column in one.columns]} for one in FILES}


class LackingError(ValueError):
    """A table that lacks columns, as that of a run of an older version does."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(f"no column {', '.join(columns)}")
        self.columns = tuple(columns)


def read_csv(path: Path, file: str) -> "pd.DataFrame":
    """Read a CSV file of a run with the types that are said of its columns; cells without a value are NaN.

    Parameters
    ----------
    file : str
        Path in the run directory.

    Raises
    ------
    LackingError
        Where a column is missing that this version writes.
    ValueError
        Where a cell is not of its column's type.
    """
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    kind = {one.name: one.dtype for one in known.columns} if (known := file_of_path(file)) else {}
    if not _heads(path):
        return pd.DataFrame(columns=list(kind))
    table = pd.read_csv(path, dtype={name: str for name, dtype in kind.items() if dtype in (STRING, DATE)},
                        keep_default_na=False, na_values=[""], encoding="utf-8")
    if lacking := [name for name in kind if "{" not in name and name not in table]:
        raise LackingError(lacking)
    for name in table.columns:
        measured = kind.get(name) in (NUMBER, INTEGER)
        if measured and len(table) and (is_bool_dtype(table[name]) or not is_numeric_dtype(table[name])):
            raise ValueError(f"something else than numbers in the column {name}")
        if kind.get(name) == STRING:
            table[name] = table[name].map(unguarded, na_action="ignore")
        elif kind.get(name) == DATE:
            table[name] = table[name].map(date.fromisoformat, na_action="ignore")
    return table


def write_dictionary(folder: Path) -> Path:
    """Write ``columns.json`` about the CSV and Parquet files that lie in a run directory."""
    target = folder / COLUMNS_FILE
    target.write_text(json.dumps(dictionary(dict(columns_in(folder))), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def columns_in(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """CSV and Parquet files of a folder, and their columns in order; none where a table has nothing to say."""
    import pyarrow.parquet as pq

    for path in sorted(folder.rglob("*")):
        if path.suffix in (".csv", ".parquet"):
            names = _heads(path) if path.suffix == ".csv" else tuple(pq.read_schema(path).names)
            yield path.relative_to(folder).as_posix(), names


def _heads(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file), ()))
