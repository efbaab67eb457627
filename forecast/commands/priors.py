"""The group `forecast priors`: which commands it has, and an example of each."""

import typer

from forecast.commands import priors_check, priors_from_registers, priors_show

priors_app = typer.Typer(no_args_is_help=True, help="Make and look at prior sets.")

priors_app.command("check", epilog=priors_check.EPILOG)(priors_check.check)
priors_app.command("show", epilog=priors_show.EPILOG)(priors_show.show)
priors_app.command("from-registers", epilog=priors_from_registers.EPILOG)(priors_from_registers.from_registers)
