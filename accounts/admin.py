from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

from accounts.forms import AdminSignInForm
from accounts.models import ApiToken
from accounts.user_data import delete_account
from accounts.views import change_password, limit_sign_in
from todos.admin import DeletedByService

admin.site.unregister(User)
# The admin signs in to the same accounts as the site, so both count against the same rate limits.
admin.site.login_form = AdminSignInForm
admin.site.login = limit_sign_in(admin.site.login)
admin.site.password_change = change_password  # Django's own asks neither about tokens nor about feeds


@admin.register(User)
class AccountAdmin(DeletedByService, UserAdmin):
    """Django's UserAdmin, except that deleting a user deletes the list first, under its locks."""

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(obj)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """For looking and revoking. Only users create their tokens."""

    list_display = ["name", "user", "scope", "list_ids", "expires_at", "last_used_at", "created_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    exclude = ["token_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
