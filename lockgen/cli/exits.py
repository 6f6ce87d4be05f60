"""The exit codes (DESIGN 5.3) that are neither yes (0) nor no (1)."""

COULD_NOT_ASK = 2
BUG = 3
INTERRUPTED = 130
