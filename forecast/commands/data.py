"""The group `forecast data`: which commands it has, and an example of each."""

import typer

from forecast.commands.data_check import check
from forecast.commands.data_codebook import codebook
from forecast.commands.data_completeness import completeness
from forecast.commands.data_import import import_files
from forecast.commands.data_own import add, diff, new
from forecast.commands.data_reliability import reliability
from forecast.commands.data_show import show
from forecast.commands.data_sources import sources

data_app = typer.Typer(no_args_is_help=True, help="Look at, check and extend coded contacts.")

data_app.command("check", epilog="Examples: forecast data check | forecast data check my_data/us_uz")(check)
data_app.command("new", epilog="Example: forecast data new us_uz --partner Uzbekistan --iso2 UZ")(new)
data_app.command("add", epilog="Example: forecast data add us_uz new_contacts.csv")(add)
data_app.command("diff", epilog="Examples: forecast data diff old/us_kz us_kz | "
                 "forecast data diff old.csv new.csv --out changes.csv")(diff)
data_app.command("codebook", epilog="Examples: forecast data codebook > codebook.md | "
                 "forecast data codebook --format latex > codebook.tex")(codebook)
data_app.command("import", epilog="Examples: forecast data import historian travels.zip visits.zip | "
                 "forecast data import gdelt 2018*.zip --code KAZ --by month --out gdelt.csv")(import_files)
data_app.command("completeness", epilog="Examples: forecast data completeness | forecast data completeness my_data/us_uz "
                 "--out completeness")(completeness)
data_app.command("reliability", epilog="Examples: forecast data reliability | forecast data reliability A.csv B.csv "
                 "--out to_settle.csv | forecast data reliability my_data/us_uz --topics")(reliability)
data_app.command("sources", epilog="Examples: forecast data sources | forecast data sources trade_annual")(sources)
data_app.command("show", epilog="Examples: forecast data show | forecast data show my_data/us_uz --out record")(show)
