r"""The region of practical equivalence of two rates, and the three probabilities that it makes.

With a share :math:`s` two rates are practically equal where neither is more than :math:`1 + s` times the other,

.. math:: |\log(\lambda_1 / \lambda_2)| \le b = \log(1 + s),

and a posterior gives :math:`P(\log ratio > b)`, :math:`P(|\log ratio| \le b)` and :math:`P(\log ratio < -b)`, which add up to
one. The share and its reason are in ``data/equivalence.yaml``.
"""

from functools import cache
from math import log1p
from pathlib import Path
from typing import Annotated

from pydantic import Field

import forecast
from forecast.config import Strict, load_yaml

EQUIVALENCE_FILE = Path(forecast.__file__).parent / "data" / "equivalence.yaml"


class Region(Strict):
    """How much larger one rate may be than another that counts as equal, and why.

    Parameters
    ----------
    share : float
        0.1 is ten per cent of the smaller rate.
    reason : str
        The argument for it.
    """

    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    reason: Annotated[str, Field(min_length=1)]

    @property
    def bound(self) -> float:
        """Largest absolute log ratio of two rates that are practically equal."""
        return log1p(self.share)


class EquivalenceFile(Strict):
    """Content of the file."""

    rate: Region


@cache
def load_equivalence(path: Path = EQUIVALENCE_FILE) -> EquivalenceFile:
    """Read the file, once (raises InputError)."""
    return load_yaml(path, EquivalenceFile)
