"""The options of the command line and their help."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Sequence
from typing import Any

from map_sharpening.errors import ParameterError

#: What the program does, with examples.
DESCRIPTION = """\
Sharpen cryo-EM and crystallographic maps.

  map_sharpening half1.mrc half2.mrc resolution=3.1     two half maps, all else by default
  map_sharpening half1.mrc resolution=3.1               the partner is found by its name
  map_sharpening half1.mrc half2.mrc mask.mrc resolution=3.1
                                                        a mask is recognised by its values
  map_sharpening map.mrc resolution=3.1                 a single map: by a B factor
  map_sharpening map.mrc model.pdb resolution=3.1       with a model, by shells
  map_sharpening coefficients.mtz                       map coefficients of a crystal
  map_sharpening run.eff nproc=8                        a parameter file, then changes to it
  map_sharpening demo                                   try it on simulated half maps
  map_sharpening gui                                    do all of this in a browser
  map_sharpening deposit [folder]                       collect what the EMDB asks for
  map_sharpening report [folder]                        write the report as PDF, the FSC as PNG
  map_sharpening relion-external --o ...                run as RELION's job type External
  map_sharpening doctor                                 check the installation
  map_sharpening completion bash                        set up the tab key in bash, zsh or fish
"""
EPILOGUE = """\
Arguments are files, recognised by their content, and parameters as name=value; a name may be
shortened as long as it is clear. All parameters: map_sharpening --show-defaults.
Exit status: 0 done, 1 a bug, 2 an input, parameter or file that can't be used, 130 interrupted.
"""
#: What to cite.
CITATIONS = """\
Half-map error model and anisotropic sharpening:
  Terwilliger, T. C., Sobolev, O. V., Afonine, P. V., Adams, P. D. & Read, R. J. (2020).
  Acta Cryst. D76, 912-925.
Fourier shell correlation, its 0.143 threshold and C_ref:
  Rosenthal, P. B. & Henderson, R. (2003). J. Mol. Biol. 333, 721-745.
Phase randomisation:
  Chen, S., McMullan, G., Faruqi, A. R., Murshudov, G. N., Short, J. M., Scheres, S. H. W. &
  Henderson, R. (2013). Ultramicroscopy 135, 24-35.
Map sharpening:
  Terwilliger, T. C., Sobolev, O. V., Afonine, P. V. & Adams, P. D. (2018).
  Acta Cryst. D74, 545-559.
"""


#: The options by name, with their arguments for argparse.
OPTIONS: dict[tuple[str, ...], dict[str, Any]] = {
    ("--show-defaults", "--show_defaults"): {
        "nargs": "?",
        "const": 0,
        "type": int,
        "metavar": "LEVEL",
        "help": "print all parameters up to an expert level (default 0; 3 shows all) and stop",
    },
    ("--write-all", "--write_all"): {"metavar": "FILE", "help": "write all parameters and stop"},
    ("--diff-params", "--diff_params"): {
        "action": "store_true",
        "help": "print the parameters that differ from the defaults and stop",
    },
    ("--dry-run", "--dry_run"): {
        "action": "store_true",
        "help": "check inputs and outputs, print the plan, and stop",
    },
    ("--quiet",): {"action": "store_true", "help": "print nothing but errors"},
    ("--overwrite",): {"action": "store_true", "help": "replace outputs that exist (the default)"},
    ("--progress",): {
        "choices": ("auto", "json", "none"),
        "default": "auto",
        "help": "bars on a terminal (auto), one JSON object per line on standard output, or none",
    },
    ("--citations",): {"action": "store_true", "help": "print what to cite and stop"},
    ("--cmake-dir", "--cmake_dir"): {
        "action": "store_true",
        "help": "print the folder of the C++ library that CMake's find_package needs, and stop",
    },
    ("--version",): {
        "action": "store_true",
        "help": "print the version and how it was built, and stop",
    },
}
#: First words that are neither a file nor a parameter.
COMMANDS = {
    "demo": "try it on simulated half maps",
    "gui": "do all of this in a browser",
    "deposit": "collect what the EMDB asks for",
    "report": "write the report as PDF and the FSC as PNG",
    "relion-external": "run as RELION's job type External",
    "doctor": "check the installation",
    "completion": "set up the tab key in bash, zsh or fish",
}


def require_known_options(words: Sequence[str]) -> None:
    """Refuse an unknown option, naming the parameter to give in its place.

    Raises
    ------
    ParameterError
        For a word such as ``--resolution``, which isn't among `OPTIONS`.
    """
    known = {"-h", "--help", "--", *(name for names in OPTIONS for name in names)}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        option, _, value = word.partition("=")
        if not option.startswith("-") or option in known or not option.strip("-"):
            continue
        if os.path.lexists(word):
            raise ParameterError(
                f"{word} begins as an option does, but there is no such option; give the file of "
                f"this name as ./{word}"
            )
        from map_sharpening.parameters.reading import master

        name = option.strip("-").replace("-", "_")
        meant = master().find_called_elsewhere(name)
        what = f" ({meant.summary})" if meant else ""
        value = value or ("" if following.startswith("-") or "=" in following else following)
        raise ParameterError(
            f"there is no option {option}; parameters are given as name=value, such as "
            f"{meant.name if meant else name}={value or '...'}{what}; --help lists the options, "
            "and --show-defaults the parameters"
        )


def argument_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line's words and options."""
    parser = argparse.ArgumentParser(
        prog="map_sharpening",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="FILE|NAME=VALUE",
        help="maps, models, parameter files and parameters",
    )
    for names, settings in OPTIONS.items():
        parser.add_argument(*names, **settings)
    return parser


def what_else_was_meant(word: str) -> str:
    """Return the message about a word that is neither a file nor a parameter."""
    if word in COMMANDS:
        return (
            f"{word} is a command: it must be the first word, and doctor the only one; see "
            "map_sharpening --help"
        )
    from map_sharpening.runs.given.words import neither_file_nor_parameter

    options = ["--help", *(name for names in OPTIONS for name in names)]
    alike = difflib.get_close_matches(word, [*COMMANDS, *options], 1, 0.8)
    if not alike:
        return neither_file_nor_parameter(word)
    kind = "the command " if alike[0] in COMMANDS else ""
    return neither_file_nor_parameter(word, f"did you mean {kind}{alike[0]}? If not, ")
