"""The panel: calendar, administrations, counts; no fact later than the as-of date enters."""

from forecast.panel.elections import Administration
from forecast.panel.panel import DEFAULT_AS_OF, Panel, load_panel

__all__ = ["DEFAULT_AS_OF", "Administration", "Panel", "load_panel"]
