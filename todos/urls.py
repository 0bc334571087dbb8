from django.urls import path

from todos import api

api_urlpatterns = [
    path("todos", api.TodosView.as_view(), name="todos"),
    path("todos/<int:todo_id>", api.TodoView.as_view(), name="todo"),
]
