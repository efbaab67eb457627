"""Machine code of a model's log density and gradient, made in about a second and the same in every process."""
