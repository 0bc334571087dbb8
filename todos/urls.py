from django.urls import path

from todos import api, views

app_name = "todos"

urlpatterns = [
    path("", views.show_list, name="list"),
    path("todos/new", views.add_todo, name="add"),
    path("todos/undo", views.undo_change, name="undo"),
    path("todos/<int:todo_id>", views.edit_todo, name="edit"),
    path("todos/<int:todo_id>/complete", views.complete_todo, name="complete"),
    path("todos/<int:todo_id>/reopen", views.reopen_todo, name="reopen"),
    path("todos/<int:todo_id>/delete", views.delete_todo, name="delete"),
]

api_urlpatterns = [
    path("todos", api.TodosView.as_view(), name="todos"),
    path("todos/bulk", api.TodosBulkView.as_view(), name="todos-bulk"),
    path("todos/<int:todo_id>", api.TodoView.as_view(), name="todo"),
    path("todos/<int:todo_id>/restore", api.TodoRestoreView.as_view(), name="todo-restore"),
]
