"""What the published numbers say that cannot be true, asked of a resolver that lint is given."""
