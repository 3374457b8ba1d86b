"""What a run tells its user: the log, the HTML report and the JSON summary, as text.

The HTML report is imported from `report.html`, so that a run without one needs no plots.
"""

from map_sharpening.report.log import log_text
from map_sharpening.report.summary import summary_json

__all__ = ["log_text", "summary_json"]
