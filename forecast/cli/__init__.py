"""Bodies of the commands; `cli.py` gives them their place. Heavy imports stay inside, so that --help is instant."""
