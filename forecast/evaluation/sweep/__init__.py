"""Sweeps: many variants of a scenario, and which assumptions matter for what."""
