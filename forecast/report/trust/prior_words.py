"""Sentences on what the prior decides."""

import pandas as pd

from forecast.evaluation.trust import Trust
from forecast.posterior.trust.overlap import HIGH, LOW
from forecast.posterior.trust.sensitivity import CONFLICT, STRONG, THRESHOLD
from forecast.report.trust.content import label
from forecast.report.trust.finding import Finding, listed

SENSITIVITY_AREA, OVERLAP_AREA = "sensitivity", "prior to posterior"


def find_sensitivity(trust: Trust) -> Finding:
    """Quantities that follow the prior, and the block of it that matters most."""
    table = trust.sensitivity
    if not len(table):
        return Finding(area=SENSITIVITY_AREA, component=trust.component, verdict="not done", text="No pointwise likelihood.")
    parts = []
    for diagnosis in (CONFLICT, STRONG):
        rows = table[table["diagnosis"] == diagnosis].sort_values("prior", ascending=False)
        if len(rows):
            names = [f"{label(row.quantity)} ({row.prior:.2f}, mostly {row.strongest_block})" for row in rows.itertuples()]
            parts.append(f"{'Potential ' if diagnosis == CONFLICT else ''}{diagnosis} for {len(rows)} of {len(table)} "
                         f"quantities: {listed(names)}.")
    text = " ".join(part[:1].upper() + part[1:] for part in parts) or f"None of {len(table)} quantities follows the prior."
    text = f"{_types(table)} {text}".strip()
    return Finding(area=SENSITIVITY_AREA, component=trust.component, text=text, verdict="look" if parts else "passed")


def _types(table: pd.DataFrame) -> str:
    """Whether the data say anything about types of administration, in one sentence; empty where there are none."""
    rows = _of_types(table)
    if not len(rows):
        return ""
    silent = round(silent_types(table) * len(rows))
    return (f"Type effects: sensitivity to the prior {rows['prior'].min():.2f} to {rows['prior'].max():.2f}, to the data "
            f"{rows['likelihood'].min():.2f} to {rows['likelihood'].max():.2f}; the data hardly speak about {silent} of "
            f"{len(rows)}.")


def _of_types(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["quantity"].str.contains("type_effect", regex=False)] if len(table) else table


def silent_types(table: pd.DataFrame) -> float:
    """Share of the type effects about which the data hardly speak; zero where there are none."""
    rows = _of_types(table)
    return float((rows["likelihood"] < THRESHOLD).mean()) if len(rows) else 0.0


def find_overlap(trust: Trust) -> Finding:
    """Parameters about which the data said little, and those that they moved far."""
    table = trust.overlap
    silent, far = table[table["overlap"] > HIGH], table[table["overlap"] < LOW]
    parts = [f"{len(silent)} of {len(table)} parameters are known from the prior alone: "
             f"{listed([label(name) for name in silent['parameter']])}."] if len(silent) else []
    parts += [f"Moved to where the prior did not look: {listed([label(name) for name in far['parameter']])}."] if len(far) else []
    text = " ".join(parts) or (f"All {len(table)} parameters have learnt from the data; overlaps from "
                               f"{table['overlap'].min():.2f} to {table['overlap'].max():.2f}.")
    return Finding(area=OVERLAP_AREA, component=trust.component, verdict="look" if parts else "passed", text=text)
