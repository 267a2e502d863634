"""Importers of questionnaires: importing this package registers them all."""

from admin_app.surveys.importers.base import IMPORTERS, Finding, Imported, Importer, Level, importer_for
from admin_app.surveys.importers.xlsform import XlsForm

__all__ = ["IMPORTERS", "Finding", "Imported", "Importer", "Level", "XlsForm", "importer_for"]
