from django.contrib import admin

from accounts.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """To see and to revoke; a token is made by its user."""

    list_display = ["name", "user", "scope", "expires_at", "last_used_at", "created_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    exclude = ["token_hash"]

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
