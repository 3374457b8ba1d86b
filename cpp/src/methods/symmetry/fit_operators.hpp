// Operators between copies, moved to where a map has them.
#pragma once

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/unit_cell.hpp"
#include "methods/symmetry/operators.hpp"

namespace map_sharpening {

struct FittedCopies {
  Copies copies;
  double turn = 0;   ///< of all axes, degrees
  double shift = 0;  ///< of the mask's centre, Å
};

/// Turn and shift copies as a whole, so that they agree best.
///
/// With y_k(p) the place of a point p in copy k, the sum of (map(y_k) - map(p))² over points
/// of the mask is minimised by six parameters (Levenberg 1944, Quart. Appl. Math. 2, 164),
/// first of the smoothed map, whose minimum is wide.  Copies that would have to be moved by
/// more than twice d_min belong elsewhere: they come back as they are.
FittedCopies fit_operators(const SymmetryMaps& maps, const Grid& grid, const Copies& copies,
                           const ModificationOptions& options);

}  // namespace map_sharpening
