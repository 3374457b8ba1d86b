"""A small PHIL master with a parameter of each kind."""

from __future__ import annotations

import pytest

from map_sharpening.errors import ParameterError
from map_sharpening.phil import (
    Fetched,
    Master,
    ParameterText,
    Source,
    Values,
    fetch,
)

MASTER_TEXT = """\
title = None
  .type = str
  .help = "Title of" \\
          "the job"
run {
  count = 3
    .type = int(value_min=1, value_max=100)
    .help = "How many"
    .short_caption = Count
  scale = 0.5
    .type = float
  level = None
    .type = float(value_min=0)
  threads = Auto
    .type = int(value_min=1)
  quick = False
    .type = bool
  method = *shells b-factor none_of_them
    .type = choice
    .optional = False
  perhaps = first second
    .type = choice
  several = *one two three
    .type = choice(multi=True)
  size = 30 30 30
    .type = ints(size=3)
  steps = None
    .type = floats(size_min=1, size_max=3, value_min=0)
  labels = None
    .type = strings
  !switched_off = 1
    .type = int
  files
  {
    file = None
      .type = path
      .multiple = True
    name = default
      .type = path
  }
}
extra
  .expert_level = 1
{
  count = 7
    .type = int
  inner.level = 2
    .type = float
}
"""
MASTER = Master(ParameterText(MASTER_TEXT, "master"), {"old_title": "title", "files": "run.files"})


def read(*sources: Source) -> Fetched:
    return fetch(MASTER, sources)


def from_file(text: str) -> Values:
    return read(ParameterText(text, "run.eff")).extract()


def message(*sources: Source) -> str:
    with pytest.raises(ParameterError) as caught:
        read(*sources)
    return str(caught.value)
