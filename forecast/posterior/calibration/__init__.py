"""Simulation-based calibration: is the posterior that the sampler draws the posterior of the model?"""
