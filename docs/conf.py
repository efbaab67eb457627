"""How Sphinx builds these pages: ``make docs``. Nothing is asked of the network, and every warning is an error."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import forecast

project, author = "forecast", "the authors of forecast"
version = release = forecast.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "parts"]
exclude_patterns = ["_build"]
smartquotes = False  # two hyphens begin an option
root_doc = "index"

myst_heading_anchors = 4  # as on GitHub, so that a link to a heading works in both places

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"forecast {release}"
html_copy_source = html_show_sourcelink = False
html_show_sphinx = html_show_copyright = False
