from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from todos.models import Todo, TodoList


class ReadOnlyAdmin(admin.ModelAdmin):
    """For looking only: what stands here is changed by services, which lock and announce."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(TodoList)
class TodoListAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "time_zone", "revision", "created_at"]
    list_filter = ["time_zone"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]


@admin.register(Todo)
class TodoAdmin(ReadOnlyAdmin):
    # Whoever looks after the service has no need to read what people write, so titles are not listed.
    list_display = ["id", "list", "completed", "due", "sequence", "updated_at", "deleted_at"]
    list_filter = ["completed", "deadline_kind", ("deleted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["list__owner"]
    search_fields = ["uid", "list__owner__username"]
    date_hierarchy = "deadline"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Todo]:
        return super().get_queryset(request).order_by("-pk")
