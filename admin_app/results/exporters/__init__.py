"""The formats of files: importing this package registers them all."""

from admin_app.results.exporters import csv
from admin_app.results.exporters.base import EXPORTERS, Exporter

__all__ = ["EXPORTERS", "Exporter", "csv"]
