from django.urls import path

from todos import api

api_urlpatterns = [
    path("todos", api.TodosView.as_view(), name="todos"),
    path("todos/bulk", api.TodosBulkView.as_view(), name="todos-bulk"),
    path("todos/<int:todo_id>", api.TodoView.as_view(), name="todo"),
    path("todos/<int:todo_id>/restore", api.TodoRestoreView.as_view(), name="todo-restore"),
]
