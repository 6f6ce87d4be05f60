"""A first matrix, made of what a project asks for: every number in it is theirs, or says that it was guessed."""
