"""What people read of a run: figures, tables and one page, all from the same numbers."""
