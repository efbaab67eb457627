"""Proper scores of forecasts, and what they are compared by."""
