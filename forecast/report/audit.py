"""Last look before anything is drawn: do the parts of a report belong together?"""

from collections.abc import Iterator

import numpy as np

from forecast.errors import Fault, InputError
from forecast.report.content import ReportContent
from forecast.report.rows import summary_rows

MAX_SCENARIO = 4


def audit(content: ReportContent) -> None:
    """Refuse parts that contradict one another.

    Raises
    ------
    InputError
        With a fault for every contradiction: too few or too many scenarios, scenarios missing from a
        table, different numbers of paths, or a summary that does not come from these trajectories.
    """
    faults = [*_scenario_faults(content), *_table_faults(content)]
    if not faults:
        faults = list(_total_faults(content))
    if faults:
        raise InputError(faults)


def _fault(where: str, expected: str, found: object) -> Fault:
    remedy = "Simulate and summarise the scenarios again, in one run."
    return Fault(source="report content", where=where, expected=expected, found=str(found), remedy=remedy)


def _scenario_faults(content: ReportContent) -> Iterator[Fault]:
    count = len(content.trajectories)
    if not 1 <= count <= MAX_SCENARIO:
        yield _fault("trajectories", f"1 to {MAX_SCENARIO} scenarios", count)
    paths = {name: run.sizes["path"] for name, run in content.trajectories.items()}
    if len(set(paths.values())) > 1:
        yield _fault("trajectories", "the same number of paths in every scenario", paths)
    for weights, future in content.relation.future.items():
        if set(future) != set(content.trajectories):
            expected = f"scenarios {sorted(content.trajectories)}"
            yield _fault(f"relation index, weights {weights}", expected, sorted(future))


def _table_faults(content: ReportContent) -> Iterator[Fault]:
    known = set(content.trajectories)
    summarised = set(content.summary["scenario"])
    if summarised != known:
        yield _fault("summary.csv, column scenario", str(sorted(known)), sorted(summarised))
    if (len(known) > 1) == content.contrast.empty:
        expected = "rows" if content.contrast.empty else "no rows for a single scenario"
        yield _fault("contrast.csv", expected, f"{len(content.contrast)} rows")


def _total_faults(content: ReportContent) -> Iterator[Fault]:
    """The mean number of contacts in the table is that of the paths: one draw set behind both.

    Where more paths were simulated than are held, it is so within six Monte Carlo errors of those held.
    """
    for name, run in content.trajectories.items():
        held = run.sizes["path"]
        simulated = float(np.asarray(run["contact"]).sum(dtype=np.int64)) / held
        row = summary_rows(content, name, "contact", ["all"], content.window).iloc[0]
        told, more = float(row["mean"]), content.manifest.get("paths", held) / held
        error = 6 * float(row["mcse"]) * np.sqrt(more) if more > 1 else 0.0
        if not np.isclose(simulated, told, rtol=1e-6, atol=1e-9 + error):
            where = f"scenario {name}, contacts {content.window}"
            yield _fault(where, f"the trajectories' mean {simulated:.6g} in summary.csv", f"{told:.6g}")
