"""Trajectories on their way to disk while the next block is simulated; never more than one block waits."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import xarray as xr

from forecast.report.archive import TrajectoryFile
from forecast.report.run_report import make_folder


class Saving:
    """Writes ``<scenario>.parquet`` into a folder, from one thread beside that of the simulation.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    scenarios : iterable of str
        One file each.
    """

    def __init__(self, folder: Path, scenarios: Iterable[str]) -> None:
        self._file = {name: TrajectoryFile(make_folder(folder) / f"{name}.parquet") for name in scenarios}
        self._waiting: dict[str, Future] = {}
        self._pool = ThreadPoolExecutor(1)

    def keep(self, name: str, paths: xr.Dataset) -> None:
        """Write a block of a scenario, after the one before."""
        if name in self._waiting:
            self._waiting[name].result()
        self._waiting[name] = self._pool.submit(self._file[name].add, paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Wait for what is being written, and complete the files; an error of the writing is raised where there is no other."""
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        for file in self._file.values():
            file.close()
        for saved in self._waiting.values() if kind is None else ():
            saved.result()
