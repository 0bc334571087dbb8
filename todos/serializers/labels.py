"""Labels as JSON."""

from todos.labels import NAME_MAX_LENGTH
from todos.models import Label
from todos.serializers.fields import LabelNameField
from web.api.serializers import StrictModelSerializer


class LabelSerializer(StrictModelSerializer):
    """A label."""

    name = LabelNameField(max_length=NAME_MAX_LENGTH)

    class Meta:
        model = Label
        fields = ("id", "name", "color")
