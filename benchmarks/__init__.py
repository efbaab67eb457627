"""Benchmarks: each prints its figure beside that of its peer."""
