from dramatiq import Actor, Broker, Message, MessageProxy, Middleware
from dramatiq.middleware import AgeLimit as StockAgeLimit
from dramatiq.middleware import MiddlewareError, SkipMessage


class UnwantedOption(MiddlewareError):
    """Somebody asked a broker for what only the database does here."""


class AgeLimit(StockAgeLimit):
    """Drops a message that is too old, where the stock one makes it a dead letter.

    Nothing is wrong with it, and the sweep has sent another: dead letters are what somebody should look at.
    """

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        try:
            super().before_process_message(broker, message)
        except SkipMessage:
            message.failed = False
            raise


class NoRetries(Middleware):
    """Lets actors state `max_retries=0`, refuses any other number, and refuses delayed messages.

    Both would live in the broker alone, and be lost with it: another attempt comes from the calendar's row.
    """

    actor_options = {"max_retries"}

    def before_declare_actor(self, broker: Broker, actor: Actor) -> None:
        if actor.options.get("max_retries", 0) != 0:
            raise UnwantedOption(f"{actor.actor_name} asks for retries, which no broker here gives.")

    def before_enqueue(self, broker: Broker, message: Message, delay: int | None) -> None:
        if delay is not None:
            raise UnwantedOption(f"{message.actor_name} was sent with a delay, which no broker here gives.")
