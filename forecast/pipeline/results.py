"""What a run says, the same whether it was just computed or is read back from its directory."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from forecast.components.registry import OUTCOME, PAGES, TOPICS, component_of
from forecast.console import Progress
from forecast.contacts import load_contacts
from forecast.contacts.reliability import compare, reliability
from forecast.errors import Fault, InputError
from forecast.evaluation.administration import MAIN_WEIGHTS, AdministrationTables
from forecast.evaluation.condition import Kept
from forecast.evaluation.poles import PoleTables
from forecast.evaluation.two_terms import TwoTerms
from forecast.evaluation.update import Update
from forecast.outputs import MANIFEST, output_directory
from forecast.panel import Panel, load_panel
from forecast.panel.elections import load_election, of_dyad
from forecast.panel.poles import load_poles
from forecast.pipeline.condition import kept_of_blocks, kept_of_files
from forecast.pipeline.futures import kinds_of, month_shares
from forecast.pipeline.request import Inputs, Request, weights_with_base
from forecast.pipeline.run import (
    compute,
    content_of,
    past_relation,
    posterior_files,
    profiles,
    run_manifest,
    tables_of,
    write_to,
)
from forecast.pipeline.run_directory import RunManifest, check_data, check_own_record, read_run, shipped_folder
from forecast.posterior import store
from forecast.posterior.posterior import Posterior
from forecast.report import files
from forecast.report.columns import FUTURES, RELATION, LackingError, read_csv
from forecast.report.content import Balance, Relation, ReportContent
from forecast.report.language import ENGLISH, speaking
from forecast.report.lookup import of_files
from forecast.report.run import PAGE, write_report
from forecast.simulation.relation_index import load_index


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a run says of one dyad.

    Parameters
    ----------
    manifest : mapping
        As in ``manifest.json``.
    tables : mapping of str to DataFrame
        By the names of the CSV files.
    posterior : mapping of str to Path
        File of the posterior of every component.
    futures : callable
        Name of a scenario -> simulated futures, as :func:`forecast.report.files.readable` gives them.
    kept : callable
        Futures by scenario, as conditions are asked of them.
    content : callable
        What figures are made of; raises InputError where a run that was read back lacks something for them.
    write : callable
        Writes a run directory, in a language where one is named.
    """

    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    posterior: Mapping[str, Path]
    futures: Callable[[str], xr.Dataset]
    kept: Callable[[], Mapping[str, Kept]]
    content: Callable[[], ReportContent]
    write: Callable[[Path, str | None], None]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, in their order."""
        return tuple(one["name"] for one in self.manifest["scenarios"])


def computed(inputs: Inputs, request: Request, progress: Progress) -> Results:
    """Compute a run and hold what a run directory would hold (raises GateError, InputError)."""
    blocks: list[tuple[str, xr.Dataset]] = []
    run = compute(inputs, request, progress, lambda name, paths: blocks.append((name, paths)))
    manifest = run_manifest(run, request)
    return Results(
        manifest=manifest, tables=tables_of(run), posterior=posterior_files(run),
        futures=lambda name: files.readable(run.trajectories[name]),
        kept=cache(lambda: kept_of_blocks(run, blocks, request.seed)), content=cache(lambda: content_of(run, request, manifest)),
        write=lambda folder, lang: write_to(folder, run, replace(request, lang=lang or request.lang), blocks, progress))


def read_results(run: Path, data: Path | None = None) -> Results:
    """Read a run directory back.

    Parameters
    ----------
    data : Path, optional
        Folder that the run was made from; the shipped one where none is given. Only figures need it.

    Raises
    ------
    InputError
        Where this is no run, or a file of it is missing, was changed, or does not hold what it must.
    """
    manifest, content = read_run(run)
    tables = _tables(run, [name for name in content["files"] if name.endswith(".csv") and "/" not in name])
    posterior = {name: run / "posterior" / f"{name}.nc" for name in manifest.posterior}

    @cache
    def drawn() -> ReportContent:
        with of_files(str(run)):
            return _content(run, manifest, content, tables, posterior, data or shipped_folder(manifest.dyad))

    kept = cache(lambda: kept_of_files(run, manifest, content["files"]))
    return Results(manifest=content, tables=tables, posterior=posterior, kept=kept,
                   futures=cache(lambda name: files.read_futures(run / FUTURES.format(scenario=name))),
                   content=drawn, write=partial(_copy, run, lambda: replace(drawn(), kept=kept())))


def _tables(run: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their files; the faults of all files are told at once."""
    found: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            found[Path(name).stem] = _csv(run, name)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return found


def _csv(run: Path, name: str) -> pd.DataFrame:
    try:
        return read_csv(run / name, name)
    except LackingError as error:
        raise InputError([Fault(
            source=str(run / name), where=f"column {', '.join(error.columns)}", found="none",
            expected="every column that forecast run of this version writes",
            remedy="Another version wrote this run: repeat it with forecast run, with the same files and seed.")]) from None
    except (ValueError, OSError) as error:  # a parser error is a ValueError
        raise InputError([_fault(run / name, "a table of a run", str(error).partition("\n")[0][:100])]) from None


def _content(run: Path, manifest: RunManifest, content: Mapping[str, Any], tables: Mapping[str, pd.DataFrame],
             posterior: Mapping[str, Path], data: Path) -> ReportContent:
    """What figures are made of, from a run directory and the data of the run."""
    check_own_record(manifest, run)
    check_data(data, manifest, run)
    panel = load_panel(data, as_of=manifest.as_of)
    elections = of_dyad(data, "elections.yaml")
    futures, index, election = {}, {}, {one.name: load_election(one.election, elections, data) for one in manifest.scenarios}
    for one in manifest.scenarios:
        if (place := RELATION.format(scenario=one.name)) not in content["files"]:
            raise InputError([_fault(run / place, "a file of the run", "none in its manifest")])
        shares = month_shares(one, election[one.name])
        index[one.name] = files.read_relation(run / place)
        held = next(iter(index[one.name].values()))["path"]
        paths = files.read_futures(run / FUTURES.format(scenario=one.name)).sel(path=held)
        futures[one.name] = paths.assign(month_share=("month", shares))
    profile = profiles({name: stored(name, posterior[name]).draws for name in (TOPICS, OUTCOME, PAGES)}, futures)
    sets = weights_with_base(panel)
    relation = Relation(main=MAIN_WEIGHTS, history=past_relation(panel, sets),
                        future={weights: {name: found[weights] for name, found in index.items()} for weights in sets},
                        base=sets[MAIN_WEIGHTS][0].base or load_index().base)
    empty = pd.DataFrame()
    return ReportContent(
        panel=panel, trajectories=futures, summary=tables["summary"], contrast=tables["contrast"],
        administration=AdministrationTables(**{one.name: tables[one.name] for one in fields(AdministrationTables)}),
        agenda=profile[TOPICS]["mix"], effectiveness=profile[OUTCOME]["share"], media=profile[PAGES],
        relation=relation, questions=tables.get("questions", empty), questions_contrast=tables.get("questions_contrast", empty),
        winners=next(iter(election.values())).outcomes, manifest=content, poles=_balance(panel, tables), update=_update(tables),
        two_terms=_two_terms(tables, manifest, elections, data))


def _update(tables: Mapping[str, pd.DataFrame]) -> Update | None:
    """What has changed since the eve, of a run of a term that runs."""
    if "update" not in tables:
        return None
    months, empty = tables["update_months"], pd.DataFrame()
    return Update(changes=tables["update"], months=months.assign(month=pd.to_datetime(months["month"])),
                  questions=tables.get("update_questions", empty), scores=tables.get("update_scores", empty))


def _two_terms(tables: Mapping[str, pd.DataFrame], manifest: RunManifest, elections: Path, data: Path) -> TwoTerms | None:
    """What is said of both terms, of a run that was asked for the second."""
    if "two_terms" not in tables or not manifest.then:
        return None
    outcomes = load_election(manifest.then[0].election, elections, data).outcomes
    return TwoTerms(totals=tables["two_terms"], contrast=tables.get("two_terms_contrast", pd.DataFrame()),
                    kinds=kinds_of({one.name: one for one in manifest.then}, outcomes))


def _balance(panel: Panel, tables: Mapping[str, pd.DataFrame]) -> Balance | None:
    """Meetings with poles: the record anew, the tables as the run wrote them."""
    record, empty = load_poles(panel.about[0], panel.as_of), PoleTables.none()
    if record is None:
        return None
    return Balance(record=record, **{name: tables.get(name, table) for name, table in vars(empty).items()})


def stored(name: str, path: Path) -> Posterior:
    """The posterior of a component in a file (raises InputError)."""
    chains, gates, labels, identity = store.read_posterior(name, path)
    return Posterior(component=name, key=identity, chains=chains, coord=labels, gates=gates, reused=True)


def told_tree(name: str, path: Path) -> xr.DataTree:
    """Draws of a component, statistics of the sampler and log likelihoods, with a long name and units for every variable.

    The arrays that the component saw stay in the file.
    """
    tree = store.read_tree(path)
    meaning, statistics = component_of(name).meaning, ("1", "log probability")
    for group, found in tree.children.items():
        for variable, values in found.data_vars.items():
            text, unit = meaning.get(str(variable), (str(variable).replace("_", " "), "1"))
            told = {"long_name": text, "units": unit} if group not in ("sample_stats", "log_likelihood") else {
                "units": statistics[group == "log_likelihood" or variable in ("lp", "energy", "energy_error")]}
            values.attrs.update(told)
    return tree.filter(lambda one: one.name not in ("observed_data", "constant_data"))


def told_trees(files: Mapping[str, Path]) -> xr.DataTree:
    """Posteriors of components by the names of their files, one branch each; see :func:`told_tree`."""
    return xr.DataTree(children={name: told_tree(name, path) for name, path in files.items()})


def _copy(run: Path, content: Callable[[], ReportContent], target: Path, lang: str | None) -> None:
    """Copy a run directory as it was written, whole or not at all; figures and page are made where it lacks them."""
    manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    written = manifest.get("request", {}).get("lang", ENGLISH)
    beside = [name for name in ("backtest", "sweep") if any(one.partition(" ")[0] == name for one in manifest["hashes"])]
    if beside and not ((run / PAGE).exists() and lang in (None, written)):
        raise InputError([Fault(source=str(run), where=f"{MANIFEST}, key hashes", expected="a page that needs the run alone",
                                found=f"a section of a {' and a '.join(beside)}, which the run does not hold",
                                remedy=f"Repeat the run with {' and '.join(f'--{one}' for one in beside)} and --lang.")])
    with speaking(lang or ENGLISH), output_directory(target, "run", [run]) as folder:
        shutil.copytree(run, folder, dirs_exist_ok=True)
        if (folder / PAGE).exists() and lang in (None, written):
            return
        with speaking(lang or written):
            write_report(content(), folder)
        if lang not in (None, written):
            files.write_manifest(manifest | {"request": manifest.get("request", {}) | {"lang": lang}}, folder / MANIFEST)


def _fault(path: Path, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where="whole file", expected=expected, found=found,
                 remedy="Give a whole directory that forecast run of this version wrote.")


def paper_of(run: Path, folder: Path, *, data: Path | None, seed: int, width: str, grey: bool, titles: bool,
             progress: Progress, lang: str = ENGLISH) -> None:
    """Write what a paper needs of a run directory into a folder, figures and tables in a language (raises InputError)."""
    from forecast.report.paper import write_paper

    found = read_results(run, data)
    place = data or shipped_folder(found.manifest["dyad"])
    record, agreement = load_contacts(place), None
    if len(record.second_coding):
        agreement = reliability(*compare(place / "contacts.csv", place / "second_coding.csv"), seed=seed, progress=progress)
    progress("read futures", 0, 1)
    content = found.content()
    progress("read futures", 1, 1)
    with speaking(lang):
        write_paper(content, record, agreement, folder, width=width, grey=grey, titles=titles, progress=progress)
