"""What an event or a whole term changes, on which scale and for whom."""

from pydantic import create_model

from forecast.config import Strict
from forecast.contacts import codes
from forecast.simulation.language.size import Distribution, LogOdds, LogRate, State

ALL = "all"


def _by(name: str, size: type, *keys: str) -> type[Strict]:
    """Model with one optional size for each label of an axis, so that a misspelt label is an unknown key."""
    return create_model(name, __base__=Strict, **{key: (size | None, None) for key in keys})


RateEffect = _by("RateEffect", LogRate, ALL, *codes.RANK.labels)
TopicEffect = _by("TopicEffect", LogOdds, *codes.TOPIC.labels)
ToneEffect = _by("ToneEffect", LogOdds, *codes.SIDE.labels)


class Adjustment(Strict):
    """Sizes on the whole term: log rate by rank, topic logits, location of outcome, of tone by side."""

    rate: RateEffect = RateEffect()
    topic: TopicEffect = TopicEffect()
    outcome: LogOdds | None = None
    tone: ToneEffect = ToneEffect()

    def size(self) -> dict[tuple[str, str], Distribution]:
        """Sizes that are given, by (quantity, target) as in ``("rate", "all")``; scalars have no target."""
        found: dict[tuple[str, str], Distribution | None] = {}
        for quantity in type(self).model_fields:
            value = getattr(self, quantity)
            by_target = {"": value} if isinstance(value, Distribution | None) else dict(value)
            found |= {(quantity, target): item for target, item in by_target.items()}
        return {key: item for key, item in found.items() if item is not None}


class Effect(Adjustment):
    """Sizes of an event; ``state`` moves the relation state, in its standard deviations."""

    state: State | None = None
