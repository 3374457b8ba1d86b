#!/usr/bin/env bash
# Write the type stub of the extension module, from the module that is installed.
# Docstrings stay in the module, where help() shows them.
# Usage: .ci/stubs.sh PYTHON OUTPUT.pyi
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -m pybind11_stubgen map_sharpening._core -o "$work" >/dev/null

# What numbers and fixed numbers of them may be given as is named once, in place of the list of
# names. Keywords that become fields have the fields' types; the stub generator gives them none.
# What every object has, or every enumeration, is left out. What can be read and set is written as
# an attribute.
cat >"$work/named.sed" <<'END'
/^ *@typing\.overload$/{
  N
  N
  /def __\(eq\|ne\)__.*\.\.\.$/d
}
/def __\(hash\|repr\|str\|getstate\|setstate\|index\|int\)__/{
  N
  /\.\.\.$/d
}
/def __init__(self, value: typing\.SupportsInt/{
  N
  d
}
/__members__: typing\.ClassVar/d
s/numpy\.typing\.NDArray\[/NDArray[/g
s/^import numpy\.typing$/&\
from numpy.typing import NDArray/
s/typing\.SupportsInt | typing\.SupportsIndex/Int/g
s/typing\.SupportsFloat | typing\.SupportsIndex/Float/g
s/typing\.Annotated\[collections\.abc\.Sequence\[Int\], "FixedSize(3)"\]/ThreeInts/g
s/typing\.Annotated\[collections\.abc\.Sequence\[Float\], "FixedSize(3)"\]/ThreeFloats/g
s/typing\.Annotated\[collections\.abc\.Sequence\[Float\], "FixedSize(6)"\]/SixFloats/g
s/\*\*kwargs)/**kwargs: typing.Any)/
/^__all__/c\
Int: typing.TypeAlias = typing.SupportsInt | typing.SupportsIndex\
Float: typing.TypeAlias = typing.SupportsFloat | typing.SupportsIndex\
ThreeInts: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Int], "FixedSize(3)"]\
ThreeFloats: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Float], "FixedSize(3)"]\
SixFloats: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Float], "FixedSize(6)"]
END
sed -f "$work/named.sed" "$work/map_sharpening/_core.pyi" |
  "$1" -m ruff check --quiet --isolated --select PYI021 --fix --unsafe-fixes \
    --stdin-filename _core.pyi - |
  sed -zE 's/( +)@property\n +def (\w+)\(self\) -> ([^\n]*):\n +\.\.\.\n +@\2\.setter\n[^\n]*\n +\.\.\.\n/\1\2: \3\n/g
    s/ +@property\n +def (name|value)\(self\) -> (str|int):\n +\.\.\.\n//g' |
  "$1" -m ruff format --quiet --stdin-filename _core.pyi - >"$2"
