"""The third dimension: the sets of a phase on every day on which they could have changed."""
