"""What would other rules have made of the same carts? Two books, and every difference with its cause.

`compare` decides carts by both and counts, `merging` adds up what was counted in parts, `witnesses` finds the smallest
carts that show a difference, `report` writes the whole for people and programs, `html` as a page.
"""

from engine.compare.compare import compare_carts
from engine.compare.merging import decode, encode, merge
from engine.compare.model import Comparison
from engine.compare.report import report
from engine.compare.report_model import Report, Witness
from engine.compare.shrink import shrink
from engine.compare.witnesses import wanted, witnesses

__all__ = [
    "Comparison",
    "Report",
    "Witness",
    "compare_carts",
    "decode",
    "encode",
    "merge",
    "report",
    "shrink",
    "wanted",
    "witnesses",
]
