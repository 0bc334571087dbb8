"""Work that is due: a row says when, a lease says who does it, and a sweep sends messages again.

The row is the truth. A message only saves waiting for the sweep: it may be lost, doubled, late or out of order.
"""
