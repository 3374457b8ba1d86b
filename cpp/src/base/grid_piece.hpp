// A part of a map as a grid of its own.
#pragma once

#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

/// A grid of some points, with the spacing and angles of another one.
inline Grid piece_of(const Grid& grid, const Shape& shape) {
  const auto share = [&](std::size_t axis) {
    return static_cast<double>(shape[axis]) / static_cast<double>(grid.shape[axis]);
  };
  UnitCell cell = grid.cell;
  cell.a *= share(2);
  cell.b *= share(1);
  cell.c *= share(0);
  return {shape, cell};
}

}  // namespace map_sharpening
