from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        from reminders import planning
        from todos.followers import FOLLOWERS, Follower

        FOLLOWERS.append(
            Follower(
                planning.wake_plan,
                planning.lock_reminders,
                member_left=planning.delete_reminders_of,
            )
        )
