"""Priors in words: ``normal with mu 0, sigma 1.5``."""

from forecast.components.priors import Prior


def formula(prior: Prior) -> str:
    """Distribution and arguments."""
    return " with ".join(filter(None, (prior.distribution.replace("_", "-"), arguments(prior))))


def arguments(prior: Prior) -> str:
    """Arguments by name: ``mu 0, sigma 1.5``."""
    return ", ".join(f"{name} {_value(value)}" for name, value in prior.arguments().items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {f'with {_value(one)}' if isinstance(one, dict) else f'{one:g}'}"
                         for name, one in value.items())
    return "(" + ", ".join(f"{one:g}" for one in value) + ")" if isinstance(value, tuple) else f"{value:g}"
