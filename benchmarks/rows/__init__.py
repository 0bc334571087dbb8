"""The measurements, by subject. Each function takes a running side and yields figures."""
