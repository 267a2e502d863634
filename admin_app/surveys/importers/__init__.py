"""Importers of questionnaires: importing this package registers them all."""

from admin_app.surveys.importers.base import IMPORTERS, Imported, Importer, Level, Remark, importer_for
from admin_app.surveys.importers.xlsform import XlsForm

__all__ = ["IMPORTERS", "Imported", "Importer", "Level", "Remark", "XlsForm", "importer_for"]
