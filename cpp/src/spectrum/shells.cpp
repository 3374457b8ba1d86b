#include "map_sharpening/shells.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "base/shells_check.hpp"
#include "fourier/plane_geometry.hpp"

namespace map_sharpening {
namespace {

// Sums are made for this many blocks of planes and then added in order: a number that does
// not depend on the threads, and small enough for the by-direction tables to stay in cache.
constexpr std::size_t kBlocks = 16;

void unpack(const std::vector<PowerSum>& sums, std::vector<double>& n_terms,
            std::vector<double>& cross, std::vector<double>& auto_1,
            std::vector<double>& auto_2) {
  for (const PowerSum& sum : sums) {
    n_terms.push_back(sum.terms);
    cross.push_back(sum.cross);
    auto_1.push_back(sum.auto_1);
    auto_2.push_back(sum.auto_2);
  }
}

}  // namespace

template <class Real>
PowerSums power_sums(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                     const Grid& grid, const Columns& columns, const Shells& shells,
                     bool by_direction, int threads) {
  require_coefficients("a", a, grid);
  require_coefficients("b", b, grid);
  require_columns(columns, grid);
  require_positive("shell width", shells.width, " 1/Å");
  const std::size_t bins = by_direction ? kDirections : 1;
  require(shells.count > 0 && shells.count <= kMostShells / bins, "shells are ", shells.count,
          "; expected 1 to ", kMostShells / bins);
  const std::size_t nz = grid.shape[0];
  const std::size_t n_blocks = std::min(kBlocks, nz);
  std::vector<std::vector<PowerSum>> by_block(n_blocks,
                                              std::vector<PowerSum>(shells.count * bins));
  const auto& kernel = kernels<Real>();  // may throw: not inside the loop
  for_each_index(n_blocks, threads, [&](std::size_t block) {
    for (std::size_t z = block * nz / n_blocks; z < (block + 1) * nz / n_blocks; ++z)
      kernel.add_power(a.plane(z), b.plane(z),
                       plane_geometry(grid, columns, shells.s_max(), z), shells.width,
                       shells.count, by_direction, by_block[block].data());
  });
  std::vector<PowerSum> total(shells.count * bins);
  for (const auto& sums : by_block)
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += sums[i];

  PowerSums result;
  result.shells = shells;
  if (by_direction) {
    unpack(total, result.directional_n_terms, result.directional_cross,
           result.directional_auto_1, result.directional_auto_2);
    std::vector<PowerSum> radial(shells.count);
    for (std::size_t i = 0; i < total.size(); ++i) radial[i / bins] += total[i];
    total = std::move(radial);
  }
  unpack(total, result.n_terms, result.cross, result.auto_1, result.auto_2);
  return result;
}

template PowerSums power_sums<float>(View3<const std::complex<float>>,
                                     View3<const std::complex<float>>, const Grid&,
                                     const Columns&, const Shells&, bool, int);
template PowerSums power_sums<double>(View3<const std::complex<double>>,
                                      View3<const std::complex<double>>, const Grid&,
                                      const Columns&, const Shells&, bool, int);

std::vector<double> PowerSums::fsc() const {
  require_radial_sums(*this);
  std::vector<double> fsc(shells.count);
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double norm = std::sqrt(auto_1[i] * auto_2[i]);
    fsc[i] = norm > 0 ? cross[i] / norm : kNaN;
  }
  return fsc;
}

std::vector<double> PowerSums::relative_amplitude() const {
  require_radial_sums(*this);
  std::vector<double> ratio(shells.count, kNaN);
  for (std::size_t i = 0; i < shells.count; ++i)
    if (auto_1[i] > 0 && auto_2[i] > 0) ratio[i] = std::sqrt(auto_2[i] / auto_1[i]);
  return ratio;
}

namespace {

Direction integrate_direction(std::size_t direction) {
  const std::size_t face = direction / (kCellsPerEdge * kCellsPerEdge);
  const std::size_t p_cell = direction / kCellsPerEdge % kCellsPerEdge;
  const std::size_t q_cell = direction % kCellsPerEdge;
  constexpr int n = 16;  // midpoints along each edge of the square: exact to 1e-4
  constexpr double edge = 2.0 / kCellsPerEdge;
  const auto on_face = [face](double p, double q) {
    return face == 2 ? Vector{p, q, 1} : face == 1 ? Vector{p, 1, q} : Vector{1, p, q};
  };
  double total = 0;
  std::array<double, 6> moments{};
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const double p = edge * (static_cast<double>(p_cell) + (i + 0.5) / n) - 1;
      const double q = edge * (static_cast<double>(q_cell) + (j + 0.5) / n) - 1;
      const double norm = 1 / (1 + p * p + q * q);
      const double solid_angle = 2 * norm * std::sqrt(norm) * edge * edge / (n * n);
      const Vector v = on_face(p, q);
      const double products[6] = {v[0] * v[0], v[1] * v[1], v[2] * v[2],
                                  v[0] * v[1], v[0] * v[2], v[1] * v[2]};
      for (std::size_t m = 0; m < 6; ++m) moments[m] += solid_angle * norm * products[m];
      total += solid_angle;
    }
  for (double& moment : moments) moment /= total;
  Vector unit = on_face(edge * (static_cast<double>(p_cell) + 0.5) - 1,
                        edge * (static_cast<double>(q_cell) + 0.5) - 1);
  const double length = std::hypot(unit[0], unit[1], unit[2]);
  for (double& part : unit) part /= length;
  return {unit, total / (4 * kPi), moments};
}

}  // namespace

const std::vector<Direction>& directions() {
  static const std::vector<Direction> all = [] {
    std::vector<Direction> made;
    for (std::size_t d = 0; d < kDirections; ++d) made.push_back(integrate_direction(d));
    return made;
  }();
  return all;
}

}  // namespace map_sharpening
