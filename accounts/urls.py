from django.contrib.auth import views as auth
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts import api, views
from accounts.forms import ResetPasswordForm
from accounts.mail import BackgroundPasswordResetForm
from accounts.views import email_link_context, redirect_with_message
from web.api.routers import Router
from web.rate_limits import caller, entered, limited

# The names are those of django.contrib.auth.urls: its views reverse them.
urlpatterns = [
    path(
        "login",
        views.limit_sign_in(views.SignInView.as_view()),
        name="login",
    ),
    path("logout", views.SignOutView.as_view(), name="logout"),
    path("signed-out", views.show_signed_out, name="signed-out"),
    path("sign-up", views.sign_up, name="sign-up"),
    path(
        "password",
        views.change_password,
        name="password_change",
    ),
    path(
        "password/changed",
        redirect_with_message(_("Your password is changed."), "settings"),
        name="password_change_done",
    ),
    path(
        "password/forgotten",
        limited("password_reset", caller, entered("email"))(
            auth.PasswordResetView.as_view(
                form_class=BackgroundPasswordResetForm,
                template_name="accounts/password_reset.html",
                email_template_name="accounts/password_reset.txt",
                subject_template_name="accounts/password_reset_subject.txt",
                extra_email_context=email_link_context(),
            )
        ),
        name="password_reset",
    ),
    path(
        "password/sent",
        redirect_with_message(
            _("If an account has that address, a mail with a link is on its way to it."), "login"
        ),
        name="password_reset_done",
    ),
    path(
        "password/new/<uidb64>/<token>",
        auth.PasswordResetConfirmView.as_view(
            template_name="accounts/password_reset_confirm.html", form_class=ResetPasswordForm
        ),
        name="password_reset_confirm",
    ),
    path(
        "password/set",
        redirect_with_message(_("Your password is set. Sign in with it."), "login"),
        name="password_reset_complete",
    ),
    path("appearance", views.change_appearance, name="change-appearance"),
    path("language", views.change_language, name="change-language"),
    path("email", views.change_email, name="change-email"),
    path("tokens", views.create_token),  # forms of 0.1.0
    # 0.1.0, which may run beside, would make a token for everything of one that is restricted.
    path("tokens/new", views.create_token, name="create-token"),
    path("tokens/<int:token_id>/revoke", views.revoke_token, name="revoke-token"),
    path("data.json", views.download_data, name="download-data"),
    path("delete", views.delete_account, name="delete-account"),
]

api_router = Router()
api_router.register("/tokens", api.ApiTokenViewSet, "token")
