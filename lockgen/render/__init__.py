"""Stage: outcomes in, files out."""
