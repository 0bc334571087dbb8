"""The words of English that the reader knows."""

from todos.quick_add.values import AFTERNOON, EVENING, MORNING, NIGHT, Part


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _numbered(text: str, first: int = 0) -> dict[str, int]:
    """Return the number of each word: those between two commas have the same."""
    groups = enumerate(text.split(","), first)
    return {word: number for number, group in groups for word in group.split()}


# Days

TODAY = _words("today")
TONIGHT = _words("tonight tonite")
TOMORROW = _words("tomorrow tmrw tmr tmw tomoz tomorow tommorow tommorrow")
WEEKDAYS = _numbered(
    "monday mon, tuesday tue tues, wednesday wed weds, thursday thu thur thurs, friday fri, saturday sat, sunday sun"
)
WORDLIKE_WEEKDAYS = _words("mon wed sat sun")  # "watch the sun"
LISTED_WEEKDAYS = _words("")
PLURAL_WEEKDAYS = {f"{name}s" for name in WEEKDAYS if name.endswith("day")} | {"weekends"}
HOLIDAYS = _words("christmas xmas easter halloween thanksgiving year's valentine's")
MONTHS = _numbered(
    "january jan, february feb, march mar, april apr, may, june jun, july jul, august aug, september sep sept, "
    "october oct, november nov, december dec",
    1,
)
PARTS: dict[str, Part] = {"morning": MORNING, "afternoon": AFTERNOON, "evening": EVENING, "night": NIGHT}
# "Dinner at 8" and "wake up at 7" say which.
USUAL_PARTS = {
    **dict.fromkeys(_words("wake alarm breakfast sunrise"), MORNING),
    **dict.fromkeys(_words("dinner supper party movie cinema concert theatre theater pub drinks sunset"), EVENING),
}
SINGLE_DAYS = TODAY | TONIGHT | TOMORROW
DAY_NAMES = (WEEKDAYS.keys() - WORDLIKE_WEEKDAYS) | SINGLE_DAYS

# Numbers and units

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
MINUTES = {
    **dict.fromkeys(_words("m min mins minute minutes"), 1),
    **dict.fromkeys(_words("h hr hrs hour hours"), 60),
}
WEEK_UNITS = _words("w wk wks week weeks")
DAYS = {
    **dict.fromkeys(_words("d day days"), 1),
    **dict.fromkeys(WEEK_UNITS, 7),
    **dict.fromkeys(_words("fortnight fortnights"), 14),
}
MONTH_UNITS = dict.fromkeys(_words("month months"), 1) | dict.fromkeys(_words("year years yr yrs"), 12)
BARE_UNITS = MINUTES.keys() - {"m"}  # "cable 2m"
UNITS = MINUTES.keys() | DAYS.keys() | MONTH_UNITS.keys()

# Words that times begin with, and those that "on" goes with.
FIRST_OF_TIMES = NUMBERS.keys() | _words(
    "noon midday midnight eod cob end the close first in within half quarter a"
)
AFTER_NUMBERS = (
    MONTHS.keys() | UNITS | TONIGHT | _words("of past to o'clock oclock noon midday midnight this in and")
)
AFTER_ON = WEEKDAYS.keys() | MONTHS.keys() | ORDINALS.keys() | _words("the this next")

# Repetitions

EVERY = _words("every each")
REPEATED_UNITS = {
    **dict.fromkeys(_words("d day days"), ("DAILY", 1)),
    **dict.fromkeys(WEEK_UNITS, ("WEEKLY", 1)),
    **dict.fromkeys(_words("fortnight fortnights"), ("WEEKLY", 2)),
    **dict.fromkeys(_words("month months"), ("MONTHLY", 1)),
    **dict.fromkeys(_words("quarter quarters"), ("MONTHLY", 3)),
    **dict.fromkeys(_words("year years yr yrs"), ("YEARLY", 1)),
}
ADVERBS_OF_REPEATS = {
    "daily": ("DAILY", 1), "everyday": ("DAILY", 1), "weekly": ("WEEKLY", 1), "fortnightly": ("WEEKLY", 2),
    "monthly": ("MONTHLY", 1), "quarterly": ("MONTHLY", 3), "yearly": ("YEARLY", 1), "annually": ("YEARLY", 1),
}  # fmt: skip
WORKDAYS = _words("weekday weekdays workday workdays")
UNTIL = _words("until till")
STARTING = _words("from starting beginning")
AFTER_DONE = (
    "after done", "after it is done", "after it's done", "after its done", "after i did it", "after doing it",
    "after completion", "after completing", "after completing it", "after finishing", "after finishing it",
    "from completion", "once done", "when done",
)  # fmt: skip
FIRST_OF_REPEATS = EVERY | ADVERBS_OF_REPEATS.keys() | _words("weekdays last")

# What stands beside a deadline

# A deadline is not meant after these: it recurs, is over, belongs to somebody, or is part of a name.
NOT_AFTER = _words("""
    every each last past previous of the a an per since than from my your our his her their these those no not another
    any black good cyber ash easter palm super bloody casual maundy shrove fat ruby giving high early late later mid
    about regarding re almost nearly once twice times version number release chapter section page
""")
# And "sun", "sat", "mon" and "wed" are no days after these: "get some sun", "the chair she sat".
NOT_AFTER_WORDLIKE = NOT_AFTER | _words("""
    some more less much enough in like under as and or moon hot morning he she it they we i you who that where is was
    has have to with newly be get got gets which this for against into de at
""")
WHO_SITS = _words("where who whom he she they we i")  # "ask where Bob sat"
NAMES_AFTER_WORDLIKE = _words("""
    nav navs dish down up cream screen hat hats glasses lounger block roof tan dress dance dried lotion bed beds
    salutation salutations ami cheri amour on in at is valley protection spots exam exams prep scores score
    microsystems visor shade umbrella tzu ra god king bear bears rise set
""")
# After a name like "friday", these begin another part of the sentence, and so do verbs at its beginning.
FOLLOWERS = _words("with at about for in near before if to @ via because & and")
NOT_AFTER_NUMBERS = _words("in and & to about")  # "aim at 3 in a row"
VERBS = _words("""
    add answer apply arrange ask attend bake book borrow bring buy call cancel check clean collect confirm contact cook
    deliver do drop email feed fetch file fill finalise finalize find finish fix get give go hand help invite join make
    meet message move open order organise organize pack paint pay phone pick post prepare print put read remind renew
    repair reply return review ring run schedule see sell send ship sign start submit take talk tell text tidy turn
    update upload visit wash water write
""")
ARTICLES = _words("the")
DISTANCES = _words("before after")  # between an amount and a day
OF = _words("of")
WEAK_LINKS = _words("for")  # said before many other things too
AND = _words("and & +")
RANGE_TO = _words("to")
ZONE_NOUNS = _words("time")
JOINERS = _words("to and or until till from at through - – — & / + vs not")
EXCEPT = _words("except excluding unless")
REPEATING = _words("every each daily weekly monthly yearly annually everyday ago weekdays")
REPEATED = UNITS | PARTS.keys() | _words("other second third single weekday weekend quarter")
# "Read John 3:16" has no time.
NAMES_WITH_CLOCKS = _words("""
    genesis exodus leviticus deuteronomy joshua judges ruth samuel kings chronicles ezra nehemiah esther job psalm
    psalms proverbs ecclesiastes isaiah jeremiah ezekiel daniel hosea matthew mark luke john acts romans corinthians
    galatians ephesians philippians colossians thessalonians timothy titus hebrews james peter jude revelation verse
    verses score ratio won lost lead sura surah quran johannes lukas markus matthäus mose römer korinther
    psaume matthieu marc luc jean romains salmo mateo marcos lucas juan romanos
""")
COUNTED = _words("mile miles km kilometres kilometers steps laps people times k m")  # "march 20 miles"
# "Meditate 20 min" and "Exam 2h" take that long.
TAKES_TIME = _words("""
    read reading run running jog jogging walk walking swim swimming bike cycle cycling row rowing plank stretch
    stretching yoga pilates gym workout exercise train training cardio meditate meditation study studying practise
    practice write writing journal piano guitar violin nap sleep rest break meeting call lecture exam test lesson class
    session seminar interview talk presentation movie film show podcast game play work focus drive driving flight
    journey commute hike hiking climb dance watch learn revise revision clean cleaning tidy spend spent takes took take
    lasts limit duration max maximum minimum delay
""")
NOT_BEFORE_AN_AMOUNT = _words("""
    least most approx about around only under over for every per each the a an of than within x last past next first
    another extra is was by until till + ~ after before to up at and or with in on
""")
