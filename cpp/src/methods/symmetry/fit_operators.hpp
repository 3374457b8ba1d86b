// Operators of a point group, moved to where a map has it.
#pragma once

#include <vector>

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/unit_cell.hpp"
#include "methods/symmetry/operators.hpp"

namespace map_sharpening {

struct FittedOperators {
  std::vector<GridOperator> operators;  ///< in the order given
  double turn = 0;                      ///< of the point group's axes, degrees
  double shift = 0;                     ///< of the mask's centre, Å
};

/// Turn and shift a point group as a whole, so that copies agree best.
///
/// With y_k(p) the place of a point p in copy k, the sum of (map(y_k) - map(p))² over points
/// of the mask is minimised by six parameters (Levenberg 1944, Quart. Appl. Math. 2, 164),
/// first of the smoothed map, whose minimum is wide.  Operators that would have to be moved by
/// more than twice d_min belong elsewhere: they come back as they are.
FittedOperators fit_operators(const SymmetryMaps& maps, const Grid& grid,
                              const std::vector<SymmetryOperator>& operators,
                              const ModificationOptions& options);

}  // namespace map_sharpening
