"""Summaries and contrasts of simulated futures."""
