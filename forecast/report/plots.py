"""The figures of a run one by one, for notebooks: each a Matplotlib figure that can be changed and saved."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from forecast.dims import RANK
from forecast.errors import Fault, InputError, nearest
from forecast.report.content import ReportContent
from forecast.report.language import calling

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_SECTIONS = """

        Raises
        ------
        InputError
            Where the run does not allow the figure, or has no such dyad.

        Examples
        --------
        >>> import forecast
        >>> len(forecast.load_run("forecast_run").plot.{name}().axes) > 0
        True
        """


def _as_plate[Method: Callable[..., object]](method: Method) -> Method:
    """Add to the docstring of a figure what holds for all of them: when it is refused, and an example."""
    method.__doc__ = f"{method.__doc__}{_SECTIONS.format(name=method.__name__)}"
    return method


class Plots:
    """Figures of a run, one method each; of several dyads each method takes the name of one.

    Parameters
    ----------
    content : callable
        Name of a dyad, or None where there is one -> what its figures are made of.

    Examples
    --------
    >>> import forecast
    >>> plot = forecast.load_run("forecast_run").plot
    >>> type(plot.history()).__name__
    'Figure'
    """

    def __init__(self, content: Callable[[str | None], ReportContent]) -> None:
        self._content = content

    def names(self, *, dyad: str | None = None) -> tuple[str, ...]:
        """Names of the figures that the run allows: a contrast needs two scenarios, answers need questions.

        Raises
        ------
        InputError
            Where the run has no such dyad, or was read back without the data that figures need.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").plot.names()[:2]
        ('relation', 'history')
        """
        from forecast.report.page import plates

        return tuple(plate.name for plate in plates(self._content(dyad)))

    def draw(self, name: str, *, dyad: str | None = None) -> "Figure":
        """Any figure of the run by its name, also one that has no method here.

        Parameters
        ----------
        name : str
            One of :meth:`names`.
        dyad : str, optional
            Its name, where there are several.

        Raises
        ------
        InputError
            Where no figure has the name, or the run does not allow it or has no such dyad.

        Examples
        --------
        >>> import forecast
        >>> plot = forecast.load_run("forecast_run").plot
        >>> all(plot.draw(name).axes for name in plot.names()[:2])
        True
        """
        from forecast.report.page import PLATES, plates

        content = self._content(dyad)
        known, every = {plate.name: plate for plate in plates(content)}, [plate.name for plate in PLATES]
        if name not in every:
            raise InputError([Fault(source="plot.draw", where="argument name", expected="the name of a figure", found=repr(name),
                                    remedy=nearest(name, every))])
        if name not in known:
            raise InputError([Fault(source=f"plot.{name}", where="figure", found="none of it in this run",
                                    expected="two scenarios for a difference, questions for answers, a term that runs for update,"
                                    " a second one for two_terms",
                                    remedy=f"This run has: {', '.join(known)}.")])
        with calling(content.panel.about):
            return known[name].draw(content)

    def history(self, *, rank: str | None = None, ax: "Axes | None" = None, dyad: str | None = None) -> "Figure":
        r"""Recorded contacts year by year and, to their right, the simulated years.

        Parameters
        ----------
        rank : str, optional
            Draw this rank alone; all ranks, one panel each, where it is not given.
        ax : Axes, optional
            Draw the rank into these axes; they keep their place, and get title and labels.
        dyad : str, optional
            Its name, where there are several.

        Returns
        -------
        matplotlib.figure.Figure
            That of the axes where they are given.

        Raises
        ------
        InputError
            Where axes come without a rank, or the run has no such rank or dyad.

        Examples
        --------
        >>> import forecast
        >>> from matplotlib.figure import Figure
        >>> plot = forecast.load_run("forecast_run").plot
        >>> len(plot.history().axes) > 1
        True
        >>> ax = Figure().subplots()
        >>> plot.history(rank="cabinet", ax=ax) is ax.figure, ax.get_ylabel()
        (True, 'contacts\nper year')
        """
        if rank is None and ax is None:
            return self.draw("history", dyad=dyad)
        from forecast.report.figures import history

        content = self._content(dyad)
        if rank not in content.labels(RANK):
            raise InputError([Fault(source="plot.history", where="argument rank", expected="a rank", found=str(rank),
                                    remedy=nearest(str(rank), content.labels(RANK)))])
        with calling(content.panel.about):
            return history.draw_rank(content, rank, ax)

    def update(self, *, dyad: str | None = None) -> "Figure":
        """Contacts of a term that runs, month by month: the record, and what was forecast on the eve and is now.

        Raises
        ------
        InputError
            Where the run is none of a term that runs, or has no such dyad.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").plot.update()
        Traceback (most recent call last):
        ...
        forecast.errors.InputError: plot.update: figure: ...
        """
        return self.draw("update", dyad=dyad)

    def two_terms(self, *, dyad: str | None = None) -> "Figure":
        """Contacts year by year over two terms, a panel for each pair of winners.

        Raises
        ------
        InputError
            Where the run was not asked for the second term (``then``), or has no such dyad.

        Examples
        --------
        >>> import forecast
        >>> forecast.load_run("forecast_run").plot.two_terms()
        Traceback (most recent call last):
        ...
        forecast.errors.InputError: plot.two_terms: figure: ...
        """
        return self.draw("two_terms", dyad=dyad)

    @_as_plate
    def relation(self, *, dyad: str | None = None) -> "Figure":
        """The relation index: its record, and a fan of simulated quarters for each scenario."""
        return self.draw("relation", dyad=dyad)

    @_as_plate
    def drift(self, *, dyad: str | None = None) -> "Figure":
        """Contacts of the term with the drift of the record going on, and with it stopped."""
        return self.draw("drift", dyad=dyad)

    @_as_plate
    def contrast(self, *, dyad: str | None = None) -> "Figure":
        """Differences between two scenarios, by quantity."""
        return self.draw("contrast", dyad=dyad)

    @_as_plate
    def ratio(self, *, dyad: str | None = None) -> "Figure":
        """The log ratio of expected contacts before and after the data."""
        return self.draw("ratio", dyad=dyad)

    @_as_plate
    def variance(self, *, dyad: str | None = None) -> "Figure":
        """Where the uncertainty of the difference comes from."""
        return self.draw("variance", dyad=dyad)

    @_as_plate
    def agenda(self, *, dyad: str | None = None) -> "Figure":
        """Which topics contacts name, by type of administration and scenario."""
        return self.draw("agenda", dyad=dyad)

    @_as_plate
    def agenda_contrast(self, *, dyad: str | None = None) -> "Figure":
        """Differences of topics between types of administration."""
        return self.draw("agenda_contrast", dyad=dyad)

    @_as_plate
    def goals(self, *, dyad: str | None = None) -> "Figure":
        """On which topics attention is spent, by who travels."""
        return self.draw("goals", dyad=dyad)

    @_as_plate
    def effectiveness(self, *, dyad: str | None = None) -> "Figure":
        """What contacts achieve, by type of administration."""
        return self.draw("effectiveness", dyad=dyad)

    @_as_plate
    def media(self, *, dyad: str | None = None) -> "Figure":
        """How many pages media have on a contact, and in which tone."""
        return self.draw("media", dyad=dyad)

    @_as_plate
    def poles(self, *, dyad: str | None = None) -> "Figure":
        """Leaders' meetings with every pole of the dyad, recorded and to come."""
        return self.draw("poles", dyad=dyad)

    @_as_plate
    def questions(self, *, dyad: str | None = None) -> "Figure":
        """Answers to dated questions under every scenario."""
        return self.draw("questions", dyad=dyad)
