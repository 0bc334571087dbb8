"""Five todos that show new users what the list can do."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from todos.agenda import Clock
from todos.deadlines import Deadline
from todos.models import Todo, TodoList
from todos.services import create_todo


def add_examples(todo_list: TodoList, clock: Clock) -> list[Todo]:
    """Create the examples, with deadlines around today."""

    def day(days: int) -> Deadline:
        return Deadline.of_day(clock.today + timedelta(days=days))

    def evening(days: int) -> Deadline:
        return Deadline.of_clock(datetime.combine(clock.today + timedelta(days=days), time(18)))

    examples = [
        (_("Tick me off: the circle on the left"), _("Then press Undo, as long as it is there."), day(0)),
        (_("Open me and change my deadline"), None, evening(1)),
        (
            _("Show my deadlines in my calendar app"),
            _("Export gives you a file, Subscribe one that updates."),
            evening(3),
        ),
        (_("Select me and the next one, and move both at once"), None, day(10)),
        (_("Some day: things without a deadline stay out of calendars"), None, None),
    ]
    return [
        create_todo(todo_list=todo_list, title=title, description=description, due=due)
        for title, description, due in examples
    ]
