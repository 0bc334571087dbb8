"""The reminders of a todo, for the page of the todo."""

from django import template
from django.template.context import Context

from reminders import services
from reminders.forms import TodoRuleForm
from reminders.models import Reminder
from reminders.times import RuleKind
from reminders.words import clock_of, with_words
from todos.deadlines import DeadlineKind
from todos.models import Todo

register = template.Library()


@register.inclusion_tag("reminders/includes/todo.html", takes_context=True)
def reminders_of(context: Context, todo: Todo) -> dict[str, object]:
    """Show what the user is reminded of, with a form to add more. Nobody is reminded who is not signed in."""
    request = context["request"]
    if not request.user.is_authenticated:
        return {}
    clock = clock_of(request)
    own = with_words(services.find_reminders(user=request.user, todo=todo), clock)
    is_default = all(one.source for one in own)
    defaults = services.find_defaults(user=request.user, todo_list=todo.list) if is_default else []
    return {
        "request": request,
        "user": request.user,
        "todo": todo,
        "todo_list": todo.list,
        "reminders": own,
        "defaults": with_words([one for one in defaults if _applies(one.kind, todo)], clock),
        "form": TodoRuleForm(due=todo.due, zone=clock.zone, auto_id="reminder-%s"),
        "has_target": services.has_target(request.user),
    }


def _applies(kind: str, todo: Todo) -> bool:
    return todo.due is not None and (todo.due.kind == DeadlineKind.DAY) == (kind == RuleKind.DAY)


@register.filter
def words_of(reminders: list[Reminder]) -> str:
    """The words of several reminders."""
    return ", ".join(one.words for one in reminders)


@register.filter
def count_of(counts: dict[int, int], key: int) -> int:
    return counts.get(key, 0)
