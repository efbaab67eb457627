"""Assumptions of a scenario in words: how large, and when."""

from collections.abc import Mapping
from typing import Any

from forecast.report import words
from forecast.simulation.language.family import FAMILY


def size(value: Mapping[str, Any]) -> str:
    """A number, or a distribution with its parameters by name."""
    numbers = [words.number(one, 2) for one in value["parameters"]]
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
    delay = f"{size(event['delay_months'])} months after" if event.get("delay_months") else "with"
    return f"{delay} {event['after']}"


def tenure(item: Mapping[str, Any]) -> str:
    """From when to when something acts; empty for the whole horizon."""
    bounds = [f"{word} {str(item[key])[:7]}" for word, key in (("from", "start"), ("to", "end")) if item.get(key)]
    return " ".join(bounds)
