"""The demo world's readers by mail: forty addresses, most of them confirmed, their mails settled.

Each mail is settled in the transaction that wants it, as if the provider had said so: the worker finds it
delivered, and the mailbox stays empty for the mails that one sends oneself.
"""

from __future__ import annotations

from django.db import transaction

from blog import commands
from blog.commands import MailEvent
from blog.links import Link
from blog.models import Subscriber

_NAMES = (
    "Ada Ahlers", "Bela Brandt", "Chiara Conti", "Dario Díaz", "Elif Erdem", "Finn Falk", "Greta Gruber",
    "Hugo Hansen", "Ines Ivanova", "Jonas Jansen", "Katja Kruse", "Luca Lang", "Mira Moser", "Nils Novak",
    "Olga Orlova", "Pavel Petit", "Quentin Quist", "Rosa Ricci", "Sven Sommer", "Tara Thiel", "Ugo Urban",
    "Vera Vogel", "Wim Willems", "Xenia Xander", "Yara Young", "Zeno Zeller", "Amal Aziz", "Bo Berg",
    "Cleo Costa", "Dina Dorn", "Emre Engel", "Flora Fuchs", "Gil Garcia", "Hana Holt", "Ivo Ibsen",
    "Joana Jung", "Kai Kern", "Lale Lorenz", "Max Meier", "Nora Neri",
)  # fmt: skip
# What became of a reader, by the last digit of their number; whoever is not named here confirmed.
_STILL_ASKED = (4, 9)
_LEFT = (7,)
# Two of all.
_BOUNCED, _COMPLAINED = 13, 28


def make_readers() -> int:
    """Subscribe everybody who is not known yet; how many there were."""
    known = set(Subscriber.objects.values_list("key", flat=True))
    missing = [(number, name) for number, name in enumerate(_NAMES) if _address_of(name).lower() not in known]
    for number, name in missing:
        _make(number, _address_of(name))
    return len(missing)


def _address_of(name: str) -> str:
    first, _, last = name.partition(" ")
    return f"{first}.{last}@readers.example".lower().replace("í", "i")


@transaction.atomic
def _make(number: int, address: str) -> None:
    commands.subscribe(email=address)
    subscriber = Subscriber.objects.get(key=address)
    link = Link(subscriber.id, subscriber.round)
    if number == _BOUNCED:
        _settle(subscriber, "Bounce", bounce={"bounceType": "Permanent", "bounceSubType": "General"})
        return
    _settle(subscriber, "Delivery")
    if number % 10 in _STILL_ASKED:
        return
    commands.confirm(link=link)
    if number % 10 in _LEFT:
        commands.unsubscribe(link=link)
    if number == _COMPLAINED:
        _settle(subscriber, "Complaint", complaint={"complaintFeedbackType": "abuse"})


def _settle(subscriber: Subscriber, name: str, **detail: dict[str, str]) -> None:
    for mail in subscriber.mails.all():
        commands.settle_mail(
            event=MailEvent(name=name, tag=str(mail.id), message_id=f"demo-{mail.id}", detail=detail)
        )
