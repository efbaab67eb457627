"""Prior predictive checks: do the priors allow what can be, and hardly anything that cannot?"""
