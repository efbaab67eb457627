"""Forecasts of past terms as they could have been made on the eve of the election, and how they scored."""
