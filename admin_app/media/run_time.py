"""What an administrator may set about uploads, while the installation runs."""

from __future__ import annotations

from admin_app.core.words import mark
from admin_app.settings.definitions import SettingGroup, WholeNumber, add_settings

FILES = SettingGroup("files", mark("Files"), mark("What people may upload."), place=3)

add_settings(
    WholeNumber(
        name="upload_megabytes",
        group=FILES,
        label=mark("A file may have at most"),
        help=mark("Larger ones are refused. A web server in front has a limit of its own, which must not be lower."),
        default=5,
        unit=mark("MB"),
        least=1,
        most=50,
    ),
)
