from django.urls import include, path

from todos.api.labels import LabelViewSet
from todos.api.lists import ListViewSet
from todos.api.saved_filters import FilterViewSet
from todos.api.sharing import InvitationViewSet, ListInvitationViewSet, MemberViewSet
from todos.api.todos import ListTodoViewSet, TodoViewSet
from todos.overview import Scope
from todos.views import (
    changes,
    installed,
    labels,
    lists,
    live,
    manage,
    months,
    overviews,
    repeating,
    search,
    sharing,
    trash,
    undo,
)
from web.api.routers import Router

app_name = "todos"

# Of every list: todos/addresses.py says which list an address names.
list_pages = [
    path("todos/events", live.watch_list, name="events"),
    path("todos/new", lists.add_todo, name="add"),
    path("todos/reading", lists.read_line, name="reading"),
    path("todos/dates", repeating.show_dates, name="dates"),
    path("todos/examples", lists.show_examples, name="examples"),
    path("todos/examples/remove", lists.remove_examples, name="remove-examples"),
    path("todos/copy", lists.copy_open_list, name="copy-open-list"),
    path("todos/time-zone", lists.change_time_zone, name="change-time-zone"),
    path("todos/change", changes.change_selected, name="change"),
    path("todos/move", changes.move_selected, name="move-selected"),
    path("todos/undo", undo.undo_change, name="undo"),
    path("todos/<int:todo_id>", lists.edit_todo, name="edit"),
    *(
        path(f"todos/<int:todo_id>/{name}", changes.change_todo, {"name": name}, name=name)
        for name in changes.TODO_BUTTONS
    ),
    path("todos/<int:todo_id>/dates", repeating.show_dates, name="dates-of"),
    path("todos/<int:todo_id>/history", repeating.show_history, name="history"),
    path("todos/<int:todo_id>/move", changes.move_todo, name="move"),
    path("todos/<int:todo_id>/position", changes.place_todo, name="place"),
    path("calendar", months.this_month, name="this-month"),
    path("calendar/<int:year>/<int:month>", months.show_month, name="month"),
    path("calendar/week", months.this_week, name="this-week"),
    path("calendar/week/<int:year>/<int:month>/<int:day>", months.show_week, name="week"),
    path("trash", trash.show_trash, name="trash"),
    path("trash/empty", trash.empty_trash, name="empty-trash"),
]

# Of a list as a whole, the default list too.
own_pages = [
    path("settings", manage.list_settings, name="list-settings"),
    path("order", manage.order_list, name="order-list"),
    path("archive", manage.archive_list, name="archive-list"),
    path("unarchive", manage.unarchive_list, name="unarchive-list"),
    path("delete", manage.delete_list, name="delete-list"),
    path("share", sharing.show_share, name="share"),
    path("share/link", sharing.create_link, name="create-link"),
    path("members/<int:member_id>/role", sharing.change_role, name="change-role"),
    path("members/<int:member_id>/remove", sharing.remove_member, name="remove-member"),
    path("members/<int:member_id>/transfer-ownership", sharing.transfer_ownership, name="transfer-ownership"),
    path("invitations/<int:invitation_id>/revoke", sharing.revoke_invitation, name="revoke-invitation"),
    path("leave", sharing.leave_list, name="leave-list"),
]

urlpatterns = [
    path("", lists.show_list, name="list"),
    path("lists/<int:list_id>", lists.show_list, name="list"),
    *(path(scope, overviews.show_overview, {"scope": scope}, name=scope) for scope in Scope),
    path("lists/events", live.watch_lists, name="all-events"),
    path("search/events", live.watch_search, name="search-events"),
    path("search", search.show_search, name="search"),
    path("search/help", search.show_help, name="search-help"),
    path("filters", search.show_filters, name="filters"),
    path("filters/new", search.new_filter, name="new-filter"),
    path("filters/<int:filter_id>", search.show_filter, name="filter"),
    path("filters/<int:filter_id>/edit", search.edit_filter, name="edit-filter"),
    path("filters/<int:filter_id>/delete", search.delete_filter, name="delete-filter"),
    path("manifest.webmanifest", installed.show_manifest, name="manifest"),
    path("service-worker.js", installed.show_service_worker, name="service-worker"),
    path("lists", manage.show_lists, name="lists"),
    path("lists/new", manage.new_list, name="new-list"),
    path("lists/<int:list_id>/", include(own_pages)),
    path("labels", labels.show_labels, name="labels"),
    path("labels/<int:label_id>", labels.edit_label, name="edit-label"),
    path("labels/<int:label_id>/delete", labels.delete_label, name="delete-label"),
    path("invitations", sharing.show_invitations, name="invitations"),
    path("invitations/<int:invitation_id>/accept", sharing.accept_invitation, name="accept-invitation"),
    path("invitations/<int:invitation_id>/decline", sharing.decline_invitation, name="decline-invitation"),
    path("invitations/link/<token>", sharing.show_link, name="invitation-link"),
    path("", include(list_pages)),
    path("lists/<int:list_id>/", include(list_pages)),
]

api_router = Router()
api_router.register("/todos", TodoViewSet, "todo")
api_router.register("/lists/<int:list_id>/todos", ListTodoViewSet, "list-todo")
api_router.register("/lists/<int:list_id>/members", MemberViewSet, "member")
api_router.register("/lists/<int:list_id>/invitations", ListInvitationViewSet, "list-invitation")
api_router.register("/invitations", InvitationViewSet, "invitation")
api_router.register("/lists", ListViewSet, "list")
api_router.register("/labels", LabelViewSet, "label")
api_router.register("/filters", FilterViewSet, "filter")
