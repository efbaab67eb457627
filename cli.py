"""The program from a checkout: what the command ``forecast`` runs, see :mod:`forecast.cli.app`."""

from forecast.cli.app import app, main

__all__ = ["app", "main"]

if __name__ == "__main__":
    main()
