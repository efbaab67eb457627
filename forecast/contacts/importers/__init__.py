"""Registers and event data of others as dyad series: outside checks, never pooled with coded contacts."""

from forecast.contacts.importers.registry import IMPORTERS, Importer, import_series
from forecast.contacts.importers.series import By

__all__ = ["IMPORTERS", "By", "Importer", "import_series"]
