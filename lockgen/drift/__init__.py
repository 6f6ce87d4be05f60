"""What became of a committed set: removals, what broke it, what moved it. Asks the resolver through a port."""
