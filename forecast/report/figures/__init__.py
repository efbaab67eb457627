"""Figures of a run and of single commands, each with what the page says beside it."""
