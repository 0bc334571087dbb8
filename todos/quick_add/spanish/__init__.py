"""Spanish: "mañana a las 9", "el viernes que viene", "dentro de 2 horas". ``words`` has its words, ``romance`` how they
are read.
"""

from todos.quick_add.romance import Romance
from todos.quick_add.spanish import words


class Spanish(Romance):
    LINKS = {"el", "la", "para", "antes", "del", "hasta"}
    DELAY_LINKS = {"para"}
    LOOSE_LINKS = LINKS
    CLOCK_LINKS = {"a", "al", "las", "la", "sobre", "hacia", "@"}
    STRONG_CLOCK_LINKS = {"las", "@"}
    RANGE_LINKS = {"de", "entre"}
    RANGE_JOINERS = {"a", "-", "–", "—", "y"}
    RANGE_AND = "y"
    words = words
