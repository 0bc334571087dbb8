"""What decides whether and when somebody is reminded of a todo, read for many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from reminders.digest import Digest, make_digest
from reminders.models import Browser, Reminder, ReminderSettings
from reminders.times import Rule, to_ms
from todos.deadlines import Deadline
from todos.models import Membership, Todo, TodoList
from todos.time_zones import known_zone

Pair = tuple[int, int]  # the ids of a todo and of a user


class State:
    """The todos, rules, rights and settings of some pairs of a todo and a user, as they are now.

    It takes a fixed number of queries, however many pairs there are.
    """

    def __init__(self, pairs: Collection[Pair], user_ids: Iterable[int] = ()) -> None:
        self.todo_ids = {todo_id for todo_id, _ in pairs}
        self.user_ids = {user_id for _, user_id in pairs} | {*user_ids}
        self.todos = Todo.objects.visible().select_related("list").in_bulk(self.todo_ids) if pairs else {}
        list_ids = {todo.list_id for todo in self.todos.values()}
        # Disabled ones too: whether somebody may be sent something is decided last, and they may be enabled again.
        self.users: dict[int, AbstractBaseUser] = get_user_model().objects.in_bulk(self.user_ids)
        self.settings = ReminderSettings.objects.in_bulk(self.user_ids)
        self._zones = dict(
            TodoList.objects.filter(default_owner__in=self.user_ids).values_list("default_owner", "time_zone")
        )
        self._members = set(
            Membership.objects.filter(list__in=list_ids, user__in=self.user_ids).values_list("list", "user")
        )
        self._digests: dict[int, Digest] = {}
        self._own: dict[Pair, list[Reminder]] = defaultdict(list)
        self._defaults: dict[Pair, list[Reminder]] = defaultdict(list)
        of_todos = Q(todo__in=self.todo_ids) | Q(list__in=list_ids)
        for reminder in Reminder.objects.filter(of_todos, user__in=self.user_ids):
            if reminder.todo_id is not None:
                self._own[reminder.todo_id, reminder.user_id].append(reminder)
            else:
                self._defaults[reminder.list_id, reminder.user_id].append(reminder)

    @cached_property
    def browsers(self) -> dict[int, list[Browser]]:
        found = defaultdict(list)
        for browser in Browser.objects.filter(user__in=self.user_ids).order_by("pk"):
            found[browser.user_id].append(browser)
        return found

    def zone(self, user_id: int) -> ZoneInfo:
        """Return the zone of a person's clock: that of their default list."""
        return known_zone(self._zones.get(user_id, "UTC"))

    def settings_of(self, user_id: int) -> ReminderSettings:
        return self.settings.get(user_id) or ReminderSettings(user_id=user_id)

    def address(self, user_id: int) -> str:
        """Return the confirmed address of one of the users; without one, ""."""
        return self.settings_of(user_id).address_of(self.users[user_id])

    def digest(self, user: AbstractBaseUser, now: datetime) -> Digest | None:
        """Return the user's summary, made once for all of their targets; None if they want none or it is empty."""
        if self.settings_of(user.pk).digest_at is None:
            return None
        if user.pk not in self._digests:
            self._digests[user.pk] = make_digest(user, self.zone(user.pk), now)
        digest = self._digests[user.pk]
        return None if digest.is_empty else digest

    def open_todo(self, todo_id: int, user_id: int) -> Todo | None:
        """Return the todo if it is still to be done, and the user may read it."""
        todo = self.todos.get(todo_id)
        if todo is None or todo.completed or user_id not in self.users:
            return None
        may_read = todo.list.owner_id == user_id or (todo.list_id, user_id) in self._members
        return todo if may_read else None

    def due(self, todo_id: int, user_id: int) -> dict[int, Rule]:
        """Return all moments at which the user is to be reminded, in milliseconds, each with its rule.

        Rules of the todo itself replace the list's; those that put a reminder off come in addition.
        """
        todo = self.open_todo(todo_id, user_id)
        if todo is None:
            return {}
        own = self._own.get((todo_id, user_id), [])
        rules = [reminder.rule for reminder in own]
        if all(reminder.source for reminder in own):
            rules += [reminder.rule for reminder in self._defaults.get((todo.list_id, user_id), ())]
        found: dict[int, Rule] = {}
        for rule in rules:
            if (moment := self._moment(rule, todo.due, todo.list, user_id)) is not None:
                found.setdefault(to_ms(moment), rule)
        return found

    def _moment(self, rule: Rule, due: Deadline | None, todo_list: TodoList, user_id: int) -> datetime | None:
        zone = self.zone(user_id)
        moment = rule.moment_for(due, list_zone=todo_list.zone, zone=zone)
        if moment is None:
            return None
        quiet = self.settings_of(user_id).quiet_hours(zone)
        return quiet.after(moment) if quiet else moment
