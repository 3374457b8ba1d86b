#include "methods/symmetry/operators.hpp"

#include <algorithm>

namespace map_sharpening {
namespace {

Motion motion_of(const SymmetryOperator& copy) {
  Motion motion;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) motion.rotation[i][j] = copy[4 * i + j];
    motion.shift[i] = copy[4 * i + 3];
  }
  return motion;
}

}  // namespace

Frame::Frame(const Grid& grid) {
  const std::array<Vector, 3> axes = grid.cell.axes();
  const ReciprocalMetric metric(grid.cell);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto n = static_cast<double>(grid.shape[2 - i]);
    for (std::size_t j = 0; j < 3; ++j) to_angstrom[j][i] = axes[i][j] / n;
    const Vector s = metric.s_vector(i == 0, i == 1, i == 2);
    for (std::size_t j = 0; j < 3; ++j) to_grid[i][j] = s[j] * n;
  }
}

Copies::Copies(const std::vector<SymmetryOperator>& operators,
               const std::vector<Vector>& centres)
    : centres_(centres) {
  // The operators of a closed group are the same from any copy.
  for (std::size_t j = 0; j < std::max<std::size_t>(centres.size(), 1); ++j) {
    const Motion to_first = motion_of(operators[j]).inverse();
    from_.emplace_back();
    for (std::size_t k = 0; k < operators.size(); ++k)
      if (k != j) from_.back().push_back(motion_of(operators[k]).after(to_first));
  }
}

const std::vector<Motion>& Copies::from(const Vector& place) const {
  std::size_t nearest = 0;
  double least = 0;
  for (std::size_t i = 0; i < centres_.size(); ++i) {
    const Vector apart = difference(place, centres_[i]);
    const double squared = dot(apart, apart);
    if (i > 0 && !(squared < least)) continue;
    nearest = i;
    least = squared;
  }
  return from_[nearest];
}

Copies Copies::moved(const Motion& by) const {
  Copies found = *this;
  const Motion back = by.inverse();
  for (auto& motions : found.from_)
    for (Motion& motion : motions) motion = by.after(motion).after(back);
  for (Vector& centre : found.centres_) centre = by(centre);
  return found;
}

bool bring_inside(Vector& place, const Shape& shape) {
  constexpr double kGrace = 1e-6;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto last = static_cast<double>(shape[2 - i] - 1);
    if (!(place[i] >= -kGrace && place[i] <= last + kGrace)) return false;
    place[i] = std::clamp(place[i], 0.0, last);
  }
  return true;
}

}  // namespace map_sharpening
