"""A small truth and two noisy half maps of it."""

from __future__ import annotations

from dataclasses import dataclass

from map_sharpening.maps.map_data import FloatMap


@dataclass(frozen=True)
class HalfMapToy:
    truth: FloatMap
    mask: FloatMap
    half_1: FloatMap
    half_2: FloatMap

    @property
    def mean(self) -> FloatMap:
        return (self.half_1 + self.half_2) / 2
