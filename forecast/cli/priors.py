"""The group `forecast priors`: which commands it has, and an example of each."""

import re
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import (
    EVE,
    MOST_DRAWS,
    AsJson,
    AsOf,
    Data,
    Draws,
    Dyads,
    PriorName,
    Quiet,
    RegionName,
    Seed,
    faults,
    finite,
    one_dyad,
    print_json,
    progress_bars,
)
from forecast.cli.paper import for_print
from forecast.console import Progress, console, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd
    from xarray import Dataset

    from forecast.components.priors import PriorSet
    from forecast.components.protocol import ComponentData
    from forecast.errors import InputError
    from forecast.panel.registers import RegisterPanel
    from forecast.pipeline.fits import Elicitation


# ``forecast priors check``: what a prior set says before it sees the record.

CHECK_EPILOG = ("Examples: forecast priors check | forecast priors check my_priors.yaml --out prior_check | "
                "forecast priors check wide --strict --draws 2000 | forecast priors check default --data "
                f"{CASE.examples['own_data']}")


@for_print(wide=True)
def check(
    name: PriorName = "default",
    data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None,
    draws: Annotated[int, typer.Option(min=200, max=MOST_DRAWS, help="Parameters and records drawn per component.")] = 400,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for the figure (PDF, SVG, PNG) and the tables (CSV).", show_default=False)] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where anything is absurd or in conflict.")] = False,
    seed: Seed = CASE.seed, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Draw records from the priors, and warn where they are absurd or where the real record is none of them.

    Every warning says what was found, why the bound stands where it does, which prior is behind it, and what helps.
    """
    with faults():
        from forecast import shipped
        from forecast.errors import GateError
        from forecast.outputs import output_directory
        from forecast.pipeline.fits import check_set
        from forecast.report.prior_findings import print_check, statistics, warned, warning_table, write_check

        record = one_dyad(data, dyad, region)
        with output_directory(out, "priors check", [shipped.find_priors(name), record]) if out else nullcontext() as place:
            with progress_bars(quiet) as progress:
                found = check_set(name, progress, data=record, as_of=as_of.date() if as_of else None, draws=draws, seed=seed)
            warnings = warned(found.checks.values())
            if as_json:
                print_json(prior_check=statistics(found.checks), warnings=warning_table(warnings))
            print_check(found.priors.name, tuple(found.checks.values()), warnings)
            if place:
                write_check(found.priors.name, found.panel, found.checks, warnings, place)
        if out:
            say_written(f"Written: {out}/prior_check.csv, warnings.csv, prior_check.pdf, .svg, .png")
        if strict and warnings:
            raise GateError(f"Prior set {found.priors.name} has {len(warnings)} warning{"s" if len(warnings) > 1 else ""}.")


# ``forecast priors show``: every prior of a set, in plain numbers, with its reason.

SHOW_EPILOG = ("Examples: forecast priors show | forecast priors show sceptical | "
               "forecast priors show my_priors.yaml --changed --out my_priors")


@for_print()
def show(
    name: PriorName = "default",
    changed: Annotated[bool, typer.Option("--changed", help="Only what differs from the default set.")] = False,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for priors.csv and one figure per section (PDF, SVG, PNG).", show_default=False)] = None,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Show every prior: distribution, what it means in plain numbers, why, and where it differs from the default set."""
    with faults():
        from forecast import shipped
        from forecast.outputs import output_directory
        from forecast.pipeline.fits import read_sets
        from forecast.report.prior_meaning import prior_table

        with output_directory(out, "priors show", [shipped.find_priors(name)]) if out else nullcontext() as place:
            priors, default = read_sets(name)
            table = prior_table(priors, default)
            shown = table[table["differs"] == 1] if changed else table
            if as_json:
                print_json(name=priors.name, title=priors.title, priors=shown)
            _print_priors(priors, shown, len(table))
            if place:
                with progress_bars(quiet) as progress:
                    _write_priors(place, priors, default, table, progress)
        if out:
            say_written(f"Written: {out}/priors.csv and priors_<section>.pdf, .svg, .png")


def _print_priors(priors: "PriorSet", table: "pd.DataFrame", total: int) -> None:
    from rich.text import Text


    screen = console()
    screen.print(Text(f"Prior set {priors.name}: {priors.title}", "bold"))
    for section, rows in table.groupby("section", sort=False):
        screen.print(Text(f"\n{section}", "bold"))
        for row in rows.itertuples():
            what = f"  {row.distribution.replace('_', '-')}, {row.arguments}"
            screen.print(Text.assemble((f"  {row.parameter}", "cyan"), what), soft_wrap=True)
            screen.print(Text(f"    means: {row.meaning}"), soft_wrap=True)
            if row.differs:
                screen.print(Text(f"    default: {row.default}; means: {row.default_meaning}", "yellow"), soft_wrap=True)
            screen.print(Text(f"    why: {row.reason}", "dim"), soft_wrap=True)
    screen.print(f"\n{table['differs'].sum()} of {total} priors differ from the default set.")


def _write_priors(place: Path, priors: "PriorSet", default: "PriorSet", table: "pd.DataFrame", progress: Progress) -> None:
    from forecast.report.files import write_table
    from forecast.report.prior_figures import draw_section, pages_of_section
    from forecast.report.style import write_figure

    write_table(table, place / "priors.csv")
    for number, section in enumerate(default.component, 1):
        given = (priors, default, section)
        write_figure(partial(draw_section, *given), place, f"priors_{section}", partial(pages_of_section, *given))
        progress("figures", number, len(default.component))


# ``forecast priors from-registers``: informed priors of administration effects from the registers of all countries.

FROM_REGISTERS_EPILOG = (
    "Examples: forecast priors from-registers --out my_priors/registers.yaml | forecast priors from-registers --partner "
    f"{CASE.examples['partner']} --as-of {CASE.examples['earlier'][-1]} --widen 2 --out wider.yaml --figures figures")


@for_print("figures")
def from_registers(
    out: Annotated[Path, typer.Option(help="Prior set to write (YAML); one written so and not edited since is replaced.")],
    partner: Annotated[str | None, typer.Option(
        help="Partner state of the dyad, as the registers name it: it is left out of the fit, for its travel is in the dyad's "
             "own record, and so are the partners of the dyads that are estimated together with it. Default: that of the shipped "
             "dyad.", show_default=False)] = None,
    region: Annotated[str | None, typer.Option(
        help="Region whose type effects are taken. Default: that of the partner state.", show_default=False)] = None,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = EVE,
    widen: Annotated[float, typer.Option(
        min=1.0, max=100.0, callback=finite, help="Factor by which every prior is wider than the posterior.")] = 1.5,
    base: Annotated[str, typer.Option(help="Prior set whose other priors are kept: beside OUT, or a shipped one.")] = "default",
    figures: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Folder for the figure of type effects by region (PDF, SVG, PNG) and its numbers (CSV).",
        show_default=False)] = None,
    seed: Seed = CASE.seed, draws: Draws = None,
    ignore_gates: Annotated[bool, typer.Option("--ignore-gates", help="Use a posterior that failed a gate.")] = False,
    quiet: Quiet = False,
) -> None:
    """Fit the registers of all other countries, and write what they say of types, presidents and terms as a prior set.

    The new set extends BASE. Its administration_effects is the joint posterior of types and presidents, in the place of
    type_centre and type_scale; president_scale and term_scale are replaced. The first fit takes some minutes; later calls
    reuse it.
    """
    with faults():
        from forecast.outputs import called, output_directory, output_file

        without, region = _states(partner, region, as_of)
        _check(base, out, as_of, figures)
        beside = _beside(out, base)
        with (output_file(out, beside) as place, called(figures, "option --figures") if figures else nullcontext(),
              output_directory(figures, "priors from-registers", beside) if figures else nullcontext() as folder):
            _make(place, folder, beside, without, region, as_of, widen, Path(base).stem, seed, draws, ignore_gates, quiet)
        say_written(f"Written: {out}")
        if figures:
            say_written(f"Written: {figures}/type_effects.pdf, .svg, .png, type_effects.csv")


def _make(place: Path, folder: Path | None, beside: Sequence[Path], without: tuple[str, ...], region: str, as_of: datetime,
          widen: float, base: str, seed: int, draws: int | None, ignore_gates: bool, quiet: bool) -> None:
    import numpy as np

    from forecast.components.registry import ACROSS, REGISTERS
    from forecast.evaluation.informed_priors import with_unseen
    from forecast.panel.registers import load_register_panel
    from forecast.posterior.fit import fit_registers

    panel = load_register_panel(as_of.date(), without=without)
    with progress_bars(quiet) as progress:
        posterior = fit_registers(panel, seed=seed, draws=draws, ignore_gates=ignore_gates,
                                  progress=lambda name, done, total: progress(f"fit {name}", done, total))
    found, data = posterior.draws, ACROSS[REGISTERS].data(panel)
    if unseen := region not in data.coord["region"]:
        found, data = with_unseen(found, data, region, _begins(panel, region), np.random.default_rng(seed))
    _write_set(_priors(panel, found, data, without, region, widen, place.stem, base), place, beside,
               ["Written by forecast priors from-registers; write it again rather than edit it."])
    if folder:
        _figures(folder, panel, found, data, region, unseen=unseen)


def _extended(out: Path, base: str, option: str = "base") -> Path:
    """The set that is extended: one beside OUT, else a shipped one; a set elsewhere could not be found again."""
    from forecast.errors import Fault, InputError, nearest
    from forecast.files import is_file, same_file
    from forecast.shipped import shipped_priors

    wanted, known = Path(base), shipped_priors()
    beside, own = out.parent / f"{wanted.stem}.yaml", known.get(wanted.stem)
    if is_file(beside) and (wanted.name == base or same_file(wanted, beside)):
        return beside
    if own and wanted.suffix in ("", ".yaml") and (
            same_file(wanted, own) if is_file(wanted) else wanted.parent in (Path(), Path("priors"))):
        return own
    raise InputError([Fault(source="command line", where=f"option --{option}", expected="a shipped prior set, or one beside OUT",
                            found=repr(base[:80]), remedy=nearest(wanted.stem[:80], known))])


def _beside(out: Path, base: str) -> list[Path]:
    """The set that the new one extends and those behind it, as far as they stand beside OUT."""
    from forecast.components.prior_file import lineage

    own = out.parent / f"{Path(base).stem}.yaml"
    return [path for path in lineage(own) if path.parent == out.parent] if own.is_file() else []


def _fault(option: str, expected: str, found: str, remedy: str) -> "InputError":
    from forecast.errors import Fault, InputError

    place = {"source": "command line", "where": f"option --{option}"}
    return InputError([Fault(**place, expected=expected, found=found, remedy=remedy)])


def _states(partner: str | None, region: str | None, as_of: datetime) -> tuple[tuple[str, ...], str]:
    """The states that are left out, and a region in which any had begun by the day."""
    from forecast.contacts.dyad import load_dyad
    from forecast.contacts.region import estimated_with
    from forecast.errors import nearest
    from forecast.panel.registers import REGION, begun, load_countries
    from forecast.shipped import DYAD

    known = load_countries().set_index("country")["region"]
    partner = load_dyad(DYAD).register_country if partner is None else partner
    if partner not in known.index:
        raise _fault("partner", "a state as the registers name it", repr(partner[:80]), nearest(partner[:80], known.index))
    region = known[partner] if region is None else region
    states, without = begun(load_countries(), as_of.date()), estimated_with(partner)
    if region not in set(states.loc[(states["country"] != partner) | (len(without) > 1), "region"]):
        raise _fault("region", f"a region that had states by {as_of:%Y-%m-%d}, {partner} aside", repr(region[:80]),
                     nearest(region[:80], REGION))
    return without, region


def _check(base: str, out: Path, as_of: datetime, figures: Path | None) -> None:
    """Refuse before anything long."""
    _check_set(base, out, figures)
    if figures and as_of.date() < (first := _first_new_term()):
        raise _fault("figures", f"a date in or after a term of the type {CASE.types['new']}", f"{as_of:%Y-%m-%d}",
                    f"Leave --figures out, or give --as-of from {first} on.")


def _check_set(base: str, out: Path, folder: Path | None, option: str = "base") -> None:
    """Refuse a set that cannot extend the other, or would lie in a folder that is written too."""
    from forecast.components.prior_file import load_priors
    from forecast.components.registry import needs

    extended = _extended(out, base, option)
    if Path(base).stem == out.stem:
        raise _fault("out", "another name than that of the set that is extended", f"'{out.name}'", "Choose another name.")
    if folder and out.resolve().is_relative_to(folder.resolve()):
        raise _fault("out", f"a file outside of the folder {folder}", f"'{out}'", "Choose another place.")
    load_priors(extended, needs())


def _first_new_term() -> date:
    """First day of the first term of the type that the figure sets apart."""
    from forecast.panel.registers import administrations_since

    return next((term.start for term in administrations_since() if term.type == CASE.types["new"]), date.max)


def _begins(panel: "RegisterPanel", region: str) -> int:
    """First term, an index, in which a region had a state."""
    from forecast.panel.registers import load_countries

    known = load_countries()
    first = known.loc[known["region"] == region, "start"].min().date()
    return next(number for number, term in enumerate(panel.administration) if term.end > first)


def _priors(panel: "RegisterPanel", draws: "Dataset", data: "ComponentData", without: tuple[str, ...], region: str, widen: float,
            name: str, base: str) -> "PriorSet":
    from forecast.components.registry import ACROSS, REGISTERS
    from forecast.evaluation.informed_priors import PriorOrigin, informed, informed_priors

    found = informed(draws, ACROSS[REGISTERS].profile(draws)["type_effect"], data, region)
    origin = PriorOrigin(region=region, without=without, as_of=panel.as_of, countries=len(panel.country),
                         entries=int(panel.count.sum()), terms=len(panel.administration), widen=widen,
                         unseen=region not in set(panel.country["region"]))
    return informed_priors(found, origin, name, base)


def _write_set(priors: "PriorSet", place: Path, beside: Sequence[Path], comment: Sequence[str]) -> None:
    """Write only what can be read back, over the sets that will stand beside it."""
    from ruamel.yaml import YAML

    from forecast.components.prior_file import load_priors
    from forecast.components.registry import needs

    yaml = YAML()
    yaml.width, yaml.default_flow_style = 10_000, False
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {line}\n" for line in comment)
        yaml.dump(priors.model_dump(exclude_none=True), file)
    for path in beside:
        shutil.copyfile(path, place.with_name(path.name))
    load_priors(place, needs())


def _figures(folder: Path, panel: "RegisterPanel", draws: "Dataset", data: "ComponentData", region: str, *,
             unseen: bool) -> None:
    import numpy as np
    import pandas as pd

    from forecast.components.registry import ACROSS, REGISTERS
    from forecast.contacts.codes import REGION
    from forecast.evaluation.informed_priors import level_contrast
    from forecast.report.figures.countries import draw_types, table_of_types
    from forecast.report.files import write_table
    from forecast.report.style import write_figure
    from forecast.report.words import day

    effect = ACROSS[REGISTERS].profile(draws)["type_effect"]
    since = _begins(panel, CASE.registers["region"])  # the terms that any record of these states covers
    level = np.stack([level_contrast(draws, data, one, since) for one in (None, region)], axis=1)
    terms = sum(term.type == CASE.types["new"] for term in panel.administration)
    behind = f"{int(panel.count.sum()):,} entries, {len(panel.country)} states, {len(panel.administration)} terms."
    behind += f" {REGION.words[region]} is left out: its rows are what the other regions lead one to expect." if unseen else ""
    write_figure(partial(draw_types, effect, level, region, day(panel.as_of), behind, terms), folder, "type_effects")
    write_table(pd.DataFrame(table_of_types(effect, level, region)), folder / "type_effects.csv")


# ``forecast priors elicit``: experts lay chips into bins, and a prior file says what they believe.

ELICIT_EPILOG = (
    "Examples: forecast priors elicit frequency.type_scale --out sheet.html | forecast priors elicit frequency.type_scale "
    "--answers anna.json --answers ben.json --out my_priors.yaml --record elicitation | forecast priors elicit agenda.base "
    "--low 0.02 --high 0.6 --bins 10 --out form.csv | forecast priors elicit agenda.base --chips form.csv --weight Anna=2 "
    "--out mine.yaml")


@for_print("record")
def elicit(
    parameter: Annotated[str, typer.Argument(metavar="PARAMETER", help="Section and name as in prior files: agenda.base.")],
    out: Annotated[Path, typer.Option(
        help="A sheet (.html) or a table (.csv) for experts; with answers, the prior set (.yaml). One written so and not edited "
             "since is replaced.")],
    answers: Annotated[list[Path] | None, typer.Option(
        metavar="FILE", help="What an expert saved from the sheet (JSON); may be repeated.", show_default=False)] = None,
    chips: Annotated[Path | None, typer.Option(
        metavar="FILE", help="The table, filled in (CSV): expert, low, high, chips, reason; a row for every expert and bin, in "
                             "the unit in which experts are asked.", show_default=False)] = None,
    weight: Annotated[list[str] | None, typer.Option(
        metavar="NAME=NUMBER", help="Weight of an expert in the pool, in proportion; may be repeated. Default: 1 for everybody.",
        show_default=False)] = None,
    within: Annotated[float, typer.Option(
        min=0.001, max=0.5, callback=finite, help="Largest distance of cumulative shares between pool and prior.")] = 0.02,
    base: Annotated[str, typer.Option(
        "--extends", help="Prior set whose other priors are kept: beside OUT, or a shipped one.")] = "default",
    low: Annotated[float | None, typer.Option(callback=finite, help="Lowest edge between bins, as experts are asked.",
                                              show_default=False)] = None,
    high: Annotated[float | None, typer.Option(callback=finite, help="Highest edge between bins.", show_default=False)] = None,
    bins: Annotated[int, typer.Option(min=4, max=40, help="Bins; the outermost are open.")] = 12,
    record: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for the record of the elicitation: Markdown, JSON, a figure (PDF, SVG, PNG).",
        show_default=False)] = None,
    data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None, seed: Seed = CASE.seed,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Ask experts for a prior with chips in bins, and write what they believe as a prior set.

    First without answers: one page that needs no network, on which an expert lays chips into bins, sees the distribution that
    they say and what it implies for records, and saves an answer. Then with answers: shares of all experts are pooled linearly, a
    distribution that prior files allow is fitted to the pool, and a set that extends BASE is written with everybody's reasons.
    Refused where the fit is farther than --within from the pool at an edge of a bin.
    """
    with faults():
        from forecast.outputs import called, output_directory, output_file

        day = as_of.date() if as_of else None
        beside = [*_beside(out, base), *(answers or []), chips, folder := one_dyad(data, dyad, region)]
        with (output_file(out, beside) as place, called(record, "option --record") if record else nullcontext(),
              output_directory(record, "priors elicit", [*beside, out]) if record else nullcontext() as notes):
            _check_elicit(base, out, bool(answers or chips), weight, record, low is not None or high is not None)
            from forecast.pipeline.fits import elicitation

            found = elicitation(parameter, _extended(out, base, "extends"), data=folder, as_of=day, seed=seed)
            if answers or chips:
                told = _elicit(found, place, notes, answers or [], chips, weight or [], within, _beside(out, base),
                               Path(base).stem)
                if as_json:
                    print_json(**told)
            else:
                _ask(found, place, low, high, bins, quiet)
        say_written(f"Written: {out}")
        if record:
            say_written(f"Written: {record}/elicitation.md, .json, .pdf, .svg, .png")


def _check_elicit(base: str, out: Path, answered: bool, weight: Sequence[str] | None, record: Path | None, ends: bool) -> None:
    """Refuse a kind of output or an option that does not fit, before anything is read."""
    kinds = (".yaml",) if answered else (".html", ".csv")
    if out.suffix not in kinds:
        expected = f"a name that ends in {' or '.join(kinds)}{'' if answered else ', or --answers'}"
        raise _fault("out", expected, f"'{out.name[:80]}'",
                     "With answers a prior set is written, without them a sheet or a table for experts.")
    if not answered and (record or weight):
        raise _fault("record" if record else "weight", "answers beside it (--answers, --chips)", "none",
                     "Give them, or leave it out.")
    if answered and ends:
        raise _fault("low", "a sheet or a table that is written", "answers", "They have the bins of the sheet; leave it out.")
    if answered:
        _check_set(base, out, record, "extends")


def _ask(found: "Elicitation", place: Path, low: float | None, high: float | None, bins: int, quiet: bool) -> None:
    from forecast.pipeline.fits import sheet_of
    from forecast.report.elicitation import edges_of, write_form

    edges = edges_of(found.asked, low, high, bins)
    if place.suffix == ".csv":
        write_form(found.asked, edges, place)
        return
    with progress_bars(quiet) as progress:
        place.write_text(sheet_of(found, edges, progress), encoding="utf-8")


def _elicit(found: "Elicitation", place: Path, notes: Path | None, answers: Sequence[Path], chips: Path | None,
            weight: Sequence[str], within: float, beside: Sequence[Path], base: str) -> "dict[str, Any]":
    from forecast.evaluation.elicitation import read_answer
    from forecast.pipeline.fits import elicited
    from forecast.report.elicitation import as_record, print_elicited, read_chips, write_record

    sources = [*map(read_answer, answers), *(read_chips(chips, found.asked) if chips else ())]
    made = elicited(found, sources, _weights(weight), within)
    _write_set(made.priors(place.stem, base), place, beside,
               ["Written by forecast priors elicit; write it again rather than edit it.", *made.comment])
    print_elicited(made)
    if notes:
        write_record(made, notes)
    return as_record(made)


def _weights(given: Sequence[str]) -> dict[str, float]:
    pairs = [_weight(one) for one in given]
    if twice := [name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place])]:
        raise _fault("weight", "every expert once", f"{twice[0][:80]} twice", "Leave one out.")
    return dict(pairs)


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    if not name.strip() or not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", number.strip(), re.ASCII):
        raise _fault("weight", "NAME=NUMBER, a number of zero or more", repr(text[:80]), "Such as --weight Anna=2.")
    return name.strip(), float(number)


# The group `forecast priors`.

priors_app = typer.Typer(no_args_is_help=True, help="Make and look at prior sets.")

priors_app.command("check", epilog=CHECK_EPILOG)(check)
priors_app.command("show", epilog=SHOW_EPILOG)(show)
priors_app.command("from-registers", epilog=FROM_REGISTERS_EPILOG)(from_registers)
priors_app.command("elicit", epilog=ELICIT_EPILOG)(elicit)
