from django.contrib.auth import views as auth
from django.urls import path

from accounts import api

# Their names are Django's own: its views look for them.
urlpatterns = [
    path("login", auth.LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("logout", auth.LogoutView.as_view(), name="logout"),
]

api_urlpatterns = [
    path("tokens", api.TokensView.as_view(), name="tokens"),
    path("tokens/<int:token_id>", api.TokenView.as_view(), name="token"),
]
