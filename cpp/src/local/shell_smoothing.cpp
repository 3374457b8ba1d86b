#include "local/shell_smoothing.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/numbers.hpp"

namespace map_sharpening {
namespace {

// Half width of the smoothing in units of 1 / window.
constexpr double kLeastHalfWidth = 1.5, kMostHalfWidth = 2.5;
constexpr double kWantedTerms = 80;  // under the kernel, where it may grow so wide

void count_terms(const Grid& grid, const Shells& shells, std::vector<double>& terms,
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

}  // namespace

ShellSmoothing::ShellSmoothing(const SoftSphere& sphere, const Shells& shells)
    : smear_(shells.count) {
  std::vector<double> terms(shells.count), mean_s(shells.count);
  count_terms(sphere.grid(), shells, terms, mean_s);
  const double unit = 1 / sphere.diameter();
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    // Terms per half width h are about 2 pi s² V 1.2 h, V the effective volume.
    const double wanted = kWantedTerms / (2.4 * kPi * s * s * sphere.effective_volume());
    const double half_width =
        std::max(kLeastHalfWidth * unit, std::min(wanted, kMostHalfWidth * unit));
    add_row(s, half_width, terms, mean_s);
    // The kernel (1 - u²)² has the variance half_width² / 7.
    smear_[i] = std::hypot(sphere.spectral_deviation(), half_width / std::sqrt(7.0));
  }
}

std::vector<double> ShellSmoothing::operator()(const std::vector<double>& sums) const {
  std::vector<double> smooth;
  for (const Row& row : rows_) {
    double value = 0;
    for (std::size_t i = 0; i < row.weights.size(); ++i)
      value += row.weights[i] * sums[row.first + i];
    smooth.push_back(value);
  }
  return smooth;
}

void ShellSmoothing::add_row(double s, double half_width, const std::vector<double>& terms,
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
        is_line ? closeness[i] * (second_moment - first_moment * (mean_s[i] - s)) / determinant
                : closeness[i] / total;
  }
  rows_.push_back(std::move(row));
}

}  // namespace map_sharpening
