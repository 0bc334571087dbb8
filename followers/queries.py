"""The statement of followers that runs with every change of a list."""

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
