"""What the Python interface gives to work with: a record that was read, and a run with its tables, futures and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from forecast.contacts.dyad import Dyad
from forecast.contacts.load import Contacts
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.condition import Conditioned, conditioned, read_given
from forecast.pipeline.results import Results, told_trees
from forecast.report.columns import FILES
from forecast.report.plots import Plots


@dataclass(frozen=True)
class Record:
    """The coded record of a dyad, read and checked, and the folder that it lies in.

    A run reads the folder again: the tables are copies for reading, and changing them changes no forecast.

    Parameters
    ----------
    folder : Path
        With ``dyad.yaml``, ``contacts.csv`` and ``media.csv``.
    facts : Contacts
        Everything that the folder holds.

    Examples
    --------
    >>> import forecast
    >>> record = forecast.load_dyad()
    >>> {"id", "date", "outcome"} <= set(record.contact)
    True
    """

    folder: Path
    facts: Contacts

    @property
    def dyad(self) -> Dyad:
        """Identifier, partner state and dates of the dyad.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_dyad().dyad.id
        'us_kz'
        """
        return self.facts.dyad

    @property
    def contact(self) -> pd.DataFrame:
        """One row per contact, with the columns of the codebook.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_dyad().contact["date"].is_monotonic_increasing
        True
        """
        return self.facts.contact.copy()

    @property
    def media(self) -> pd.DataFrame:
        """One row per page about a contact, with the columns of the codebook.

        Examples
        --------
        >>> import forecast
        >>> record = forecast.load_dyad()
        >>> bool(record.media["contact_id"].isin(record.contact["id"]).all())
        True
        """
        return self.facts.media.copy()


class Run:
    """A forecast: tables, simulated futures, posteriors and figures.

    :func:`forecast.api.run` computes one, :func:`forecast.api.load_run` reads one back. Tables of several dyads have a leading
    column ``dyad``; what every column means is told by ``forecast schema`` and by ``columns.json`` in a run directory.

    Examples
    --------
    >>> import forecast
    >>> run = forecast.load_run("forecast_run")
    >>> run
    Run of us_kz: harris, trump
    """

    def __init__(self, results: Sequence[Results]) -> None:
        self._results: Mapping[str, Results] = {one.manifest["dyad"]: one for one in results}
        if len(self._results) < len(results):
            raise InputError([Fault(source="run", where="dyads", expected="dyads of different names",
                                    found=", ".join(one.manifest["dyad"] for one in results), remedy="Give each dyad once.")])

    def __repr__(self) -> str:
        """What was forecast, in one line."""
        return f"Run of {', '.join(self.dyads)}: {', '.join(self.scenarios)}"

    @property
    def dyads(self) -> tuple[str, ...]:
        """Names of the dyads.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").dyads
        ('us_kz',)
        """
        return tuple(self._results)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").scenarios
        ('harris', 'trump')
        """
        return next(iter(self._results.values())).scenarios

    @property
    def manifest(self) -> Mapping[str, Mapping[str, Any]]:
        """What every dyad's run was made of: seed, versions, hashes, gates.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").manifest["us_kz"]["priors"]
        'default'
        """
        return {name: one.manifest for name, one in self._results.items()}

    @property
    def summary(self) -> pd.DataFrame:
        """Every quantity under every scenario, as in ``summary.csv``.

        Examples
        --------
        >>> import forecast
        >>> summary = forecast.load_run("forecast_run").summary
        >>> summary.query("quantity == 'contact' and key == 'all' and window == '2025-2028'")["scenario"].tolist()
        ['harris', 'trump']
        """
        return self.table("summary")

    @property
    def contrast(self) -> pd.DataFrame:
        """Differences between scenarios, as in ``contrast.csv``; no rows for a single scenario.

        Examples
        --------
        >>> import forecast
        >>> contrast = forecast.load_run("forecast_run").contrast
        >>> row = contrast.query("quantity == 'log_rate_ratio' and key == 'all' and window == '2025-2028'").iloc[0]
        >>> round(float(row["p_more"] + row["p_equal"] + row["p_fewer"]), 6)
        1.0
        """
        return self.table("contrast")

    @property
    def questions(self) -> pd.DataFrame:
        """Answers to dated questions, as in ``questions.csv``; no rows where none is asked.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").questions.columns[:2].tolist()
        ['scenario', 'id']
        """
        return self.table("questions")

    def table(self, name: str) -> pd.DataFrame:
        """A table by the name of its CSV file.

        Parameters
        ----------
        name : str
            Such as ``summary``, ``variance`` or ``rate_ratio``.

        Returns
        -------
        DataFrame
            A copy; no rows where the run has nothing of the kind.

        Raises
        ------
        InputError
            Where no run has a table of this name.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").table("variance")["pairing"].unique().tolist()
        ['independent', 'expected']
        """
        known = {one.name.removesuffix(".csv"): one for one in FILES if one.name.endswith(".csv") and "/" not in one.name}
        if name not in known:
            raise InputError([Fault(source="run", where="table", expected="a table of a run", found=repr(name),
                                    remedy=nearest(name, known))])
        columns = [column.name for column in known[name].columns]
        none = pd.DataFrame(columns=columns)
        found = {dyad: table if len((table := one.tables.get(name, none)).columns) else none
                 for dyad, one in self._results.items()}
        if len(found) == 1:
            return next(iter(found.values())).copy()
        return pd.concat(found, names=["dyad"]).reset_index("dyad").reset_index(drop=True)

    def trajectories(self, scenario: str, *, dyad: str | None = None) -> xr.Dataset:
        """Simulated futures of a scenario.

        Parameters
        ----------
        scenario : str
            Its name.
        dyad : str, optional
            Its name, where there are several.

        Returns
        -------
        xarray.Dataset
            Counts by month, each (path, month, label) with ``long_name`` and ``units``; path numbers are the same shocks in every
            scenario.

        Raises
        ------
        InputError
            Where the run has no such scenario or dyad.

        Examples
        --------
        >>> import forecast
        >>> paths = forecast.load_run("forecast_run").trajectories("trump")
        >>> paths["contact"].dims, paths["contact"].attrs["units"]
        (('path', 'month', 'rank'), 'contacts per month')
        """
        one = self._one(dyad)
        _known("scenario", scenario, one.scenarios)
        return one.futures(scenario)

    def condition(self, given: Sequence[str], *, dyad: str | None = None) -> Conditioned:
        """What else holds in those simulated futures in which some conditions hold, scenario by scenario.

        Parameters
        ----------
        given : sequence of str
            Such as ``"contacts_total>=100"``, or the id of a question with ``=yes`` or ``=no``: ``forecast condition --help``.
        dyad : str, optional
            Its name, where there are several.

        Returns
        -------
        Conditioned
            Tables ``agreement``, ``change``, ``questions`` and ``outcomes``: before, after and change, with Monte Carlo errors.

        Raises
        ------
        InputError
            Where a condition is none, or fewer than 400 futures agree in every scenario.

        Examples
        --------
        >>> import forecast
        >>> found = forecast.load_run("forecast_run").condition(["contacts_total>=20"])
        >>> found.agreement["scenario"].tolist()
        ['harris', 'trump']
        >>> contacts = found.change.query("quantity == 'contact' and key == 'all'")
        >>> bool((contacts["after"] >= contacts["before"]).all())
        True
        """
        kept = self._one(dyad).kept()
        return conditioned(kept, read_given(given, [one.scenario for one in kept.values()]))

    @property
    def posterior(self) -> xr.DataTree:
        """Posteriors in the form of ArviZ, one branch per component (below one per dyad where there are several).

        Every branch has the groups ``posterior``, ``sample_stats`` and, where it was kept, ``log_likelihood``, with named axes
        and labels, and a ``long_name`` and ``units`` for every variable; ``fixed`` has parameters with one value, ``held_out``
        scores of past terms. The arrays that a component saw are in its file only, which ``arviz.from_netcdf`` reads.

        Raises
        ------
        InputError
            Where a file of a posterior is gone or was changed.

        Examples
        --------
        >>> import forecast
        >>> effect = forecast.load_run("forecast_run").posterior["media/posterior/pages_type_effect"]
        >>> effect.dims, effect.attrs["units"]
        (('chain', 'draw', 'type', 'side'), 'log pages')
        """
        trees = {name: told_trees(one.posterior) for name, one in self._results.items()}
        return next(iter(trees.values())) if len(trees) == 1 else xr.DataTree(children=trees)

    def report(self, path: str | Path, *, lang: str | None = None) -> tuple[Path, ...]:
        """Write the run directory: page, figures, tables, futures, posteriors and manifest.

        Parameters
        ----------
        path : str or Path
            New, or an earlier run directory that nobody changed; of several dyads, a folder with one directory for each.
        lang : str, optional
            Language of figures, tables and page: ``en``, ``ru`` or ``kk``; that of the run where it is not given.

        Returns
        -------
        tuple of Path
            The directories. Of a run that was read back, copies of its own, with figures and page where it has none of the
            language.

        Raises
        ------
        InputError
            Where a directory must not or cannot be written, or there is no such language.

        Examples
        --------
        >>> import forecast
        >>> (folder,) = forecast.load_run("forecast_run").report("copy")
        >>> (folder / "report.html").exists()
        True
        """
        place = Path(path)
        targets = {name: place if len(self._results) == 1 else place / name for name in self._results}
        for name, one in self._results.items():
            one.write(targets[name], lang)
        return tuple(targets.values())

    @property
    def plot(self) -> Plots:
        """Figures, one method each.

        Examples
        --------
        >>> import forecast
        >>> "history" in forecast.load_run("forecast_run").plot.names()
        True
        """
        return Plots(lambda dyad: self._one(dyad).content())

    def _one(self, dyad: str | None) -> Results:
        """Results of a dyad, which must be named where there are several (raises InputError)."""
        if dyad is None and len(self._results) == 1:
            return next(iter(self._results.values()))
        _known("dyad", dyad or "", self._results)
        return self._results[dyad or ""]


def _known(what: str, name: str, known: Sequence[str] | Mapping[str, object]) -> None:
    if name not in known:
        raise InputError([Fault(source="run", where=what, expected=f"a {what} of the run", found=repr(name),
                                remedy=nearest(name, known))])
