"""The report that says whether posteriors can be trusted: verdicts, figures, tables, one page."""
