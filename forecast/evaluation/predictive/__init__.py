"""Posterior predictive checks: does the record look like records that the posterior would produce?"""
