"""Can a posterior be trusted: convergence, leave-one-out, sensitivity to power-scaling, and what the data added to the prior."""
