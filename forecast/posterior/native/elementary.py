r"""Exponential and logarithm without branches and calls, so that loops over them run in the width of the machine.

:math:`e^x = 2^n e^r` with :math:`n = \lfloor x / \log 2 \rceil`, :math:`|r| \le \log(2)/2` and Taylor's series of :math:`e^r`;
:math:`\log(1 + t) = k \log 2 + 2\,\mathrm{artanh}\,s` with :math:`s = (1 + t - 2^k) / (1 + t + 2^k)`, :math:`k = 1` where
:math:`t > \sqrt 2 - 1`, for :math:`0 \le t \le 1`. Both are within 2e-16 times a few of the exact values.
"""

import math

from llvmlite import ir

DOUBLE, BITS = ir.DoubleType(), ir.IntType(64)
ROUND = 1.5 * 2**52  # adding it rounds to a whole number, which then stands in the last bits
LOG2_HIGH, LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # log(2) in two parts
TERMS_EXP, TERMS_LOG = 13, 11


def number(value: float) -> ir.Constant:
    """A double."""
    return ir.Constant(DOUBLE, float(value))


def exponential(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x); zero below -708 and infinite above 709.7."""
    b = builder
    shifted = b.fadd(b.fmul(x, number(1 / math.log(2))), number(ROUND))
    whole = b.fsub(shifted, number(ROUND))
    rest = b.fsub(b.fsub(x, b.fmul(whole, number(LOG2_HIGH))), b.fmul(whole, number(LOG2_LOW)))
    series = _horner(b, rest, [1 / math.factorial(n) for n in range(TERMS_EXP)])
    power = b.shl(b.bitcast(shifted, BITS), ir.Constant(BITS, 52))  # n times 2^52: n in the place of the exponent
    value = b.bitcast(b.add(b.bitcast(series, BITS), power), DOUBLE)
    value = b.select(b.fcmp_ordered("<", x, number(-708)), number(0), value)
    value = b.select(b.fcmp_ordered(">", x, number(709.7)), number(math.inf), value)
    return b.select(b.fcmp_unordered("uno", x, x), x, value)


def log_of_one_plus(builder: ir.IRBuilder, t: ir.Value) -> ir.Value:
    """log(1 + t) for t between 0 and 1."""
    b = builder
    upper = b.fcmp_ordered(">", t, number(math.sqrt(2) - 1))
    above = b.select(upper, b.fsub(t, number(1)), t)
    below = b.fadd(t, b.select(upper, number(3), number(2)))
    s = b.fdiv(above, below)
    series = _horner(b, b.fmul(s, s), [2 / (2 * n + 1) for n in range(TERMS_LOG)])
    return b.fadd(b.fmul(s, series), b.select(upper, number(math.log(2)), number(0)))


def _horner(b: ir.IRBuilder, x: ir.Value, coefficient: list[float]) -> ir.Value:
    total = number(coefficient[-1])
    for value in reversed(coefficient[:-1]):
        total = b.fadd(b.fmul(total, x, flags=("contract",)), number(value), flags=("contract",))
    return total
