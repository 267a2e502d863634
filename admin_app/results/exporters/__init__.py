"""The formats of files: importing this package registers them all."""

from admin_app.results.exporters import csv, xlsx
from admin_app.results.exporters.base import EXPORTERS, Exporter, Table

__all__ = ["EXPORTERS", "Exporter", "Table", "csv", "xlsx"]
