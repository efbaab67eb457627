"""Elicitation for people: what they are asked, the sheet on which they answer, and the record of what they said.

A sheet is one page that asks for nothing from anywhere; its script fits as :mod:`forecast.evaluation.elicitation` does. Edges of
bins are short numbers in the unit in which people are asked, evenly spaced on the scale of the prior file. Those without a
browser fill in a table of the same bins. What the set believed before is not shown: an expert who sees it stays near it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.components.joint import idle
from forecast.components.priors import Prior, PriorSet
from forecast.components.registry import needs, of_section
from forecast.components.statistics import Statistic
from forecast.console import console, plain, say
from forecast.contacts.table import Row, Table, read_table
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.elicitation import (
    CHIPS,
    FAMILY,
    FORM,
    MOST_CHIPS,
    WITHIN,
    AnswerSource,
    FittedBins,
    Pool,
    answer_of,
    bins_of,
    determined,
    enough,
    family_of,
    fit,
)
from forecast.evaluation.prior_check import Implied
from forecast.files import write_csv
from forecast.report import words
from forecast.report.files import write_manifest
from forecast.report.prior_figures import draw_elicited
from forecast.report.prior_findings import shown_of
from forecast.report.prior_meaning import Plain, formula, meaning, plain_of
from forecast.report.style import write_figure

READ = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that are told."""
COLUMNS = ("expert", "low", "high", "chips", "reason")


# What is asked.

@dataclass(frozen=True, kw_only=True)
class ElicitedParameter:
    """A parameter about which experts are asked.

    Parameters
    ----------
    section, name : str
        As in prior files.
    distribution : str
        The one that is fitted.
    usual : Prior
        Of the set that is extended.
    plain : Plain
        The number in which people are asked.
    """

    section: str
    name: str
    distribution: str
    usual: Prior
    plain: Plain

    @property
    def parameter(self) -> str:
        """``section.name``."""
        return f"{self.section}.{self.name}"

    @property
    def what(self) -> str:
        """The parameter in words."""
        return of_section(self.section).meaning.get(self.name, (words.plain(self.name).lower(), ""))[0]


def elicited_parameter(parameter: str, priors: PriorSet) -> ElicitedParameter:
    """Find a parameter, and how people are asked about it (raises InputError)."""
    needed = {f"{section}.{name}": support for section, part in needs().items() for name, support in part.items()}
    known = {name for name, support in needed.items() if family_of(support)}
    if parameter not in needed:
        raise InputError([_argument("a parameter as in prior files, such as frequency.type_scale", repr(parameter[:80]),
                                    nearest(parameter[:80], known))])
    section, _, name = parameter.partition(".")
    distribution = family_of(needed[parameter])
    if distribution is None:
        prior = priors.component[section][name].distribution.replace("_", "-")
        raise InputError([_argument("a parameter with a distribution of one number (normal, half-normal or beta)",
                                    f"{parameter}: {prior}", "Choose another, or write this one by hand.")])
    if name in idle(priors.component[section]):
        raise InputError([_argument("a parameter that plays a part in the set that is extended",
                                    f"{parameter}, in whose place administration_effects stands", "Extend another set.")])
    return ElicitedParameter(section=section, name=name, distribution=distribution, usual=priors.component[section][name],
                             plain=plain_of(section, name, distribution))


def _argument(expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where="argument PARAMETER", expected=expected, found=found, remedy=remedy)


def edges_of(asked: ElicitedParameter, low: float | None, high: float | None, bins: int) -> np.ndarray:
    """Edges of bins on the scale of the prior file, short in the plain unit.

    Parameters
    ----------
    low, high : float, optional
        Outermost edges, in the plain unit; beyond them is one bin on either side. Without them what the set that is extended
        believes likely.
    """
    ends = [float(asked.plain.own(given)) if given is not None else usual
            for given, usual in zip((low, high), _usual_ends(asked, bins), strict=True)]
    inside = FAMILY[asked.distribution].support
    if not inside[0] < ends[0] < ends[1] < inside[1] or not np.isfinite(ends).all():
        between, found = (" and ".join(short(end) for end in asked.plain.of(pair)) for pair in (inside, ends))
        raise InputError([Fault(source="command line", where="options --low, --high", found=found,
                                expected=f"a low edge below the high one, both between {between}",
                                remedy=f"Give them in the unit in which experts are asked: {asked.plain.asked}.")])
    exact = asked.plain.of(np.linspace(ends[0], ends[1], bins - 1))
    for digits in range(3, 12):
        brief = np.array([float(f"{value:.{digits}g}") for value in exact])
        if (np.diff(brief) > 0).all() and inside[0] < asked.plain.own(brief[0]) and asked.plain.own(brief[-1]) < inside[1]:
            break
    return asked.plain.own(brief)


def _usual_ends(asked: ElicitedParameter, bins: int) -> tuple[float, float]:
    usual = asked.usual if asked.usual.distribution == asked.distribution else None
    if asked.distribution == "beta":
        return 1 / bins, 1 - 1 / bins
    if asked.distribution == "half_normal":
        high = 3 * (usual.sigma if usual else 0.3)
        return high / (bins - 1), high
    middle, spread = (usual.mu, usual.sigma) if usual else (asked.usual.value, 0.3)
    return middle - 2.5 * spread, middle + 2.5 * spread


def short(value: float) -> str:
    """A number of three digits."""
    if not np.isfinite(value):
        return "infinity" if value > 0 else "minus infinity"
    brief = float(f"{value:.3g}")
    return f"{brief:.0e}" if abs(brief) >= 1e6 or 0 < abs(brief) < 1e-4 else f"{brief:,.10g}"


def bin_labels(edges: Sequence[float] | np.ndarray) -> list[str]:
    """Bins in words."""
    told = [short(edge) for edge in edges]
    return [f"below {told[0]}", *(f"{low} to {high}" for low, high in zip(told, told[1:], strict=False)), f"above {told[-1]}"]


# The sheet, and the table for those without a browser.

def elicitation_page(asked: ElicitedParameter, edges: np.ndarray, statistics: Sequence[Statistic], grid: Mapping[str, Any] | None,
                     about: str) -> str:
    """The page.

    Parameters
    ----------
    statistics : sequence of Statistic
        What the grid has quantiles of.
    grid : mapping, optional
        As :meth:`forecast.evaluation.prior_check.Implications.grid` makes it; None where the parameter moves no record.
    about : str
        What records are drawn, or why none are.
    """
    family = FAMILY[asked.distribution]
    bound = [float(end) if np.isfinite(end) else None for end in family.support]
    data = {"form": FORM, "parameter": asked.parameter, "distribution": asked.distribution, "support": bound,
            "way": asked.plain.way, "edges": edges.tolist(), "labels": bin_labels(asked.plain.of(edges)), "within": WITHIN,
            "suggested": max(CHIPS, enough(len(edges))),
            "most": MOST_CHIPS, "least_bins": family.bins, "read": READ, "own": asked.plain.way != "itself",
            "statistics": [{"title": one.title, "percent": one.percent} for one in statistics],
            "grid": None if grid is None else {**grid, "quantile": _brief(grid["quantile"])}}
    own = bin_labels(edges) if data["own"] else None
    return _environment(html=True).get_template("elicit.html.j2").render(
        data=data, asked=asked, own=own, about=about)


def _brief(value: Any) -> Any:
    """Numbers of four digits, and nothing in the place of one that is none."""
    if isinstance(value, list):
        return [_brief(one) for one in value]
    return None if np.isnan(value) else float(f"{value:.4g}")


def _environment(*, html: bool) -> Environment:
    found = Environment(loader=PackageLoader("forecast.report"), autoescape=html, undefined=StrictUndefined, trim_blocks=True,
                        lstrip_blocks=True)
    found.filters |= {"md": words.markdown_text, "short": short}
    return found


def write_form(asked: ElicitedParameter, edges: np.ndarray, path: Path) -> None:
    """A table of bins in the plain unit, to be filled in: one row per bin, chips and reason empty."""
    told = [f"{edge:.10g}" for edge in asked.plain.of(edges)]
    write_csv(pd.DataFrame({"expert": "", "low": ["", *told], "high": [*told, ""], "chips": "", "reason": ""},
                           columns=list(COLUMNS)), path)


def read_chips(path: Path, asked: ElicitedParameter) -> list[AnswerSource]:
    """Answers of a table with a row for every expert and bin, in the plain unit; an empty end lies at that of the support.

    Raises
    ------
    InputError
        With every cell that is no number, bins that do not follow one another, and what is wrong with an answer as a whole.
    """
    table = read_table(path, COLUMNS)
    faults = list(table.faults)
    by_name: dict[str, list[tuple[int, Row]]] = {}
    for number, row in table.rows.items():
        faults += _wrong_cells(table, number, row)
        by_name.setdefault(row.get("expert", "").strip(), []).append((number, row))
    if not faults and not by_name:
        faults.append(Fault(source=str(path), where="whole file", expected="a row for every expert and bin", found="none",
                            remedy="Fill the table in."))
    if faults:
        raise InputError(faults)
    return [_answered(table, asked, name, rows) for name, rows in by_name.items()]


def _wrong_cells(table: Table, number: int, row: Row) -> list[Fault]:
    """What is wrong with the cells that a row has; of a column that the table lacks, its faults speak."""
    faults = []
    for column in ("low", "high"):
        cell = row.get(column, "").strip()
        if cell and not _is_number(cell):
            faults.append(table.fault(number, column, "a number, or nothing at an open end", repr(cell[:80]), "Correct it."))
    chips = row.get("chips", "0").strip()
    if not chips.isascii() or not chips.isdecimal() or len(chips) > 6:
        faults.append(table.fault(number, "chips", f"a whole number from 0 to {MOST_CHIPS}", repr(chips[:80]),
                                  "Write how many chips lie in the bin."))
    return faults


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text))) and "_" not in text
    except ValueError:
        return False


def _answered(table: Table, asked: ElicitedParameter, name: str, rows: list[tuple[int, Row]]) -> AnswerSource:
    """The rows of one expert as an answer."""
    first, last = rows[0][0], rows[-1][0]
    where = f"row {first}" if first == last else f"rows {first} to {last}"
    ends = [[row[column].strip() for column in ("low", "high")] for _, row in rows]
    for (number, _), (low, _), before in zip(rows[1:], ends[1:], ends, strict=False):
        if not low or not before[1] or float(low) != float(before[1]):
            expected = f"{before[1] or 'no further bin'}, where the bin before ends"
            raise InputError([table.fault(number, "low", expected, low or "nothing",
                                          "Let the bins of an expert follow one another.")])
    edges, chips = [float(high) for _, high in ends[:-1]], [int(row["chips"]) for _, row in rows]
    low, high = asked.plain.of(FAMILY[asked.distribution].support)
    if ends[0][0] and float(ends[0][0]) > low:  # nothing below the first bin is an empty bin
        edges, chips = [float(ends[0][0]), *edges], [0, *chips]
    if ends[-1][1] and float(ends[-1][1]) < high:
        edges, chips = [*edges, float(ends[-1][1])], [*chips, 0]
    own = [float(edge) if np.isfinite(edge) else 1e9 for edge in asked.plain.own(edges)]
    reason = " ".join(dict.fromkeys(filter(None, (row["reason"].strip() for _, row in rows))))
    content = {"form": FORM, "parameter": asked.parameter, "expert": name, "reason": reason, "edges": own, "chips": chips}
    answer = answer_of(content, table.path, lambda key: f"{where}, {key.partition('.')[0] or 'answer'}")
    return AnswerSource(answer=answer, file=table.path, where=where)


# What came of it.

@dataclass(frozen=True, kw_only=True)
class Elicited:
    """A prior that experts made.

    Parameters
    ----------
    asked : ElicitedParameter
    pool : Pool
    fit : FittedBins
        Of the pool.
    within : float
        Distance that was allowed.
    implied : tuple of Implied
        Of the fit; empty where the parameter moves no record.
    about : str
        What the records are that it is implied for, or why there are none.
    """

    asked: ElicitedParameter
    pool: Pool
    fit: FittedBins
    within: float
    implied: tuple[Implied, ...]
    about: str

    @property
    def single(self) -> list[FittedBins | None]:
        """Fit to the chips of every expert; None where they lie in too few bins."""
        return [fit(self.fit.distribution, self.pool.edges, one.share) if determined(self.fit.distribution, one.share) else None
                for one in self.pool.answer]

    @property
    def prior(self) -> Prior:
        """As it is written, with the reasons of all."""
        said = " ".join(f"{one.expert} ({weight:.3g}): {one.reason}" for one, weight in
                        zip(self.pool.answer, self.pool.weight, strict=True))
        return self.fit.prior(f"Elicited: {self.told}. {said}")

    @property
    def told(self) -> str:
        """In one line."""
        many = len(self.pool.answer)
        return (f"chips of {many} expert{'s' if many > 1 else ''} in {len(self.pool.edges) + 1} bins"
                f"{', pooled by the weights in brackets' if many > 1 else ''}; cumulative shares of the "
                f"{self.fit.distribution.replace('_', '-')} within {self.fit.distance:.3f} of theirs")

    def priors(self, name: str, base: str) -> PriorSet:
        """A set that departs from another in this prior alone."""
        return PriorSet(name=name, title=f"{self.asked.parameter} as elicited from {', '.join(self.names)}", extends=base,
                        component={self.asked.section: {self.asked.name: self.prior}})

    @property
    def names(self) -> list[str]:
        """The experts."""
        return [one.expert for one in self.pool.answer]

    @property
    def comment(self) -> list[str]:
        """Chips, as lines above a prior file."""
        bins = ", ".join(bin_labels(self.asked.plain.of(self.pool.edges)))
        return [f"{self.asked.parameter}, {self.asked.what}; asked about: {self.asked.plain.asked}.", f"Bins: {bins}.",
                *(f"Chips of {plain(one.expert)}: {', '.join(map(str, one.chips))}." for one in self.pool.answer)]

    def rows(self) -> list[tuple[str, float, float]]:
        """Bin in words, probability in the pool, and in the fit."""
        return list(zip(bin_labels(self.asked.plain.of(self.pool.edges)), self.pool.bins.tolist(),
                        bins_of(self.fit.fitted).tolist(),
                        strict=True))

    def quantiles(self) -> list[tuple[float, float, float]]:
        """Level, plain number and value of the parameter."""
        value = self.fit.quantile(np.array(READ))
        return list(zip(READ, self.asked.plain.of(value).tolist(), value.tolist(), strict=True))

    def implied_rows(self) -> list[tuple[str, str, str]]:
        """Statistic, median, and 5 to 95 %."""
        told = [(one.statistic.title, *(shown_of(one.statistic, value) for value in one.quantile)) for one in self.implied]
        return [(title, middle, f"{low} to {high}") for title, low, middle, high in told]


def as_record(found: Elicited) -> dict[str, Any]:
    """Everything, for programs."""
    experts = [{"expert": one.expert, "weight": float(weight), "chips": list(one.chips), "share": one.share.tolist(),
                "reason": one.reason, "fit": None if own is None else {**own.arguments, "distance": own.distance}}
               for one, weight, own in zip(found.pool.answer, found.pool.weight, found.single, strict=True)]
    return {"parameter": found.asked.parameter, "what": found.asked.what, "asked": found.asked.plain.asked,
            "distribution": found.fit.distribution, "arguments": dict(found.fit.arguments), "within": found.within,
            "distance": found.fit.distance, "edges": found.pool.edges.tolist(),
            "edges_plain": found.asked.plain.of(found.pool.edges).tolist(), "pool": found.pool.share.tolist(),
            "fitted": found.fit.fitted.tolist(), "experts": experts,
            "quantiles": [{"level": level, "plain": told, "value": value} for level, told, value in found.quantiles()],
            "implied": [{"statistic": one.statistic.name, "title": one.statistic.title,
                         **dict(zip(("q05", "q50", "q95"), one.quantile, strict=True))} for one in found.implied]}


def write_record(found: Elicited, folder: Path) -> None:
    """Write ``elicitation.md``, ``elicitation.json``, the figure and the manifest into an empty folder."""
    record = as_record(found)
    write_manifest(record, folder / "elicitation.json")
    text = _environment(html=False).get_template("elicited.md.j2").render(
        found=found, record=record, bins=bin_labels(found.asked.plain.of(found.pool.edges)), formula=formula(found.prior),
        meaning=meaning(found.asked.section, found.asked.name, found.prior))
    (folder / "elicitation.md").write_text(f"{text}\n", encoding="utf-8")
    write_figure(partial(draw_elicited, found.pool, found.fit, bin_labels(found.asked.plain.of(found.pool.edges)),
                         f"{found.asked.parameter}: {found.asked.plain.asked}", found.within), folder, "elicitation")
    write_manifest({key: record[key] for key in ("parameter", "distribution", "arguments", "distance", "within")},
                   folder / "manifest.json")


def print_elicited(found: Elicited) -> None:
    """Tell what was fitted, what it means, and what it implies."""
    from rich.table import Table as Printed

    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(found.names, found.pool.weight, strict=True))
    say(f"{found.asked.parameter}: {formula(found.prior)}, from {weights}")
    say(f"means: {meaning(found.asked.section, found.asked.name, found.prior)}")
    say(f"Largest distance of cumulative shares: {found.fit.distance:.3f} (allowed {found.within:g})")
    shares = [(name, f"{share:.3f}", f"{fitted:.3f}") for name, share, fitted in found.rows()]
    for title, heads, rows in ((f"Shares of bins; {found.asked.plain.asked}", ("pool", "fit"), shares),
                               (found.about, ("median", "5 % to 95 %"), found.implied_rows())):
        say(f"\n{title}")
        table = Printed(box=None, padding=(0, 2, 0, 0))
        table.add_column("", overflow="fold")
        for heading in heads:
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        if rows:
            console().print(table)
