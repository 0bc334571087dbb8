"""Types for the arguments of management commands."""

import argparse


def positive_integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError("it must be a whole number, 1 or more")
    return int(text)
