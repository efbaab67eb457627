"""Assumptions of a scenario in words: how large, and when."""

from collections.abc import Mapping, Sequence
from typing import Any

from forecast.report import words
from forecast.simulation.language.family import FAMILY


def size(value: Mapping[str, Any]) -> str:
    """A number, or a distribution with its parameters by name."""
    return _in_words(value, [_two_digits(one) for one in value["parameters"]])


def months(value: Mapping[str, Any]) -> str:
    """A wait in months: ``6 months``, ``1 to 6 months``."""
    numbers = [words.exact(one) for one in value["parameters"]]
    return f"{_in_words(value, numbers)} {'month' if numbers == ['1'] else 'months'}"


def _two_digits(value: float) -> str:
    """A number with two decimals, or with as many as it has where two would change it."""
    return words.number(value, 2) if abs(round(value, 2) - value) < 1e-9 else words.exact(value)


def _in_words(value: Mapping[str, Any], numbers: Sequence[str]) -> str:
    if value["kind"] == "fixed":
        return numbers[0]
    if value["kind"] == "uniform":
        return f"{numbers[0]} to {numbers[1]}"
    if value["kind"] == "normal":
        return f"normal with mean {numbers[0]} and standard deviation {numbers[1]}"
    named = ", ".join(f"{name} {number}" for name, number in zip(FAMILY[value["kind"]].parameters, numbers, strict=True))
    return f"{value['kind'].replace('_', ' ')} with {named}"


def when(event: Mapping[str, Any]) -> str:
    """When an event happens, if it does."""
    parts = [_time(event)]
    if event.get("probability"):
        parts.append(f"with probability {size(event['probability'])}")
    if event.get("after") and _time(event) != _after(event):
        parts.append(f"only after {event['after']}")
    if event.get("unless"):
        parts.append(f"not after {event['unless']}")
    return ", ".join(parts)


def _time(event: Mapping[str, Any]) -> str:
    if event.get("date"):
        return str(event["date"])[:7]
    if event.get("window"):
        return "in a month from {} to {}".format(*(str(month)[:7] for month in event["window"]))
    if event.get("hazard"):
        span = tenure(event)
        return f"chance of {size(event['hazard'])} a month" + (f", {span}" if span else "")
    return _after(event)


def _after(event: Mapping[str, Any]) -> str:
    delay = f"{months(event['delay_months'])} after" if event.get("delay_months") else "in the same month as"
    return f"{delay} {event['after']}"


def tenure(item: Mapping[str, Any]) -> str:
    """From when to when something acts; empty for the whole horizon."""
    bounds = [f"{word} {str(item[key])[:7]}" for word, key in (("from", "start"), ("to", "end")) if item.get(key)]
    return " ".join(bounds)
