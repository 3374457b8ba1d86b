#include "map_sharpening/local_resolution.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "check.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/shells.hpp"
#include "map_sharpening/threshold_crossing.hpp"
#include "parallel.hpp"
#include "soft_sphere.hpp"
#include "window_lattice.hpp"

namespace map_sharpening {
namespace {

constexpr float kInside = 0.5f;  // of the mask
// A sphere that holds less of the mask is taken to hold this much: a little noise must not
// become much signal.
constexpr double kLeastShare = 0.25;
// In units of 1 / window:
constexpr double kShellWidth = 0.5;
constexpr double kLeastBandwidth = 1.5, kMostBandwidth = 2.5;  // half width of smoothing
constexpr double kCoarsest = 3.5;    // below it a sphere holds too few terms to judge
constexpr double kReach = 3;         // of a sharp edge's foot, where the signal is very strong
constexpr double kWantedTerms = 80;  // under the smoothing's kernel, where it may grow so wide
constexpr std::size_t kBatches = 32;  // progress is told between them

// Straight lines through neighbouring shells, weighted by terms and by closeness.
class ShellSmoothing {
 public:
  ShellSmoothing(const SoftSphere& sphere, const Shells& shells) : smear_(shells.count) {
    std::vector<double> terms(shells.count), mean_s(shells.count);
    count_terms(sphere.grid(), shells, terms, mean_s);
    const double unit = 1 / sphere.diameter();
    for (std::size_t i = 0; i < shells.count; ++i) {
      const double s = shells.middle(i);
      // Terms per half width h are about 2 pi s² V 1.2 h, V the effective volume.
      const double wanted =
          kWantedTerms / (2.4 * 3.14159265358979323846 * s * s * sphere.effective_volume());
      const double half_width =
          std::max(kLeastBandwidth * unit, std::min(wanted, kMostBandwidth * unit));
      add_row(s, half_width, terms, mean_s);
      // The kernel (1 - u²)² has the variance half_width² / 7.
      smear_[i] = std::hypot(sphere.spectral_deviation(), half_width / std::sqrt(7.0));
    }
  }

  std::vector<double> operator()(const std::vector<double>& sums) const {
    std::vector<double> smooth;
    for (const Row& row : rows_) {
      double value = 0;
      for (std::size_t i = 0; i < row.weights.size(); ++i)
        value += row.weights[i] * sums[row.first + i];
      smooth.push_back(value);
    }
    return smooth;
  }

  const std::vector<double>& smear() const { return smear_; }

 private:
  struct Row {
    std::size_t first;
    std::vector<double> weights;  // of the shells' sums over terms
  };

  static void count_terms(const Grid& grid, const Shells& shells, std::vector<double>& terms,
                          std::vector<double>& mean_s) {
    const ReciprocalMetric metric(grid.cell);
    const Shape shape = grid.half_complex_shape();
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y)
        for (std::size_t x = 0; x < shape[2]; ++x) {
          const double s = metric.s(static_cast<double>(x),
                                    static_cast<double>(miller_index(y, grid.shape[1])),
                                    static_cast<double>(miller_index(z, grid.shape[0])));
          const auto shell = static_cast<std::size_t>(s / shells.width + 1e-4);
          if (shell >= shells.count || s <= 0) continue;
          const double weight = 0.5 * friedel_weight(x, grid.shape[2]);
          terms[shell] += weight;
          mean_s[shell] += weight * s;
        }
    for (std::size_t i = 0; i < shells.count; ++i)
      if (terms[i] > 0) mean_s[i] /= terms[i];
  }

  void add_row(double s, double half_width, const std::vector<double>& terms,
               const std::vector<double>& mean_s) {
    std::vector<double> closeness(terms.size());
    double total = 0, first_moment = 0, second_moment = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const double offset = mean_s[i] - s, u = offset / half_width;
      if (terms[i] <= 0 || u * u >= 1) continue;
      closeness[i] = (1 - u * u) * (1 - u * u);
      const double weight = closeness[i] * terms[i];
      total += weight;
      first_moment += weight * offset;
      second_moment += weight * offset * offset;
    }
    require(total > 0, "no terms near ", 1 / s, " Å in the window; expected a larger window");
    const double determinant = total * second_moment - first_moment * first_moment;
    const bool is_line = determinant > 1e-6 * total * total * half_width * half_width;
    Row row{terms.size(), {}};
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (closeness[i] <= 0) continue;
      row.first = std::min(row.first, i);
      row.weights.resize(i - row.first + 1);
      // A shell's sum is its mean times its terms: the weights by terms are in it already.
      row.weights.back() =
          is_line
              ? closeness[i] * (second_moment - first_moment * (mean_s[i] - s)) / determinant
              : closeness[i] / total;
    }
    rows_.push_back(std::move(row));
  }

  std::vector<Row> rows_;
  std::vector<double> smear_;
};

// What one thread works with.
struct Workspace {
  std::vector<float> piece;
  std::vector<std::complex<float>> transform_1, transform_2;
  explicit Workspace(const Grid& grid)
      : piece(grid.size()), transform_1(half_size(grid)), transform_2(half_size(grid)) {}
  static std::size_t half_size(const Grid& grid) {
    const Shape shape = grid.half_complex_shape();
    return shape[0] * shape[1] * shape[2];
  }
};

std::size_t wrapped(std::ptrdiff_t i, std::size_t n) {
  const auto period = static_cast<std::ptrdiff_t>(n);
  return static_cast<std::size_t>((i % period + period) % period);
}

using Place = std::array<std::size_t, 3>;  // of a sphere on the lattice: z, y, x

class Measurement {
 public:
  Measurement(View3<const float> half_1, View3<const float> half_2, View3<const float> mask,
              const Grid& grid, const LocalResolutionOptions& options)
      : half_1_(half_1),
        half_2_(half_2),
        mask_(mask),
        sphere_(grid, options.window),
        threshold_(options.threshold),
        d_min_(std::max(options.d_min, grid.nyquist())),
        columns_(Columns::within(sphere_.grid(), 1 / d_min_)),
        shells_(shells_of(options.window, d_min_)),
        smoothing_(sphere_, shells_) {
    const double step = options.step > 0 ? options.step : options.window / 4;
    const auto spacing = grid.spacing();
    for (std::size_t axis = 0; axis < 3; ++axis)
      lattice_[axis] =
          make_lattice_axis(grid.shape[axis], sphere_.grid().shape[axis],
                            std::max(step / spacing[2 - axis], 1.0), options.wrapping);
    first_ = static_cast<std::size_t>(std::ceil(kCoarsest / kShellWidth - 0.5));
    require(first_ + 1 < shells_.count, "window is ", options.window,
            " Å, too small to tell resolutions up to ", d_min_, " Å apart; expected at least ",
            kCoarsest + 2, " times that");
    square_weight_ = 0;
    for (float w : weights()) square_weight_ += static_cast<double>(w) * w;
  }

  const WindowLattice& lattice() const { return lattice_; }
  double d_min() const { return d_min_; }
  double d_max() const { return 1 / shells_.middle(first_); }
  Workspace workspace() const { return Workspace(sphere_.grid()); }

  // Whether the mask reaches where a sphere's value will be used.
  bool is_wanted(const Place& place) const {
    if (mask_.empty()) return true;
    const auto in_z = lattice_[0].surroundings(place[0]);
    const auto in_y = lattice_[1].surroundings(place[1]);
    const auto in_x = lattice_[2].surroundings(place[2]);
    for (std::ptrdiff_t z = in_z[0]; z < in_z[1]; ++z)
      for (std::ptrdiff_t y = in_y[0]; y < in_y[1]; ++y) {
        const float* row = mask_.row(wrapped(z, mask_.shape[0]), wrapped(y, mask_.shape[1]));
        for (std::ptrdiff_t x = in_x[0]; x < in_x[1]; ++x)
          if (row[wrapped(x, mask_.shape[2])] >= kInside) return true;
      }
    return false;
  }

  float resolution_at(const Place& place, Workspace& work) const {
    transform(half_1_, place, work, work.transform_1);
    transform(half_2_, place, work, work.transform_2);
    const Shape half_shape = sphere_.grid().half_complex_shape();
    const PowerSums sums = power_sums<float>({work.transform_1.data(), half_shape},
                                             {work.transform_2.data(), half_shape},
                                             sphere_.grid(), columns_, shells_, false, 1);
    std::vector<double> noise(shells_.count);
    for (std::size_t i = 0; i < shells_.count; ++i)
      noise[i] = 0.5 * (sums.auto_1[i] + sums.auto_2[i]) - sums.cross[i];
    WindowSpectrum spectrum;
    spectrum.step = shells_.width;
    spectrum.reach = kReach / sphere_.diameter();
    spectrum.signal = smoothing_(sums.cross);
    spectrum.noise = smoothing_(noise);
    spectrum.smear = &smoothing_.smear();
    const double share = mask_share(place);
    for (double& value : spectrum.signal) value /= share;
    const double s = first_crossing(spectrum, threshold_, first_);
    return static_cast<float>(std::clamp(1 / s, d_min_, d_max()));
  }

 private:
  static Shells shells_of(double window, double d_min) {
    const double width = kShellWidth / window;
    return {width, static_cast<std::size_t>(1 / (d_min * width) + 1e-6)};
  }

  const std::vector<float>& weights() const { return sphere_.weights(); }

  // Visit the sphere's points row by row: body(row of the map, x indices, row of weights).
  template <class T, class Body>
  void for_each_point(View3<T> map, const Place& place, const Body& body) const {
    const Shape& shape = sphere_.grid().shape;
    std::ptrdiff_t start[3];
    for (std::size_t axis = 0; axis < 3; ++axis)
      start[axis] = lattice_[axis].starts[place[axis]];
    std::size_t i = 0;
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y) {
        const T* row =
            map.row(wrapped(start[0] + static_cast<std::ptrdiff_t>(z), map.shape[0]),
                    wrapped(start[1] + static_cast<std::ptrdiff_t>(y), map.shape[1]));
        std::size_t at = wrapped(start[2], map.shape[2]);
        for (std::size_t x = 0; x < shape[2]; ++x, ++i) {
          body(row[at], weights()[i], i);
          if (++at == map.shape[2]) at = 0;
        }
      }
  }

  // The weighted piece of a map, without its weighted mean.
  void transform(View3<const float> map, const Place& place, Workspace& work,
                 std::vector<std::complex<float>>& out) const {
    double sum = 0, total = 0;
    for_each_point(map, place, [&](float value, float weight, std::size_t i) {
      work.piece[i] = value;
      sum += static_cast<double>(weight) * value;
      total += static_cast<double>(weight);
    });
    const auto mean = static_cast<float>(sum / total);
    for (std::size_t i = 0; i < work.piece.size(); ++i)
      work.piece[i] = (work.piece[i] - mean) * weights()[i];
    forward_transform<float>({work.piece.data(), sphere_.grid().shape},
                             {out.data(), sphere_.grid().half_complex_shape()}, columns_, 1);
  }

  double mask_share(const Place& place) const {
    if (mask_.empty()) return 1;
    double inside = 0;
    for_each_point(mask_, place, [&](float value, float weight, std::size_t) {
      const double product = static_cast<double>(value) * static_cast<double>(weight);
      inside += product * product;
    });
    return std::max(inside / square_weight_, kLeastShare);
  }

  View3<const float> half_1_, half_2_, mask_;
  SoftSphere sphere_;
  double threshold_, d_min_;
  Columns columns_;
  Shells shells_;
  ShellSmoothing smoothing_;
  WindowLattice lattice_;
  std::size_t first_ = 0;
  double square_weight_ = 0;
};

void require_options(const LocalResolutionOptions& options) {
  require(options.threshold > 0 && options.threshold < 1, "threshold is ", options.threshold,
          "; expected a correlation between 0 and 1");
  require(std::isfinite(options.step) && options.step >= 0, "step is ", options.step,
          " Å; expected 0 or more");
  require(std::isfinite(options.d_min) && options.d_min >= 0, "d_min is ", options.d_min,
          " Å; expected 0 or more");
}

}  // namespace

double largest_window(const Grid& grid) { return SoftSphere::largest_diameter(grid); }

LocalResolution measure_local_resolution(View3<const float> half_1, View3<const float> half_2,
                                         View3<const float> mask, const Grid& grid,
                                         const LocalResolutionOptions& options,
                                         View3<float> out) {
  require_shape("half_1", half_1.shape, grid.shape);
  require_shape("half_2", half_2.shape, grid.shape);
  if (!mask.empty()) require_shape("mask", mask.shape, grid.shape);
  require_shape("out", out.shape, grid.shape);
  require_options(options);
  const Measurement measurement(half_1, half_2, mask, grid, options);

  LocalResolution result;
  const WindowLattice& lattice = measurement.lattice();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    result.lattice_shape[axis] = lattice[axis].count();
    result.first[axis] = lattice[axis].first;
    result.spacing[axis] = lattice[axis].spacing;
  }
  result.window = options.window;
  result.d_min = measurement.d_min();
  result.d_max = measurement.d_max();
  const Shape& shape = result.lattice_shape;
  const std::size_t count = shape[0] * shape[1] * shape[2];
  result.lattice.assign(count, 0.0f);
  std::vector<Workspace> workspaces;
  for (int i = 0; i < thread_count(options.threads); ++i)
    workspaces.push_back(measurement.workspace());
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    if (options.progress)
      options.progress("local resolution",
                       static_cast<double>(batch) / static_cast<double>(kBatches));
    const std::size_t begin = batch * count / kBatches, end = (batch + 1) * count / kBatches;
    for_each_index(end - begin, options.threads, [&](std::size_t i) {
      const std::size_t index = begin + i;
      const Place place{index / (shape[1] * shape[2]), index / shape[2] % shape[1],
                        index % shape[2]};
      if (measurement.is_wanted(place))
        result.lattice[index] = measurement.resolution_at(
            place, workspaces[static_cast<std::size_t>(thread_index())]);
    });
  }
  for (float value : result.lattice) result.n_windows += value > 0 ? 1 : 0;
  interpolate_lattice(lattice, {result.lattice.data(), shape}, mask, kInside,
                      static_cast<float>(result.d_min), static_cast<float>(result.d_max), out,
                      options.threads);
  if (options.progress) options.progress("local resolution", 1);
  return result;
}

}  // namespace map_sharpening
