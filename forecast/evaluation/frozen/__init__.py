"""Forecasts that are laid down before what they forecast happens, and scored when it has."""
