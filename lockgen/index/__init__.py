"""Stage: what an index lists and what its files require, live, cached or frozen."""
