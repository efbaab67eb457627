"""Figures and tables of backtests."""
