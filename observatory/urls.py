from django.urls import path

from observatory import views

app_name = "observatory"

urlpatterns = [
    path("machine", views.show_machine, name="machine"),
    path("machine/events", views.watch_machine, name="events"),
]
