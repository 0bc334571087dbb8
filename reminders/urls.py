from django.urls import path

from reminders import views

app_name = "reminders"

urlpatterns = [
    path("settings/reminders", views.show_settings, name="settings"),
    path("reminders/done/<token>", views.complete, name="done"),
    path("reminders/later/<token>", views.put_off, name="later"),
    path("reminders/unsubscribe/<token>", views.unsubscribe, name="unsubscribe"),
]
