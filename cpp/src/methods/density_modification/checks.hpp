// What density modification refuses.
#pragma once

#include <cmath>

#include "base/check.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/shells.hpp"
#include "methods/density_modification/weights.hpp"
#include "methods/half_map_checks.hpp"

namespace map_sharpening {

inline void require_options(const ModificationOptions& options, const Grid& grid) {
  require(std::isfinite(options.d_min) && options.d_min >= grid.nyquist() * (1 - 1e-6),
          "d_min is ", options.d_min, " Å; expected the Nyquist limit of this grid (",
          grid.nyquist(), " Å) or coarser");
  require(options.n_shells >= kFewestModificationShells, "n_shells is ", options.n_shells,
          "; at least ", kFewestModificationShells, " are needed");
  require(options.noise_share > 0 && options.noise_share <= 1, "noise_share is ",
          options.noise_share, "; expected a number above 0, at most 1");
}

}  // namespace map_sharpening
