#include "map_sharpening/unit_cell.hpp"

#include <algorithm>
#include <cmath>

#include "base/grid_check.hpp"
#include "base/numbers.hpp"

namespace map_sharpening {
namespace {

constexpr double kShortestEdge = 1e-6, kLongestEdge = 1e9;  // Å

struct Angles {
  double cos_alpha, cos_beta, cos_gamma, sin_gamma;
};

double cosine(double degrees) { return degrees == 90 ? 0.0 : std::cos(degrees * kPi / 180); }

Angles angles_of(const UnitCell& cell) {
  const double cos_gamma = cosine(cell.gamma);
  return {cosine(cell.alpha), cosine(cell.beta), cos_gamma,
          std::sqrt(1 - cos_gamma * cos_gamma)};
}

// Volume of a cell with unit edges, squared.
double unit_volume_squared(const Angles& t) {
  return 1 - t.cos_alpha * t.cos_alpha - t.cos_beta * t.cos_beta - t.cos_gamma * t.cos_gamma +
         2 * t.cos_alpha * t.cos_beta * t.cos_gamma;
}

}  // namespace

double UnitCell::volume() const {
  return a * b * c * std::sqrt(unit_volume_squared(angles_of(*this)));
}

std::array<Vector, 3> UnitCell::axes() const {
  const Angles t = angles_of(*this);
  return {Vector{a, 0, 0}, Vector{b * t.cos_gamma, b * t.sin_gamma, 0},
          Vector{c * t.cos_beta, c * (t.cos_alpha - t.cos_beta * t.cos_gamma) / t.sin_gamma,
                 c * std::sqrt(unit_volume_squared(t)) / t.sin_gamma}};
}

Grid::Grid(const Shape& shape_, const UnitCell& cell_) : shape(shape_), cell(cell_) {
  require_map_shape("grid", shape);
  const double edges[3] = {cell.a, cell.b, cell.c};
  for (double edge : edges)
    require(edge >= kShortestEdge && edge <= kLongestEdge, "cell has edges ", cell.a, ", ",
            cell.b, ", ", cell.c, " Å; they must be above 0, from ", kShortestEdge, " to ",
            kLongestEdge);
  require(cell.alpha > 0 && cell.alpha < 180 && cell.beta > 0 && cell.beta < 180 &&
              cell.gamma > 0 && cell.gamma < 180 && unit_volume_squared(angles_of(cell)) > 0,
          "cell has angles ", cell.alpha, ", ", cell.beta, ", ", cell.gamma,
          " degrees; no cell has these");
}

std::array<double, 3> Grid::spacing() const {
  return {cell.a / static_cast<double>(shape[2]), cell.b / static_cast<double>(shape[1]),
          cell.c / static_cast<double>(shape[0])};
}

double Grid::nyquist() const {
  const auto step = spacing();
  return 2 * *std::max_element(step.begin(), step.end());
}

ReciprocalMetric::ReciprocalMetric(const UnitCell& cell) {
  // Direct axes as columns of an upper triangular matrix; its inverse transposed holds
  // the reciprocal axes (International Tables B, 1.1).
  const auto axes = cell.axes();
  const double bx = axes[1][0], by = axes[1][1];
  const double cx = axes[2][0], cy = axes[2][1], cz = axes[2][2];
  x_ = 1 / cell.a;
  yx_ = -bx / (cell.a * by);
  yy_ = 1 / by;
  zx_ = (bx * cy / by - cx) / (cell.a * cz);
  zy_ = -cy / (by * cz);
  zz_ = 1 / cz;
  // Minimising s² over l (and k) leaves the inverse of the direct metric of a, b (of a).
  const double det = cell.a * cell.a * by * by;
  least_h_ = 1 / (cell.a * cell.a);
  least_hh_ = cell.b * cell.b / det;
  least_hk_ = -cell.a * bx / det;
  least_kk_ = cell.a * cell.a / det;
}

double ReciprocalMetric::s(double h, double k, double l) const {
  return std::sqrt(s_squared(h, k, l));
}

Columns Columns::all(const Grid& grid) {
  const std::size_t columns = grid.shape[2] / 2 + 1;
  return {columns, std::vector<std::size_t>(grid.shape[1], columns)};
}

Columns Columns::within(const Grid& grid, double s_max) {
  require(s_max >= 0, "s_max is ", s_max, " 1/Å; expected 0 or more");
  Columns columns = all(grid);
  const ReciprocalMetric metric(grid.cell);
  // A hair more than s_max, so that rounding never drops a term that a kernel counts.
  const double limit = s_max * s_max * (1 + 1e-6);
  const std::size_t width = columns.most;
  columns.most = 1;
  for (std::size_t y = 0; y < grid.shape[1]; ++y) {
    const auto k = static_cast<double>(miller_index(y, grid.shape[1]));
    std::size_t count = width;
    while (count > 0 && metric.least_s_squared(static_cast<double>(count - 1), k) > limit)
      --count;
    columns.of_row[y] = count;
    columns.most = std::max(columns.most, count);
  }
  return columns;
}

}  // namespace map_sharpening
