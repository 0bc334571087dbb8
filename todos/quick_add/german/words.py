"""The words of German that the reader knows, under the same names as those of English."""

from datetime import time

from todos.quick_add.values import AFTERNOON, EVENING, MORNING, NIGHT, Part


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Days

TODAY = _words("heute")
TOMORROW = _words("morgen")
AFTER_TOMORROW = _words("übermorgen uebermorgen")
_NAMES = ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"]
WEEKDAYS = {name: number for number, name in enumerate(_NAMES)} | {"sonnabend": 5}
SHORT_WEEKDAYS = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5}  # "so" is too common a word
WORDLIKE_WEEKDAYS = SHORT_WEEKDAYS.keys()
LISTED_WEEKDAYS = _words("so")
PLURAL_WEEKDAYS = _words("montage dienstage mittwoche donnerstage freitage samstage sonntage")
HOLIDAYS = _words(
    "silvester neujahr weihnachten heiligabend ostern ostersonntag ostermontag karfreitag pfingsten nikolaus advent"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            ("januar", "jänner", "jan"), ("februar", "feb"), ("märz", "maerz", "mär"), ("april", "apr"), ("mai",),
            ("juni", "jun"), ("juli", "jul"), ("august", "aug"), ("september", "sep", "sept"), ("oktober", "okt"),
            ("november", "nov"), ("dezember", "dez"),
        ],
        1,
    )
    for name in names
}  # fmt: skip
NOON = Part(time(12), 11, 15)
PARTS: dict[str, Part] = {
    "früh": MORNING, "vormittag": MORNING, "mittag": NOON, "nachmittag": AFTERNOON, "abend": EVENING, "nacht": NIGHT,
}  # fmt: skip
ADVERBS_OF_PARTS = {
    "morgens": MORNING, "vormittags": MORNING, "mittags": NOON, "nachmittags": AFTERNOON, "abends": EVENING,
    "nachts": NIGHT,
}  # fmt: skip
USUAL_PARTS = {
    **dict.fromkeys(
        _words("aufstehen aufwachen wecken wecker frühstück frühstücken frühschicht frühdienst früh"), MORNING
    ),
    **dict.fromkeys(_words("abendessen abendbrot party kino konzert theater"), EVENING),
}
EVENINGS = {
    name + part_name: (number, part)
    for name, number in WEEKDAYS.items()
    for part_name, part in {**PARTS, "morgen": MORNING}.items()
}  # "freitagabend"
SINGLE_DAYS = TODAY | TOMORROW | AFTER_TOMORROW
DAY_NAMES = WEEKDAYS.keys() | SINGLE_DAYS | EVENINGS.keys()

# Numbers and units

NUMBERS = {
    "ein": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
    "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "fünfzehn": 15, "zwanzig": 20,
    "dreißig": 30,
}  # fmt: skip
MINUTES = dict.fromkeys(["min", "minute", "minuten"], 1) | dict.fromkeys(["h", "std", "stunde", "stunden"], 60)
WEEK_UNITS = _words("woche wochen")
DAYS = dict.fromkeys(_words("tag tage tagen"), 1) | dict.fromkeys(WEEK_UNITS, 7)
MONTH_UNITS = dict.fromkeys(_words("monat monate monaten"), 1) | dict.fromkeys(_words("jahr jahre jahren"), 12)
UNITS = MINUTES.keys() | DAYS.keys() | MONTH_UNITS.keys()

COMING = _words("kommende kommenden kommender kommendes kommendem")  # "kommenden Freitag" is the coming one
NEXT = _words("nächste nächsten nächster nächstes nächstem") | COMING
THIS = _words("diese diesen dieser dieses diesem")

# Repetitions

EACH = _words("jeden jede jedes jeder")
EVERY = EACH | {"alle"}
_NTH = ["erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt", "elft", "zwölft"]
_ENDINGS = ("e", "en", "er", "es", "em")
ORDINALS = {
    stem + ending: number
    for number, stem in [*enumerate(_NTH, 1), (-1, "letzt"), (-2, "vorletzt")]
    for ending in _ENDINGS
}
REPEATED_UNITS = {
    **dict.fromkeys(_words("tag tage"), ("DAILY", 1)),
    **dict.fromkeys(WEEK_UNITS, ("WEEKLY", 1)),
    **dict.fromkeys(_words("monat monate"), ("MONTHLY", 1)),
    **dict.fromkeys(_words("quartal quartale vierteljahr"), ("MONTHLY", 3)),
    "halbjahr": ("MONTHLY", 6),
    **dict.fromkeys(_words("jahr jahre"), ("YEARLY", 1)),
}
ADVERBS_OF_REPEATS = {
    "täglich": ("DAILY", 1), "taeglich": ("DAILY", 1), "wöchentlich": ("WEEKLY", 1), "woechentlich": ("WEEKLY", 1),
    "zweiwöchentlich": ("WEEKLY", 2), "vierzehntägig": ("WEEKLY", 2), "monatlich": ("MONTHLY", 1),
    "vierteljährlich": ("MONTHLY", 3), "quartalsweise": ("MONTHLY", 3), "halbjährlich": ("MONTHLY", 6),
    "jährlich": ("YEARLY", 1), "jaehrlich": ("YEARLY", 1),
}  # fmt: skip
ADVERBS_OF_WEEKDAYS = {f"{name}s": number for name, number in WEEKDAYS.items()}  # "freitags"
WORKDAYS = _words("werktag arbeitstag wochentag")
ADVERBS_OF_WORKDAYS = _words("werktags wochentags arbeitstags")
MONTHS_OF_RULES = ("des monats", "im monat", "jedes monats", "jeden monats", "eines jeden monats", "jeden monat")
AFTER_DONE = (
    "nach erledigung", "nach der erledigung", "nach dem erledigen", "nach abschluss", "nach fertigstellung",
    "nachdem es erledigt ist", "nachdem es getan ist", "ab erledigung",
)  # fmt: skip
FIRST_OF_REPEATS = (
    EVERY | ADVERBS_OF_REPEATS.keys() | ADVERBS_OF_WEEKDAYS.keys() | ADVERBS_OF_WORKDAYS | ORDINALS.keys()
)

# What stands beside a deadline

NOT_AFTER = _words("""
    jeden jede jedes jeder letzten letzte letztes letzter vergangenen der die das den dem des ein eine einen guten gute
    übernächsten übernächste übernächster übernächstes vom von seit schwarzer mein dein unser euer kein ab am zum
""")
NOT_AFTER_WORDLIKE = NOT_AFTER | _words("do re mi und oder")
WHO_SITS = _words("")
NAMES_AFTER_WORDLIKE = _words("")
FOLLOWERS = _words("mit bei beim in im an auf für wegen zu zum zur über nach vor um @ & und")
NOT_AFTER_NUMBERS = _words("und & zu in")
# What can follow "20 Uhr 15".
AFTER_CLOCKS = (
    FOLLOWERS
    | DAY_NAMES
    | SHORT_WEEKDAYS.keys()
    | PARTS.keys()
    | ADVERBS_OF_PARTS.keys()
    | FIRST_OF_REPEATS
    | NEXT
    | THIS
)
VERBS = _words("")
ARTICLES = _words("der")
DISTANCES = _words("vor nach")
OF = _words("des der jedes jeden")
WEAK_LINKS = _words("für")
AND = _words("und & +")
RANGE_TO = _words("bis")
ZONE_NOUNS = _words("zeit")
JOINERS = _words("bis und u oder von um - – — & / + nicht")
EXCEPT = _words("außer ausser ausgenommen")
REPEATING = EACH | ADVERBS_OF_REPEATS.keys() | ADVERBS_OF_WEEKDAYS.keys() | ADVERBS_OF_WORKDAYS
REPEATED = (
    UNITS
    | REPEATED_UNITS.keys()
    | PARTS.keys()
    | ORDINALS.keys()
    | WORKDAYS
    | _words("morgen wochenende halbe paar")
)
NAMES_WITH_CLOCKS = _words("""
    mose könige psalm sprüche jesaja jeremia daniel matthäus markus lukas johannes römer korinther galater epheser
    philipper hebräer jakobus petrus offenbarung vers sure stand
""")
# What can follow a number at the beginning of a deadline.
AFTER_NUMBERS = MONTHS.keys() | UNITS | _words(". uhr vor nach")
