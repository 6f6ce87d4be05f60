"""The rules over matrices: which published numbers cannot be true, found by questions to a resolver port."""
