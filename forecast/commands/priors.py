"""The group `forecast priors`: which commands it has, and an example of each."""

import typer

from forecast.commands import priors_from_registers

priors_app = typer.Typer(no_args_is_help=True, help="Make and look at prior sets.")

priors_app.command("from-registers", epilog=priors_from_registers.EPILOG)(priors_from_registers.from_registers)
