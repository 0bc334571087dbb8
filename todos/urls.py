from django.urls import path

from todos import api
from todos.views import changes, lists, months
from web.api.routers import Router

app_name = "todos"

urlpatterns = [
    path("", lists.show_list, name="list"),
    path("todos/new", lists.add_todo, name="add"),
    path("todos/reading", lists.read_line, name="reading"),
    path("todos/examples", lists.show_examples, name="examples"),
    path("todos/examples/remove", lists.remove_examples, name="remove-examples"),
    path("todos/copy", lists.copy_open_list, name="copy-open-list"),
    path("todos/time-zone", lists.change_time_zone, name="change-time-zone"),
    path("todos/change", changes.change_selected, name="change"),
    path("todos/undo", changes.undo_change, name="undo"),
    path("todos/<int:todo_id>", lists.edit_todo, name="edit"),
    path("todos/<int:todo_id>/complete", changes.complete_todo, name="complete"),
    path("todos/<int:todo_id>/reopen", changes.reopen_todo, name="reopen"),
    path("todos/<int:todo_id>/delete", changes.delete_todo, name="delete"),
    path("todos/<int:todo_id>/restore", changes.restore_todo, name="restore"),
    path("calendar", months.this_month, name="this-month"),
    path("calendar/<int:year>/<int:month>", months.show_month, name="month"),
    path("trash", changes.show_trash, name="trash"),
]

api_router = Router()
api_router.register("/todos", api.TodoViewSet, "todo")
api_router.register("/lists/<int:list_id>/todos", api.TodoViewSet, "list-todo")
api_router.register("/lists", api.ListViewSet, "list")
