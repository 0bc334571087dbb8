"""Rules of todos that repeat: what a client may send, which dates they have, and how people read them.

``rule`` is the grammar, ``dates`` the calendar, ``occurrence`` a date with its time and zone, ``words`` the sentences.
"""
