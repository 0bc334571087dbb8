"""Members and invitations as JSON."""

from typing import Any

from rest_framework import serializers

from todos.models import MEMBER_ROLES, Invitation, Membership
from todos.services import DEFAULT_DAYS, MAX_DAYS
from web.api.fields import StrictInteger, StrictText, UTCField
from web.api.serializers import StrictModelSerializer, StrictSerializer


class MemberSerializer(StrictModelSerializer):
    """Somebody with whom the list is shared."""

    name = serializers.CharField(source="user.username", read_only=True)
    role = serializers.ChoiceField(
        MEMBER_ROLES, help_text="A viewer reads the list, an editor also changes todos."
    )
    created_at = UTCField()

    class Meta:
        model = Membership
        fields = ("id", "name", "role", "created_at")


class InvitationSerializer(StrictModelSerializer):
    """An invitation to the list."""

    name = StrictText(
        source="user_name",
        required=False,
        max_length=150,
        help_text="The user to invite, in any case; answers have it in lower case. Omit it to create a link.",
    )
    role = serializers.ChoiceField(MEMBER_ROLES, help_text="The role of the invited person.")
    days = StrictInteger(
        min_value=1, max_value=MAX_DAYS, default=DEFAULT_DAYS, write_only=True, help_text="Days until it expires."
    )
    expires_at = UTCField()
    created_at = UTCField()

    class Meta:
        model = Invitation
        fields = ("id", "name", "role", "days", "expires_at", "created_at")

    def to_representation(self, invitation: Invitation) -> dict[str, Any]:
        return super().to_representation(invitation) | {"name": invitation.shown_name}


class NewInvitationSerializer(InvitationSerializer):
    """A new invitation."""

    token = serializers.CharField(
        read_only=True, allow_null=True, help_text="The link's token; shown only in this response."
    )
    url = serializers.URLField(read_only=True, allow_null=True, help_text="The page on which people accept it.")

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "token", "url")


class NewMemberSerializer(InvitationSerializer):
    """Whom to invite, by name."""

    name = StrictText(source="user_name", max_length=150)


class ReceivedInvitationSerializer(serializers.ModelSerializer):
    """An invitation that names you."""

    list_name = serializers.CharField(source="list.name")
    owner = serializers.CharField(source="created_by.username")
    expires_at = UTCField()

    class Meta:
        model = Invitation
        fields = ("id", "list_name", "owner", "role", "expires_at")


class LinkSerializer(StrictSerializer):
    """The token of an invitation's link."""

    token = StrictText(max_length=100)
