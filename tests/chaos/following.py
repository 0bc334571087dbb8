"""What became of everything that follows a list: told by the targets themselves, and by the database.

Triggers note when a follower's cursor moves, each lease of a notification, and what is leased after it was sent.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.clients import Planned
from tests.chaos.judge import Judge, Verdict
from tests.chaos.targets import AUTH, KEY
from tests.chaos.world import Owner, World
from tests.reminders.push_service import keys_of

NOTE_FOLLOWERS = """
CREATE TABLE chaos_cursor (list bigint, kind text, revision bigint, at timestamptz);
CREATE FUNCTION chaos_note_cursor() RETURNS trigger AS $$ BEGIN
    IF OLD.cursor <> NEW.cursor THEN
        INSERT INTO chaos_cursor VALUES (NEW.list_id, NEW.kind, NEW.cursor, clock_timestamp());
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos_note_cursor AFTER UPDATE ON followers_follower
    FOR EACH ROW EXECUTE FUNCTION chaos_note_cursor();
CREATE TABLE chaos_lease (notification uuid, channel text, source uuid, was_sent boolean);
CREATE FUNCTION chaos_note_lease() RETURNS trigger AS $$ BEGIN
    IF NEW.lease_token IS NOT NULL AND NEW.lease_token IS DISTINCT FROM OLD.lease_token THEN
        INSERT INTO chaos_lease VALUES (NEW.id, NEW.channel, NEW.source, OLD.sent_at_ms IS NOT NULL);
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER chaos_note_lease AFTER UPDATE ON reminders_notification
    FOR EACH ROW EXECUTE FUNCTION chaos_note_lease();
"""
WAITING = """
SELECT
    (SELECT count(*) FROM followers_follower f JOIN todos_todolist l ON l.id = f.list_id
        WHERE f.cursor < l.revision OR f.due_at_ms IS NOT NULL)
    + (SELECT count(*) FROM reminders_listplan WHERE due_at_ms IS NOT NULL)
    + (SELECT count(*) FROM reminders_duereminder WHERE due_at_ms < extract(epoch FROM now() + '1 min') * 1000)
    + (SELECT count(*) FROM reminders_notification WHERE due_at_ms IS NOT NULL)
"""


@dataclass
class Totals:
    """Of all targets. What nobody promised comes too: a worker may die before it records what it has sent."""

    due: int = 0
    received: int = 0
    besides: int = 0
    repeated: int = 0
    outside: int = 0

    def tell(self, verdict: Verdict) -> None:
        verdict.add("deliveries due", self.due)
        verdict.add("deliveries of these received", self.received)
        verdict.add("deliveries of these lost", self.due - self.received, must_be=0)
        verdict.add("deliveries received besides", self.besides)
        verdict.add("repeats inside the window, under the same id", self.repeated)
        verdict.add("repeats outside of it, or under a second id", self.outside)


class Following:
    """A webhook, a mail and a browser for each owner, and the topic for all lists."""

    def __init__(self, world: World, owners: list[Owner], judge: Judge) -> None:
        self.world, self.judge = world, judge
        self.revisions = dict(judge.run("SELECT id, revision FROM todos_todolist"))  # which webhooks begin with
        secrets = {f"/{owner.list_id}": self._follow(owner) for owner in owners}
        self.world.targets["webhooks"].learn(secrets)
        judge.run(NOTE_FOLLOWERS)

    def _follow(self, owner: Owner) -> str:
        from followers.webhooks.services import create_webhook
        from reminders.models import ReminderSettings
        from reminders.services import add_browser, set_defaults
        from reminders.times import Rule, RuleKind
        from todos.models import TodoList

        todo_list = TodoList.objects.select_related("default_owner").get(pk=owner.list_id)
        user = todo_list.default_owner
        ReminderSettings.objects.create(user=user, confirmed_email=user.email)
        set_defaults(user=user, todo_list=todo_list, rules=[Rule(RuleKind.BEFORE)])
        push, webhooks = (f"{self.world.targets[kind].url}/{owner.list_id}" for kind in ("push", "webhooks"))
        add_browser(user=user, name="Firefox", endpoint=push, **keys_of(KEY, AUTH))
        return create_webhook(user=user, todo_list=todo_list, url=webhooks)[1]

    def waiting(self) -> int:
        return self.judge.value(WAITING)

    def judge_all(self, verdict: Verdict, planned: list[Planned]) -> None:
        totals = Totals()
        webhooks = [each["event"] for each in self.world.targets["webhooks"].received]
        self._judge_events(verdict, totals, "webhook", webhooks)
        self._judge_events(verdict, totals, "topic", self.world.topic.received())
        # A mail whose connection ended is sent once more at once, under the same lease.
        for target, channel, sends in (("mail", "email", 2), ("push", "push", 1)):
            received = [each for each in self.world.targets[target].received if each["title"].startswith("Plan ")]
            leases = Counter(
                f"<{notification}@localhost>" if target == "mail" else source.replace("-", "")
                for notification, source in self.judge.run(
                    "SELECT notification::text, source::text FROM chaos_lease WHERE channel = %s", channel
                )
            )
            arrived = Counter(each["id"] for each in received)
            verdict.add(f"{target}: reminders", len(arrived))
            self._judge_reminders(verdict, totals, target, received, planned)
            unleased = sum(count > sends * leases[pk] for pk, count in arrived.items())
            totals.outside += unleased
            verdict.add(f"{target}: sent without a lease", unleased, must_be=0)
        after = self.judge.value("SELECT count(*) FROM chaos_lease WHERE was_sent")
        verdict.add("reminders leased after they were recorded", after, must_be=0)
        totals.outside += after
        totals.tell(verdict)

    def _judge_events(self, verdict: Verdict, totals: Totals, kind: str, events: list[dict[str, Any]]) -> None:
        """Judge events in the order in which they came."""
        seen: dict[int, int] = defaultdict(int, self.revisions if kind == "webhook" else {})
        ids: dict[tuple[int, int], set[str]] = defaultdict(set)
        recorded: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
        for list_id, revision, at in self.judge.run(
            "SELECT list, revision, at FROM chaos_cursor WHERE kind = %s", kind
        ):
            recorded[list_id].append((revision, at))
        gaps = late = 0
        for event in events:
            data, made_at = event["data"], datetime.fromisoformat(event["time"])
            list_id, revision = data["list"]["id"], data["revision"]
            gaps += data["since"] > seen[list_id]
            late += any(known >= revision and at < made_at for known, at in recorded[list_id])
            seen[list_id] = max(seen[list_id], revision)
            ids[list_id, revision].add(event["id"])
        revisions = self.judge.run("SELECT id, revision FROM todos_todolist WHERE revision > 0")
        due = {(list_id, revision) for list_id, each in recorded.items() for revision, _ in each}
        missing = len(due - ids.keys())
        began = self.revisions if kind == "webhook" else {}
        due |= {(list_id, revision) for list_id, revision in revisions if revision > began.get(list_id, 0)}
        different = len({event["id"] for event in events})
        verdict.add(f"{kind}: events", different)
        verdict.add(f"{kind}: repeats, under the same id", len(events) - different)
        lost = sum(seen[list_id] < revision for list_id, revision in revisions)
        verdict.add(f"{kind}: lists whose last revision did not arrive", lost, must_be=0)
        verdict.add(f"{kind}: recorded, but not received", missing, must_be=0)
        verdict.add(f"{kind}: changes left out", gaps, must_be=0)
        doubled = sum(len(each) > 1 for each in ids.values()) + abs(len(ids) - different)
        verdict.add(f"{kind}: revisions under two ids", doubled, must_be=0)
        verdict.add(f"{kind}: made again after they were recorded", late, must_be=0)
        totals.due += len(due)
        totals.received += len(due & ids.keys())
        totals.besides += len(ids.keys() - due)
        totals.repeated += len(events) - different
        totals.outside += late + doubled

    @staticmethod
    def _judge_reminders(
        verdict: Verdict,
        totals: Totals,
        target: str,
        received: list[dict[str, Any]],
        planned: list[Planned],
    ) -> None:
        times: dict[str, list[float]] = defaultdict(list)
        ids: dict[str, set[str]] = defaultdict(set)
        for each in received:
            times[each["title"]].append(each["at"])
            ids[each["title"]].add(each["id"])
        due = [each for each in planned if each.due_at is not None]
        lost = sum(each.is_sure and each.title not in ids for each in due)
        wrong = sum(each.is_sure and each.due_at is None and each.title in ids for each in planned)
        early = sum(min(times[each.title], default=each.due_at) < each.due_at for each in due)
        repeated = len(received) - sum(map(len, ids.values()))
        doubled = sum(len(each) > 1 for each in ids.values())
        sure = {each.title for each in due if each.is_sure}
        totals.due += len(sure)
        totals.received += len(sure & ids.keys())
        totals.besides += len(ids.keys() - sure)
        totals.repeated += repeated
        totals.outside += doubled
        verdict.add(f"{target}: repeats, under the same id", repeated)
        verdict.add(f"{target}: reminders lost", lost, must_be=0)
        verdict.add(f"{target}: reminders of what was completed in time", wrong, must_be=0)
        verdict.add(f"{target}: reminders too early, or before the new time", early, must_be=0)
        verdict.add(f"{target}: reminders under two ids", doubled, must_be=0)
        waits = sorted(min(times[each.title]) - each.due_at for each in due if each.title in ids)
        verdict.rows[f"{target}: 99 of 100 within, s"] = f"{waits[int(len(waits) * 0.99)]:.1f}" if waits else "-"
