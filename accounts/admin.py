from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

from accounts.membership import delete_account
from accounts.models import ApiToken
from todos.admin import DeletedByService
from web.rate_limits import entered, limited

admin.site.unregister(User)
# Its sign-in is a second door to the same accounts: the guesses at both count as one.
admin.site.login = limited("sign_in", entered("username"))(admin.site.login)


@admin.register(User)
class AccountAdmin(DeletedByService, UserAdmin):
    """Django's own, but that an account goes with its list, under the list's locks."""

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(obj)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """To see and to revoke; a token is made by its user."""

    list_display = ["name", "user", "scope", "expires_at", "last_used_at", "created_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    exclude = ["token_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
