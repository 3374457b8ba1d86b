#include "map_sharpening/local_resolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "fourier/sphere_powers.hpp"
#include "local/shell_smoothing.hpp"
#include "local/soft_sphere.hpp"
#include "local/sphere_lattice.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "spectrum/threshold_crossing.hpp"

namespace map_sharpening {
namespace {

constexpr float kInside = 0.5f;  // of the mask
// A sphere that holds less of the mask is taken to hold this much: a little noise must not
// become much signal.  It says nothing of its neighbours' slope, and little between them.
constexpr double kLeastShare = 0.25;
constexpr double kLeastCounted = 0.01;
// In units of 1 / window; below kCoarsest a sphere holds too few terms to judge.
constexpr double kShellWidth = 0.5, kCoarsest = 3.5;
// A resolution that varies more across a sphere, in units of the smear, does so in a step.
constexpr double kMostWidening = 1.5;
constexpr double kNoNoise = 1e6;  // a ratio that means "no noise"
constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();  // of such a sphere
constexpr std::size_t kBatches = 32;  // progress is reported between them

using Place = std::array<std::size_t, 3>;  // of a sphere on the lattice: z, y, x

double half_2_scale(View3<const float> half_1, View3<const float> half_2,
                    const LocalResolutionOptions& options) {
  if (options.half_2_scale) return *options.half_2_scale;
  return relative_scale(half_1, half_2, options.threads);
}

class Measurement {
 public:
  Measurement(View3<const float> half_1, View3<const float> half_2, View3<const float> mask,
              const Grid& grid, const LocalResolutionOptions& options)
      : half_1_(half_1),
        half_2_(half_2),
        mask_(mask),
        sphere_(grid, options.window),
        threshold_(options.threshold),
        d_min_(std::max(options.d_min.value_or(0), grid.nyquist())),
        gain_2_(half_1.empty() ? 1 : 1 / half_2_scale(half_1, half_2, options)),
        shells_(shells_of(options.window, d_min_)),
        powers_(sphere_.grid(), sphere_.weights(), shells_),
        smoothing_(sphere_, shells_) {
    const double step = options.step.value_or(options.window / 4);
    const auto spacing = grid.spacing();
    for (std::size_t axis = 0; axis < 3; ++axis)
      lattice_[axis] =
          make_lattice_axis(grid.shape[axis], sphere_.grid().shape[axis],
                            std::max(step / spacing[2 - axis], 1.0), options.periodic);
    first_ = static_cast<std::size_t>(std::ceil(kCoarsest / kShellWidth - 0.5));
    require(first_ + 1 < shells_.count, "window is ", options.window,
            " Å, too small to tell resolutions up to ", d_min_, " Å apart; expected at least ",
            kCoarsest + 2, " times that");
    for (const float weight : weights()) {
      total_weight_ += static_cast<double>(weight);
      square_weight_ += static_cast<double>(weight) * static_cast<double>(weight);
    }
  }

  const SphereLattice& lattice() const { return lattice_; }
  double d_min() const { return d_min_; }
  double d_max() const { return 1 / shells_.middle(first_); }
  std::size_t n_shells() const { return shells_.count; }
  std::size_t n_spheres() const {
    return lattice_[0].count() * lattice_[1].count() * lattice_[2].count();
  }
  SpherePowers::Workspace workspace() const { return powers_.workspace(); }

  Place place_of(std::size_t index) const {
    const std::size_t ny = lattice_[1].count(), nx = lattice_[2].count();
    return {index / (ny * nx), index / nx % ny, index % nx};
  }

  // Whether the mask reaches where a sphere's value will be used.
  bool is_wanted(const Place& place) const {
    if (mask_.empty()) return true;
    const auto in_z = lattice_[0].surroundings(place[0]);
    const auto in_y = lattice_[1].surroundings(place[1]);
    const auto in_x = lattice_[2].surroundings(place[2]);
    const auto first = wrapped(in_x[0], mask_.shape[2]);
    const auto count = static_cast<std::size_t>(in_x[1] - in_x[0]);
    bool is_reached = false;
    for (std::ptrdiff_t z = in_z[0]; z < in_z[1] && !is_reached; ++z)
      for (std::ptrdiff_t y = in_y[0]; y < in_y[1] && !is_reached; ++y) {
        const float* row = mask_.row(wrapped(z, mask_.shape[0]), wrapped(y, mask_.shape[1]));
        for_each_piece(first, count, mask_.shape[2],
                       [&](std::size_t at, std::size_t, std::size_t length) {
                         is_reached = is_reached || kernel_.reaches(row + at, length, kInside);
                       });
      }
    return is_reached;
  }

  // How much of a sphere the mask fills, by the sphere's power.
  double mask_share(const Place& place) const {
    if (mask_.empty()) return 1;
    return std::max(
        sum_of_rows(mask_, corner_of(place, mask_), kernel_.add_squares) / square_weight_,
        kLeastCounted);
  }

  // Write the ratio of signal to noise by shell.
  void spectrum_at(const Place& place, double share, SpherePowers::Workspace& work,
                   float* signal_to_noise) const {
    const Place corner = corner_of(place, half_1_);
    const float mean_1 = mean(half_1_, corner), mean_2 = mean(half_2_, corner);
    const auto gain_2 = static_cast<float>(gain_2_);
    const SpherePowers::Sums sums = powers_(
        [&](const SphereRow& row, float* to_1, float* to_2) {
          weigh(half_1_, corner, row, mean_1, 1, to_1);
          weigh(half_2_, corner, row, mean_2, gain_2, to_2);
        },
        work);
    std::vector<double> noise(shells_.count);
    for (std::size_t i = 0; i < shells_.count; ++i)
      noise[i] = 0.5 * sums.both[i] - sums.cross[i];
    const std::vector<double> smooth_signal = smoothing_(sums.cross),
                              smooth_noise = smoothing_(noise);
    const double used_share = std::max(share, kLeastShare);
    for (std::size_t i = 0; i < shells_.count; ++i) {
      const double signal = std::max(smooth_signal[i] / used_share, 0.0);
      const double ratio =
          signal < kNoNoise * smooth_noise[i] ? signal / smooth_noise[i] : kNoNoise;
      const bool is_known = std::isfinite(sums.both[i]);
      signal_to_noise[i] = static_cast<float>(!is_known ? kNotFinite : signal > 0 ? ratio : 0);
    }
  }

  // Where the resolution varies across a sphere, its finest part would decide where the FSC
  // crosses the threshold: signals that end at different s look like one wide edge.  So that
  // width, known from the neighbours, is taken off as well; not all of it where the slope is
  // steep, for next to a step the neighbours differ and the sphere itself holds one side.
  std::vector<float> resolutions(const SphereSpectra& spectra) const {
    const std::vector<double>& shares = spectra.mask_share;
    std::vector<double> seen, s;
    for (std::size_t i = 0; i < shares.size(); ++i) seen.push_back(crossing_of(spectra, i, 0));
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const double widening = sphere_.spatial_deviation() * slope(seen, shares, i);
      s.push_back(crossing_of(spectra, i,
                              std::min(widening, kMostWidening * smoothing_.smear().back())));
    }
    std::vector<float> resolutions;
    for (double value : s)
      resolutions.push_back(value > 0 ? static_cast<float>(1 / value) : 0);
    return resolutions;
  }

 private:
  // 0 for a place that was not measured.
  double crossing_of(const SphereSpectra& spectra, std::size_t i, double widening) const {
    if (!(spectra.mask_share[i] > 0)) return 0;
    const float* row = spectra.signal_to_noise.data() + i * shells_.count;
    const WindowSpectrum spectrum{shells_.width, {row, row + shells_.count}};
    return std::clamp(
        first_crossing(spectrum, smoothing_.smear(), threshold_, first_, widening),
        1 / d_max(), 1 / d_min_);
  }

  // Length of the gradient of s at a place of the lattice (1/Å²).
  double slope(const std::vector<double>& s, const std::vector<double>& shares,
               std::size_t index) const {
    const std::size_t ny = lattice_[1].count(), nx = lattice_[2].count();
    const std::size_t strides[3] = {ny * nx, nx, 1};
    double along[3];  // per lattice step, z y x
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t count = lattice_[axis].count(), at = index / strides[axis] % count;
      const auto neighbour = [&](bool is_next) {
        if (!lattice_[axis].is_periodic && at + 1 == (is_next ? count : 1)) return index;
        const std::size_t there = (at + (is_next ? 1 : count - 1)) % count;
        const std::size_t found = index - at * strides[axis] + there * strides[axis];
        const bool is_known = shares[found] >= kLeastShare && s[found] * d_max() > 1 + 1e-9;
        return is_known ? found : index;
      };
      const std::size_t before = neighbour(false), after = neighbour(true);
      const double steps = (before != index) + (after != index);
      along[axis] = steps > 0 ? (s[after] - s[before]) / steps : 0;
    }
    // From lattice steps to grid points of the sphere's piece of the map, to its cell.
    const auto per_edge = [&](std::size_t axis) {
      return along[axis] / lattice_[axis].spacing *
             static_cast<double>(sphere_.grid().shape[axis]);
    };
    return ReciprocalMetric(sphere_.grid().cell).s(per_edge(2), per_edge(1), per_edge(0));
  }

  static Shells shells_of(double window, double d_min) {
    const double width = kShellWidth / window;
    return {width, static_cast<std::size_t>(1 / (d_min * width) + 1e-6)};
  }

  const std::vector<float>& weights() const { return sphere_.weights(); }

  // Visit the parts of a row of `count` points from `first` on, at most a whole period, that
  // lie side by side in a periodic map: body(where in the map, where in the row, number of
  // points).
  template <class Body>
  static void for_each_piece(std::size_t first, std::size_t count, std::size_t period,
                             const Body& body) {
    const std::size_t length = std::min(count, period - first);
    body(first, std::size_t{0}, length);
    if (length < count) body(std::size_t{0}, length, count - length);
  }

  // Where in the map a sphere's piece begins.
  Place corner_of(const Place& place, View3<const float> map) const {
    Place corner;
    for (std::size_t axis = 0; axis < 3; ++axis)
      corner[axis] = wrapped(lattice_[axis].starts[place[axis]], map.shape[axis]);
    return corner;
  }

  // Visit the parts of one of the sphere's rows: body(values of the map, weights, where in the
  // row, number of points).
  template <class Body>
  void for_each_piece_of(View3<const float> map, const Place& corner, const SphereRow& row,
                         const Body& body) const {
    // A sphere is no larger than the map.
    const auto along = [&](std::size_t axis, std::size_t at) {
      const std::size_t i = corner[axis] + at;
      return i < map.shape[axis] ? i : i - map.shape[axis];
    };
    const float* values = map.row(along(0, row.z), along(1, row.y));
    for_each_piece(along(2, row.x), row.count, map.shape[2],
                   [&](std::size_t at, std::size_t done, std::size_t length) {
                     body(values + at, weights().data() + row.index + done, done, length);
                   });
  }

  template <class Add>
  double sum_of_rows(View3<const float> map, const Place& corner, const Add& add) const {
    double lanes[kSphereLanes] = {};
    for (const SphereRow& row : powers_.rows())
      for_each_piece_of(map, corner, row,
                        [&](const float* values, const float* by, std::size_t,
                            std::size_t count) { add(values, by, count, lanes); });
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
  }

  float mean(View3<const float> map, const Place& corner) const {
    return static_cast<float>(sum_of_rows(map, corner, kernel_.add_weighted) / total_weight_);
  }

  // A row of the weighted piece of a map, without its weighted mean.
  void weigh(View3<const float> map, const Place& corner, const SphereRow& row, float mean,
             float factor, float* to) const {
    for_each_piece_of(
        map, corner, row,
        [&](const float* values, const float* by, std::size_t done, std::size_t count) {
          kernel_.weigh(values, by, count, mean, factor, to + done);
        });
  }

  View3<const float> half_1_, half_2_, mask_;
  SoftSphere sphere_;
  double threshold_, d_min_, gain_2_;
  Shells shells_;
  SpherePowers powers_;
  const SphereKernels& kernel_ = sphere_kernels();
  ShellSmoothing smoothing_;
  SphereLattice lattice_;
  std::size_t first_ = 0;
  double total_weight_ = 0, square_weight_ = 0;
};

void require_options(const LocalResolutionOptions& options) {
  require(options.threshold > 0 && options.threshold < 1, "threshold is ", options.threshold,
          "; expected a correlation between 0 and 1");
  const auto require_above_0 = [](const char* name, const std::optional<double>& value) {
    if (value)
      require(std::isfinite(*value) && *value > 0, name, " is ", *value,
              " Å; expected a number above 0, or none");
  };
  require_above_0("step", options.step);
  require_above_0("d_min", options.d_min);
  if (options.half_2_scale)
    require(std::isfinite(*options.half_2_scale) && *options.half_2_scale > 0,
            "half_2_scale is ", *options.half_2_scale, "; expected a number above 0, or none");
}

// For what follows from the grid and the options alone, without the maps.
Measurement without_maps(View3<const float> mask, const Grid& grid,
                         const LocalResolutionOptions& options) {
  require_options(options);
  return Measurement({}, {}, mask, grid, options);
}

}  // namespace

double largest_window(const Grid& grid) { return SoftSphere::largest_diameter(grid); }

std::size_t count_spheres(const Grid& grid, const LocalResolutionOptions& options) {
  return without_maps({}, grid, options).n_spheres();
}

SphereSpectra measure_spheres(View3<const float> half_1, View3<const float> half_2,
                              View3<const float> mask, const Grid& grid,
                              const LocalResolutionOptions& options, std::size_t begin,
                              std::size_t end) {
  require_array("half_1", half_1, grid.shape);
  require_array("half_2", half_2, grid.shape);
  if (!mask.empty()) require_array("mask", mask, grid.shape);
  require_options(options);
  const Measurement measurement(half_1, half_2, mask, grid, options);
  require(begin <= end && end <= measurement.n_spheres(), "the spheres ", begin, " to ", end,
          " are not among the ", measurement.n_spheres(), " of the lattice");

  SphereSpectra spectra;
  spectra.n_shells = measurement.n_shells();
  spectra.signal_to_noise.resize((end - begin) * spectra.n_shells);
  spectra.mask_share.resize(end - begin);
  std::vector<SpherePowers::Workspace> workspaces;
  for (int i = 0; i < thread_count(options.threads); ++i)
    workspaces.push_back(measurement.workspace());
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    const std::size_t count = end - begin;
    const std::size_t first = batch * count / kBatches, last = (batch + 1) * count / kBatches;
    if (options.progress)
      options.progress("local resolution",
                       static_cast<double>(batch) / static_cast<double>(kBatches));
    for_each_index(last - first, options.threads, [&](std::size_t i) {
      const std::size_t index = first + i;
      const Place place = measurement.place_of(begin + index);
      if (!measurement.is_wanted(place)) return;
      spectra.mask_share[index] = measurement.mask_share(place);
      measurement.spectrum_at(place, spectra.mask_share[index], workspaces[thread_index()],
                              spectra.signal_to_noise.data() + index * spectra.n_shells);
    });
  }
  if (std::any_of(spectra.signal_to_noise.begin(), spectra.signal_to_noise.end(),
                  [](float ratio) { return std::isnan(ratio); }))
    throw UnusableDataError(
        "the half maps hold values that are not finite, or too large for 32-bit floats; set "
        "them to 0 or make the maps again");
  return spectra;
}

LocalResolution resolution_of_spheres(const SphereSpectra& spectra, View3<const float> mask,
                                      const Grid& grid, const LocalResolutionOptions& options,
                                      View3<float> out) {
  if (!mask.empty()) require_array("mask", mask, grid.shape);
  require_array("out", out, grid.shape);
  const Measurement measurement = without_maps(mask, grid, options);
  const std::size_t n = measurement.n_spheres(), n_shells = measurement.n_shells();
  require(spectra.n_shells == n_shells && spectra.mask_share.size() == n &&
              spectra.signal_to_noise.size() == n * n_shells,
          "spectra have ", spectra.mask_share.size(), " spheres of ", spectra.n_shells,
          " shells; expected ", n, " of ", n_shells);

  LocalResolution result;
  const SphereLattice& lattice = measurement.lattice();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    result.lattice_shape[axis] = lattice[axis].count();
    result.first[axis] = lattice[axis].first;
    result.spacing[axis] = lattice[axis].spacing;
  }
  result.window = options.window;
  result.d_min = measurement.d_min();
  result.d_max = measurement.d_max();
  result.lattice = measurement.resolutions(spectra);
  // The signal's error grows as 1 / share.
  std::vector<float> weights;
  for (double share : spectra.mask_share) {
    weights.push_back(static_cast<float>(share * share));
    result.n_windows += share > 0 ? 1 : 0;
  }
  interpolate_lattice(lattice, {result.lattice.data(), result.lattice_shape},
                      {weights.data(), result.lattice_shape}, mask, kInside,
                      static_cast<float>(result.d_min), static_cast<float>(result.d_max),
                      static_cast<float>(result.d_max), out, options.threads);
  if (options.progress) options.progress("local resolution", 1);
  return result;
}

LocalResolution measure_local_resolution(View3<const float> half_1, View3<const float> half_2,
                                         View3<const float> mask, const Grid& grid,
                                         const LocalResolutionOptions& options,
                                         View3<float> out) {
  require_array("out", out, grid.shape);
  const std::size_t n_spheres = count_spheres(grid, options);
  const SphereSpectra spectra =
      measure_spheres(half_1, half_2, mask, grid, options, 0, n_spheres);
  return resolution_of_spheres(spectra, mask, grid, options, out);
}

}  // namespace map_sharpening
