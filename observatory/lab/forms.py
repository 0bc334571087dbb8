from typing import Any

from django import forms
from django.utils.translation import gettext

from observatory.lab.experiments import Definition


class ExperimentForm(forms.Form):
    """The numbers of one experiment."""

    kind = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, definition: Definition, data: Any = None, *, place: str = "") -> None:
        super().__init__(data, auto_id=f"{place}{definition.name}-%s", initial={"kind": definition.name})
        self.definition = definition
        for name, amount in (("count", definition.count), ("seconds", definition.seconds)):
            if amount:
                self.fields[name] = forms.IntegerField(
                    label=amount.label,
                    min_value=amount.least,
                    max_value=amount.most,
                    initial=amount.default,
                    required=False,
                )

    @property
    def expect(self) -> str:
        """What to expect with the numbers that the form shows."""
        amounts = {"count": self.definition.count, "seconds": self.definition.seconds}
        defaults = {name: amount.default for name, amount in amounts.items() if amount}
        return gettext(self.definition.expect).format(**defaults)
