"""Exporters of questionnaires: importing this package registers them all."""

from admin_app.surveys.exporters.base import EXPORTERS, Exported, Exporter
from admin_app.surveys.exporters.xlsform import XlsFormWriter

__all__ = ["EXPORTERS", "Exported", "Exporter", "XlsFormWriter"]
