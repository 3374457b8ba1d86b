"""A place that takes files, dropped there or chosen by a button that can be read aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import events, ui

from map_sharpening.gui.shell import warn

_FAILED = "A file did not arrive: the connection broke off, or the server refused it. Try again."

#: The library's own button has an input inside it, without a name.
_HEADER = """
<div class="q-uploader__header-content items-center no-wrap">
  <div style="display: none"><q-uploader-add-trigger /></div>
  <q-btn flat dense no-caps icon="add" class="full-width" :label="props.label"
    @click="props.pickFiles" />
</div>
"""


def upload_place(
    text: str,
    on_upload: Callable[[events.UploadEventArguments], Any],
    on_rejected: Callable[[], Any],
    *,
    max_file_size: int,
    multiple: bool = False,
) -> ui.upload:
    """Show where files are dropped, with a button that opens the choice of files."""
    place = ui.upload(
        label=text,
        multiple=multiple,
        auto_upload=True,
        max_file_size=max_file_size,
        on_upload=on_upload,
        on_rejected=on_rejected,
    )
    place.on("failed", lambda: warn(_FAILED), args=[])
    place.add_slot("header", _HEADER.replace("props.label", f"{text!r}"))
    return place
