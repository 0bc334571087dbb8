"""The API of sharing lists: members and invitations."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from todos import services
from todos.api.lists import OwnListMixin
from todos.links import invitation_url
from todos.models import Invitation, Membership
from todos.serializers.lists import ListSerializer
from todos.serializers.sharing import (
    InvitationSerializer,
    LinkSerializer,
    MemberSerializer,
    NewInvitationSerializer,
    NewMemberSerializer,
    ReceivedInvitationSerializer,
)
from web.api.errors import Refused
from web.api.permissions import ModeAllows
from web.api.schema import FULL, error_response
from web.api.throttling import ScopedThrottle

NO_SUCH_MEMBER = "There is no such member."
NO_SUCH_INVITATION = "There is no such invitation; it may have expired."
NOT_YOURS = {HTTPStatus.FORBIDDEN: error_response("You are not the list's owner, or the token is read-only.")}


class SharingMixin:
    """For views that invite people, and turn what services raise into answers."""

    throttle_classes = [ScopedThrottle]
    throttle_scope = "invitations"

    @contextmanager
    def found(self, sentence: str) -> Iterator[None]:
        try:
            yield
        except (Membership.DoesNotExist, Invitation.DoesNotExist) as error:
            raise Http404(sentence) from error
        except services.CannotShare as error:
            raise Refused(str(error)) from error

    def invite(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values, token = serializer.validated_data, None
        with self.found(NO_SUCH_INVITATION):
            if "user_name" in values:
                invitation = services.invite_user(todo_list=self.todo_list, **values)
            else:
                invitation, token = services.create_link(todo_list=self.todo_list, **values)
        invitation.token, invitation.url = token, token and invitation_url(request, token)
        return Response(NewInvitationSerializer(invitation).data, status=HTTPStatus.CREATED)


class MemberViewSet(SharingMixin, OwnListMixin, GenericViewSet):
    """The people with whom a list is shared, apart from its owner."""

    queryset = Membership.objects.all()
    serializer_class = MemberSerializer
    lookup_url_kwarg = "member_id"
    lookup_value_converter = "int"
    pagination_class = None

    @extend_schema(responses=MemberSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The members of a list."""
        return Response(self.get_serializer(services.list_members(self.todo_list), many=True).data)

    @extend_schema(
        request=NewMemberSerializer, responses={HTTPStatus.CREATED: NewInvitationSerializer, **FULL, **NOT_YOURS}
    )
    def create(self, request: Request) -> Response:
        """Invite a user by name. They are a member once they accept.

        The answer is the same if there is no such user.
        """
        return self.invite(request)

    @extend_schema(responses={HTTPStatus.OK: MemberSerializer, **NOT_YOURS})
    def update(self, request: Request, member_id: int) -> Response:
        """Change a member's role."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        role = serializer.validated_data["role"]
        with self.found(NO_SUCH_MEMBER):
            member = services.change_role(todo_list=self.todo_list, membership_id=member_id, role=role)
        return Response(self.get_serializer(member).data)

    @extend_schema(responses={HTTPStatus.OK: MemberSerializer, **NOT_YOURS})
    def partial_update(self, request: Request, member_id: int) -> Response:
        """Change a member's role."""
        return self.update(request, member_id)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None, **NOT_YOURS})
    def destroy(self, request: Request, member_id: int) -> Response:
        """Remove a member, or leave the list: their feeds of it are deleted."""
        with self.found(NO_SUCH_MEMBER):
            services.remove_member(todo_list=self.todo_list, membership_id=member_id)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=None, responses={HTTPStatus.OK: MemberSerializer(many=True), **FULL, **NOT_YOURS})
    @action(detail=True, methods=["post"], url_path="transfer-ownership", throttle_classes=[])
    def transfer_ownership(self, request: Request, member_id: int) -> Response:
        """Make a member the owner of the list. You become an editor. A default list stays yours."""
        with self.found(NO_SUCH_MEMBER):
            services.transfer_ownership(todo_list=self.todo_list, membership_id=member_id)
        return Response(self.get_serializer(services.list_members(self.todo_list), many=True).data)

    def get_serializer_class(self) -> type:
        return NewMemberSerializer if self.action == "create" else MemberSerializer


class ListInvitationViewSet(SharingMixin, OwnListMixin, GenericViewSet):
    """Invitations to a list, for its owner."""

    queryset = Invitation.objects.all()
    serializer_class = InvitationSerializer
    lookup_url_kwarg = "invitation_id"
    lookup_value_converter = "int"
    pagination_class = None

    @extend_schema(responses={HTTPStatus.OK: InvitationSerializer(many=True), **NOT_YOURS})
    def list(self, request: Request) -> Response:
        """The invitations that can still be accepted."""
        return Response(self.get_serializer(services.list_invitations(self.todo_list), many=True).data)

    @extend_schema(
        request=InvitationSerializer, responses={HTTPStatus.CREATED: NewInvitationSerializer, **FULL, **NOT_YOURS}
    )
    def create(self, request: Request) -> Response:
        """Create a link that invites everybody who has it, or invite a user by name."""
        return self.invite(request)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None, **NOT_YOURS})
    def destroy(self, request: Request, invitation_id: int) -> Response:
        """Revoke an invitation."""
        with self.found(NO_SUCH_INVITATION):
            services.revoke_invitation(todo_list=self.todo_list, invitation_id=invitation_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class InvitationViewSet(SharingMixin, GenericViewSet):
    """Invitations that name you, and links that you were sent."""

    permission_classes = [ModeAllows, IsAuthenticated]
    queryset = Invitation.objects.all()
    serializer_class = ReceivedInvitationSerializer
    lookup_url_kwarg = "invitation_id"
    lookup_value_converter = "int"
    pagination_class = None

    @extend_schema(responses=ReceivedInvitationSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The invitations that name you."""
        return Response(self.get_serializer(services.find_invitations(request.user), many=True).data)

    @extend_schema(request=None, responses={HTTPStatus.OK: ListSerializer, **FULL})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, invitation_id: int) -> Response:
        """Accept an invitation: you become a member of the list."""
        with self.found(NO_SUCH_INVITATION):
            todo_list = services.accept_invitation(user=request.user, invitation_id=invitation_id)
        return self.answer(request, todo_list.pk)

    @extend_schema(request=None, responses={HTTPStatus.NO_CONTENT: None})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, invitation_id: int) -> Response:
        """Decline an invitation."""
        with self.found(NO_SUCH_INVITATION):
            services.decline_invitation(user=request.user, invitation_id=invitation_id)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        request=LinkSerializer,
        responses={
            HTTPStatus.OK: ListSerializer, HTTPStatus.NOT_FOUND: error_response(NO_SUCH_INVITATION), **FULL,
        },
    )  # fmt: skip
    @action(detail=False, methods=["post"], url_path="link", serializer_class=LinkSerializer)
    def accept_link(self, request: Request) -> Response:
        """Accept a link's invitation, by its token."""
        serializer = LinkSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.found(NO_SUCH_INVITATION):
            todo_list = services.accept_link(user=request.user, token=serializer.validated_data["token"])
        return self.answer(request, todo_list.pk)

    def answer(self, request: Request, list_id: int) -> Response:
        return Response(ListSerializer(services.find_list(user=request.user, list_id=list_id)).data)
