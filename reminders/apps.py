from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        from background.sweep import Step, register
        from reminders import planning, receivers, services  # noqa: F401 - connects the receivers
        from todos.hooks import HOOKS, ListHooks
        from web import mail_addresses

        HOOKS.append(
            ListHooks(
                wake=planning.wake_plan,
                before_delete=planning.delete_reminders,
                member_left=planning.delete_reminders_of,
            )
        )
        mail_addresses.CONFIRMED.append(services.confirmed_address)
        mail_addresses.LANGUAGE_SOURCES.append(services.mail_language)
        register(
            Step(planning.find_behind, every_seconds=planning.LOOKED_FOR_MS / 1000),
            Step(planning.purge, every_seconds=60 * 60),
        )
