"""What tests with workers share."""

from __future__ import annotations

from played_queue import play

__all__ = ["play"]
