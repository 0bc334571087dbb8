"""French: "demain à 9h", "lundi prochain", "dans 2 heures". ``words`` has its words, ``romance`` how they are read."""

from todos.quick_add.french import words
from todos.quick_add.romance import Romance


class French(Romance):
    LINKS = {"le", "la", "pour", "avant", "d'ici", "jusqu'au", "jusqu'a"}
    DELAY_LINKS = {"pour"}
    LOOSE_LINKS = LINKS
    CLOCK_LINKS = {"a", "vers", "apres", "@"}
    STRONG_CLOCK_LINKS = {"a", "vers", "@"}
    RANGE_LINKS = {"de", "entre"}
    RANGE_JOINERS = {"a", "-", "–", "—", "et"}
    RANGE_AND = "et"
    NEXT_IS_OF_NEXT_WEEK = True
    BARE_NEEDS_DAY = True  # "Dîner à 8" may be for eight people
    words = words
