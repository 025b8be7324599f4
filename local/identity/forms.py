"""What sign-up asks beside address and password."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from local.identity.models import Person


class NameForm(forms.Form):
    """A name, if one likes to give it."""

    field_order = ["name", "email", "password1"]

    name = forms.CharField(
        label=_("Name (optional)"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Keep the name of the person who has just signed up."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
