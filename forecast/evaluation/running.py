"""All tables of a run while blocks of paths come in; memory does not grow with their number."""

from collections.abc import Iterator, Mapping
from operator import add

import pandas as pd
import xarray as xr

from forecast.evaluation.cell import Cell
from forecast.evaluation.questions.answer import Counted, chance_of, counted
from forecast.evaluation.tables import Block, Tables
from forecast.evaluation.tally import Tally
from forecast.simulation.language import Scenario
from forecast.simulation.relation_index import WeightSet


class Running:
    """Tallies of every row of every table over all blocks so far.

    Parameters
    ----------
    weights : mapping of str to (WeightSet, float)
        Name -> weights of the relation index and their base level.
    scenarios : mapping of str to Scenario
        By name.
    """

    def __init__(self, weights: Mapping[str, tuple[WeightSet, float]], scenarios: Mapping[str, Scenario]) -> None:
        self._weights, self._scenarios = weights, scenarios
        self._cell: tuple[list[Cell], list[Cell]] = ([], [])
        self._tally: tuple[list[Tally], list[Tally]] = ([], [])
        self.answered: Counted = {}

    def add(self, block: Block, matched: Mapping[str, xr.DataArray]) -> None:
        """Add a block and the contacts in it that count for questions, by scenario, (path, question)."""
        for known, tallies, cells in zip(self._cell, self._tally, block.cells(self._weights), strict=True):
            begun = bool(known)
            for place, cell in enumerate(cells):  # one at a time: values and old tallies are forgotten at once
                if begun:
                    tallies[place] += cell.tally(block.batch)
                else:
                    known.append(cell.bare())
                    tallies.append(cell.tally(block.batch))
        answered = counted(matched, self._scenarios, block.batch)
        self.answered = {key: tuple(map(add, self.answered[key], tallies)) if self.answered else tallies
                         for key, tallies in answered.items()}

    def tables(self) -> Tables:
        """Both tables over all blocks."""
        summary, contrast = (pd.DataFrame([cell.row_of(tally) for cell, tally in zip(*pair, strict=True)])
                             for pair in zip(self._cell, self._tally, strict=True))
        return Tables(summary=summary, contrast=contrast)

    def chances(self) -> Iterator[tuple[str, float, float]]:
        """Probabilities that are watched: what each is of, its value, and its Monte Carlo error."""
        for name, scenario in self._scenarios.items():
            for question in scenario.questions:
                yield f"{question.id} under {name}", *chance_of(question, self.answered[name, question.id])
        for cell, tally in zip(self._cell[1], self._tally[1], strict=True):
            label = cell.label
            if (label["quantity"], label["key"], label["pairing"]) == ("contact", "all", "independent"):
                yield f"P(contacts {label['first']} > {label['second']})", *tally.probability_greater()
        for cell, tally in zip(self._cell[0], self._tally[0], strict=True):
            if (cell.label["quantity"], cell.label["key"]) == ("contact", "all"):
                middle = tally.describe()["q50"]
                yield (f"P(contacts of {cell.label['scenario']} in {cell.label['window']} at most {middle:.0f})",
                       *tally.probability(at_most=middle))

    @property
    def paths(self) -> int:
        """Paths of each scenario so far."""
        return self._tally[0][0].count if self._tally[0] else 0
