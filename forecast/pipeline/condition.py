"""From a run to its futures as conditions are asked of them: read from a run directory, or held in memory."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from forecast import dims
from forecast.components.registry import BESIDE, POOL, PROJECTING
from forecast.console import Progress
from forecast.errors import Fault, InputError
from forecast.evaluation.condition import AXES, Conditioned, Kept, conditioned, read_given
from forecast.evaluation.montecarlo import batch_of
from forecast.evaluation.quantity import yearly_sums
from forecast.outputs import MANIFEST, sha256
from forecast.pipeline.run_directory import RunManifest, kept_paths, read_counts, read_run, read_trajectories
from forecast.posterior import store
from forecast.simulation.prepare import asked_by_engine, winner_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Scenario

if TYPE_CHECKING:
    from forecast.pipeline.run import Run

AXIS = {"contact": dims.RANK, "mention": dims.TOPIC, "travel": dims.DIRECTION}


def condition_run(run: Path, given: Sequence[str],
                  progress: Progress = lambda *_: None) -> tuple[Conditioned, dict[str, Any]]:
    """Condition the futures of a run directory.

    Parameters
    ----------
    run : Path
        What ``forecast run`` wrote, unchanged.
    given : sequence of str
        Conditions; see :mod:`forecast.evaluation.condition`.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    tuple of Conditioned and dict
        What holds in futures that agree, and what it was made of: the conditions, and the run with the hash of its manifest.

    Raises
    ------
    InputError
        Where this is no whole run, a condition is none, or fewer futures agree than can tell anything.
    """
    manifest, content = read_run(run)
    conditions = read_given(given, manifest.scenarios)
    kept = kept_of_files(run, manifest, content["files"], progress)
    progress("condition", 0, 1)
    found = conditioned(kept, conditions)
    progress("condition", 1, 1)
    told = ("dyad", "partner", "labels", "as_of", "seed", "paths", "data_version", "versions")
    made = {key: content[key] for key in told if key in content}
    return found, {"given": [one.text for one in conditions], "run": made | {"manifest_sha256": sha256(run / MANIFEST)}}


def kept_of_files(run: Path, manifest: RunManifest, files: Iterable[str],
                  progress: Progress = lambda *_: None) -> dict[str, Kept]:
    """The futures that a run directory has, by scenario (raises InputError)."""
    draws = _draws_of_files(run, manifest, set(files))
    found: dict[str, Kept] = {}
    for one in manifest.scenarios:
        progress("read futures", len(found), len(manifest.scenarios))
        paths = kept_paths(run, one, manifest)
        counted = {str(name): values.to_numpy() for name, values in read_counts(run, one, paths).items()}
        found[one.name] = _kept(one, _years(run, one, paths), counted, draws, manifest.seed, manifest.paths)
    progress("read futures", len(found), len(found))
    return found


def kept_of_blocks(run: "Run", blocks: Iterable[tuple[str, xr.Dataset]], seed: int) -> dict[str, Kept]:
    """The futures of a run in memory, as :func:`forecast.pipeline.run.compute` gave them to its `keep`."""
    draws = {name: one.chains.sizes["chain"] * one.chains.sizes["draw"] for name, one in run.forecaster.items()}
    parts: dict[str, list[xr.Dataset]] = {}
    for name, paths in blocks:
        parts.setdefault(name, []).append(paths)
    found = {}
    for name, several in parts.items():
        years = xr.concat([_of_all_outcomes(yearly_sums(paths[list(AXIS)])) for paths in several], dims.PATH)
        match = np.concatenate([paths["match"].to_numpy() for paths in several])
        scenario = run.inputs.scenarios[name]
        counted = {question.id: match[:, place] for place, question in enumerate(scenario.questions)}
        found[name] = _kept(scenario, years, counted, draws, seed, run.futures.paths)
    return found


def kept_of_held(run: "Run", seed: int) -> dict[str, Kept]:
    """The futures that a run in memory holds."""
    return kept_of_blocks(run, ((name, paths.assign(match=run.futures.matched[name].transpose(dims.PATH, ...)))
                                for name, paths in run.trajectories.items()), seed)


def _kept(scenario: Scenario, years: xr.Dataset, counted: Mapping[str, np.ndarray], draws: Mapping[str, int], seed: int,
          simulated: int) -> Kept:
    paths = years.sizes[dims.PATH]
    batch = {name: batch_of(paths, many, of=simulated) for name, many in draws.items()}
    return Kept(scenario=scenario, years=years, counted=counted, batch=batch, simulated=simulated,
                winner=winner_of(scenario.chances, Noise(seed), np.arange(paths)) if len(scenario.chances) > 1
                else np.zeros(paths, int))


def _years(run: Path, scenario: Scenario, paths: int) -> xr.Dataset:
    """Sums by year of the futures in a run directory; an axis at a time, so that months of one alone are held."""
    months = pd.period_range(scenario.horizon.start, scenario.horizon.end, freq="M").to_timestamp().to_numpy()
    found = []
    for variable, axis in AXIS.items():
        labels = AXES[variable][0].labels
        columns = tuple(f"{variable}_{label}" for label in labels)
        frame, _ = read_trajectories(run, scenario, paths, columns)
        count = np.stack([frame[name].to_numpy().reshape(paths, -1) for name in columns], axis=2)
        values = xr.DataArray(count, dims=(dims.PATH, dims.MONTH, axis),
                              coords={dims.PATH: np.arange(paths), dims.MONTH: months, axis: list(labels)})
        found.append(_summed({variable: values}))
    return xr.merge(found)


def _summed(counts: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """Sums by year; contacts keep an axis of outcomes, all in one, because quantities add them up along it."""
    several = xr.Dataset({name: values.expand_dims(dims.OUTCOME, axis=-1) if name == "contact" else values
                          for name, values in counts.items()})
    return yearly_sums(several.drop_vars(dims.OUTCOME, errors="ignore"))


def _of_all_outcomes(years: xr.Dataset) -> xr.Dataset:
    """Sums by year as :func:`_summed` gives them: years are few, and adding up outcomes of months takes four times as long."""
    contact = years["contact"].sum(dims.OUTCOME, dtype=np.int32).expand_dims(dims.OUTCOME, axis=-1)
    return years.drop_vars(["contact", dims.OUTCOME], errors="ignore").assign(contact=contact)


def _draws_of_files(run: Path, manifest: RunManifest, files: set[str]) -> dict[str, int]:
    """Component -> draws after which it repeats itself along the paths, pools in place of their members."""
    size = {name: _sizes(run / "posterior" / f"{name}.nc", f"posterior/{name}.nc" in files) for name in manifest.posterior}
    pools = {name: [size[member.name] for member in pool.members if member.name in size] for name, pool in POOL.items()}
    found = {name: members[0][0] * min(draws for _, draws in members) for name, members in pools.items() if members}
    return found | {name: chains * draws for name, (chains, draws) in size.items()
                    if name in BESIDE or (name in PROJECTING and asked_by_engine(name))}


def _sizes(path: Path, known: bool) -> tuple[int, int]:
    """Chains and draws of a stored posterior, from its head: its content was found to be as the manifest says."""
    found = "none in the manifest"
    if known:
        try:
            with h5py.File(path, "r") as file:
                groups = store.VARIABLES.validate_json(file.attrs["variables"])
            return next((shape[0], shape[1]) for group in groups.values() for axes, shape in group.values()
                        if axes[:2] == ["chain", "draw"])
        except (OSError, LookupError, TypeError, ValueError, RuntimeError, StopIteration) as error:
            found = str(error).partition("\n")[0][:100] or "no draws"
    raise InputError([Fault(source=str(path), where="whole file", expected="a posterior of the run: its draws decide which "
                            "futures are independent", found=found, remedy="Give a whole directory that forecast run wrote.")])
