"""Stage: YAML text in, checked matrices and requests out."""
