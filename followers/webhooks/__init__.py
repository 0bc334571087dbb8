"""Webhooks: a list's changes, posted to an address, and signed."""
