"""How many units two coders should both code."""

from math import ceil, log

import numpy as np

from forecast.contacts.alpha import Pairs, alpha, resampled_alpha
from forecast.contacts.alpha_interval import NORMAL, chance_difference, draw_units


def units_for_minimum(minimum: float, share: float, significance: float = 0.05) -> int:
    r"""Units that show a nominal alpha to be at least a minimum, for two coders.

    :math:`2 z^2 \left(\frac{(1 + \alpha)(3 - \alpha)}{4 (1 - \alpha) p (1 - p)} - \alpha\right)`: the table of
    Krippendorff's *Content Analysis*, after Bloch and Kraemer (1989, Biometrics 45, 269-287, equation 3.7).

    Parameters
    ----------
    minimum : float
        The alpha to be shown.
    share : float
        Share of units with the rarest code that matters; 1 / number of codes where all are as frequent.
    significance : float
        One-sided level.
    """
    z = NORMAL.inv_cdf(1 - significance)
    spread = (1 + minimum) * (3 - minimum) / (4 * (1 - minimum) * share * (1 - share))
    return ceil(2 * z ** 2 * (spread - minimum))


def projected_half_width(pairs: Pairs, size: int, rng: np.random.Generator, resamples: int = 2000) -> float:
    """Half of the 95 % range of alpha in samples of another size, drawn with replacement from the coded units.

    It takes the coded units for all units: a code that was never met stays unmet. For ordinal and set variables too,
    for which there is no formula.
    """
    drawn = resampled_alpha(pairs, draw_units(pairs, size, resamples, rng))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(high - low) / 2


def units_for_half_width(pairs: Pairs, half_width: float, rng: np.random.Generator) -> int | None:
    """Units at which the 95 % interval of alpha would be that wide to either side, by resampling the coded ones.

    Where the coders never or always differ, the units at which the exact bound would be so near. None where no
    resample varies, so that nothing can be said.
    """
    if len(pairs) == 0 or chance_difference(pairs) == 0:
        return None
    if pairs.equal.all() or not pairs.equal.any():
        one_by_chance = chance_difference(pairs) if pairs.equal.all() else 1 / (1 - alpha(pairs))
        seen = min(2 * half_width * one_by_chance, 0.999)  # the share of units that would move alpha so far
        return ceil(log(0.025) / log(1 - seen))
    size = len(pairs)
    for _ in range(3):  # the width falls with the root of the size, nearly; each step corrects the one before
        size = max(ceil(size * (projected_half_width(pairs, size, rng) / half_width) ** 2), 5)
    return size
