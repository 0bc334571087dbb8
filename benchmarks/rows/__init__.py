"""What is measured, a subject a module; each function takes a running side and yields figures."""
