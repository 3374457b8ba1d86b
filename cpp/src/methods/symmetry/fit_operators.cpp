#include "methods/symmetry/fit_operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/coefficient_array.hpp"
#include "base/linear_algebra.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "methods/density_modification/strong_density.hpp"
#include "methods/symmetry/motion.hpp"
#include "methods/symmetry/operators.hpp"
#include "methods/symmetry/spline.hpp"

namespace map_sharpening {
namespace {

// Of the Gaussians that the map is smoothed by in turn, in units of d_min.
constexpr std::array<double, 2> kWidths{1.0, 0.3};
// How far operators may be moved, in units of d_min.
constexpr double kFarthest = 2;
// Points looked at, and their places in all copies together.
constexpr std::size_t kMostPoints = 40000, kMostPlaces = 160000;
constexpr int kMostSteps = 20;
// In units of the mean of the normal matrix' diagonal.  Turns about an axis of the group, and
// shifts along it, change nothing but by noise: with less damping they would wander.
constexpr double kLeastDamping = 1e-2;
// Å; a smaller step ends the fit.
constexpr double kSmallestStep = 0.003;
constexpr std::size_t kParameters = 6;

// Normal equations of a step, and the misfit before it.
struct Sums {
  std::array<double, kParameters * kParameters> matrix{};
  std::array<double, kParameters> gradient{};
  double squares = 0, size = 0;

  Sums& operator+=(const Sums& other) {
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] += other.matrix[i];
    for (std::size_t i = 0; i < kParameters; ++i) gradient[i] += other.gradient[i];
    squares += other.squares;
    size += other.size;
    return *this;
  }
  double misfit() const { return size > 0 ? squares / size : 1; }
};

class Fit {
 public:
  Fit(View3<const float> mask, const Grid& grid, std::size_t n_copies, View3<float> map,
      int threads)
      : map_(map), threads_(threads), frame_(grid) {
    take_points(mask, n_copies);
  }

  bool has_points() const { return !points_.empty(); }
  const Vector& centre() const { return centre_; }
  double radius() const { return radius_; }

  // Take the values of the map, as it is now, at the points themselves.
  void take_values() {
    for_each_index(points_.size(), threads_, [&](std::size_t i) {
      points_[i].value = SplinePlace(points_[i].on_grid, map_.shape).value(map_);
    });
  }

  // The group moved so that copies agree best.
  Motion fitted(const Copies& copies, Motion group) const {
    Sums now = sums_of(copies, group);
    double damping = kLeastDamping;
    for (int step = 0; step < kMostSteps; ++step) {
      const std::vector<double> change = step_of(now, damping);
      const Vector axis{change[0] / radius_, change[1] / radius_, change[2] / radius_};
      const Motion tried =
          motion_about(group(centre_), axis, {change[3], change[4], change[5]}).after(group);
      const Sums then = sums_of(copies, tried);
      double longest = 0;
      for (const double value : change) longest = std::max(longest, std::fabs(value));
      if (then.misfit() < now.misfit()) {
        group = tried;
        now = then;
        damping = std::max(damping / 4, kLeastDamping);
      } else {
        damping *= 8;
      }
      if (longest < kSmallestStep) break;
    }
    return group;
  }

  double misfit(const Copies& copies, const Motion& group) const {
    return sums_of(copies, group).misfit();
  }

 private:
  struct Point {
    std::array<double, 3> on_grid;  // x, y, z
    Vector place;                   // Å
    double value = 0;
  };

  void take_points(View3<const float> mask, std::size_t n_copies) {
    std::size_t inside = 0;
    for (std::size_t z = 0; z < mask.shape[0]; ++z)
      for (std::size_t y = 0; y < mask.shape[1]; ++y) {
        const float* row = mask.row(z, y);
        inside += static_cast<std::size_t>(
            std::count_if(row, row + mask.shape[2], [](float v) { return v > 0.5F; }));
      }
    const std::size_t wanted = std::min(kMostPoints, kMostPlaces / n_copies + 1);
    const std::size_t every = std::max<std::size_t>(inside / wanted, 1);
    std::size_t count = 0;
    for (std::size_t z = 0; z < mask.shape[0]; ++z)
      for (std::size_t y = 0; y < mask.shape[1]; ++y)
        for (std::size_t x = 0; x < mask.shape[2]; ++x) {
          if (!(mask(z, y, x) > 0.5F) || count++ % every != 0) continue;
          const std::array<double, 3> at{static_cast<double>(x), static_cast<double>(y),
                                         static_cast<double>(z)};
          points_.push_back({at, times(frame_.to_angstrom, at)});
        }
    for (const Point& point : points_) centre_ = sum(centre_, point.place);
    const double n = std::max(static_cast<double>(points_.size()), 1.0);
    for (double& value : centre_) value /= n;
    double squares = 0;
    for (const Point& point : points_) {
      const Vector from = difference(point.place, centre_);
      squares += dot(from, from);
    }
    radius_ = std::max(std::sqrt(squares / n), 1.0);
  }

  Sums sums_of(const Copies& copies, const Motion& group) const {
    constexpr std::size_t kTogether = 256;
    const Copies now = copies.moved(group);
    const Vector centre = group(centre_);
    const std::size_t count = (points_.size() + kTogether - 1) / kTogether;
    return sum_over<Sums>(count, threads_, [&](std::size_t part) {
      Sums sums;
      const std::size_t end = std::min(points_.size(), (part + 1) * kTogether);
      for (std::size_t i = part * kTogether; i < end; ++i)
        for (const Motion& copy : now.from(points_[i].place))
          add_point(points_[i], copy, centre, sums);
      return sums;
    });
  }

  void add_point(const Point& point, const Motion& copy, const Vector& centre,
                 Sums& sums) const {
    const Vector there = copy(point.place);
    Vector place = times(frame_.to_grid, there);
    if (!bring_inside(place, map_.shape)) return;
    const double value = SplinePlace(place, map_.shape).value(map_);
    const double misfit = value - point.value;
    const Vector slope = slope_at(place);
    const Vector from = difference(there, centre), before = difference(point.place, centre);
    std::array<double, kParameters> by{};
    for (std::size_t j = 0; j < 3; ++j) {
      Vector unit{};
      unit[j] = 1;
      const Vector turn =
          difference(cross(unit, from), times(copy.rotation, cross(unit, before)));
      by[j] = dot(slope, turn) / radius_;
      by[3 + j] = dot(slope, difference(unit, times(copy.rotation, unit)));
    }
    for (std::size_t i = 0; i < kParameters; ++i) {
      for (std::size_t j = 0; j < kParameters; ++j)
        sums.matrix[i * kParameters + j] += by[i] * by[j];
      sums.gradient[i] += by[i] * misfit;
    }
    sums.squares += misfit * misfit;
    sums.size += value * value + point.value * point.value;
  }

  // In units of the map per Å.
  Vector slope_at(const std::array<double, 3>& place) const {
    constexpr double kStep = 0.1;
    Vector on_grid{};
    for (std::size_t i = 0; i < 3; ++i) {
      std::array<double, 3> before = place, after = place;
      before[i] = std::max(place[i] - kStep, 0.0);
      after[i] = std::min(place[i] + kStep, static_cast<double>(map_.shape[2 - i] - 1));
      const double step = after[i] - before[i];
      if (step > 0)
        on_grid[i] = (SplinePlace(after, map_.shape).value(map_) -
                      SplinePlace(before, map_.shape).value(map_)) /
                     step;
    }
    return times(transposed(frame_.to_grid), on_grid);
  }

  static std::vector<double> step_of(const Sums& sums, double damping) {
    SymmetricMatrix matrix(kParameters);
    double trace = 0;
    for (std::size_t i = 0; i < kParameters; ++i) trace += sums.matrix[i * kParameters + i];
    if (!(trace > 0)) return std::vector<double>(kParameters, 0.0);
    std::vector<double> wanted;
    for (std::size_t i = 0; i < kParameters; ++i) {
      for (std::size_t j = 0; j < kParameters; ++j)
        matrix(i, j) = sums.matrix[i * kParameters + j];
      matrix(i, i) += damping * trace / kParameters;
      wanted.push_back(-sums.gradient[i]);
    }
    return Cholesky(matrix).solve(wanted);
  }

  View3<const float> map_;
  int threads_;
  Frame frame_;
  std::vector<Point> points_;
  Vector centre_{};  // of the points
  double radius_ = 1;
};

// The coefficients of the mean's splines, smoothed by a Gaussian.
void write_mean(const SymmetryMaps& maps, const Grid& grid, double d_min, double width,
                int threads, const CoefficientArray& room) {
  const View3<float> out = room.map(grid.shape);
  for_each_row(grid.shape, threads, [&](std::size_t z, std::size_t y) {
    const float *a = maps.half_1.row(z, y), *b = maps.half_2.row(z, y);
    float* mean = out.row(z, y);
    for (std::size_t x = 0; x < grid.shape[2]; ++x) mean[x] = (a[x] + b[x]) / 2;
  });
  const Columns columns = Columns::within(grid, 1 / d_min);
  forward_transform<float>(out, room.view(), columns, threads);
  apply_scale_factors<float>(room.view(), {}, room.view(), grid, columns, 1 / d_min,
                             smoothing(d_min, width), threads);
  inverse_transform<float>(room.view(), out, columns, 1.0F, threads);
  to_spline_coefficients(out, threads);
}

}  // namespace

FittedCopies fit_operators(const SymmetryMaps& maps, const Grid& grid, const Copies& copies,
                           const ModificationOptions& options) {
  const CoefficientArray room(grid.half_complex_shape(), maps.work[0]);
  Fit fit(maps.mask, grid, copies.count(), room.map(grid.shape), options.threads);
  if (!fit.has_points()) return {copies};
  Motion group;
  for (const double width : kWidths) {
    write_mean(maps, grid, options.d_min, width, options.threads, room);
    fit.take_values();
    group = fit.fitted(copies, group);
  }
  const Vector by = difference(group(fit.centre()), fit.centre());
  const FittedCopies found{copies.moved(group), angle_of(group.rotation),
                           std::sqrt(dot(by, by))};
  const double farthest = found.shift + found.turn * kPi / 180 * fit.radius();
  if (!(farthest <= kFarthest * options.d_min) ||
      !(fit.misfit(copies, group) < fit.misfit(copies, Motion{})))
    return {copies};
  return found;
}

}  // namespace map_sharpening
