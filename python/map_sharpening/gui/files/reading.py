"""Whole maps are read for one thing at a time, so that memory holds few of them."""

from __future__ import annotations

import threading

#: Held while a whole map is read and something is made of it; a thread may hold it several times.
READING = threading.RLock()
