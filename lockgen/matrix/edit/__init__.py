"""Edits of matrix files that leave every byte they are not about as it is."""
