// Checks of shells, and of the sums over them.
#pragma once

#include <cmath>

#include "base/check.hpp"
#include "map_sharpening/shells.hpp"

namespace map_sharpening {

/// More than any map has; tables by shell and direction take 500 MB then.
inline constexpr std::size_t kMostShells = std::size_t{1} << 20;

inline void require_shells(const Shells& shells) {
  require(shells.width > 0 && std::isfinite(shells.width) && shells.count > 0 &&
              shells.count <= kMostShells,
          "there are ", shells.count, " shells of ", shells.width, " 1/Å; expected 1 to ",
          kMostShells, ", of a width above 0");
}

/// Each of the sums has a value for each shell.
inline void require_radial_sums(const PowerSums& sums) {
  for (const auto* values : {&sums.n_terms, &sums.cross, &sums.auto_1, &sums.auto_2})
    require(values->size() == sums.shells.count, "sums have ", values->size(), " values for ",
            sums.shells.count, " shells; expected as many");
}

/// Each of the by-direction sums has a value for each shell and direction.
inline void require_directional_sums(const PowerSums& sums) {
  const std::size_t wanted = sums.shells.count * directions().size();
  for (const auto* values : {&sums.directional_n_terms, &sums.directional_cross,
                             &sums.directional_auto_1, &sums.directional_auto_2})
    require(values->size() == wanted, "sums have ", values->size(),
            " values by direction; an anisotropic fit needs ", wanted);
}

}  // namespace map_sharpening
