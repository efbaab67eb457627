"""Where the facts lie that ship with the program."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
DYAD = DATA / "us_kz"
"""The dyad that is meant where none is named."""
