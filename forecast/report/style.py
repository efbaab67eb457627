"""One look for every figure: widths, colours, marks, and settings that make the bytes repeatable."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from threading import RLock
from typing import Any, cast
from urllib.parse import quote

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.typing import LineStyleType

from forecast.contacts import codes
from forecast.report.language import ENGLISH, speaking
from forecast.report.words import escape

MM = 1 / 25.4  # inches in a millimetre
SINGLE_MM, DOUBLE_MM = 88.9, 177.8  # the two journal widths: 3.5 and 7 inches
SMALLEST = 6.5  # points: no text of a figure is smaller, at the size at which it is printed

# Okabe & Ito's palette, told apart under every common colour blindness
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#595959", "#D9D9D9"  # text that still has contrast 7:1 on white; guide lines


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How one thing looks in every figure; shape, line and hatch tell it apart without colour."""

    colour: str
    linestyle: LineStyleType
    marker: str
    hatch: str


OPEN = Mark(colour=GREEN, linestyle="-.", marker="D", hatch="-----")
"""Of an election that is left open."""
_OF_TYPE = (
    Mark(colour=BLUE, linestyle="-", marker="o", hatch=""),
    Mark(colour=ORANGE, linestyle=":", marker="s", hatch="\\\\\\\\"),
    Mark(colour=VERMILION, linestyle="--", marker="^", hatch="/////"),
    Mark(colour=SKY, linestyle=(0, (6, 1, 1, 1)), marker="P", hatch="...."),
    Mark(colour=YELLOW, linestyle=(0, (8, 2)), marker="v", hatch="++++"),
)
TYPE_MARK: Mapping[str, Mark] = {kind: _OF_TYPE[place % len(_OF_TYPE)] for place, kind in enumerate(codes.TYPE)}
"""Marks of types of administration in the order of the codebook; a scenario looks like the type of who wins in it."""
PAIRING_MARK: Mapping[str, Mark] = {
    "expected": Mark(colour=BLACK, linestyle="-", marker="o", hatch=""),
    "paired": Mark(colour=GREEN, linestyle="--", marker="s", hatch="///"),
    "independent": Mark(colour=PURPLE, linestyle=":", marker="D", hatch="..."),
}
# a scenario that assumes more than another of the same type keeps its colour, darker, and changes all else
Look = tuple[float, LineStyleType, str, str]
_VARIANT: tuple[Look, ...] = ((0.45, (0, (5, 1)), "X", "xxxxx"), (0.25, (0, (1, 3)), "p", "|||||"),
                              (0.65, (0, (3, 1, 1, 1)), "*", "+++++"))

RC: Mapping[str, object] = {
    # shipped: the same letters on every machine; what it lacks (Kazakh letters) comes from the whole, which Matplotlib ships
    "font.family": ["DejaVu Sans Lean", "DejaVu Sans"],
    "text.hinting": "none",  # hints are for screens: slower, and other widths on paper
    "font.size": 7.0,
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 6.8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "text.parse_math": False,  # names and titles come from users: a dollar is a dollar
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,  # whole TrueType outlines, which journals ask for
    "svg.fonttype": "path",  # the reader's machine need not have the font
    "svg.hashsalt": "forecast",  # ids of SVG elements repeat from run to run
}
_LOCK = RLock()


@contextmanager
def figure_style() -> Iterator[None]:
    """Put the look on for a while; matplotlib's settings are global, hence the lock."""
    with _LOCK, mpl.rc_context(cast(Any, dict(RC))):
        _register_fonts()
        yield


@cache
def _register_fonts() -> None:
    """Add the shipped Latin and Cyrillic part of DejaVu Sans: PDFs embed it faster than the whole."""
    for path in sorted(Path(__file__).with_name("fonts").glob("*.ttf")):
        fontManager.addfont(path)


def scenario_marks(outcomes: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Mark]:
    """Marks of up to four scenarios: of those of one type the last, which the others extend, looks like the type itself.

    Parameters
    ----------
    outcomes : mapping of str to str
        Scenario name to the outcome of its election; an unknown outcome counts as open.
    types : mapping of str to str
        Outcome to the type of administration that it brings.

    Returns
    -------
    dict of str to Mark
        One per scenario, no two alike in line, marker or hatch.
    """
    family = {name: types.get(outcome, "") for name, outcome in outcomes.items()}
    plain = {kind: name for name, kind in family.items()}
    marks: dict[str, Mark] = {}
    variants = 0
    for name, kind in family.items():
        mark = TYPE_MARK.get(kind, OPEN)
        if plain[kind] != name:
            shade, linestyle, marker, hatch = _VARIANT[min(variants, len(_VARIANT) - 1)]
            mark = replace(mark, colour=_shade(mark.colour, shade), linestyle=linestyle, marker=marker, hatch=hatch)
            variants += 1
        marks[name] = mark
    return marks


def _shade(colour: str, amount: float) -> str:
    """Mix with black; lighter shades would not be readable as text."""
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(value * (1 - amount)):02X}" for value in channels)


# Keys that stand above panels: what looks how, with hatch and shape as well as colour.

def visible_label(label: str) -> str:
    """A label that no legend leaves out: matplotlib hides those that begin with an underscore."""
    return f" {label}" if label.startswith("_") else label


def patches(marks: Mapping[str, Mark]) -> list[Patch]:
    """Key entries of filled marks (bars, boxes), one per label."""
    return [
        Patch(facecolor=mark.colour, edgecolor="white", hatch=mark.hatch, linewidth=0, label=visible_label(label))
        for label, mark in marks.items()
    ]


def interval_marks(marks: Mapping[str, Mark], size: float = 4.5) -> list[Line2D]:
    """Key entries of interval marks, one per label."""
    return [
        Line2D([], [], color=mark.colour, linewidth=1.2, marker=mark.marker, markersize=size, markerfacecolor="white",
               markeredgecolor=mark.colour, markeredgewidth=0.8, label=visible_label(label))
        for label, mark in marks.items()
    ]  # fmt: skip


# Without colour.

_COLOURED = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
_WEIGHT = (0.2126, 0.7152, 0.0722)  # of red, green and blue in luminance: IEC 61966-2-1


def to_grey(figure: Figure) -> None:
    """Give everything in a figure the grey of its luminance; shapes, lines and hatches tell things apart as before."""
    for artist, name in product(figure.findobj(), _COLOURED):
        get, put = (getattr(artist, f"{verb}_{name}", None) for verb in ("get", "set"))
        if get is not None and put is not None:
            found = to_rgba_array(get())
            if len(found):
                grey = _grey(found)
                put(grey[0] if isinstance(artist, Line2D | Text | Patch) else grey)


def _grey(colour: np.ndarray) -> np.ndarray:
    """Colours of one luminance each, (colour, 4), with their opacity."""
    linear = np.where(colour[:, :3] <= 0.04045, colour[:, :3] / 12.92, ((colour[:, :3] + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array(_WEIGHT)
    shade = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.column_stack([shade, shade, shade, colour[:, 3]])


# A figure to disk, in the formats of print, web and slides, with the same bytes every time.

# whatever would differ from one run or machine to the next is left out
_METADATA = {
    "pdf": {"CreationDate": None, "Creator": "forecast", "Producer": None},
    "svg": {"Date": None, "Creator": "forecast"},
    "png": {"Software": None},
}


def save_figure(figure: Figure, directory: Path, name: str) -> tuple[Path, ...]:
    """Write one figure as PDF, SVG and PNG (300 dots per inch).

    Parameters
    ----------
    figure : Figure
        A finished figure.
    directory : Path
        An existing folder.
    name : str
        Name without ending.

    Returns
    -------
    tuple of Path
        The files written.
    """
    paths = []
    with figure_style():
        for kind, metadata in _METADATA.items():
            path = directory / f"{name}.{kind}"
            options: dict[str, Any] = {"pil_kwargs": {"compress_level": 2}} if kind == "png" else {}  # half the time
            drawn = BytesIO()  # a full disk is met by us alone, and not in the middle of a drawing
            figure.savefig(drawn, format=kind, metadata=metadata, **options)
            path.write_bytes(drawn.getvalue())
            paths.append(path)
    return tuple(paths)


# Figures for print: laid out for a column of a journal, with titles and small print as captions beside them.

COLUMNS = {"double": DOUBLE_MM, "single": SINGLE_MM}
"""Widths of figures, in millimetres: of two columns, and of one."""
WIDTHS: Mapping[str, tuple[str, ...]] = {**{name: (name,) for name in COLUMNS}, "both": tuple(COLUMNS)}
"""What may be asked for -> columns; figures of the first are those that a text shows."""
TALLEST = 247.0
"""Millimetres that a page has for a figure."""
PRINTED = ("print", "print_single")
"""Folders of figures for print beside those of a command: of the first column asked for, and of the second."""
_CAPTIONS: ContextVar[list[tuple[str, str]] | None] = ContextVar("captions", default=None)
_WIDTH: ContextVar[float | None] = ContextVar("width", default=None)


@contextmanager
def captions_apart() -> Iterator[list[tuple[str, str]]]:
    """Draw figures without title and small print, as journals print them; both are collected, a pair for each figure."""
    found: list[tuple[str, str]] = []
    token = _CAPTIONS.set(found)
    try:
        yield found
    finally:
        _CAPTIONS.reset(token)


def caption(title: str, note: str) -> tuple[str, str]:
    """Title and small print as they are to be drawn: empty within :func:`captions_apart`, which collects them."""
    captions = _CAPTIONS.get()
    if captions is None:
        return title, note
    captions.append((title, note))
    return "", ""


@contextmanager
def drawn_at(width: float) -> Iterator[None]:
    """Draw figures for a column of so many millimetres: laid out for it and not scaled, so that text keeps its size."""
    token = _WIDTH.set(width)
    try:
        yield
    finally:
        _WIDTH.reset(token)


def sheet_width() -> float:
    """Millimetres that a figure is to be wide."""
    return _WIDTH.get() or DOUBLE_MM


def on_paper() -> bool:
    """Whether a figure is drawn for a column of a journal: keys then stand outside of panels, and no word is small."""
    return _WIDTH.get() is not None


@dataclass(frozen=True, kw_only=True)
class Print:
    """How figures are printed.

    Parameters
    ----------
    width : str
        One of :data:`WIDTHS`.
    grey : bool
        Without colour.
    titles : bool
        With title and small print inside, too.
    lang : str
        Language of their words.
    """

    width: str = "double"
    grey: bool = False
    titles: bool = False
    lang: str = ENGLISH


_PRINT: ContextVar[tuple[Print, list[str]] | None] = ContextVar("print", default=None)


@contextmanager
def printed(how: Print) -> Iterator[list[str]]:
    """Let :func:`write_figure` write figures for print as well for a while; folders that it wrote into are listed by name."""
    written: list[str] = []
    token = _PRINT.set((how, written))
    try:
        yield written
    finally:
        _PRINT.reset(token)


type Draw = Callable[[], Figure]
"""Draws a figure anew, for the width of :func:`sheet_width`."""


def write_figure(draw: Draw, folder: Path, name: str, pages: Callable[[], Sequence[Draw]] | None = None) -> tuple[Path, ...]:
    """Write a figure of a command, and within :func:`printed` the same for print, into folders beside it.

    Parameters
    ----------
    draw : callable
        Draws it.
    folder : Path
        An existing folder.
    name : str
        Name without ending.
    pages : callable, optional
        Parts of a figure that is taller than a page where it is printed, for the width of :func:`sheet_width`; the second is
        written as ``<name>_2``.

    Returns
    -------
    tuple of Path
        The files of the figure for the screen, which no option of print changes.
    """
    files, asked = save_figure(draw(), folder, name), _PRINT.get()
    if asked is not None:
        how, written = asked
        with speaking(how.lang):
            for place, column in zip(PRINTED, WIDTHS[how.width], strict=False):
                (folder / place).mkdir(exist_ok=True)
                written.extend([] if place in written else [place])
                with drawn_at(COLUMNS[column]):
                    parts = pages() if pages else (draw,)
                for number, part in enumerate(parts, start=1):
                    print_figure(part, folder / place, name if number == 1 else f"{name}_{number}", column, grey=how.grey,
                                 titles=how.titles)
    return files


def print_figure(draw: Draw, folder: Path, name: str, column: str, *, grey: bool = False, titles: bool = False,
                 heading: str = "") -> str:
    """Write a figure for a column of a journal, and its caption beside it as text and for LaTeX.

    Parameters
    ----------
    draw : callable
        Draws it.
    folder : Path
        An existing folder.
    name : str
        Name without ending.
    column : str
        One of :data:`COLUMNS`.
    grey, titles : bool
        As in :class:`Print`.
    heading : str
        The caption of a figure that has no words of its own.

    Returns
    -------
    str
        The caption.
    """
    with drawn_at(COLUMNS[column]):
        with captions_apart() as apart:
            figure = draw()
        figure = draw() if titles else figure
    told = [one.replace("\n", " ") for one in (apart[0] if apart else ()) if one]
    text = " ".join(one if one.endswith(".") else f"{one}." for one in told) or heading
    if grey:
        to_grey(figure)
    save_figure(figure, folder, name)
    (folder / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")
    (folder / f"{name}.tex").write_text(_in_latex(f"{folder.name}/{name}", text, column), encoding="utf-8")
    return text


def _in_latex(name: str, text: str, column: str) -> str:
    environment = {"double": "figure*", "single": "figure"}[column]
    return (f"% needs \\usepackage{{graphicx}}; drawn {COLUMNS[column]:g} mm wide, not to be scaled: its text is then "
            f"{SMALLEST:g} pt or more\n\\begin{{{environment}}}[htbp]\n\\centering\n"
            f"\\includegraphics{{{name}.pdf}}\n\\caption{{{escape(text)}}}\n"
            f"\\label{{fig:{name.rpartition('/')[2]}}}\n\\end{{{environment}}}\n")


# A figure in a page.

def picture(svg: str) -> Markup:
    """A drawing as a short URL, to be put between double quotes: to hundredths of a point, without what describes the file."""
    start = svg.index("<svg")
    short = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[start:], flags=re.DOTALL)
    short = re.sub(r"\s+", " ", short)
    used = set(re.findall(r"#([\w.-]+)", short))
    short = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", short)
    short = re.sub(r"scale\([^)]*\)|-?\d+\.\d{3,}", _hundredths, short)
    short = re.sub(r' d="([^"]*)"', lambda found: f' d="{re.sub(" ?([A-Za-z]) ?", r"\1", found[1])}"', short)
    short = short.replace(FONT, "").replace("> <", "><").replace('"', "'")
    return Markup("data:image/svg+xml," + quote(short, safe=" <>='/:;,.-()!?*@$+[]{}|"))


FONT = "DejaVuSansLean-"
"""Begins the name of every letter of a drawing, of which there are many."""


def _hundredths(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("scale") else f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
