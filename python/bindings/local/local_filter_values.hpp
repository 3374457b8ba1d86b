// A LocalFilter as Python sees it.
#pragma once

#include "map_sharpening/local_filter.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {

/// By the names of LocalFilter; arrays have the lattice's shape.
inline NamedValues named_local_filter(LocalFilter&& found) {
  const WindowLattice lattice = found.lattice;
  const auto on_lattice = [&](std::vector<double>&& values) {
    const Shape& n = lattice.count;
    return to_numpy(std::move(values)).reshape({n[0], n[1], n[2]});
  };
  NamedValues out;
  out["core"] = lattice.core;
  out["count"] = lattice.count;
  const char* axes[] = {"centre_z", "centre_y", "centre_x"};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> centres;
    for (std::size_t i = 0; i < lattice.count[axis]; ++i)
      centres.push_back(lattice.centre(axis, i));
    out[axes[axis]] = to_numpy(std::move(centres));
  }
  out["signal_scale"] = on_lattice(std::move(found.signal_scale));
  out["excess_b"] = on_lattice(std::move(found.excess_b));
  out["noise_scale"] = on_lattice(std::move(found.noise_scale));
  out["gain"] = on_lattice(std::move(found.gain));
  out["resolution"] = on_lattice(std::move(found.resolution));
  return out;
}

}  // namespace map_sharpening::python
