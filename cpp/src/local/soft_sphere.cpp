#include "local/soft_sphere.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "base/grid_piece.hpp"
#include "base/numbers.hpp"
#include "fourier/transform_length.hpp"

namespace map_sharpening {
namespace {

constexpr std::size_t kMostPoints = std::size_t{1} << 27;
constexpr double kCore = 0.25;  // of the radius has weight 1
// Integrals over the sphere of unit diameter, with the weights' radial profile w:
// sqrt(int |grad w|² / (3 (2 pi)² int w²)), sqrt(int r² w² / (3 int w²)) and
// (int w²)² / int w⁴.
constexpr double kSpectralDeviation = 0.6172;
constexpr double kSpatialDeviation = 0.1429;
constexpr double kEffectiveVolume = 0.1541;

double weight_at(double share_of_radius) {
  if (share_of_radius <= kCore) return 1;
  if (share_of_radius >= 1) return 0;
  const double t = (share_of_radius - kCore) / (1 - kCore);
  return 0.5 + 0.5 * std::cos(kPi * t);
}

// Points along an axis from the middle of a sphere to the last plane that cuts it.
std::size_t points_to_rim(double radius, double plane_distance) {
  return static_cast<std::size_t>(
      std::clamp(std::ceil(radius / plane_distance) - 1, 0.0, 1e9));
}

// Distance between neighbouring grid planes across x, y, z in Å.
std::array<double, 3> plane_distances(const Grid& grid) {
  const ReciprocalMetric metric(grid.cell);
  return {1 / (metric.s(1, 0, 0) * static_cast<double>(grid.shape[2])),
          1 / (metric.s(0, 1, 0) * static_cast<double>(grid.shape[1])),
          1 / (metric.s(0, 0, 1) * static_cast<double>(grid.shape[0]))};
}

Grid grid_around(const Grid& map, double diameter) {
  require(std::isfinite(diameter) && diameter > 0, "window is ", diameter,
          " Å; expected a diameter above 0");
  const auto distances = plane_distances(map);
  Shape shape{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t least = 2 * points_to_rim(diameter / 2, distances[2 - axis]) + 1;
    require(least <= map.shape[axis], "window is ", diameter, " Å, ", least,
            " grid points across, but the map has ", map.shape[axis],
            "; expected a smaller window");
    shape[axis] = std::min(smooth_length(least), map.shape[axis]);
  }
  require(shape[0] * shape[1] * shape[2] <= kMostPoints, "window is ", diameter,
          " Å, a sphere of ", text_of_shape(shape), " grid points; expected at most ",
          kMostPoints, "; give a smaller window");
  return piece_of(map, shape);
}

}  // namespace

SoftSphere::SoftSphere(const Grid& map, double diameter)
    : diameter_(diameter), grid_(grid_around(map, diameter)), weights_(grid_.size()) {
  // Direct axes' scalar products, for the distance of a grid point from the middle.
  const UnitCell& cell = grid_.cell;
  const auto cosine = [](double degrees) {
    return degrees == 90 ? 0.0 : std::cos(degrees * kPi / 180);
  };
  const double step[3] = {cell.c / static_cast<double>(grid_.shape[0]),
                          cell.b / static_cast<double>(grid_.shape[1]),
                          cell.a / static_cast<double>(grid_.shape[2])};
  const double cos_alpha = cosine(cell.alpha), cos_beta = cosine(cell.beta),
               cos_gamma = cosine(cell.gamma);
  const auto offset = [&](std::size_t i, std::size_t axis) {
    return step[axis] * (static_cast<double>(i) - static_cast<double>(grid_.shape[axis] / 2));
  };
  for (std::size_t z = 0; z < grid_.shape[0]; ++z)
    for (std::size_t y = 0; y < grid_.shape[1]; ++y)
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) {
        const double dz = offset(z, 0), dy = offset(y, 1), dx = offset(x, 2);
        const double square =
            dz * dz + dy * dy + dx * dx +
            2 * (dy * dz * cos_alpha + dx * dz * cos_beta + dx * dy * cos_gamma);
        weights_[(z * grid_.shape[1] + y) * grid_.shape[2] + x] =
            static_cast<float>(weight_at(2 * std::sqrt(std::max(square, 0.0)) / diameter));
      }
}

double SoftSphere::largest_diameter(const Grid& grid) {
  const auto distances = plane_distances(grid);
  double largest = std::numeric_limits<double>::infinity();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t points_each_way = (grid.shape[axis] - 1) / 2;
    // The rim may lie between the last plane and the next: there the weight is 0.
    largest = std::min(largest, 2 * distances[2 - axis] *
                                    (static_cast<double>(points_each_way) + 1) * (1 - 1e-9));
  }
  return largest;
}

double SoftSphere::spectral_deviation() const { return kSpectralDeviation / diameter_; }

double SoftSphere::spatial_deviation() const { return kSpatialDeviation * diameter_; }

double SoftSphere::effective_volume() const {
  return kEffectiveVolume * diameter_ * diameter_ * diameter_;
}

}  // namespace map_sharpening
