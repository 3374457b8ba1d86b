"""What was measured, and its table."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

#: What must hold, by the name of what is measured: unit, limit.
GOALS: Mapping[str, tuple[str, float]] = {
    "page usable after the command": ("s", 2.0),
    "figures on the screen after the run's end": ("s", 1.0),
    "map on the screen after the run's end": ("s", 10.0),
    "slider: map from the server": ("ms", 100.0),
    "slider: slices changed": ("ms", 100.0),
    "memory of the server at most": ("MB", 467.0),
}


@dataclass
class Measured:
    """Numbers by what they are of."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Keep one more."""
        self.values.setdefault(name, []).append(value)
        print(f"{name}: {value:.3g}", file=sys.stderr, flush=True)


def markdown(facts: Mapping[str, str], measured: Measured) -> str:
    """Return the machine and the table."""
    lines = [f"- {name}: {text}" for name, text in facts.items()]
    lines += ["", "| | lowest | median | highest | must hold |", "|---|---|---|---|---|"]
    for name, values in measured.values.items():
        unit, limit = GOALS.get(name, ("ms" if name.startswith("slider") else "s", None))
        if name.startswith("memory"):
            unit = "MB"
        goal = "" if limit is None else f"{limit:g} {unit}"
        cells = (f"{v:.3g} {unit}" for v in (min(values), median(values), max(values)))
        lines.append(f"| {name} | {' | '.join(cells)} | {goal} |")
    return "\n".join(lines) + "\n"
