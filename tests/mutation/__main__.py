"""Plant errors and see which live: `python -m tests.mutation --help`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .mutants import PLACES, all_mutants, sample
from .planting import Planting
from .results import Results

CHECKOUT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("--language", choices=sorted(PLACES), default="python")
    parser.add_argument("--count", type=int, default=40, help="errors to have planted in the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files whose path begins so")
    parser.add_argument("--covered", type=Path, help="coverage file: run what runs the line")
    parser.add_argument("--again", action="store_true", help="plant those that lived once more")
    parser.add_argument("--work", type=Path, help="folder of the copy; needed to plant")
    parser.add_argument("--list", type=Path, default=Path(__file__).parent / "planted.csv")
    parser.add_argument("--summary", action="store_true", help="say what is listed, plant nothing")
    parser.add_argument("--check", action="store_true", help="name the rows that changed since")
    given = parser.parse_args()
    results = Results(given.list)
    if given.check:
        untrue = results.untrue(CHECKOUT)
        if untrue:
            raise SystemExit("\n".join(untrue))
    elif not given.summary:
        if given.work is None:
            parser.error("--work is not given; name a folder for the copy and its build")
        mutants = all_mutants(CHECKOUT, given.language)
        mutants = [mutant for mutant in mutants if mutant.path.startswith(given.only)]
        chosen = sample(mutants, given.count, given.seed)
        print(f"{len(chosen)} of {len(mutants)} possible errors", flush=True)
        covered = None
        if given.covered is not None:
            from .covered import Covered  # needs coverage

            covered = Covered(given.covered)
        planting = Planting(CHECKOUT, given.work, covered)
        for mutant in chosen:
            if results.knows(mutant) and not (given.again and results.lives(mutant)):
                continue
            fate = planting.fate_of(mutant)
            results.add(mutant, fate)
            print(f"{mutant.path}:{mutant.line} {mutant.old} -> {mutant.new}: {fate}", flush=True)
    print(results.summary())


if __name__ == "__main__":
    main()
