"""What an administrator may set about taking replies, while the installation runs."""

from __future__ import annotations

from admin_app.core.words import mark
from admin_app.settings.definitions import SettingGroup, WholeNumber, add_settings

REPLIES = SettingGroup("replies", mark("Replies"), mark("What keeps programs from filling in forms."), place=2)

add_settings(
    WholeNumber(
        name="minimum_fill_seconds",
        group=REPLIES,
        label=mark("Filling in a form takes at least"),
        help=mark("A reply that comes faster is asked to be sent again. 0 takes every reply."),
        default=2,
        unit=mark("seconds"),
        least=0,
        most=3600,
    ),
    WholeNumber(
        name="replies_per_minute",
        group=REPLIES,
        label=mark("Replies from one address"),
        help=mark("In a minute, for each web process. 0 sets no limit: for rooms where many share an address."),
        default=60,
        unit=mark("replies"),
        least=0,
        most=1_000_000,
    ),
    WholeNumber(
        name="import_megabytes",
        group=REPLIES,
        label=mark("A file of replies may have at most"),
        help=mark("Larger ones are imported by the command line. A web server in front has a limit of its own."),
        default=25,
        unit=mark("MB"),
        least=1,
        most=500,
    ),
)
