"""What French and Spanish have in common: how days, times and repetitions are put together.

Their words are compared without accents, which people often leave out.
"""

from todos.quick_add.romance.repeats import Romance

__all__ = ["Romance"]
