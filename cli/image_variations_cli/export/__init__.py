"""What a ledger knows, as a table for programs or as a page for people.

IN rows in blocks, and their counts. OUT one file, whole, or a stream. NOT the ledger itself.
"""

from .export import EXPORT_FORMATS, ExportFormat, export_rows

__all__ = ["EXPORT_FORMATS", "ExportFormat", "export_rows"]
