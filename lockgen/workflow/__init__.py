"""The order of the stages: matrices -> requests -> outcomes -> proof of closure -> documents -> files.

One short function per step of a command. Doors (index, clock, terminal) are opened by the command line and handed in.
"""
