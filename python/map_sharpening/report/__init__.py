"""The results of a run for its user: log, HTML report and results.json, as text.

The HTML report is imported from `report.html`, so that a run without one needs no plots.
"""

from map_sharpening.report.log import ending_text, log_text
from map_sharpening.report.results_json import RunFacts, result_values, results_text

__all__ = ["RunFacts", "ending_text", "log_text", "result_values", "results_text"]
