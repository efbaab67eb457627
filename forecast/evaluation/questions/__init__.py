"""Dated questions: how likely each is in simulated futures, how often it held in the past, and how it was resolved."""
