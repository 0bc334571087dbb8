from django.apps import AppConfig


class FollowersConfig(AppConfig):
    name = "followers"

    def ready(self) -> None:
        from background import sweep
        from followers import dispatch
        from followers.kinds import KINDS
        from followers.models import FollowerKind
        from followers.webhooks import sending, services
        from todos.hooks import HOOKS, ListHooks

        HOOKS.append(
            ListHooks(
                wake=dispatch.wake_followers,
                lock=dispatch.lock_followers,
                lost=services.describe_webhooks,
                member_left=dispatch.end_followers_of,
            )
        )
        sweep.register(dispatch.WORK, sweep.Step(dispatch.wake_those_behind, dispatch.LOOK_BEHIND_SECONDS))
        KINDS[FollowerKind.WEBHOOK] = sending.WEBHOOKS
