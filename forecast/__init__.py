"""Scenario forecasts of the relation between two states, from coded official contacts."""

__version__ = "0.1.0"
