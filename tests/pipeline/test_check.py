"""Which components a check covers, and that a failed gate does not stop it."""

import pytest

from forecast.components.registry import COMPONENT
from forecast.errors import InputError
from forecast.pipeline.fits import chosen_components


def test_all_components_where_none_is_named():
    assert chosen_components(None) == tuple(COMPONENT)


def test_a_section_stands_for_all_its_variants():
    variants = tuple(name for name, one in COMPONENT.items() if one.section == "frequency")
    assert chosen_components(["frequency"]) == variants
    assert chosen_components(["agenda", "agenda"]) == ("agenda",)


def test_an_unknown_component_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="agenda") as caught:
        chosen_components(["agend", "nobody"])
    assert len(caught.value.faults) == 2
