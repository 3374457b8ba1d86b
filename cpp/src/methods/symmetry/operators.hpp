// Where a point of a map is found in the copies of a molecule.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/unit_cell.hpp"
#include "methods/symmetry/motion.hpp"

namespace map_sharpening {

/// From grid points x, y, z to places in Å, and back.
struct Frame {
  Matrix to_angstrom{}, to_grid{};

  explicit Frame(const Grid& grid);
};

/// How each copy of a molecule is carried to the others.
class Copies {
 public:
  /// As of average_copies.
  Copies(const std::vector<SymmetryOperator>& operators, const std::vector<Vector>& centres);

  std::size_t count() const { return from_.front().size() + 1; }
  /// From the copy that a place belongs to, to all others.
  const std::vector<Motion>& from(const Vector& place) const;
  /// The same of copies that are moved as a whole.
  Copies moved(const Motion& by) const;

 private:
  std::vector<std::vector<Motion>> from_;  // each copy, or any of them
  std::vector<Vector> centres_;
};

/// Whether a place is in the map; what rounding took out of it is brought back to its face.
bool bring_inside(Vector& place, const Shape& shape);

}  // namespace map_sharpening
