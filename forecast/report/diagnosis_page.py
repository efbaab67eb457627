"""The report that says whether posteriors can be trusted: verdicts, figures, tables, one page."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table
from rich.text import Text

from forecast.console import console, say_written
from forecast.evaluation.diagnosis import Trust
from forecast.outputs import MANIFEST
from forecast.posterior.loo import summary
from forecast.report import words
from forecast.report.diagnosis_figures import TrustPlate, plates
from forecast.report.diagnosis_verdict import TrustContent, code_label, component_name, findings, headline, meanings, sentence
from forecast.report.files import write_manifest, write_table
from forecast.report.language import calling
from forecast.report.run import make_folder
from forecast.report.style import write_figure
from forecast.report.words import stacked_tables, whole_picture

# The report on trust as one HTML file that needs no network, no script and no second file.

WORST_PAIRS = 10
ABOUT: Mapping[str, str] = {
    "convergence": "Rank-normalised split R-hat, bulk and tail effective sample size, Monte Carlo errors "
                   "(doi 10.1214/20-BA1221), divergences, and the energy fraction E-BFMI per chain "
                   "(doi 10.48550/arXiv.1604.00695).",
    "leave-one-out": "Expected log predictive density by Pareto-smoothed importance sampling (doi 10.1007/s11222-016-9696-4); "
                     "the shape k tells whether it can be had without refitting.",
    "calibration": "Randomised probability integral transforms for discrete data (doi 10.1111/j.1541-0420.2009.01191.x), each "
                   "observation predicted from all others, with simultaneous bands (doi 10.1007/s11222-022-10090-6). Agendas and "
                   "capture histories have no order and are not transformed.",
    "predictive checks": "Posterior predictive p-values, ties counting half, by family of statistics. They use the data twice "
                         "and are conservative: p near one half is no merit, and a small p is stronger than it looks "
                         "(doi 10.1080/01621459.2000.10474310). About one family in twenty or fewer fails by chance.",
    "sensitivity": "Power-scaling of the likelihood and of blocks of the prior (doi 10.1007/s11222-023-10366-5). Only top-level "
                   "parameters are scaled, not the effects that share a scale.",
    "prior to posterior": "Overlap of prior and posterior of top-level parameters (doi 10.1111/j.0006-341X.2000.01055.x).",
}


def render_diagnosis(content: TrustContent, pictures: Mapping[TrustPlate, Path]) -> str:
    """HTML with the figures inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"day": words.day, "number": words.number, "component": component_name, "label": code_label}
    found = findings(content.trust)
    page = environment.get_template("check.html.j2").render(
        content=content, manifest=content.manifest, headline=headline(found),
        meanings=meanings(found, content.trust), found=found, about=ABOUT,
        figures=[_figure(content, plate, path) for plate, path in pictures.items()], pairs=pairs(content.trust).head(WORST_PAIRS),
        families=[(name, check, sentence(check)) for name, one in content.trust.items() for check in one.predictive])
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))


def _figure(content: TrustContent, plate: TrustPlate, path: Path) -> dict[str, str]:
    return {"name": plate.name, "area": plate.area, "heading": plate.heading, "alt": plate.alt(content), "reading": plate.reading,
            **whole_picture(path)}


# The checks as tables, one row per thing checked.

PAIRS = "topic_pairs"


def diagnosis_tables(trust: Mapping[str, Trust]) -> dict[str, pd.DataFrame]:
    """All tables by name."""
    every = trust.values()
    return {
        "verdicts": verdicts(trust),
        "convergence": pd.concat([one.convergence for one in every], ignore_index=True),
        "energy": pd.concat([one.energy for one in every], ignore_index=True),
        "loo": _joined({name: summary(one.loo) for name, one in trust.items()}),
        "loo_observations": _joined({name: _observations(one) for name, one in trust.items()}),
        "calibration": _joined({name: _calibration(one) for name, one in trust.items()}),
        "predictive": _joined({name: _families(one) for name, one in trust.items()}),
        "predictive_statistics": _joined({name: _statistics(one) for name, one in trust.items()}),
        "topic_pairs": pairs(trust),
        "sensitivity": pd.concat([one.sensitivity for one in every], ignore_index=True),
        "prior_to_posterior": pd.concat([one.overlap for one in every], ignore_index=True),
    }


def pairs(trust: Mapping[str, Trust]) -> pd.DataFrame:
    """Pairs of topics from the worst: component, statistic, observed, q02.5, q50, q97.5, p, outside."""
    found = _joined({name: _statistics(one) for name, one in trust.items()})
    if not len(found):
        return found
    chosen = found[found["family"] == PAIRS]
    return chosen.iloc[np.argsort(-np.abs(chosen["p"] - 0.5), kind="stable")].drop(columns="family").reset_index(drop=True)


def _joined(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    kept = [part.assign(component=name)[["component", *part.columns]] for name, part in parts.items() if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()


def _observations(one: Trust) -> pd.DataFrame:
    return pd.concat([pd.DataFrame({"quantity": quantity, "observation": one.observation[quantity], "elpd": loo.elpd_i,
                                    "pareto_k": loo.pareto_k, "weak": loo.weak.astype(int)})
                      for quantity, loo in one.loo.items()] or [pd.DataFrame()])


def _calibration(one: Trust) -> pd.DataFrame:
    return pd.DataFrame([{"quantity": name, "observations": pit.observations, "share_outside": pit.outside,
                          "calibrated": int(pit.calibrated)} for name, pit in one.pit.items()])


def _families(one: Trust) -> pd.DataFrame:
    return pd.DataFrame([{"family": check.family.name, "statistics": len(check.p), "outside": int(check.outside.sum()),
                          "outside_expected": check.outside_expected, "p": check.p_family, "passed": int(check.passed),
                          "text": sentence(check)} for check in one.predictive])


def _statistics(one: Trust) -> pd.DataFrame:
    parts = []
    for check in one.predictive:
        low, middle, high = np.percentile(check.replicated, (2.5, 50, 97.5), axis=0)
        parts.append(pd.DataFrame({
            "family": check.family.name, "statistic": check.labels, "observed": check.observed, "q02.5": low, "q50": middle,
            "q97.5": high, "p": check.p, "outside": check.outside.astype(int)}))
    return pd.concat(parts) if parts else pd.DataFrame()


# What the command prints: the table of verdicts, what they mean, and the files to open.

def verdicts(trust: Mapping[str, Trust]) -> pd.DataFrame:
    """One row per check and component, as in ``verdicts.csv``."""
    return pd.DataFrame([vars(one) for rows in findings(trust).values() for one in rows])


_COLOUR = {"passed": "green", "look": "yellow", "failed": "bold red", "not done": "dim"}


def print_verdicts(content: TrustContent, directory: Path) -> None:
    """Print one row per component, one column per check."""
    with calling(content.panel.about):
        _print(content)
    say_written(f"Written: {directory}/check.html, figures/, tables/, manifest.json")


def _print(content: TrustContent) -> None:
    screen, found = console(), findings(content.trust)
    table = Table(title="Can the posteriors be trusted?", box=None)
    for heading in ("component", *found):
        table.add_column(heading)
    for place, name in enumerate(content.trust):
        verdicts = (rows[place].verdict for rows in found.values())
        table.add_row(component_name(name), *(Text(one, _COLOUR[one]) for one in verdicts))
    screen.print(table)
    screen.print(headline(found), soft_wrap=True)
    for area, worst, meaning in meanings(found, content.trust):
        screen.print(Text.assemble((area, _COLOUR[worst]), f": {meaning}"), soft_wrap=True)


# One call that writes everything of the report on trust.

def write_diagnosis(content: TrustContent, folder: Path, progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Write ``tables/``, ``figures/``, ``check.html`` and the manifest.

    Parameters
    ----------
    folder : Path
        Exists; files of the same name are replaced.
    progress : callable
        Told figures drawn and figures in all.
    """
    with calling(content.panel.about):
        _write(content, folder, progress)


def _write(content: TrustContent, folder: Path, progress: Callable[[int, int], None]) -> None:
    chosen = plates(content)
    for name, table in diagnosis_tables(content.trust).items():
        write_table(table, make_folder(folder / "tables") / f"{name}.csv")
    pictures = {}
    for number, plate in enumerate(chosen, 1):
        files = write_figure(partial(plate.draw, content), make_folder(folder / "figures"), plate.name)
        pictures[plate] = next(path for path in files if path.suffix == ".svg")
        progress(number, len(chosen))
    (folder / "check.html").write_text(render_diagnosis(content, pictures), encoding="utf-8")
    write_manifest(content.manifest, folder / MANIFEST)
