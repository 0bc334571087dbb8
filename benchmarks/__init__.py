"""Measures this project against the design that it replaces; `python -m benchmarks --help`."""
