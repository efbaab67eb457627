"""The language of figures, tables and page: words from one catalogue for each language, numbers and dates by its rules.

English is the language of the source, and its sentences are the keys of the catalogues (``languages/<code>.po``, as gettext has
them): what a catalogue lacks stays English. Catalogues hold the words of the program and the labels of data (topics, ranks,
scenarios, states) alike. The language is chosen once, by :func:`speaking`; everything else asks for it when it needs a word, so
that constants keep their English text and are marked by :func:`later`. In the same way :func:`calling` chooses what a dyad calls
its codes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from forecast.contacts.dyad import Dyad
from forecast.errors import Fault, InputError, nearest

ENGLISH = "en"
FOLDER = Path(__file__).with_name("languages")


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language with its catalogue, and how it writes numbers and days."""

    code: str
    name: str
    catalogue: GNUTranslations
    signs: dict[int, str]
    day: Callable[[date], str]
    month: Callable[[date], str]
    translated: int
    messages: int


_LANGUAGE: ContextVar[Language | None] = ContextVar("language", default=None)


def known() -> tuple[str, ...]:
    """Codes of the languages, English first."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write figures, tables and pages in a language for a while.

    Parameters
    ----------
    code : str
        One of :func:`known`.

    Raises
    ------
    InputError
        Where there is no catalogue for it.
    """
    token = _LANGUAGE.set(None if code == ENGLISH else load_catalogue(code))
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def spoken() -> str:
    """Code of the language that is spoken now."""
    language = _LANGUAGE.get()
    return language.code if language else ENGLISH


def coverage() -> str:
    """What of the catalogue has a translation, in a sentence; empty where all of it has, as in English."""
    language = _LANGUAGE.get()
    if language is None or language.translated == language.messages:
        return ""
    return (f"{language.name}: {language.translated} of {language.messages} texts have a settled term; the other "
            f"{language.messages - language.translated} are in English.")


@cache
def load_catalogue(code: str) -> Language:
    """Read the catalogue of a language (raises InputError)."""
    if code not in known():
        raise InputError([Fault(source="command line", where="option --lang", expected=f"one of {', '.join(known())}",
                                found=repr(code[:40]), remedy=nearest(code, known()))])
    from babel import Locale
    from babel.dates import format_date
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.numbers import get_decimal_symbol, get_group_symbol

    with (FOLDER / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code)
    binary = BytesIO()
    write_mo(binary, found)
    binary.seek(0)
    messages = [one for one in found if one.id]
    catalogue = GNUTranslations(binary)
    return Language(
        code=code, name=str(Locale(code).english_name), catalogue=catalogue,
        signs=str.maketrans({".": get_decimal_symbol(code), ",": get_group_symbol(code)}),
        day=partial(format_date, format=catalogue.gettext(later("d MMMM y")), locale=code),
        month=partial(format_date, format=catalogue.gettext(later("LLLL y")), locale=code),
        translated=sum(bool(one.string and all(one.string)) and not one.fuzzy for one in messages), messages=len(messages))


# Words.

def tr(message: str, /, **values: object) -> str:
    """A text in the language that is spoken.

    Parameters
    ----------
    message : str
        In English; places for values are names in braces.
    values : object
        What is put there; without any, braces stay as they are.
    """
    language = _LANGUAGE.get()
    text = language.catalogue.gettext(message) if language and message else message
    return text.format(**values) if values else text


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """A text that depends on a number, which may be put at ``{count}``; other languages have more forms than two."""
    language = _LANGUAGE.get()
    text = language.catalogue.ngettext(one, many, count) if language else one if count == 1 else many
    return text.format(**{"count": local(f"{count:,}"), **values}) if values or "{count}" in text else text


def later(message: str) -> str:
    """Mark a text for the catalogue; whoever shows it asks :func:`tr` for it then."""
    return message


class Spoken(Mapping[str, str]):
    """Labels by code, each in the language that is spoken when it is asked for, and as the dyad calls it that is then told of.

    Parameters
    ----------
    labels : mapping
        In English.
    listed : str
        List of the codebook that the codes are from; of none where empty, and then no dyad calls them otherwise.
    """

    def __init__(self, labels: Mapping[str, str], listed: str = "") -> None:
        self.english = labels
        self.listed = listed

    def __getitem__(self, code: str) -> str:
        return own_label(self.listed, code) or tr(self.english[code])

    def __iter__(self) -> Iterator[str]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)


# Codes as a dyad calls them.

_OWN: ContextVar[Mapping[str, Mapping[str, str]] | None] = ContextVar("own labels", default=None)


@contextmanager
def calling(dyads: Iterable[Dyad]) -> Iterator[None]:
    """Print codes as dyads call them for a while; where several are told of at once, a label on which all of them agree."""
    first, *others = [one.own_labels for one in dyads] or [{}]
    with labelled({listed: {code: label for code, label in labels.items()
                            if all(one.get(listed, {}).get(code) == label for one in others)}
                   for listed, labels in first.items()}):
        yield


@contextmanager
def labelled(own: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """The same with the labels themselves, list of the codebook -> code -> label: of a run that does not hold its dyad."""
    token = _OWN.set(own)
    try:
        yield
    finally:
        _OWN.reset(token)


def own_label(listed: str, code: str) -> str:
    """What the dyad that is told of calls a code of a list of the codebook, in the language spoken; empty where it is silent."""
    label = (_OWN.get() or {}).get(listed, {}).get(code)
    return tr(label) if label else ""


# Numbers and days.

def local(number: str) -> str:
    """A number as Python prints it, with the signs of the language: ``1,234.5`` is ``1 234,5`` in Russian."""
    language = _LANGUAGE.get()
    return number.translate(language.signs) if language else number


def day(value: date) -> str:
    """A date as ``16 January 2018``."""
    language = _LANGUAGE.get()
    return language.day(value) if language else f"{value.day} {value:%B %Y}"


def month_name(value: date) -> str:
    """A month as ``January 2018``."""
    language = _LANGUAGE.get()
    return language.month(value) if language else f"{value:%B %Y}"
