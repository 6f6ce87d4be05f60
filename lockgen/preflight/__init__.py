"""Checks the Python it runs in against a phase's matrix. Standard library only, CPython 3.7 and later.

These modules are also put together into one file, output/<phase>/preflight.py, which images carry and servers import.
"""
