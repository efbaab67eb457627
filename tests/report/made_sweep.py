"""Folders as ``forecast sweep`` writes them, of numbers that are made up for tests: smooth functions of the assumptions."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.evaluation.sweep import Sweep, sweep_points
from forecast.outputs import MANIFEST, output_directory, sha256
from forecast.report.files import write_manifest, write_table
from forecast.simulation.scenario import find_scenario, load_scenario
from tests.fixture.record import RECORD

AS_OF, SEED = date(2024, 11, 4), 3
RATE = {"path": "adjustments.rate.president", "reason": "Made up for a test."}
TRADE = {"path": "adjustments.topic.trade", "reason": "Made up for a test."}
PRIORS = {"path": "priors", "values": ["default", "sceptical"], "reason": "Made up for a test."}
UNIFORM = {"uniform": [-0.5, 0.5]}
GRID = {"design": "grid", "vary": [RATE | {"over": UNIFORM, "steps": 9}, TRADE | {"values": [1, -0.5, 0, 0.5]}, PRIORS]}
SAMPLE = {"design": "sobol", "samples": 32, "vary": [RATE | {"over": UNIFORM}, TRADE | {"over": {"normal": [0, 0.3]}}, PRIORS]}
COARSE = {"design": "grid", "vary": [RATE | {"over": {"uniform": [-2, 2]}, "steps": 3}, PRIORS]}
TWO = {"design": "grid", "vary": [TRADE | {"values": [0, 1]}, PRIORS]}


def numbers(rate: np.ndarray, trade: np.ndarray, sceptical: np.ndarray) -> dict[str, np.ndarray]:
    """Quantities of one scenario."""
    return {"contacts": 90 * np.exp(rate * (1 - sceptical / 2)) + trade, "contacts president": 4 * np.exp(rate),
            "relation index": 100 + 20 * rate - 5 * sceptical, "share of trade": 0.1 + 0.05 * np.tanh(trade),
            "P(presidents_meet_2025)": 1 / (1 + np.exp(-2 * rate + sceptical))}


def tables(sweep: Sweep) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points with their quantities, and with the errors of these."""
    given = pd.DataFrame(sweep_points(sweep, SEED), columns=[one.path for one in sweep.vary])
    rate, trade = (given[path].to_numpy(float) if path in given else np.zeros(len(given))
                   for path in (RATE["path"], TRADE["path"]))
    sceptical = (given["priors"] == "sceptical").to_numpy(float)
    trump, harris = numbers(rate, trade, sceptical), numbers(rate + 0.1, trade, sceptical)
    found = {f"{who}: {key}": value for who, part in (("trump", trump), ("harris", harris)) for key, value in part.items()}
    found |= {f"trump - harris: {key}": value - harris[key] for key, value in trump.items()}
    errors = {key: 0.01 + 0.02 * np.abs(value) for key, value in found.items()}
    return tuple(pd.concat([given, pd.DataFrame(part)], axis=1) for part in (found, errors))


def write_sweep(folder: Path, design: dict = GRID, record: Path = RECORD, **changed: object) -> Sweep:
    """Write a folder; what its manifest says can be changed."""
    sweep = Sweep.model_validate({"name": "made", "title": "Made up", "description": "For a test.", "paths": 500,
                                  "scenarios": ["trump", "harris"], **design})
    with output_directory(folder, "sweep") as place:
        for name, table in zip(("points.csv", "points_mcse.csv"), tables(sweep), strict=True):
            write_table(table, place / name)
        said = {"dyad": "us_kz", "as_of": AS_OF, "priors": None, "seed": SEED, "between": [TRADE["path"]],
                "sweep": sweep.model_dump(mode="json", exclude_none=True),
                "scenarios": [load_scenario(find_scenario(name)).model_dump(mode="json") for name in sweep.scenarios],
                "hashes": {"data us_kz/contacts.csv": sha256(record / "contacts.csv")}}
        write_manifest({**said, **changed}, place / MANIFEST)
    return sweep
