"""The statements of followers that run with every change of a list."""

from django.db.models import BigIntegerField

from database.statements import Statement
from followers.models import Follower

# Soon after the last change, and not too long after the first.
WAKE_FOLLOWERS = Statement(
    """
    UPDATE followers_follower SET
        due_at_ms = [least](
            [now_ms] + delay_ms, COALESCE(first_change_at_ms, [now_ms]) + delay_ms * %(patience)s
        ),
        first_change_at_ms = COALESCE(first_change_at_ms, [now_ms])
    WHERE list_id = %(list)s AND is_active
    """,
    parameters={"list": Follower.list.field, "patience": BigIntegerField()},
)

# With every change, but only if EVENT_TOPIC is set. Its follower has seen nothing of the list yet.
FOLLOW_BY_TOPIC = Statement(
    """
    INSERT INTO followers_follower
        (list_id, kind, cursor, delay_ms, is_active, last_result, created_at, attempts)
    SELECT %(list)s, 'topic', 0, %(delay)s, TRUE, '', CURRENT_TIMESTAMP, 0
    WHERE NOT EXISTS (SELECT 1 FROM followers_follower WHERE list_id = %(list)s AND kind = 'topic')
    ON CONFLICT DO NOTHING
    """,
    parameters={"list": Follower.list.field, "delay": Follower.delay_ms.field},
)
