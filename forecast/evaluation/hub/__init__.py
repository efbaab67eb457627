"""Forecasts in the model-output format of the hubverse: ours written, others' read and scored beside ours."""
