// A Python function as what the core tells its progress to.
#pragma once

#include "map_sharpening/b_factor.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {

/// Borrows the function.
inline ScanProgress scan_progress(const py::object& progress) {
  if (progress.is_none()) return {};
  return [&progress](std::size_t done, std::size_t total) {
    const py::gil_scoped_acquire lock;
    progress(done, total);
  };
}

}  // namespace map_sharpening::python
