"""The report as one HTML file that needs no network, no script and no second file."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forecast.dims import RANK
from forecast.report import words
from forecast.report.assumption import size, tenure, when
from forecast.report.content import ReportContent
from forecast.report.datum import datum, with_error
from forecast.report.gallery import Plate
from forecast.report.goals_text import goals
from forecast.report.headline import headlines
from forecast.report.identification import identification
from forecast.report.questions_text import questions
from forecast.report.ratio_text import ratio
from forecast.report.rows import contrast_rows, election_pair, summary_rows
from forecast.report.variance_text import variance_sentences


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
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    environment.filters |= {"day": words.day, "number": words.number}
    template = environment.get_template("report.html.j2")
    page = template.render(
        content=content,
        manifest=content.manifest,
        names=" or ".join(map(words.plain, content.scenarios)),
        headlines=headlines(content),
        figures=[_figure(content, plate, path) for plate, path in pictures.items()],
        table=_table(content),
        goals=goals(content),
        questions=questions(content),
        backtest=content.backtest,
        variance=variance_sentences(content),
        ratio=ratio(content),
        identification=identification(content),
        pair=[words.plain(name) for name in election_pair(content) or ()],
        scenarios=[_scenario(item, content.partner) for item in content.manifest["scenarios"]],
        gates={
            name: gate | {"failures": list(gate.get("failures", ()))}
            for name, gate in content.manifest["gates"].items()
        },
    )
    return page.replace(" %", "\N{NO-BREAK SPACE}%")


def _figure(content: ReportContent, plate: Plate, path: Path) -> dict[str, str]:
    """A picture as an image element would name it: vector, and never clashing with another's ids."""
    data = b64encode(path.read_bytes()).decode("ascii")
    return {"name": plate.name, "heading": plate.heading, "alt": plate.alt(content), "reading": plate.reading,
            "source": f"data:image/svg+xml;base64,{data}"}  # fmt: skip


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
            row = contrast_rows(content, pair, "contact", [key], pairing).iloc[0]
            chance = with_error(row["p_greater"], row["p_greater_mcse"])
            cells.append((datum(row["q50"], digits), _range(row, digits), chance))
        rows.append({"key": key, "name": content.named("contact", key), "cells": cells})
    return rows


def _range(row: Mapping[str, float], digits: int) -> Markup:
    return Markup("{} to {}").format(datum(row["q05"], digits), datum(row["q95"], digits))


def _scenario(item: Mapping[str, Any], partner: str) -> dict[str, Any]:
    """One scenario for reading: title, description, and its assumptions with sizes in words."""
    events = [
        {"title": event["title"], "when": when(event), "shape": event.get("shape", ""),
         "reason": event["reason"], "sizes": "; ".join(_sizes(event.get("effects") or {}, partner))}
        for event in item.get("events") or ()
    ] + [
        {"title": one["title"], "when": tenure(one), "shape": "", "reason": one["reason"],
         "sizes": f"log rate {size(one['appetite'])} on a share {size(one['share'])} of rank {words.plain(one['rank']).lower()}"}
        for one in item.get("cabinet") or ()
    ]  # fmt: skip
    adjustments = "; ".join(_sizes(item.get("adjustments") or {}, partner))
    texts = {key: item[key] for key in ("name", "title", "description")}
    return texts | {"events": events, "adjustments": adjustments}


def _sizes(effects: Mapping[str, Any], partner: str, within: str = "") -> Iterator[str]:
    """Sizes of effects as ``rate, president: 0.40``, whichever way a dump nests them; sides of the media by state."""
    for name, value in effects.items():
        plain = words.named("tone", name, partner) if within == "tone" else words.plain(name).lower()
        where = f"{within}, {plain}" if within else name
        if isinstance(value, Mapping) and "kind" in value:
            yield f"{where}: {size(value)}"
        elif isinstance(value, Mapping):
            yield from _sizes(value, partner, where)
        elif value is not None:
            yield f"{where}: {words.number(value, 2)}"
