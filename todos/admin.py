from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from todos.access import OWNERS
from todos.models import Invitation, Label, Membership, PastOccurrence, SavedFilter, Todo, TodoList
from todos.services import erase_list


class ReadOnlyAdmin(admin.ModelAdmin):
    """Read-only, because changes must go through the services, which lock the list and announce the change."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class DeletedByService:
    """For an admin whose ``delete_model`` calls a service that also deletes everything that depends on a row."""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> tuple[list, dict, set, list]:
        # Django would load and show every dependent row, perhaps 100,000 todos, and check the permission to delete
        # each of them, which nobody has here.
        return [str(row) for row in objs], {self.opts.verbose_name_plural: len(objs)}, set(), []


@admin.register(TodoList)
class TodoListAdmin(DeletedByService, ReadOnlyAdmin):
    list_display = ["name", "owner", "is_default", "time_zone", "revision", "archived_at", "created_at"]
    list_filter = ["time_zone"]
    list_select_related = OWNERS
    search_fields = ["name", *(f"{owner}__username" for owner in OWNERS)]

    def has_delete_permission(self, request: HttpRequest, obj: TodoList | None = None) -> bool:
        return request.user.has_perm("todos.delete_todolist")

    def delete_model(self, request: HttpRequest, obj: TodoList) -> None:
        erase_list(todo_list=obj)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["list", "user", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", *(f"list__{owner}" for owner in OWNERS)]
    search_fields = ["user__username", "list__name"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["list", "user_name", "role", "created_by", "expires_at", "created_at"]
    list_filter = ["role"]
    list_select_related = ["created_by", *(f"list__{owner}" for owner in OWNERS)]
    search_fields = ["user_name", "created_by__username", "list__name"]
    exclude = ["token_hash"]


@admin.register(Todo)
class TodoAdmin(ReadOnlyAdmin):
    # No titles: operators need not read what people write.
    list_display = [
        "id",
        "list",
        "completed",
        "due",
        "priority",
        "rule",
        "parent_id",
        "sequence",
        "updated_at",
        "deleted_at",
    ]
    list_filter = ["completed", "deadline_kind", "priority", ("deleted_at", admin.EmptyFieldListFilter)]
    list_select_related = [f"list__{owner}" for owner in OWNERS]
    search_fields = ["uid", *(f"list__{owner}__username" for owner in OWNERS)]
    date_hierarchy = "deadline"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Todo]:
        return super().get_queryset(request).order_by("-pk")


@admin.register(PastOccurrence)
class PastOccurrenceAdmin(ReadOnlyAdmin):
    list_display = ["id", "list", "todo_id", "number", "due", "outcome", "ended_at"]
    list_filter = ["outcome"]
    list_select_related = [f"list__{owner}" for owner in OWNERS]
    search_fields = ["todo_id", *(f"list__{owner}__username" for owner in OWNERS)]
    exclude = ["todo"]  # it may be gone
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PastOccurrence]:
        return super().get_queryset(request).order_by("-pk")


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "color"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    list_display = ["id", "owner", "created_at"]  # as with todos, nothing that people wrote
    list_select_related = ["owner"]
    search_fields = ["owner__username"]
