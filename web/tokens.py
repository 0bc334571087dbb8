"""Secret tokens, of which only a hash is stored: API tokens, addresses of feeds, links of invitations."""

import hashlib


def hash_token(token: str) -> str:
    """Return what a token is stored and looked up by.

    A token has 256 random bits, so a fast hash is as safe as a slow one. Any text has a hash, so that every wrong one
    costs the same.
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
