"""Numbers in the page: what is read, and beside it, for machines, what the table says exactly."""

from markupsafe import Markup

from forecast.report.words import digits_for, number


def datum(value: float, digits: int = 0, scale: float = 1.0, unit: str = "") -> Markup:
    """A rounded number inside an element that carries the exact one.

    Parameters
    ----------
    value : float
        As in the table.
    digits : int
        Decimals shown.
    scale : float
        What the shown number is multiplied by: 100 for percentages.
    unit : str
        Put after the number.
    """
    return Markup('<data value="{}">{}{}</data>').format(
        repr(float(value)), number(scale * value, digits), unit
    )


def percent(value: float) -> Markup:
    """A share as a percentage: no decimals from 10 % on, one below."""
    return datum(value, 0 if abs(value) >= 0.0995 else 1, 100, "\N{NO-BREAK SPACE}%")


def with_error(mean: float, error: float, scale: float = 1.0, unit: str = "") -> Markup:
    """A mean to the decimals that its Monte Carlo error allows, with that error."""
    digits = digits_for(scale * error)
    shown = datum(mean, digits, scale), datum(error, digits, scale, unit)
    return Markup("{}\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}{}").format(*shown)
