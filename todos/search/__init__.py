"""Searching todos: a small language (docs/search.md), its meaning in SQL and in Python, and an index of texts."""
