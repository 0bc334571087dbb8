from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from followers.models import Delivery, Follower, Webhook
from todos.access import OWNERS
from todos.admin import ReadOnlyAdmin


@admin.register(Follower)
class FollowerAdmin(ReadOnlyAdmin):
    list_display = [
        "id", "kind", "list", "user", "cursor", "is_active", "failing_since", "due_at_ms", "attempts", "last_result",
    ]  # fmt: skip
    list_filter = [
        "kind",
        "is_active",
        ("failing_since", admin.EmptyFieldListFilter),
        ("due_at_ms", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["user", *(f"list__{owner}" for owner in OWNERS)]
    search_fields = ["user__username"]


# No addresses: they may hold secrets, and operators need not read what people write.
@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ["id", "user", "includes_changes", "secret_version", "rotated_at", "created_at"]
    list_select_related = ["follower__user"]
    search_fields = ["follower__user__username"]
    exclude = ["url", "name", "secret_hash"]

    @admin.display(description="user")
    def user(self, webhook: Webhook) -> str:
        return str(webhook.follower.user)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["id", "event_id", "event_type", "revision", "attempts", "sent_at", "status", "error"]
    list_filter = ["event_type", "status"]
    search_fields = ["event_id"]
    exclude = ["body", "answer"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("body").order_by("-pk")
