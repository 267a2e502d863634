"""What an administrator may set about files of replies, while the installation runs."""

from __future__ import annotations

from admin_app.core.words import mark
from admin_app.settings.definitions import SettingGroup, WholeNumber, add_settings

EXPORTS = SettingGroup("exports", mark("Exports"), mark("Large files of replies are made in the background."), place=4)

add_settings(
    WholeNumber(
        name="export_hours",
        group=EXPORTS,
        label=mark("A file can be downloaded for"),
        help=mark("Then it is deleted. Files that are there already keep their time."),
        default=24,
        unit=mark("hours"),
        least=1,
        most=720,
    ),
)
