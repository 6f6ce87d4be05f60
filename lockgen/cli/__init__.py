"""The command line: parse, open doors, call the workflow, print, exit."""
