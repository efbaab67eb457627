"""The report as one HTML file that needs no network and no second file; scripts only answer what-if questions."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from forecast.dims import RANK, SIDE, TOPIC
from forecast.files import csv_text
from forecast.report import words
from forecast.report.administrations_page import administrations_section
from forecast.report.content import ReportContent
from forecast.report.figures import (
    agenda,
    contacts_by_type,
    contrast,
    history,
    poles,
    questions,
    ratio,
    relation,
    two_terms,
    update,
    variance,
)
from forecast.report.figures.agenda import goals_text
from forecast.report.figures.poles import poles_text
from forecast.report.figures.questions import questions_text
from forecast.report.figures.ratio import both_levels, ratio_interval, ratio_text, ratio_verdict, three
from forecast.report.figures.variance import identification_text, variance_sentences
from forecast.report.files import DIGITS
from forecast.report.language import later, local, spoken, tr, trn
from forecast.report.lookup import (
    compared_pair,
    contrast_rows,
    data_of,
    election_pair,
    limits,
    one_winner,
    ratio_rows,
    reading,
    summary_rows,
    variance_of_pair,
)
from forecast.report.sliders import sliders
from forecast.report.style import picture
from forecast.report.what_if import BYTES, charts, what_if
from forecast.report.words import datum, percent, proportions, size, stacked_tables, tenure, when, with_error

# All figures of a report; a new figure is a new file and one line here.

@dataclass(frozen=True, kw_only=True)
class Plate:
    """One figure: how it is drawn, what it says to those who cannot see it, how to read it, and from what.

    ``data`` gives the numbers behind it where :func:`~forecast.report.lookup.data_of` does not know them.
    """

    name: str
    heading: str
    draw: Callable[[ReportContent], Figure]
    alt: Callable[[ReportContent], str]
    reading: str
    from_paths: bool
    data: Callable[[ReportContent], pd.DataFrame] | None = None


def _plate(name: str, heading: str, draw: Callable[[ReportContent], Figure], alt: Callable[[ReportContent], str],
           reading: str, data: Callable[[ReportContent], pd.DataFrame] | None = None) -> Plate:
    return Plate(name=name, heading=heading, draw=draw, alt=alt, reading=reading, data=data,
                 from_paths=name == "relation")  # the others are drawn from tables and posterior draws


OF_TWO = ("contrast", "ratio", "variance")
"""Figures about a difference."""

PLATES = (
    _plate("update", later("The term so far, and what is left of it"), update.draw, update.alt, update.READING),
    _plate("relation", later("The relation as a whole"), relation.draw, relation.alt, relation.READING),
    _plate("history", later("Contacts by rank"), history.draw, history.alt, history.READING),
    _plate("two_terms", later("Both terms together"), two_terms.draw, two_terms.alt, two_terms.READING),
    _plate("drift", later("What rests on the drift"), history.draw_drift, history.alt_drift, history.READING_DRIFT),
    _plate("contrast", later("The difference between the scenarios"), contrast.draw, contrast.alt, contrast.READING),
    _plate("ratio", later("Prior and posterior of the ratio of the rates"), ratio.draw, ratio.alt, ratio.READING),
    _plate("variance", later("Where the uncertainty of the difference comes from"), variance.draw, variance.alt,
           variance.READING),
    _plate("agenda", later("What is talked about"), agenda.draw, agenda.alt, agenda.READING),
    _plate("agenda_contrast", later("Topics by type of administration"), agenda.draw_contrast, agenda.alt_contrast,
           agenda.READING_CONTRAST),
    _plate("goals", later("Revealed priorities of each side"), agenda.draw_goals, agenda.alt_goals, agenda.READING_GOALS),
    _plate("effectiveness", later("What contacts achieve"), contacts_by_type.draw_effectiveness,
           contacts_by_type.alt_effectiveness, contacts_by_type.READING_EFFECTIVENESS),
    _plate("media", later("How media reflect contacts"), contacts_by_type.draw_media, contacts_by_type.alt_media,
           contacts_by_type.READING_MEDIA),
    _plate("poles", later("The balance between poles"), poles.draw, poles.alt, poles.READING),
    _plate("questions", later("Dated questions"), questions.draw, questions.alt, questions.READING),
)


def plates(content: ReportContent) -> tuple[Plate, ...]:
    """The figures that this content allows: a contrast needs two scenarios, answers need questions."""
    left_out = {*(OF_TWO if content.contrast.empty else ()), *(("questions",) if content.questions.empty else ()),
                *(("drift",) if content.administration.drift.empty else ()),
                *(("update",) if content.update is None else ()),
                *(("two_terms",) if content.two_terms is None else ()), *(() if content.tells("tone") else ("media",)),
                *(("poles",) if content.poles is None or content.poles.record.meeting.empty else ()),
                *(("ratio",) if ratio_rows(content).empty else ()),
                *(("variance",) if variance_of_pair(content).empty else ())}
    return tuple(_of_pair(content, plate) for plate in PLATES if plate.name not in left_out)


def _of_pair(content: ReportContent, plate: Plate) -> Plate:
    """A figure in the language that is spoken; one about a difference with words for what makes it."""
    told = {"variance": variance.reading, "ratio": ratio.reading}.get(plate.name)
    return replace(plate, heading=contrast.heading(content) if plate.name == "contrast" else tr(plate.heading),
                   reading=told(content) if told else tr(plate.reading))


# The page.

def render_page(content: ReportContent, pictures: Mapping[Plate, Path]) -> str:
    """Build the page.

    Parameters
    ----------
    content : ReportContent
        What is reported.
    pictures : mapping of Plate to Path
        Each figure and its SVG file.

    Returns
    -------
    str
        HTML with the figures inside.
    """
    template = _environment().get_template("report.html.j2")
    given = _given(content, pictures)
    bare = _tidy(template.render(**given, what_if=what_if(content, None)))
    return _tidy(template.render(**given, what_if=what_if(content, BYTES - len(bare.encode()) - SLACK)))


@cache
def _environment() -> Any:
    """Templates, each compiled once in a process: texts are looked up in the language that is spoken when a page is rendered."""
    found: Any = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                             trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])  # fmt: skip
    found.install_gettext_callables(tr, trn, newstyle=True)
    found.filters |= {"day": words.day, "number": words.number, "by_records": words.by_records, "parts": words.parts}
    return found


SLACK = 1_000
"""Bytes of a page that are left for what is longer where there are futures, such as their number."""


def _given(content: ReportContent, pictures: Mapping[Plate, Path]) -> dict[str, Any]:
    """What the template needs besides the futures."""
    return dict(
        content=content,
        manifest=content.manifest,
        lang=spoken(),
        limits=limits(content),
        names=tr(" or ").join(titles(content).values()),
        short={name: words.plain(name) for name in content.scenarios},
        brief=brief(content),
        headlines=headlines(content),
        assumptions=[dict(one) | {"value": FIXED.sub(r"\1", one["value"])} for one in content.manifest.get("assumptions", ())],
        figures=[_figure(content, plate, path, first=plate.name in shown_first(pictures))
                 for plate, path in pictures.items()],
        table=_table(content),
        did=administrations_section(content),
        coded_from=coded_from(content),
        goals=goals_text(content),
        poles=poles_text(content),
        questions=questions_text(content),
        update=update.rows(content),
        two_terms=two_terms.two_terms_text(content),
        backtest=content.backtest,
        sliders=_sliders(content),
        charts=charts(),
        variance=variance_sentences(content),
        ratio=ratio_text(content),
        identification=identification_text(content),
        pair=[words.plain(name) for name in election_pair(content) or ()],
        scenarios=[assumed(item, content.partner) for key in ("scenarios", "then") for item in content.manifest.get(key, ())],
        gates={
            name: gate | {"failures": list(gate.get("failures", ()))}
            for name, gate in content.manifest["gates"].items()
        },
    )


def _sliders(content: ReportContent) -> dict[str, Any] | None:
    """The sweep of the page, if any, with words for its ranks and topics."""
    if content.sweep is None:
        return None
    return sliders(content.sweep, {"contact": {key: content.named("contact", key) for key in ("all", *content.labels(RANK))},
                                   "share": {key: content.named("mention_share", key) for key in content.labels(TOPIC)}})


def _tidy(page: str) -> str:
    """Keep numbers and per cent together (in the URL of a drawing a per cent sign begins a character), and label cells."""
    return stacked_tables(re.sub(r" %(?![0-9A-F]{2})", "\N{NO-BREAK SPACE}%", page))


FIXED = re.compile(r"fixed \(value (.*)\)")
FIRST = ("update", "two_terms", "history", "contrast", "agenda", "questions", "relation", "drift", "effectiveness", "media")
"""Figures that are shown first, of those that a run has the first five; all others are folded."""
MOST_DATA = 200_000
"""Bytes of the data of a figure in the page; of more there is the file in the run directory alone."""


def shown_first(pictures: Iterable[Plate]) -> tuple[str, ...]:
    """Names of the figures that are not folded."""
    there = {plate.name for plate in pictures}
    return tuple(name for name in FIRST if name in there)[:5]


def numbers(content: ReportContent, plate: Plate) -> pd.DataFrame:
    """The numbers behind a figure."""
    return plate.data(content) if plate.data else data_of(content, plate.name)


def _data(content: ReportContent, plate: Plate) -> Markup:
    """The numbers behind a figure as the URL of a CSV file; empty where there are none or too many."""
    table = numbers(content, plate)
    text = csv_text(table, float_format=DIGITS)
    return Markup("data:text/csv;charset=utf-8," + quote(text, safe=" ,:;/()+-=.*")) if len(table) > 0 and len(text) < MOST_DATA \
        else Markup("")


def _figure(content: ReportContent, plate: Plate, path: Path, *, first: bool) -> dict[str, Any]:
    """A picture as an image element would name it: vector, and never clashing with another's ids."""
    drawn = path.read_text(encoding="utf-8")
    data = _data(content, plate)
    return {"name": plate.name, "heading": plate.heading, "first": first, "data": data,
            "read": reading(content, plate.name) if data else None,
            "alt": plate.alt(content),
            "reading": plate.reading.replace("{base}", content.relation.base.span),
            "shape": proportions(drawn), "source": picture(drawn)}  # fmt: skip


def _table(content: ReportContent) -> list[dict[str, Any]]:
    """Rows of contacts by rank; cells are HTML."""
    pair = election_pair(content)
    rows = []
    for key in ("all", *content.labels(RANK)):
        futures = [
            summary_rows(content, name, "contact", [key], content.window).iloc[0]
            for name in content.scenarios
        ]
        cells = [(datum(row["q50"]), _range(row, 0), with_error(row["mean"], row["mcse"])) for row in futures]
        for pairing, digits in (("expected", 1), ("independent", 0)) if pair else ():
            row = contrast_rows(content, compared_pair(content), "contact", [key], pairing).iloc[0]
            chance = with_error(row["p_greater"], row["p_greater_mcse"])
            cells.append((datum(row["q50"], digits), _range(row, digits), chance))
        rows.append({"key": key, "name": content.named("contact", key), "cells": cells})
    return rows


def _range(row: Mapping[str, float], digits: int) -> Markup:
    return Markup(tr("{} to {}")).format(datum(row["q05"], digits), datum(row["q95"], digits))


def assumed(item: Mapping[str, Any], partner: str) -> dict[str, Any]:
    """One scenario for reading: title, description, and its assumptions with sizes in words."""
    events = [
        {"title": event["title"], "when": when(event), "shape": event.get("shape", ""),
         "reason": event["reason"], "sizes": "; ".join(_sizes(event.get("effects") or {}, partner))}
        for event in item.get("events") or ()
    ] + [
        {"title": one["title"], "when": tenure(one), "shape": "", "reason": one["reason"],
         "sizes": tr("log rate {size} on a share {share} of rank {rank}", size=size(one['appetite']), share=size(one['share']),
                     rank=words.inside(one['rank'], "us_rank"))}
        for one in item.get("cabinet") or ()
    ]  # fmt: skip
    circumstances = (f"{words.plain(name).lower()}: {_in_years(value)}" for name, value in (item.get("covariates") or {}).items())
    adjustments = "; ".join([*_sizes(item.get("adjustments") or {}, partner), *circumstances])
    texts = {key: tr(item[key]) for key in ("name", "title", "description")}
    return texts | {"events": events, "adjustments": adjustments}


def _in_years(value: float | Sequence[float]) -> str:
    """Value of a covariate in the term, or in each of its years."""
    shown = ", ".join(local(f"{one:g}") for one in value) if isinstance(value, list | tuple) else local(f"{value:g}")
    return shown + (tr(" (by year)") if isinstance(value, list | tuple) else "")


_TARGETS = {"rate": "us_rank", "topic": "agenda"}
"""Effect -> list of the codebook that its targets are from."""


def _sizes(effects: Mapping[str, Any], partner: str, effect: str = "", within: str = "") -> Iterator[str]:
    """Sizes of effects as ``rate, president: 0.40``, whichever way a dump nests them; sides of the media by state."""
    for name, value in effects.items():
        target = words.named("tone", name, partner) if effect == "tone" else words.inside(name, _TARGETS.get(effect, ""))
        where = f"{within}, {target}" if within else words.EFFECT.get(name, name)
        if isinstance(value, Mapping) and "kind" in value:
            yield f"{where}: {size(value)}"
        elif isinstance(value, Mapping):
            yield from _sizes(value, partner, name, where)
        elif value is not None:
            yield f"{where}: {words.number(value, 2)}"


# The main numbers as sentences, each saying what it is of and how large its Monte Carlo error is.

def titles(content: ReportContent) -> dict[str, str]:
    """Scenario -> its title as written."""
    written = {one["name"]: one["title"] for one in content.manifest["scenarios"]}
    return {name: tr(written.get(name, words.plain(name))) for name in content.scenarios}


def coded_from(content: ReportContent) -> str:
    """On what the contacts rest: pages of media where any are on record, and what sources name."""
    pages = len(content.panel.media)
    return trn("{count} page of media and official records", "{count} pages of media and official records", pages) \
        if pages else tr("the sources that each of them names; no page of the media is on record")


def brief(content: ReportContent) -> list[Markup]:
    """Three sentences: what is forecast, the numbers, and what the data cannot tell."""
    panel = content.panel
    what = Markup(tr("This page forecasts recorded official contacts between {} and {} in {} from {} hand-coded contacts up "
                     "to {}, with {} simulated futures {}.")).format(
        content.home, content.partner, content.span, words.number(len(panel.contact)), words.day(panel.as_of),
        words.number(content.n_path),
        tr("for each scenario") if len(content.scenarios) > 1 else tr("of one scenario"))
    rows = {title: _row(content, name, "contact", "all") for name, title in titles(content).items()}
    told = Markup("; ").join(Markup(tr("<strong>{}</strong>: {} ({} to {})")).format(
        title, datum(row["q50"]), datum(row["q05"]), datum(row["q95"])) for title, row in rows.items())
    numbers = Markup(tr("Recorded contacts in {}, as median and 90 % interval of simulated futures: {}.")
                     ).format(content.period, told)
    return [what, numbers, _untold(content)]


ALIKE = 0.95
"""Probability of practically equal rates from which nobody need ask which is larger."""


def _untold(content: ReportContent) -> Markup:
    """What the data cannot tell, in a sentence."""
    recording = tr("how much of a change in the record is better or worse recording, as silence in it does not mean that "
                   "nobody met")
    pair = election_pair(content)
    if pair is None:
        return Markup(tr("What the data cannot tell: {}.")).format(recording)
    first, second = map(words.plain, pair)
    ratio = contrast_rows(content, pair, "log_rate_ratio", ["all"], "expected").iloc[0]
    within = ratio["q05"] <= 0 <= ratio["q95"]
    if one_winner(content):
        return Markup(tr("What the data cannot tell: whether what is assumed is right, which alone sets {} apart from {} (log "
                         "ratio of the rates: {}), and {}.")).format(first, second, ratio_interval(ratio), recording)
    if ratio["p_equal"] >= ALIKE:
        which = tr("whether the small difference between the two is one at all")
    else:
        which = tr("which of the two has more contacts") if within else tr("why one has more contacts than the other")
    return Markup(tr("What the data cannot tell: {} (log ratio of the rates, {} over {}: {}), and {}.")).format(
        which, first, second, ratio_interval(ratio), recording)


def headlines(content: ReportContent) -> list[Markup]:
    """Sentences for the top of the page, in order of importance; HTML that is safe to insert."""
    pair = election_pair(content)
    sentences = [*update.update_sentences(content), *(_contacts(content, name) for name in content.scenarios)]
    sentences += [*history.drift_sentence(content), *_estimated(content)]
    if pair:
        sentences += [*_contrast(content, pair), _telling(content, pair)]
    sentences += [_president(content), _agenda(content), _outcome(content), _media(content), *_pages(content), *_index(content)]
    return sentences


def _contacts(content: ReportContent, name: str) -> Markup:
    row = _row(content, name, "contact", "all")
    return Markup(
        tr("Under <strong>{}</strong>, {} recorded contacts in {} (median; {} to {} in 90 % of {} simulated futures; mean "
           "{}).")
    ).format(words.plain(name), datum(row["q50"]), content.span, datum(row["q05"]), datum(row["q95"]),
             words.number(content.n_path), with_error(row["mean"], row["mcse"]))  # fmt: skip


def _estimated(content: ReportContent) -> Iterator[Markup]:
    """All contacts, recorded or not, where the summary has them."""
    if all((name, "contact_estimated", content.window) in content.summary_by for name in content.scenarios):
        listed = _each(content, "contact_estimated", "all", datum)
        yield Markup(tr("<em>Estimated</em> contacts in {}, recorded or not (capture\N{EN DASH}recapture; contacts that no "
                        "page could report are not counted): median {}.")).format(content.span, listed)


def _contrast(content: ReportContent, pair: tuple[str, str]) -> Iterator[Markup]:
    """The ratio of the rates first; then the difference in contacts, whose mean says something else."""
    first, second = map(words.plain, pair)
    ratio = contrast_rows(content, pair, "log_rate_ratio", ["all"], "expected").iloc[0]
    expected, apart = (contrast_rows(content, pair, "contact", ["all"], pairing).iloc[0]
                       for pairing in ("expected", "independent"))
    yield Markup(tr("<strong>{} against {}</strong>: log ratio of the rates of contact {}, a factor of {}; {}. {}.")).format(
        first, second, ratio_interval(ratio), datum(np.exp(ratio["q50"]), 2), three(ratio, first, second),
        ratio_verdict(ratio, first, second, tr("what is assumed does") if one_winner(content) else tr("the record does")))
    yield from both_levels(content)
    yield Markup(
        tr("In contacts, {} minus {}: the expected numbers differ by {} (median; 90 % {} to {}; P({} larger) = {}), two "
           "separate futures by {} ({} to {}; P = {}). The arithmetic mean of the expected difference, {}, is no sign of its "
           "direction: it has the skew of effects that are not known{}.")
    ).format(first, second, datum(expected["q50"], 1), datum(expected["q05"], 1), datum(expected["q95"], 1), first,
             _chance(expected), datum(apart["q50"]), datum(apart["q05"]), datum(apart["q95"]), _chance(apart),
             with_error(expected["mean"], expected["mcse"]),
             "" if one_winner(content) else tr(", such as that of a president not yet seen"))


def _chance(row: pd.Series) -> Markup:
    return with_error(row["p_greater"], row["p_greater_mcse"])


def _telling(content: ReportContent, pair: tuple[str, str]) -> Markup:
    """What would have to be seen to tell: a count rare under one, and how common it is under the other."""
    bound = _row(content, pair[1], "contact", "all")["q95"]
    contact = content.trajectories[pair[0]]["contact"]  # of a run that was read back by rank alone, else by outcome too
    total = contact.sum([axis for axis in contact.dims if axis != "path"], dtype=np.int64).to_numpy()
    return Markup(
        tr("More than {} contacts would be rare under {} (5 % of futures); under {} it happens in {} of futures. That is how "
           "much even an unusual count could tell.")
    ).format(datum(bound), words.plain(pair[1]), words.plain(pair[0]), percent((total > bound).mean()))


def _president(content: ReportContent) -> Markup:
    """Contacts of the highest rank, on whatever way they are held."""
    highest = content.labels(RANK)[0]
    return Markup(tr("Contacts at the highest rank ({rank}) in {span}, calls and letters among them: median {listed}.")).format(
        rank=content.named("contact", highest), span=content.span, listed=_each(content, "contact", highest, datum))


def _agenda(content: ReportContent) -> Markup:
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, "mention_share", content.labels(TOPIC), content.window)
        top = rows.dropna(subset=["q50"]).sort_values("q50", ascending=False, kind="stable").head(3)
        listed = [
            Markup("{} ({})").format(content.named("mention_share", key), percent(row["q50"]))
            for key, row in top.iterrows()
        ] or [Markup(tr("none, as no future has a contact with a topic"))]
        parts.append(Markup(tr("under {} {}")).format(words.plain(name), Markup(", ").join(listed)))
    return Markup(tr("Most mentioned topics (median share of all mentions of a future): {}.")).format(
        Markup("; ").join(parts)
    )


def _outcome(content: ReportContent) -> Markup:
    listed = _each(content, "outcome_share", "0", percent)
    return Markup(tr("Share of contacts that end as an exchange of views only: median {}.")).format(listed)


def _media(content: ReportContent) -> Markup:
    if content.panel.media.empty:
        return Markup(tr("Media: no page is on record, so that nothing can be said of coverage, tone and the share of contacts "
                         "that is on record."))
    if not content.tells("tone"):
        return Markup(tr("Media: nobody looked for pages on the contacts of the term, so that nothing is said of coverage and "
                         "tone."))
    return Markup(
        tr("Mean tone of media pages (median over futures; \N{MINUS SIGN}1 critical, +1 favourable): {}.")
    ).format(_of_sides(content, "tone", lambda row: datum(row["q50"], 2)))


def _pages(content: ReportContent) -> Iterator[Markup]:
    """The number of pages, where the summary has it."""
    if content.tells("pages_in_all"):
        told = tr("Number of news and analysis pages in {} (median; 90 % interval): {}. Half of these futures take it from the "
                  "model, the other half from a projection of the pages of past years (exponential smoothing), which is the same "
                  "whoever wins.")
        yield Markup(told).format(content.span, _of_sides(content, "pages_in_all", _with_interval))


def _with_interval(row: pd.Series) -> Markup:
    return Markup(tr("{} ({} to {})")).format(*(datum(row[level]) for level in ("q50", "q05", "q95")))


def _of_sides(content: ReportContent, quantity: str, show: Callable[[pd.Series], Markup]) -> Markup:
    """A quantity by side under every scenario."""
    parts = []
    for name in content.scenarios:
        rows = summary_rows(content, name, quantity, content.labels(SIDE), content.window)
        shown = [Markup("{} {}").format(content.named(quantity, side), show(row)) for side, row in rows.iterrows()]
        parts.append(Markup(tr("under {} {}")).format(words.plain(name), Markup(", ").join(shown)))
    return Markup("; ").join(parts)


def _index(content: ReportContent) -> Iterator[Markup]:
    """The relation index, where the summary has it."""
    key = content.relation.main
    blocks = [content.summary_by.get((name, "relation_index", content.window)) for name in content.scenarios]
    if all(block is not None and key in block.index for block in blocks):
        listed = _each(content, "relation_index", key, datum)
        yield Markup(tr("Relation index, mean of {} ({} = 100): median {}.")).format(
            content.span, content.relation.base.span, listed)


def _each(content: ReportContent, quantity: str, key: str, show: Callable[[float], Markup]) -> Markup:
    """Median and 90 % interval of one quantity, and the error of its mean, under every scenario."""
    scale, unit = (100, "\N{NO-BREAK SPACE}%") if show is percent else (1, "")
    parts = []
    for name in content.scenarios:
        row = _row(content, name, quantity, key)
        shown = show(row["q50"]), words.plain(name), show(row["q05"]), show(row["q95"])
        mean = with_error(row["mean"], row["mcse"], scale, unit)
        parts.append(Markup(tr("{} under {} (90 % {} to {}; mean {})")).format(*shown, mean))
    return Markup(", ").join(parts)


def _row(content: ReportContent, name: str, quantity: str, key: str) -> pd.Series:
    return summary_rows(content, name, quantity, [key], content.window).iloc[0]
