"""Fitting, gates and the cache of posteriors."""



