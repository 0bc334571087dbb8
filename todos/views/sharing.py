"""Pages for sharing: a list's members and invitations, and those that a user has received."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from todos import services
from todos.access import Role
from todos.addresses import for_owners, list_url, to_page, with_list
from todos.forms.sharing import InviteForm, LinkForm, RoleForm
from todos.links import invitation_url
from todos.models import Invitation, Membership, TodoList
from todos.views.responses import status_of
from web import confirmation
from web.error_views import NothingHere
from web.quotas import QuotaExceeded
from web.rate_limits import limited

NO_SUCH_INVITATION = partial(
    NothingHere,
    _("This invitation is no longer valid"),
    _(
        "The link may be incomplete, or the invitation has expired or was revoked. Ask whoever sent it for another one."
    ),
)
NEW_LINK = "new invitation link"  # in the session, until it is shown


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("invitations")
@with_list
def show_share(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Show who has the list, and let its owner invite somebody by name."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_user(todo_list=todo_list, **form.cleaned_data)
        except (services.CannotShare, QuotaExceeded) as error:
            form.add_error("user_name", str(error))
        else:
            # The same whether there is such a user or not.
            name = form.cleaned_data["user_name"]
            sentence = gettext("If there is a user “%(name)s”, they can now accept your invitation.")
            messages.success(request, sentence % {"name": name})
            return redirect("todos:share", todo_list.pk)
    return render(request, "todos/share.html", share_context(request, todo_list, form), status=status_of(form))


@login_required
@require_POST
@limited("invitations")
@for_owners
def create_link(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            invitation, token = services.create_link(todo_list=todo_list, **form.cleaned_data)
            request.session[NEW_LINK] = [invitation.pk, token]
        except QuotaExceeded as error:
            messages.error(request, str(error))
    return redirect("todos:share", todo_list.pk)


@login_required
@require_POST
@for_owners
def change_role(request: HttpRequest, todo_list: TodoList, member_id: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            member = services.change_role(todo_list=todo_list, membership_id=member_id, **form.cleaned_data)
        except Membership.DoesNotExist as error:
            raise Http404 from error
        name = member.user.get_username()
        is_editor = member.role == Role.EDITOR
        sentence = gettext("%(name)s is now an editor.") if is_editor else gettext("%(name)s is now a viewer.")
        if member.ended_invitations:
            ended = gettext(
                "Links that invite editors no longer work: by one of them, %(name)s could become an editor again."
            )
            sentence = f"{sentence} {ended}"
        messages.success(request, sentence % {"name": name})
    return redirect("todos:share", todo_list.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def remove_member(request: HttpRequest, todo_list: TodoList, member_id: int) -> HttpResponse:
    name = find_member(todo_list, member_id).user.get_username()
    return confirmation.ask(
        request,
        gettext("Remove %(name)s from “%(list)s”?") % {"name": name, "list": todo_list.name},
        consequence=gettext(
            "They lose access immediately, and their calendar links for this list are deleted. "
            "Invitation links to the list stop working."
        ),
        button=gettext("Remove"),
        back=reverse("todos:share", args=[todo_list.pk]),
        action=partial(services.remove_member, todo_list=todo_list, membership_id=member_id),
        done=gettext("%(name)s is no longer a member.") % {"name": name},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def transfer_ownership(request: HttpRequest, todo_list: TodoList, member_id: int) -> HttpResponse:
    name, back = find_member(todo_list, member_id).user.get_username(), reverse("todos:share", args=[todo_list.pk])
    try:
        return confirmation.ask(
            request,
            gettext("Make %(name)s the owner of “%(list)s”?") % {"name": name, "list": todo_list.name},
            consequence=gettext(
                "You become an editor. Only the new owner can share or delete the list, or transfer it back."
            ),
            button=gettext("Transfer ownership"),
            back=back,
            action=partial(services.transfer_ownership, todo_list=todo_list, membership_id=member_id),
            done=gettext("“%(list)s” now belongs to %(name)s.") % {"name": name, "list": todo_list.name},
        )
    except services.CannotShare as error:
        messages.error(request, str(error))
        return redirect(back)


@login_required
@require_POST
@for_owners
def revoke_invitation(request: HttpRequest, todo_list: TodoList, invitation_id: int) -> HttpResponse:
    try:
        services.revoke_invitation(todo_list=todo_list, invitation_id=invitation_id)
    except Invitation.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, gettext("The invitation is revoked."))
    return redirect("todos:share", todo_list.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def leave_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    if todo_list.is_own:
        raise Http404  # its pages do not offer it
    return confirmation.ask(
        request,
        gettext("Leave “%(list)s”?") % {"list": todo_list.name},
        consequence=gettext("You lose access immediately, and your calendar links for this list are deleted."),
        button=gettext("Leave list"),
        back=reverse("todos:lists") if request.method == "POST" else list_url(todo_list, "todos:list"),
        action=partial(services.leave_list, todo_list=todo_list),
        done=gettext("You have left “%(list)s”.") % {"list": todo_list.name},
    )


@login_required
@require_safe
def show_invitations(request: HttpRequest) -> HttpResponse:
    return render(request, "todos/invitations.html", {"invitations": services.find_invitations(request.user)})


@login_required
@require_POST
@limited("invitations")
def accept_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    return accept(request, partial(services.accept_invitation, invitation_id=invitation_id))


@login_required
@require_POST
def decline_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    try:
        services.decline_invitation(user=request.user, invitation_id=invitation_id)
    except Invitation.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, gettext("The invitation is declined."))
    return redirect("todos:invitations")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("invitations")
def show_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation of a link, and accept it. Whoever has to sign in first comes back."""
    try:
        invitation = services.find_link(token)
    except Invitation.DoesNotExist as error:
        raise NO_SUCH_INVITATION() from error
    if (known := readable_list(request.user, invitation.list_id)) is not None:
        messages.info(request, nothing_to_accept(known))
        return to_page(known, "todos:list")
    if request.method == "POST":
        return accept(request, partial(services.accept_link, token=token))
    return render(request, "todos/invitation_link.html", {"invitation": invitation})


def accept(request: HttpRequest, accepting: partial) -> HttpResponse:
    try:
        todo_list = accepting(user=request.user)
    except Invitation.DoesNotExist as error:
        raise NO_SUCH_INVITATION() from error
    except (services.CannotShare, QuotaExceeded) as error:
        messages.error(request, str(error))
        return redirect("todos:invitations")
    messages.success(request, gettext("You joined “%(list)s”.") % {"list": todo_list.name})
    return redirect("todos:list", todo_list.pk)


def readable_list(user: AbstractBaseUser, list_id: int) -> TodoList | None:
    try:
        return services.find_list(user=user, list_id=list_id)
    except TodoList.DoesNotExist:
        return None


def find_member(todo_list: TodoList, member_id: int) -> Membership:
    for member in services.list_members(todo_list):
        if member.pk == member_id:
            return member
    raise Http404


def share_context(request: HttpRequest, todo_list: TodoList, form: InviteForm) -> dict[str, object]:
    context = {"members": services.list_members(todo_list), "owner": todo_list.owner}
    if not todo_list.is_own:
        return context
    pk, token = request.session.pop(NEW_LINK, (None, ""))
    invitations = services.list_invitations(todo_list)
    is_new = any(invitation.pk == pk for invitation in invitations)
    return context | {
        "form": form,
        "link_form": LinkForm(auto_id="link-%s"),
        "invitations": invitations,
        "new_link": invitation_url(request, token) if is_new else "",
    }


def nothing_to_accept(known: TodoList) -> str:
    if known.is_own:
        return gettext("This is your own list, so there is nothing to accept.")
    if known.role == Role.EDITOR:
        return gettext("You are already an editor of this list, so there is nothing to accept.")
    return gettext("You are already a viewer of this list, so there is nothing to accept.")
