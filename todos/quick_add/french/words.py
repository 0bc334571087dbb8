"""The words of French that the reader knows, without accents."""

from todos.quick_add.romance.words import NOON, first_words, numbered, phrases, words
from todos.quick_add.values import AFTERNOON, EVENING, MORNING, NIGHT, Part

# Days

TODAY = phrases("aujourd'hui, aujourdhui, auj")
TOMORROW = phrases("demain")
AFTER_TOMORROW = phrases("après-demain, après demain")
WEEKDAYS = numbered("lundi lun, mardi, mercredi, jeudi, vendredi ven, samedi, dimanche dim")
WORDLIKE_WEEKDAYS = words("lun ven dim")
WEEKDAYS_BEFORE_CLOCKS = {"mar": 1, "mer": 2, "jeu": 3, "sam": 5}  # otherwise these are other words
LISTED_WEEKDAYS = WEEKDAYS_BEFORE_CLOCKS.keys()
PLURAL_WEEKDAYS = words("lundis mardis mercredis jeudis vendredis samedis dimanches")
HOLIDAYS = words("noël pâques pentecôte toussaint réveillon saint-sylvestre halloween")
MONTHS = numbered(
    "janvier janv, février fevr fev, mars, avril avr, mai, juin, juillet juil, août, septembre sept, octobre oct, "
    "novembre nov, décembre déc",
    1,
)
PARTS: dict[str, Part] = {
    **dict.fromkeys(words("matin matinée"), MORNING),
    "midi": NOON,
    **dict.fromkeys(words("après-midi l'après-midi aprèm aprem"), AFTERNOON),
    **dict.fromkeys(words("soir soirée"), EVENING),
    "nuit": NIGHT,
}
PARTS_STAND_ALONE = True  # "demain matin"
IN_PART = phrases("dans la, dans")
OF_PART = phrases("du, de la, de")
USUAL_PARTS = {
    **dict.fromkeys(words("réveil réveiller lever petit-déjeuner"), MORNING),
    "dejeuner": NOON,
    **dict.fromkeys(words("dîner cinéma ciné concert théâtre fête apéro"), EVENING),
}
DAY_NAMES = (WEEKDAYS.keys() - WORDLIKE_WEEKDAYS) | words("aujourd'hui demain après-demain")
THIS = words("ce cet cette")
NEXT = words("prochain")
NEXT_AFTER = phrases("prochain")
NEXT_WEEK = phrases("semaine prochaine, prochaine semaine")
NEXT_MONTH = phrases("mois prochain")
NEXT_YEAR = phrases("année prochaine, l'année prochaine, an prochain, l'an prochain")
OF_NEXT_WEEK = phrases("de la semaine prochaine")
WEEKS_LATER = {"en huit": 7, "en quinze": 14}
WEEKENDS = phrases("week-end, weekend")
WEEK_END = phrases("fin de la semaine, fin de semaine")
MONTH_END = phrases("fin du mois, fin de mois")
YEAR_END = phrases("fin de l'année, fin d'année")
END_OF = phrases("fin")
ARTICLES = words("le la")
DISTANCES = words("avant après")
HABITUAL_ARTICLES = words("le les")  # "le lundi" and "le midi" are every Monday and every noon
OF_ARTICLES = BEFORE_OF = words("")
DAY_LINK = "le"
DAY_LINKS = words("le jusqu'au")
DAY_WORDS = words("")
FIRST_OF_MONTH = words("1er premier")
OF_MONTH = words("")
OF = words("de du des")
CONTINUES = words("de du des d' saint gras noir ou dernier passé sauf")

# Numbers, units and times

NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30,
}  # fmt: skip
MINUTES = dict.fromkeys(words("min mins minute minutes"), 1) | dict.fromkeys(words("h heure heures"), 60)
DAYS = dict.fromkeys(words("j jour jours"), 1) | dict.fromkeys(words("sem semaine semaines"), 7)
MONTH_UNITS = {"mois": 1} | dict.fromkeys(words("an ans année années"), 12)
UNITS = MINUTES.keys() | DAYS.keys() | MONTH_UNITS.keys()
IN = phrases("dans")
PARTS_OF_HOURS = {
    "une demi-heure": 30, "une demi heure": 30, "un quart d'heure": 15, "trois quarts d'heure": 45,
}  # fmt: skip
AND_A_HALF = phrases("et demie, et demi")
HOUR_WORDS = words("h heure heures")
BEFORE_HOURS = words("à vers")
BEFORE_ONE = words("")
AFTER_CLOCK = phrases("pile, précises")
ENDS_OF_HOURS = words("demie demi quart")
MINUTES_AFTER = {
    "et demie": 30, "et demi": 30, "et quart": 15, "moins le quart": -15, "moins quart": -15, "moins cinq": -5,
    "moins dix": -10, "moins vingt": -20, "moins vingt-cinq": -25,
}  # fmt: skip
MINUTE_NUMBERS = {
    "cinq": 5, "dix": 10, "quinze": 15, "vingt": 20, "vingt-cinq": 25, "trente": 30, "quarante": 40,
    "quarante-cinq": 45, "cinquante": 50,
}  # fmt: skip
MORE_MINUTES = words("et moins")
NOON_AND_MIDNIGHT = words("midi minuit")
FIRST_OF_MINUTES = first_words(MINUTES_AFTER)
MIDDAY = phrases("midi")
MIDNIGHT = phrases("minuit")
AFTER_NUMBERS = MONTHS.keys() | UNITS

# Repetitions

EACH = phrases("chaque, tous les, toutes les")
EVERY = words("chaque tous toutes")
ON_EACH = words("les")
ON_WORKDAYS = phrases(
    "du lundi au vendredi, tous les jours ouvrés, chaque jour ouvré, tous les jours de la semaine"
)
WEEKDAYS_OF_RULES = WEEKDAYS | {f"{name}s": number for name, number in WEEKDAYS.items() if name.endswith("i")}
WEEKDAYS_OF_RULES |= {"dimanches": 6}
DAY_UNITS = words("jour")
REPEATED_UNITS = {
    **dict.fromkeys(words("j jour jours"), ("DAILY", 1)),
    **dict.fromkeys(words("semaine semaines"), ("WEEKLY", 1)),
    "mois": ("MONTHLY", 1),
    **dict.fromkeys(words("trimestre trimestres"), ("MONTHLY", 3)),
    **dict.fromkeys(words("semestre semestres"), ("MONTHLY", 6)),
    **dict.fromkeys(words("an ans année années"), ("YEARLY", 1)),
}
ADVERBS_OF_REPEATS = {
    "quotidiennement": ("DAILY", 1), "hebdomadairement": ("WEEKLY", 1), "mensuellement": ("MONTHLY", 1),
    "annuellement": ("YEARLY", 1),
}  # fmt: skip
PARTS_OF_RULES = PARTS | {"matins": MORNING, "midis": NOON, "soirs": EVENING, "nuits": NIGHT}
ORDINALS = {
    "premier": 1, "1er": 1, "deuxieme": 2, "second": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5, "dernier": -1,
    "avant-dernier": -2,
}  # fmt: skip
OF_EACH_MONTH = phrases("de chaque mois, chaque mois, de tous les mois")
OF_MONTHS = phrases("du mois, de mois, de chaque mois")
UNTIL = words("jusqu'au jusqu'à")
STARTING = phrases("à partir de, à partir du, dès")
DURING = words("pendant durant")
TIMES = words("fois")
AFTER_DONE = phrases("après l'avoir fait, une fois fait, une fois terminé")

# What stands beside a deadline

NOT_AFTER = words("""
    le la les un une du de des mon ma ton ta son sa notre votre leur chaque tous toutes dernier dernière saint noir
    bon bonne depuis à au aux
""")
NOT_AFTER_WORDLIKE = NOT_AFTER | words("et ou à ce")
WHO_SITS = words("")
NAMES_AFTER_WORDLIKE = words("")
FOLLOWERS = words("avec chez à au aux pour en dans sur via par & et @ si")
NOT_AFTER_NUMBERS = words("et & pour")
VERBS = words("")
WEAK_LINKS = words("")
AND = words("et & +")
RANGE_TO = words("à")
ZONE_NOUNS = words("")
JOINERS = words("à et ou jusqu'à jusqu'au - – — & / +")
EXCEPT = words("sauf excepté hormis")
REPEATING = words("chaque") | ADVERBS_OF_REPEATS.keys()
REPEATED = UNITS | REPEATED_UNITS.keys() | PARTS_OF_RULES.keys() | ORDINALS.keys()
NAMES_WITH_CLOCKS = words("""
    genèse exode psaume proverbes isaïe jérémie daniel matthieu marc luc jean actes romains corinthiens galates
    éphésiens philippiens hébreux jacques pierre apocalypse verset sourate score
""")
