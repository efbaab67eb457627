"""The language of scenario files: what they may say, how they inherit, and what is wrong with one."""

from forecast.shipped import shipped_scenarios
from forecast.simulation.scenario.load import find_scenario, load_scenario, with_questions
from forecast.simulation.scenario.schema import Event, Question, Scenario

__all__ = ["Event", "Question", "Scenario", "find_scenario", "load_scenario", "shipped_scenarios", "with_questions"]
