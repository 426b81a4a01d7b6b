"""Importing files: cells become exact values, rows that cannot are named and kept, and the result says what
happened.
"""

from kit.imports.result import ImportResult, Refused, Reject, Remarks

__all__ = ["ImportResult", "Refused", "Reject", "Remarks"]
