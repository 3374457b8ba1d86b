"""Completion of words by the tab key, for bash, zsh and fish, made from the parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import Template

from map_sharpening.cli.arguments import COMMANDS, OPTIONS
from map_sharpening.errors import ParameterError
from map_sharpening.parameters.reading import master, short_name
from map_sharpening.parameters.use import uses
from map_sharpening.phil import Definition
from map_sharpening.phil.types import BoolType, ChoiceType, StringType

_SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Keyword:
    """A parameter as it is typed, and what may follow its ``=``."""

    name: str
    caption: str
    values: tuple[str, ...] = ()
    is_path: bool = False


def keywords() -> list[Keyword]:
    """Return all parameters that have a use, each by the shortest name that is clear."""
    known = master().definitions
    return [_keyword(known[path]) for path, use in uses().items() if not use.is_ignored]


def completion(words: Sequence[str]) -> str:
    """Return what a shell must read to complete words of the command line.

    Raises
    ------
    ParameterError
        If `words` is not the name of one of the shells.
    """
    if len(words) != 1 or words[0] not in _SHELLS:
        given = " ".join(words) or "not given"
        raise ParameterError(
            f"the shell to complete for is {given}; expected one of {', '.join(_SHELLS)}"
        )
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[words[0]]()


def _keyword(definition: Definition) -> Keyword:
    kind = definition.type
    values: tuple[str, ...] = ()
    if isinstance(kind, BoolType):
        values = ("True", "False")
    elif isinstance(kind, ChoiceType):
        values = kind.alternatives
    if values:
        values += ("Auto",) * definition.allows_auto
    return Keyword(
        short_name(definition.path),
        definition.short_caption or definition.name.replace("_", " "),
        values,
        is_path=isinstance(kind, StringType) and kind.is_path,
    )


def _paths() -> Iterator[str]:
    return (keyword.name for keyword in keywords() if keyword.is_path)


def _options() -> list[tuple[str, str]]:
    return [(names[0], settings["help"]) for names, settings in OPTIONS.items()]


def _cases(line: str) -> str:
    """Return a line for each parameter with values to choose from: {0} its name, {1} these."""
    return "".join(line.format(k.name, " ".join(k.values)) for k in keywords() if k.values)


def _bash() -> str:
    names = "\n".join(f"{keyword.name}=" for keyword in keywords())
    return _BASH.substitute(
        cases=_cases("    {0}) printf '%s\\n' {1} ;;\n"),
        paths="|".join(_paths()),
        names=names,
        commands="\n".join(COMMANDS),
        options="\n".join(name for name, _ in _options()),
        shells="\n".join(_SHELLS),
        progress="\n".join(OPTIONS["--progress",]["choices"]),
    )


# Bash splits words at "=", so that name, sign and value come one by one; where a user has taken
# it out of COMP_WORDBREAKS they come as one word.
_BASH = Template(r"""# Completion in bash: eval "$$(map_sharpening completion bash)"
_map_sharpening_values() {
  case $$1 in
$cases    *) return 1 ;;
  esac
}

_map_sharpening_takes_a_file() {
  case $$1 in
    $paths) return 0 ;;
  esac
  return 1
}

_map_sharpening() {
  local word=$${COMP_WORDS[COMP_CWORD]} before=$${COMP_WORDS[COMP_CWORD - 1]} name='' prefix=''
  COMPREPLY=()
  if [[ $$word == '=' ]]; then
    name=$$before word=
  elif [[ $$before == '=' ]]; then
    name=$${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $$word == *=* ]]; then
    name=$${word%%=*} word=$${word#*=}
    prefix=$$name=
  fi
  if [[ -n $$name && $$name != -* ]]; then
    local values
    if values=$$(_map_sharpening_values "$$name"); then
      mapfile -t COMPREPLY < <(compgen -P "$$prefix" -W "$$values" -- "$$word")
    elif _map_sharpening_takes_a_file "$$name"; then
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -P "$$prefix" -f -- "$$word")
    fi
    return
  fi
  if [[ $$before == --progress || $$name == --progress ]]; then
    mapfile -t COMPREPLY < <(compgen -P "$$prefix" -W "$progress" -- "$$word")
    return
  fi
  if [[ $$before == completion && $$COMP_CWORD -eq 2 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$shells" -- "$$word")
    return
  fi
  if [[ $$word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$$word")
    return
  fi
  # One completion that ends in "=" is followed by its value, not by a blank.
  local keywords commands=
  mapfile -t keywords < <(compgen -W "$names" -- "$$word")
  [[ $$COMP_CWORD -eq 1 ]] && commands="$commands"
  mapfile -t COMPREPLY < <(compgen -W "$$commands" -- "$$word"; compgen -f -- "$$word")
  if [[ $${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o nospace
  else
    compopt -o filenames
  fi
  COMPREPLY+=("$${keywords[@]}")
}

complete -F _map_sharpening map_sharpening
""")


def _zsh() -> str:
    return _ZSH.substitute(
        cases=_cases("      ({0}) compadd -- {1} ;;\n"),
        paths="|".join(_paths()),
        parameters=_described((keyword.name, keyword.caption) for keyword in keywords()),
        commands=_described(COMMANDS.items()),
        options=_described(_options()),
        shells=" ".join(_SHELLS),
        progress=" ".join(OPTIONS["--progress",]["choices"]),
    )


def _described(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"    {_quoted(f'{name}:{text}')}" for name, text in pairs)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_ZSH = Template(r"""#compdef map_sharpening
# Completion of map_sharpening in zsh: eval "$$(map_sharpening completion zsh)"
_map_sharpening() {
  local name=$${PREFIX%%=*}
  local -a parameters commands options
  if [[ $${words[CURRENT-1]} == --progress ]]; then
    compadd -- $progress
    return
  fi
  if [[ $$PREFIX == --progress=* ]]; then
    compset -P 1 '*='
    compadd -- $progress
    return
  fi
  if [[ $$PREFIX == *=* ]]; then
    compset -P 1 '*='
    case $$name in
$cases      ($paths) _files ;;
    esac
    return
  fi
  if [[ $${words[2]} == completion && $$CURRENT -eq 3 ]]; then
    compadd -- $shells
    return
  fi
  options=(
$options
  )
  if [[ $$PREFIX == -* ]]; then
    _describe option options
    return
  fi
  commands=(
$commands
  )
  parameters=(
$parameters
  )
  (( CURRENT == 2 )) && _describe command commands
  _describe parameter parameters -q -S =
  _files
}

if [[ $$zsh_eval_context[-1] == loadautofunc ]]; then
  _map_sharpening "$$@"
else
  compdef _map_sharpening map_sharpening
fi
""")


def _fish() -> str:
    lines = ["# Completion of map_sharpening in fish: map_sharpening completion fish | source"]
    start = "complete -c map_sharpening"
    first = "-n 'test (count (commandline -opc)) -eq 1'"
    lines += [f"{start} {first} -a {name} -d {_quoted(text)}" for name, text in COMMANDS.items()]
    lines.append(
        f"{start} -f -n '__fish_seen_subcommand_from completion' -a '{' '.join(_SHELLS)}'"
    )
    for name, text in _options():
        more = ""
        if name == "--progress":
            more = f" -x -a '{' '.join(OPTIONS['--progress',]['choices'])}'"
        elif name == "--write-all":
            more = " -r"
        lines.append(f"{start} -l {name.removeprefix('--')}{more} -d {_quoted(text)}")
    for keyword in keywords():
        typed = " ".join(f"{keyword.name}={value}" for value in ("", *keyword.values))
        lines.append(f"{start} -a {_quoted(typed)} -d {_quoted(keyword.caption)}")
    return "\n".join(lines) + "\n"
