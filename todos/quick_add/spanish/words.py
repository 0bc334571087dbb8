"""The words of Spanish that the reader knows, without accents."""

from datetime import time

from todos.quick_add.romance.words import NOON, first_words, numbered, phrases, words
from todos.quick_add.values import EVENING, MORNING, NIGHT, Part

# Days

TODAY = phrases("hoy")
TOMORROW = phrases("mañana")
AFTER_TOMORROW = phrases("pasado mañana")
WEEKDAYS = numbered("lunes lun, martes, miércoles mié, jueves jue, viernes vie, sábado sáb, domingo dom")
WORDLIKE_WEEKDAYS = words("lun mié jue vie sáb dom")
WEEKDAYS_BEFORE_CLOCKS = {"mar": 1}  # otherwise the sea
LISTED_WEEKDAYS = WEEKDAYS_BEFORE_CLOCKS.keys()
PLURAL_WEEKDAYS = words("sábados domingos")
HOLIDAYS = words("navidad nochebuena nochevieja reyes pascua halloween")
MONTHS = numbered(
    "enero ene, febrero feb, marzo mar, abril abr, mayo may, junio jun, julio jul, agosto ago, septiembre setiembre "
    "sept sep, octubre oct, noviembre nov, diciembre dic",
    1,
)
TARDE = Part(time(15), 12, 21)  # "las 8 de la tarde" is 20:00
MADRUGADA = Part(time(5), 0, 7)
PARTS: dict[str, Part] = {
    "manana": MORNING, "mediodia": NOON, "tarde": TARDE, "noche": NIGHT, "madrugada": MADRUGADA,
}  # fmt: skip
PARTS_STAND_ALONE = False
IN_PART = phrases("por la, en la, a la")
OF_PART = phrases("de la, del, por la")
_WAKING = """
    despertar despertarme despertarse despertador levantar levantarme levantarse madrugar desayuno desayunar
"""
USUAL_PARTS = {
    **dict.fromkeys(words(_WAKING), MORNING),
    "madrugada": MADRUGADA,
    **dict.fromkeys(words("cena cenar cine concierto teatro fiesta"), EVENING),
}
DAY_NAMES = (WEEKDAYS.keys() - WORDLIKE_WEEKDAYS) | words("hoy mañana")
THIS = words("este esta")
NEXT = words("próximo")
NEXT_AFTER = phrases("que viene, próximo")
NEXT_WEEK = phrases("semana que viene, próxima semana, semana próxima")
NEXT_MONTH = phrases("mes que viene, próximo mes, mes próximo")
NEXT_YEAR = phrases("año que viene, próximo año, año próximo")
OF_NEXT_WEEK = phrases("de la semana que viene, de la próxima semana")
WEEKS_LATER = {"en ocho": 7, "en quince": 14}
WEEKENDS = phrases("fin de semana, finde")
WEEK_END = phrases("fin de la semana, final de la semana")
MONTH_END = phrases(
    "fin de mes, final de mes, finales de mes, fin del mes, a fin de mes, a finales de mes, a final de mes"
)
YEAR_END = phrases("fin de año, final de año, finales de año, fin del año")
END_OF = phrases("finales de, fin de, final de, a finales de, a final de")
ARTICLES = words("el la del")
DISTANCES = words("antes después")
HABITUAL_ARTICLES = words("los")  # "los lunes" is every Monday
OF_ARTICLES = words("del")
BEFORE_OF = words("antes")
DAY_LINK = "el"
DAY_LINKS = words("el del")
DAY_WORDS = words("día")
FIRST_OF_MONTH = words("primero")
OF_MONTH = words("de del")
OF = words("de del")
CONTINUES = words("de del santo santa negro o u pasado pasada último salvo excepto")

# Numbers, units and times

NUMBERS = {
    "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10, "once": 11, "doce": 12, "quince": 15, "veinte": 20, "treinta": 30,
}  # fmt: skip
MINUTES = dict.fromkeys(words("min mins minuto minutos"), 1) | dict.fromkeys(words("h hora horas"), 60)
DAYS = dict.fromkeys(words("d día días"), 1) | dict.fromkeys(words("semana semanas"), 7)
MONTH_UNITS = dict.fromkeys(words("mes meses"), 1) | dict.fromkeys(words("año años"), 12)
UNITS = MINUTES.keys() | DAYS.keys() | MONTH_UNITS.keys()
IN = phrases("dentro de, en, de aquí a")
PARTS_OF_HOURS = {"media hora": 30, "un cuarto de hora": 15, "tres cuartos de hora": 45}
AND_A_HALF = phrases("y media")
HOUR_WORDS = words("h hora horas")
BEFORE_HOURS = words("las la")
BEFORE_ONE = words("la")  # "la una"
AFTER_CLOCK = phrases("en punto")
ENDS_OF_HOURS = words("media cuarto")
MINUTES_AFTER = {
    "y media": 30, "y cuarto": 15, "y cinco": 5, "y diez": 10, "y veinte": 20, "menos cuarto": -15, "menos cinco": -5,
    "menos diez": -10, "menos veinte": -20, "y veinticinco": 25, "menos veinticinco": -25,
}  # fmt: skip
MINUTE_NUMBERS = {"cinco": 5, "diez": 10, "quince": 15, "veinte": 20, "veinticinco": 25, "treinta": 30}
MORE_MINUTES = words("y menos con")
NOON_AND_MIDNIGHT = words("mediodía medianoche")
FIRST_OF_MINUTES = first_words(MINUTES_AFTER)
MIDDAY = phrases("mediodía")
MIDNIGHT = phrases("medianoche")
AFTER_NUMBERS = MONTHS.keys() | UNITS | words("de")

# Repetitions

EACH = phrases("cada, todos los, todas las")
EVERY = words("cada todos todas")
ON_EACH = words("los")
ON_WORKDAYS = phrases("de lunes a viernes, entre semana, cada día laborable, todos los días laborables")
WEEKDAYS_OF_RULES = WEEKDAYS | {"sabados": 5, "domingos": 6}
DAY_UNITS = words("día")
REPEATED_UNITS = {
    **dict.fromkeys(words("d día días"), ("DAILY", 1)),
    **dict.fromkeys(words("semana semanas"), ("WEEKLY", 1)),
    **dict.fromkeys(words("mes meses"), ("MONTHLY", 1)),
    **dict.fromkeys(words("trimestre trimestres"), ("MONTHLY", 3)),
    **dict.fromkeys(words("semestre semestres"), ("MONTHLY", 6)),
    **dict.fromkeys(words("año años"), ("YEARLY", 1)),
}
ADVERBS_OF_REPEATS = {
    "diariamente": ("DAILY", 1), "semanalmente": ("WEEKLY", 1), "mensualmente": ("MONTHLY", 1),
    "anualmente": ("YEARLY", 1),
}  # fmt: skip
PARTS_OF_RULES = PARTS | {"mananas": MORNING, "tardes": TARDE, "noches": NIGHT}
ORDINALS = {
    "primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "quinto": 5, "ultimo": -1, "penultimo": -2,
}  # fmt: skip
OF_EACH_MONTH = phrases("de cada mes, cada mes, de todos los meses")
OF_MONTHS = phrases("del mes, de mes, de cada mes")
UNTIL = words("hasta")
STARTING = phrases("a partir de, a partir del, desde")
DURING = words("durante")
TIMES = words("veces")
AFTER_DONE = phrases("después de hacerlo, después de completarlo, una vez hecho, tras completarlo")

# What stands beside a deadline

NOT_AFTER = words("""
    el la los las un una de del mi mis tu tus su sus nuestro nuestra cada todos todas pasado pasada último última este
    esta media medio santo negro buen buena desde a al que
""")
NOT_AFTER_WORDLIKE = NOT_AFTER | words("y o")
WHO_SITS = words("")
NAMES_AFTER_WORDLIKE = words("")
FOLLOWERS = words("con en a al para por sobre y & @ si")
NOT_AFTER_NUMBERS = words("y & para")
VERBS = words("")
WEAK_LINKS = words("")
AND = words("y e & +")
RANGE_TO = words("a")
ZONE_NOUNS = words("")
JOINERS = words("a y e o u hasta - – — & / +")
EXCEPT = words("salvo excepto menos")
REPEATING = words("cada") | ADVERBS_OF_REPEATS.keys()
REPEATED = UNITS | REPEATED_UNITS.keys() | PARTS_OF_RULES.keys() | ORDINALS.keys()
NAMES_WITH_CLOCKS = words("""
    génesis éxodo salmo proverbios isaías jeremías daniel mateo marcos lucas juan hechos romanos corintios gálatas
    efesios filipenses hebreos santiago pedro apocalipsis versículo sura marcador
""")
