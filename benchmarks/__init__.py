"""Compare this project with the design it replaces; see `python -m benchmarks --help`."""
