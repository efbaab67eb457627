"""The language of scenario files: what they may say, how they inherit, and what is wrong with one."""

from forecast.simulation.language.event import Event
from forecast.simulation.language.load import find_scenario, load_scenario
from forecast.simulation.language.question import Question
from forecast.simulation.language.scenario import Scenario
from forecast.simulation.language.shipped import shipped_scenarios

__all__ = ["Event", "Question", "Scenario", "find_scenario", "load_scenario", "shipped_scenarios"]
