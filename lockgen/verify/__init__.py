"""Stage: proofs, made by what did not compute the set."""
