"""Pages for accounts and settings."""

from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse, reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services, user_data
from accounts.forms import (
    AppearanceForm,
    ChangePasswordForm,
    DeleteAccountForm,
    EmailForm,
    LanguageForm,
    SignInForm,
    SignUpForm,
    TokenForm,
)
from accounts.models import ApiToken
from todos.forms.lists import ListForm
from todos.models import Invitation, TodoList
from todos.navigation import lists_of
from todos.response_cache import large_answers
from todos.services import find_link, find_lists, get_list, update_list
from web import confirmation, preferences
from web.rate_limits import View, address_of, entered, limited
from web.redirects import came_from, safe_address

FORM_IDS = "token-%s"  # the settings page has another form with a field "name"

# For users who are signed in.
limit_password_guesses = limited("sign_in", only_failures=True)


class SignInView(LoginView):
    """The sign-in page. If a link to a list led to it, it says so."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(**kwargs) | {"invitation": invitation_at(self.get_redirect_url())}


def limit_sign_in(view: View) -> View:
    """Decorate a login page. One address cannot reach the limit of a name, and so lock its owner out."""
    by_name = limited("sign_in_name", entered("username"), only_failures=True)
    by_address = limited("sign_in", address_of, only_failures=True)
    return by_address(by_name(view))


@login_not_required
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("sign_up")
def sign_up(request: HttpRequest) -> HttpResponse:
    if not settings.SIGN_UP:
        raise Http404
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        return redirect(safe_address(request, request.POST.get("next", ""), reverse("todos:list")))
    then = safe_address(request, request.POST.get("next") or request.GET.get("next", ""), "")
    return render_form(request, "accounts/sign_up.html", form, next=then, invitation=invitation_at(then))


@method_decorator(login_not_required, name="dispatch")
class SignOutView(LogoutView):
    """Sign out by POST only, even if the session has ended. A GET is redirected to the list, which has the button."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("todos:list")


@login_not_required
@never_cache
@require_safe
def show_signed_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:  # by now, or again
        return redirect("todos:list")
    return render(request, "accounts/signed_out.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_settings(request: HttpRequest) -> HttpResponse:
    todo_list = get_list(request.user)
    form = ListForm(request.POST or None, instance=todo_list)
    if request.method == "POST" and form.is_valid():
        update_list(todo_list=todo_list, changes=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("settings")
    return render_settings(request, form=form)


@require_POST
def change_appearance(request: HttpRequest) -> HttpResponse:
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return render_settings(request, appearance_form=form)
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    request.COOKIES |= chosen
    with translation.override(translation.get_language_from_request(request)):
        messages.success(request, _("Saved."))
    response = redirect("settings")
    preferences.remember(response, chosen)
    return response


@login_not_required
@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """For people who are not signed in, and may see no settings."""
    form = LanguageForm(request.POST)
    response = redirect(came_from(request, reverse("login")))
    if form.is_valid() and form.cleaned_data["language"]:
        preferences.remember(response, form.cleaned_data)
    return response


change_password = limit_password_guesses(
    PasswordChangeView.as_view(
        template_name="accounts/password_change.html",
        form_class=ChangePasswordForm,
        success_url=reverse_lazy("password_change_done"),
    )
)


@login_required
@sensitive_post_parameters("password")
@require_POST
@limit_password_guesses
def change_email(request: HttpRequest) -> HttpResponse:
    # A copy, because validating a ModelForm sets its instance's fields even if they are invalid.
    form = EmailForm(request.POST, instance=copy(request.user), user=request.user)
    if not form.is_valid():
        return render_settings(request, email_form=form)
    get_user_model().objects.filter(pk=request.user.pk).update(email=form.cleaned_data["email"])
    update_session_auth_hash(request, request.user)  # checking the password may have replaced its hash
    messages.success(request, _("Saved."))
    return redirect("settings")


@login_required
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST, auto_id=FORM_IDS, lists=lists_of(request).all)
    if form.is_valid():
        try:
            request.session["new_token"] = services.create_token(user=request.user, **form.cleaned_data)[1]
            return redirect("settings")
        except TodoList.DoesNotExist:
            form.add_error("list_ids", _("You have just lost one of these lists."))
        except services.TooManyTokens:
            sentence = _("You already have %(count)d tokens. Revoke one first.")
            form.add_error("name", sentence % {"count": services.MAX_TOKENS})
    return render_settings(request, token_form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.of_user(request.user), pk=token_id)
    return confirmation.ask(
        request,
        _("Revoke “%(name)s”?") % {"name": token.name},
        consequence=_(
            "Programs that use this token lose access to your lists. A revoked token cannot be restored."
        ),
        button=_("Revoke token"),
        back=reverse("settings"),
        action=partial(services.revoke_token, user=request.user, token_id=token_id),
        done=_("“%(name)s” is revoked.") % {"name": token.name},
    )


@require_safe
def download_data(request: HttpRequest) -> HttpResponse:
    with large_answers.taken():  # however small the list is, its trash may be large
        return JsonResponse(
            user_data.export_data(request.user),
            json_dumps_params={"indent": 2, "ensure_ascii": False},
            headers={"Content-Disposition": 'attachment; filename="taskoverflow.json"'},
        )


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@limit_password_guesses
def delete_account(request: HttpRequest) -> HttpResponse:
    form = DeleteAccountForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        user = request.user
        logout(request)
        user_data.delete_account(user)
        messages.success(request, _("Your account and all its data have been deleted."))
        return redirect("login")
    shared_count = sum(todo_list.is_own and todo_list.is_shared for todo_list in find_lists(user=request.user))
    return render_form(request, "accounts/delete.html", form, shared_count=shared_count)


def invitation_at(address: str) -> Invitation | None:
    """Return the invitation to a list whose link this is. Whoever has it may know the list's name."""
    try:
        page = resolve(urlsplit(address).path)
        return find_link(page.kwargs["token"]) if page.view_name == "todos:invitation-link" else None
    except (Resolver404, Invitation.DoesNotExist):
        return None


def email_link_context() -> dict[str, str]:
    """Return the protocol and domain of links in emails. From PUBLIC_URL, because a client can forge the Host."""
    parts = urlsplit(settings.PUBLIC_URL)
    return {"protocol": parts.scheme, "domain": parts.netloc} if parts.netloc else {}


def redirect_with_message(sentence: str, then: str) -> Callable[[HttpRequest], HttpResponse]:
    """Return a view that adds a message and redirects to the page named ``then``."""

    @login_not_required
    def view(request: HttpRequest) -> HttpResponse:
        messages.success(request, sentence)
        return redirect(then)

    return view


def render_settings(request: HttpRequest, **forms: Form) -> HttpResponse:
    """Render the settings page; ``forms`` replace those that were submitted with errors."""
    chosen = {name: preferences.preference(request, name) for name in preferences.PREFERENCES}
    context = {
        "form": ListForm(instance=get_list(request.user)),
        "appearance_form": AppearanceForm(initial=chosen),
    }
    if request.user.is_authenticated:
        lists = lists_of(request).all
        context |= {
            "email_form": EmailForm(instance=request.user, user=request.user),
            "tokens": with_list_names(ApiToken.objects.of_user(request.user), lists),
            "token_form": TokenForm(auto_id=FORM_IDS, lists=lists),
            # Shown once, right after it was created.
            "new_token": request.session.pop("new_token", None),
        }
    is_submitted = any(form.is_bound for form in forms.values())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_submitted else HTTPStatus.OK
    return render(request, "accounts/settings.html", context | forms, status=status)


def with_list_names(tokens: Iterable[ApiToken], lists: Iterable[TodoList]) -> list[ApiToken]:
    """Return the tokens; those that are restricted know the names of the lists that they still open."""
    names = {todo_list.pk: todo_list.name for todo_list in lists}
    tokens = list(tokens)
    for token in tokens:
        token.list_names = [names[list_id] for list_id in token.list_ids or () if list_id in names]
    return tokens


def render_form(request: HttpRequest, template: str, form: Form, **context: object) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"form": form, **context}, status=status)
