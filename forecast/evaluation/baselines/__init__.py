"""Forecasters that know little, each a real contender."""
