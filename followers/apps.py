from django.apps import AppConfig


class FollowersConfig(AppConfig):
    name = "followers"

    def ready(self) -> None:
        from django.conf import settings

        from background import sweep
        from followers import dispatch
        from followers.kinds import KINDS
        from followers.metrics import FollowerCollector
        from followers.models import FollowerKind
        from followers.topics import metrics as topic_metrics
        from followers.topics import services as topic
        from followers.webhooks import sending, services
        from observability import metrics
        from todos.hooks import HOOKS, ListHooks

        if settings.EVENT_TOPIC:
            HOOKS.append(topic.HOOKS)  # first: a list that the topic follows just now is woken with the others
        HOOKS.append(
            ListHooks(
                wake=dispatch.wake_followers,
                before_delete=dispatch.lock_followers,
                lost=services.describe_webhooks,
                member_left=dispatch.end_followers_of,
            )
        )
        sweep.register(
            dispatch.WORK,
            sweep.Step(dispatch.wake_those_behind, dispatch.LOOK_BEHIND_SECONDS),
            sweep.Step(topic.follow_all, topic.LOOK_SECONDS),
        )
        metrics.DATABASE_COLLECTORS.append(FollowerCollector())
        KINDS[FollowerKind.WEBHOOK] = sending.WEBHOOKS
        KINDS[FollowerKind.TOPIC] = topic.TOPIC
        metrics.DATABASE_COLLECTORS.append(topic_metrics.TopicCollector())
