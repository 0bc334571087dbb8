from django.contrib.auth import views as auth
from django.urls import path

from accounts import api
from taskoverflow.limits import limited

# Their names are Django's own: its views look for them.
urlpatterns = [
    path(
        "login",
        # By the name too: many addresses may guess at one password.
        limited("sign_in", lambda request: f"name {request.POST.get('username', '').lower()[:150]}")(
            auth.LoginView.as_view(template_name="accounts/login.html")
        ),
        name="login",
    ),
    path("logout", auth.LogoutView.as_view(), name="logout"),
]

api_urlpatterns = [
    path("tokens", api.TokensView.as_view(), name="tokens"),
    path("tokens/<int:token_id>", api.TokenView.as_view(), name="token"),
]
