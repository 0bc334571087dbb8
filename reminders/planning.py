"""When reminders are due the next time: computed after a change, in slices, from the state of the moment.

A list's plan becomes due in the change's own transaction, by one statement. What is computed from it may be behind by
a moment, and so is never the last word: whether a reminder is due is decided once more when it becomes a notification.
"""

import logging
import uuid
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce, Least

from background.models import LeasedQuerySet
from database.clock import NowMs, now_ms
from database.statements import Call
from reminders.models import LEASE_MS, Browser, DueReminder, ListPlan, Notification, Reminder, ReminderSettings
from reminders.queries import LOCK_PLAN, PLANS, WAKE_PLAN
from reminders.state import Pair, State
from reminders.times import from_ms
from todos.models import Todo, TodoList

logger = logging.getLogger(__name__)

SLICE = 200  # todos in one transaction, so that large lists do not hold up what is due
RETRY_MS = 10_000
LOOKED_FOR_MS = 60_000  # how often plans that are behind are looked for
BATCH = 500
KEPT_DAYS = 8  # notifications: links in messages work for 7
DAY_MS = 24 * 60 * 60 * 1000


def wake_plan(list_id: int) -> Call:
    return WAKE_PLAN.bind(list=list_id)


def delete_reminders(list_id: int) -> None:
    """Delete what depends on the list's todos, which are about to be deleted with it."""
    for model in (DueReminder, Notification, Reminder):
        model.objects.filter(todo__list=list_id).delete()


def delete_reminders_of(list_id: int, user_id: int) -> None:
    """Delete what a user has of a list that they have just lost."""
    for model in (DueReminder, Notification, Reminder):
        model.objects.filter(todo__list=list_id, user=user_id).delete()
    Reminder.objects.filter(list=list_id, user=user_id).delete()


def plan_anew(list_ids: Iterable[int]) -> None:
    """Have all times of these lists computed again, soon. A list without a plan gets one."""
    ids = sorted({*list_ids})
    with transaction.atomic():
        ListPlan.objects.bulk_create([ListPlan(list_id=pk) for pk in ids], ignore_conflicts=True)
        _lock(ListPlan.objects.filter(list__in=ids)).update(
            revision=0,
            todo_id_seen=0,
            due_at_ms=NowMs(),
            changed_at_ms=Coalesce("changed_at_ms", NowMs()),
            # Whoever works on a slice loses it: it was read before.
            lease_token=None,
            lease_until_ms=None,
        )


def _lock(plans: LeasedQuerySet) -> LeasedQuerySet:
    """Lock these plans in the order of their lists' ids, as a change of several lists does, and return them."""
    ids = list(plans.order_by("list_id").select_for_update().values_list("pk", flat=True))
    return ListPlan.objects.filter(pk__in=ids)


def ensure_plan(*lists: TodoList) -> None:
    """Give each of these lists a plan, if it has none. Nothing of them is planned but what the caller does."""
    plans = [
        ListPlan(list=one, revision=one.revision, time_zone=one.time_zone)
        for one in sorted(lists, key=lambda one: one.pk)
    ]
    ListPlan.objects.bulk_create(plans, ignore_conflicts=True)


def plan_user_anew(user_id: int) -> None:
    """Have all times of a user computed again: their clock or their quiet hours have changed."""
    plan_anew(_lists_of(user_id))


def _lists_of(user_id: int) -> set[int]:
    """Return the ids of the lists in which a user has reminders."""
    reminders = Reminder.objects.filter(user=user_id)
    return {
        *reminders.filter(list__isnull=False).values_list("list", flat=True),
        *reminders.filter(todo__isnull=False).values_list("todo__list", flat=True),
    } - {None}


def plan_due_lists(*, limit: int = 10) -> int:
    """Do a slice of each plan that is due; return how many plans that were."""
    done = 0
    for plan_id in list(ListPlan.objects.due().order_by("due_at_ms").values_list("pk", flat=True)[:limit]):
        try:
            done += _plan_slice(plan_id)
        except Exception:  # it rests, and the others have their turn
            logger.exception("The reminders of a list could not be planned: plan %s", plan_id)
    return done


def find_behind() -> dict[str, int]:
    """Make plans due that are behind their list: release 0.1.0, which may run beside, wakes none."""
    behind = ListPlan.objects.filter(due_at_ms=None, revision__lt=F("list__revision"))
    woken = [*behind.values_list("list", flat=True)[:BATCH]]
    if woken:
        with transaction.atomic():
            _lock(ListPlan.objects.filter(list__in=woken, due_at_ms=None)).update(
                due_at_ms=NowMs(), changed_at_ms=NowMs() - 2 * LOOKED_FOR_MS
            )
    # A todo was moved to a list that had no reminders, or a backup was restored.
    lists = TodoList.objects.filter(
        Q(pk__in=Reminder.objects.filter(todo__isnull=False).values("todo__list"))
        | Q(pk__in=Reminder.objects.filter(list__isnull=False).values("list"))
    ).exclude(pk__in=ListPlan.objects.values("list"))
    if missing := [*lists.values_list("pk", flat=True)[:BATCH]]:
        plan_anew(missing)
    return {"reminder_plans_woken": len(woken) + len(missing)}


def purge() -> dict[str, int]:
    """Delete what is of no use any more, and what 0.1.0 has left behind of users, lists and todos."""
    now = now_ms()
    old = now - KEPT_DAYS * DAY_MS
    deleted = {
        "notifications": Notification.objects.filter(created_at_ms__lt=old),
        "put_off": Reminder.objects.filter(source__isnull=False, moment__lt=from_ms(old)),
        "times": DueReminder.objects.filter(due_at_ms=None, fired_until_ms__lt=now - DAY_MS),
    }
    counts = {f"reminder_{name}_deleted": _delete(rows) for name, rows in deleted.items()}
    return counts | {"reminder_orphans_deleted": _purge_orphans()}


def _delete(rows: QuerySet) -> int:
    """Delete rows in batches, so that no transaction lasts long."""
    deleted = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        deleted += rows.model.objects.filter(pk__in=ids).delete()[0]
    return deleted


def _purge_orphans() -> int:
    deleted = 0
    for model, columns in (
        (Reminder, ("user", "list", "todo")),
        (DueReminder, ("user", "todo")),
        (Notification, ("user", "todo")),
        (Browser, ("user",)),
        (ReminderSettings, ("user",)),
        (ListPlan, ("list",)),
    ):
        for column in columns:
            there = model._meta.get_field(column).remote_field.model._base_manager.filter(pk=OuterRef(column))
            rows = model.objects.filter(~Exists(there), **{f"{column}__isnull": False}).order_by()
            ids = list(rows.values_list("pk", flat=True)[:BATCH])
            deleted += model.objects.filter(pk__in=ids).delete()[0] if ids else 0
    return deleted


def _plan_slice(plan_id: int) -> bool:
    token = uuid.uuid4()
    with transaction.atomic():
        if not ListPlan.objects.due().claim(plan_id, token=token, lease_ms=LEASE_MS):
            return False
        # Since when moments count stays in the row until all is planned: who works on it may die.
        since = Coalesce(Least("since_ms", "changed_at_ms"), "since_ms", "changed_at_ms")
        ListPlan.objects.leased(token).update(since_ms=since, changed_at_ms=None)
        plan = ListPlan.objects.get(pk=plan_id)
    try:
        _plan(plan, token)
    except Exception:
        ListPlan.objects.retry_later(token, delay_ms=RETRY_MS)
        raise
    return True


def _plan(plan: ListPlan, token: uuid.UUID) -> None:
    todo_list = _list_with_all_changes(plan.list_id)
    if todo_list is None:
        plan.delete()
        return
    if plan.time_zone != todo_list.time_zone:
        _settle_zone(plan, token, todo_list)
    revision = todo_list.revision
    # In the order of an index: many todos may have one revision.
    changed = Todo.objects.filter(list=plan.list_id, revision__lte=revision).filter(
        Q(revision__gt=plan.revision + 1) | Q(revision=plan.revision + 1, pk__gt=plan.todo_id_seen)
        if plan.revision or plan.todo_id_seen
        else Q()
    )
    todos = list(changed.order_by("revision", "pk").values_list("pk", "revision")[:SLICE])
    plan_todos([pk for pk, _ in todos], list_id=plan.list_id, since_ms=plan.since_ms)
    plans = ListPlan.objects.leased(token)
    ends = {"lease_token": None, "lease_until_ms": None, "attempts": 0}
    if len(todos) == SLICE:
        last_id, last_revision = todos[-1]
        plans.update(revision=last_revision - 1, todo_id_seen=last_id, due_at_ms=NowMs(), **ends)
        return
    is_changed = When(changed_at_ms__isnull=False, then=F("due_at_ms"))
    plans.update(
        revision=revision, todo_id_seen=0, due_at_ms=Case(is_changed, default=None), since_ms=None, **ends
    )


def _list_with_all_changes(list_id: int) -> TodoList | None:
    """Return the list once every change has ended that found `changed_at_ms` set, and so left no trace in the plan.

    A change has the list locked. One that begins after this finds `changed_at_ms` empty, and sets it.
    """
    with transaction.atomic():
        return TodoList.objects.select_for_update(no_key=True).filter(pk=list_id).first()


def _settle_zone(plan: ListPlan, token: uuid.UUID, todo_list: TodoList) -> None:
    """Begin anew: the list's clock has changed. That of its owner's default list is the owner's, in all lists."""
    if plan.time_zone and todo_list.is_default and todo_list.owner_id:
        others = _lists_of(todo_list.owner_id) - {todo_list.pk}
        plan_anew(others)
        ReminderSettings.objects.filter(pk=todo_list.owner_id, digest_at__isnull=False).update(
            digest_due_at_ms=NowMs()  # looked at now, and sent when the new clock says so
        )
    plan.revision = plan.todo_id_seen = 0
    plan.time_zone = todo_list.time_zone
    ListPlan.objects.leased(token).update(revision=0, todo_id_seen=0, time_zone=todo_list.time_zone)


def plan_todos(todo_ids: Collection[int], *, list_id: int, since_ms: int | None = None) -> None:
    """Compute the next times of these todos, for all users with reminders of them.

    A moment before ``since_ms``, when the change was made, is over: nobody is reminded. Without it, that is now.
    """
    if not todo_ids:
        return
    ids = {*todo_ids}
    with_default = Reminder.objects.filter(list=list_id).values_list("user", flat=True).distinct()
    pairs: set[Pair] = {(todo_id, user_id) for user_id in with_default for todo_id in ids}
    for model in (Reminder, DueReminder):
        pairs |= {*model.objects.filter(todo__in=ids).values_list("todo", "user")}
    plan_pairs(pairs, list_id=list_id, since_ms=since_ms)


def plan_pairs(pairs: Collection[Pair], *, list_id: int, since_ms: int | None = None) -> None:
    """Compute the next times of some todos of a list, each for a user."""
    if not pairs:
        return
    since = now_ms() if since_ms is None else since_ms
    todo_ids = {todo_id for todo_id, _ in pairs}
    with transaction.atomic():
        LOCK_PLAN(number=PLANS + list_id)
        # The rows before the state: who makes notifications of them does the same.
        locked = DueReminder.objects.select_for_update().filter(todo__in=todo_ids).order_by("pk")
        rows = {(row.todo_id, row.user_id): row for row in locked if (row.todo_id, row.user_id) in pairs}
        state = State(pairs)
        changed, new = [], []
        for pair in sorted(pairs):
            row = rows.get(pair) or DueReminder(todo_id=pair[0], user_id=pair[1])
            due = next_due(row, state.due(*pair), since)
            if due != row.due_at_ms:
                row.due_at_ms = due
                (new if row.pk is None else changed).append(row)
        # These exist, so the insert updates them: bulk_update takes time with the square of their number.
        DueReminder.objects.bulk_create(
            changed, BATCH, update_conflicts=True, unique_fields=["id"], update_fields=["due_at_ms"]
        )
        DueReminder.objects.bulk_create(
            new,
            BATCH,
            update_conflicts=True,
            unique_fields=["todo", "user"],
            update_fields=["due_at_ms"],
        )


def next_due(row: DueReminder, moments: Iterable[int], since_ms: int) -> int | None:
    """Return the earliest of these moments that lies ahead, or that is due already and has not been noticed."""
    ahead = [
        moment
        for moment in moments
        if moment > row.fired_until_ms and (moment > since_ms or moment == row.due_at_ms)
    ]
    return min(ahead, default=None)
