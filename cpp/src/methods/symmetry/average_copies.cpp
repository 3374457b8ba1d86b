#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/fourier.hpp"
#include "methods/density_modification/checks.hpp"
#include "methods/density_modification/masked_halves.hpp"
#include "methods/density_modification/masked_part.hpp"
#include "methods/density_modification/weights.hpp"
#include "methods/symmetry/fit_operators.hpp"
#include "methods/symmetry/operators.hpp"
#include "methods/symmetry/spline.hpp"

namespace map_sharpening {
namespace {

// Of the neighbourhood in which copies are compared, in units of d_min.
constexpr double kNeighbourhood = 1;
// What draws the slope of a neighbourhood to 1, in units of the average inside the mask.
constexpr double kPrior = 0.3;

void require_operators(const std::vector<SymmetryOperator>& operators,
                       const std::vector<Vector>& centres) {
  require(operators.size() >= 2, "operators are ", operators.size(),
          "; expected at least 2, the first of them the identity");
  for (const SymmetryOperator& copy : operators)
    require(std::all_of(copy.begin(), copy.end(), [](double v) { return std::isfinite(v); }),
            "an operator is not finite; expected 12 numbers each");
  require(centres.empty() || centres.size() == operators.size(), "centres are ",
          centres.size(), " of ", operators.size(), " copies; expected as many or none");
  for (const Vector& centre : centres)
    require(std::isfinite(dot(centre, centre)), "a centre is not finite; expected Å");
}

class Averager : private MaskedPart {
 public:
  Averager(const Grid& box, const SymmetryMaps& maps, const ModificationOptions& options)
      : MaskedPart(box, maps.mask, options, false),
        box_(box),
        maps_(maps),
        f_1_(grid_.half_complex_shape(), maps.work[0]),
        f_2_(grid_.half_complex_shape(), maps.work[1]),
        g_1_(grid_.half_complex_shape(), maps.work[2]),
        g_2_(grid_.half_complex_shape(), maps.work[3]),
        a_(grid_.half_complex_shape(), maps.work[4]),
        b_(grid_.half_complex_shape(), maps.work[5]),
        c_(grid_.half_complex_shape(), maps.work[6]) {}

  SymmetryFindings average(const Copies& copies) {
    take_maps(copies);
    const ShellWeights weights = find_weights();
    SymmetryFindings found;
    found.shells = shells_;
    found.own = weights.linear;
    found.copies = weights.positive;
    found.correlation_before = weights.before;
    found.correlation_after = weights.after;
    found.is_borne_out = std::any_of(weights.positive.begin(), weights.positive.end(),
                                     [](double weight) { return weight != 0; });
    if (!found.is_borne_out) return found;
    // In units of the signal, to be judged; then as it is, in place of the means.
    const std::vector<double> ones(shells_.count, 1.0);
    write_change(f_1_.view(), g_1_.view(), weights, weights.alone, a_.view());
    write_change(f_2_.view(), g_2_.view(), weights, weights.alone, b_.view());
    write_change(f_1_.view(), g_1_.view(), weights, ones, g_1_.view());
    write_change(f_2_.view(), g_2_.view(), weights, ones, g_2_.view());
    const View3<const float> kept = find_kept(weights);
    found.kept_share = mean_in_mask(kept);
    add(in_real_space(g_1_), kept, maps_.half_1);
    add(in_real_space(g_2_), kept, maps_.half_2);
    return found;
  }

 private:
  View3<float> map_of(const CoefficientArray& array) const { return array.map(grid_.shape); }

  View3<float> in_real_space(const CoefficientArray& terms) const {
    inverse_transform<float>(terms.view(), map_of(terms), columns_, 1.0F, threads_);
    return map_of(terms);
  }

  // The terms of both halves and of the means of their copies, all times the mask.
  void take_maps(const Copies& copies) {
    write_means(copies);
    write_masked(maps_.half_1, maps_.mask, map_of(f_1_));
    write_masked(maps_.half_2, maps_.mask, map_of(f_2_));
    for (const CoefficientArray* array : {&f_1_, &f_2_, &g_1_, &g_2_})
      forward_transform<float>(map_of(*array), array->view(), columns_, threads_);
  }

  void write_means(const Copies& copies) {
    const Shape& box = box_.shape;
    const CoefficientArray room_1(half_complex_shape(box), maps_.work[0]);
    const CoefficientArray room_2(half_complex_shape(box), maps_.work[1]);
    const View3<float> spline_1 = room_1.map(box), spline_2 = room_2.map(box);
    for_each_row(box, threads_, [&](std::size_t z, std::size_t y) {
      std::copy_n(maps_.half_1.row(z, y), box[2], spline_1.row(z, y));
      std::copy_n(maps_.half_2.row(z, y), box[2], spline_2.row(z, y));
    });
    to_spline_coefficients(spline_1, threads_);
    to_spline_coefficients(spline_2, threads_);
    const Frame frame(box_);
    const auto mean_1 = map_of(g_1_), mean_2 = map_of(g_2_);
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float* mask = row_of(maps_.mask, z, y);
      const float *a = row_of(maps_.half_1, z, y), *b = row_of(maps_.half_2, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x) {
        const float weight = std::max(mask[x], 0.0F);
        double sum_1 = a[x], sum_2 = b[x], count = 1;
        const Vector here = times(frame.to_angstrom, point_of_box(z, y, x));
        if (weight > 0)
          for (const Motion& to_copy : copies.from(here)) {
            Vector place = times(frame.to_grid, to_copy(here));
            if (!bring_inside(place, box)) continue;
            const SplinePlace spline(place, box);
            sum_1 += spline.value(spline_1);
            sum_2 += spline.value(spline_2);
            ++count;
          }
        mean_1(z, y, x) = static_cast<float>(weight * sum_1 / count);
        mean_2(z, y, x) = static_cast<float>(weight * sum_2 / count);
      }
    });
  }

  // A point of the extent as x, y, z in the box.
  Vector point_of_box(std::size_t z, std::size_t y, std::size_t x) const {
    const Shape& first = extent_.first;
    return {static_cast<double>(first[2] + x), static_cast<double>(first[1] + y),
            static_cast<double>(first[0] + z)};
  }

  ShellWeights find_weights() const {
    const std::array<View3<Complex>, 2> f{f_1_.view(), f_2_.view()};
    const std::array<View3<Complex>, 2> g{g_1_.view(), g_2_.view()};
    const PowerSums of_halves = sums(f[0], f[1]), of_means = sums(g[0], g[1]);
    require_finite(of_halves);
    require_finite(of_means);
    std::array<std::array<std::vector<double>, 2>, 2> crossed;
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 2; ++j) crossed[i][j] = sums(f[i], g[j]).cross;
    std::vector<NormalEquations> equations(shells_.count);
    for (const double share : {options_.noise_share, -options_.noise_share}) {
      const Mixture y = Mixture::mean_and_difference(share);
      const Mixture t = Mixture::mean_and_difference(-1 / share);
      for (std::size_t i = 0; i < shells_.count; ++i) {
        // Of a mixture of the halves with one of the means.
        const auto cross = [&crossed, i](const Mixture& half, const Mixture& mean) {
          return half.of_1 * (mean.of_1 * crossed[0][0][i] + mean.of_2 * crossed[0][1][i]) +
                 half.of_2 * (mean.of_1 * crossed[1][0][i] + mean.of_2 * crossed[1][1][i]);
        };
        NormalEquations& shell = equations[i];
        shell.xx += product(of_halves, i, y, y);
        shell.xt += product(of_halves, i, y, t);
        shell.tt += product(of_halves, i, t, t);
        shell.pp += product(of_means, i, y, y);
        shell.xp += cross(y, y);
        shell.pt += cross(t, y);
      }
    }
    return shell_weights(equations, independent(of_halves.n_terms), options_.noise_share);
  }

  // What a half is changed by, times a number of each shell; `out` may be g.
  void write_change(View3<const Complex> f, View3<const Complex> g,
                    const ShellWeights& weights, const std::vector<double>& scale,
                    View3<Complex> out) {
    std::vector<double> own = weights.linear, copies = weights.positive;
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] = 2 * scale[i] * (own[i] - 1);
      copies[i] *= 2 * scale[i];
    }
    apply(f, {}, c_.view(), own);
    apply(g, {}, out, copies);
    apply(c_.view(), out, out, std::vector<double>(shells_.count, 1.0));
  }

  // The share of the change that is kept, 0 to 1.  The terms of halves and change are spent.
  View3<const float> find_kept(const ShellWeights& weights) {
    apply(f_1_.view(), {}, f_1_.view(), weights.alone);
    apply(f_2_.view(), {}, f_2_.view(), weights.alone);
    const auto before_1 = in_real_space(f_1_), before_2 = in_real_space(f_2_);
    const auto change_1 = in_real_space(a_), change_2 = in_real_space(b_);
    write_products(change_1, change_2, before_1, before_2);
    const View3<float> with_rest = before_1, with_itself = before_2;
    const double rest = smooth(with_rest, kNeighbourhood, f_1_.view());
    const double itself = smooth(with_itself, kNeighbourhood, f_2_.view());
    const double prior = kPrior * itself / (mask_.mean * box_over_extent_);
    for_each_row(grid_.shape, threads_, [&](std::size_t z, std::size_t y) {
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) {
        const double above = with_rest(z, y, x) + rest + prior;
        const double below = std::max(with_itself(z, y, x) + itself, 0.0) + prior;
        const double slope = below > 0 ? std::clamp(above / below, 0.0, 1.0) : 1.0;
        change_1(z, y, x) = static_cast<float>(slope * slope);
      }
    });
    return change_1;
  }

  // Of the change, with what is left to explain and with itself; both mixtures summed.  They
  // replace the maps before the change.
  void write_products(View3<const float> change_1, View3<const float> change_2,
                      View3<float> before_1, View3<float> before_2) const {
    for_each_row(grid_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float* mask = row_of(maps_.mask, z, y);
      const float *a = row_of(maps_.half_1, z, y), *b = row_of(maps_.half_2, z, y);
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) {
        const double u_1 = change_1(z, y, x), u_2 = change_2(z, y, x);
        const double v_1 = before_1(z, y, x), v_2 = before_2(z, y, x);
        const float half_1 = std::max(mask[x], 0.0F) * a[x];
        const float half_2 = std::max(mask[x], 0.0F) * b[x];
        double with_rest = 0, with_itself = 0;
        for (const double share : {options_.noise_share, -options_.noise_share}) {
          const Mixture from = Mixture::mean_and_difference(share);
          const Mixture by = Mixture::mean_and_difference(-1 / share);
          const double change = from.of_1 * u_1 + from.of_2 * u_2;
          const double rest =
              by.of_1 * half_1 + by.of_2 * half_2 - from.of_1 * v_1 - from.of_2 * v_2;
          with_rest += change * rest;
          with_itself += change * change;
        }
        before_1(z, y, x) = static_cast<float>(with_rest);
        before_2(z, y, x) = static_cast<float>(with_itself);
      }
    });
  }

  double mean_in_mask(View3<const float> values) const {
    const auto add_row = [&](double& sum, std::size_t z, std::size_t y) {
      const float* mask = row_of(maps_.mask, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        sum += std::max(mask[x], 0.0F) * values(z, y, x);
    };
    const double sum = sum_over_rows<double>(extent_.shape, threads_, add_row);
    return sum / (mask_.mean * box_over_extent_ * static_cast<double>(grid_.size()));
  }

  // half += mask * kept * change
  void add(View3<const float> change, View3<const float> kept, View3<float> half) const {
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float* mask = row_of(maps_.mask, z, y);
      float* out = row_of(half, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        out[x] += std::max(mask[x], 0.0F) * kept(z, y, x) * change(z, y, x);
    });
  }

  const Grid& box_;
  const SymmetryMaps& maps_;
  CoefficientArray f_1_, f_2_, g_1_, g_2_;  // of the halves; of the means, then of the change
  CoefficientArray a_, b_, c_;
};

}  // namespace

SymmetryFindings average_copies(const SymmetryMaps& maps, const UnitCell& cell,
                                const std::vector<SymmetryOperator>& operators,
                                const ModificationOptions& options,
                                const std::vector<Vector>& centres) {
  const Grid grid(maps.half_1.shape, cell);
  require_array("half_1", maps.half_1, grid.shape);
  require_array("half_2", maps.half_2, grid.shape);
  require_array("mask", maps.mask, grid.shape);
  require_work(maps.work, grid.half_complex_shape());
  require_options(options, grid);
  require_operators(operators, centres);
  const FittedCopies fitted = fit_operators(maps, grid, {operators, centres}, options);
  SymmetryFindings found = Averager(grid, maps, options).average(fitted.copies);
  found.turn = fitted.turn;
  found.shift = fitted.shift;
  return found;
}

}  // namespace map_sharpening
