"""Scenarios, random streams and the Monte Carlo engine."""
