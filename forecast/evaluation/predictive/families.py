"""Which statistics each component is checked by."""

from forecast.components.protocol import Component, ComponentData
from forecast.evaluation.predictive import agenda, completeness, effectiveness, frequency, media, setting
from forecast.evaluation.predictive.family import Family

OF_SECTION: dict[str, tuple[Family, ...]] = {
    "frequency": frequency.FAMILY,
    "agenda": agenda.FAMILY,
    "effectiveness": effectiveness.FAMILY,
    "media": media.FAMILY,
    "setting": setting.FAMILY,
    "completeness": completeness.FAMILY,
}


def families(component: Component, data: ComponentData) -> tuple[Family, ...]:
    """Families of a component; variants of one section share them; occasions, and who reports which, have more.

    A component without any is not checked this way.
    """
    more = frequency.OCCASION_FAMILY if "companion" in data.array else ()
    reported = completeness.OF_TERM_FAMILY if "coding_age" in data.array else ()
    return OF_SECTION.get(component.section, ()) + more + reported
