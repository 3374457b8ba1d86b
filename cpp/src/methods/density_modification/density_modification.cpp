#include "map_sharpening/density_modification.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "methods/density_modification/checks.hpp"
#include "methods/density_modification/masked_halves.hpp"
#include "methods/density_modification/masked_part.hpp"
#include "methods/density_modification/solvent.hpp"
#include "methods/density_modification/strong_density.hpp"
#include "methods/density_modification/weights.hpp"

namespace map_sharpening {
namespace {

void require_maps(const ModificationMaps& maps, const Grid& grid) {
  require_array("half_1", maps.half_1, grid.shape);
  require_array("half_2", maps.half_2, grid.shape);
  require_array("mask", maps.mask, grid.shape);
  require_array("contribution", maps.contribution, grid.shape);
  require_pair("unsharpened_1", maps.unsharpened_1, "unsharpened_2", maps.unsharpened_2,
               grid.shape);
  require_work(maps.work, grid.half_complex_shape());
}

// Shells on either side that help where the terms of one are too few to tell its weights.
constexpr std::size_t kNeighbours = 4;

class Modifier : private MaskedPart {
 public:
  Modifier(const Grid& box, const ModificationMaps& maps, const ModificationOptions& options)
      : MaskedPart(box, maps.mask, options, !maps.unsharpened_1.empty()),
        maps_(maps),
        half_1_(maps.contribution.data, grid_.shape),
        values_2_(grid_.size()),
        half_2_(values_2_.data(), grid_.shape),
        f_1_(grid_.half_complex_shape(), maps.work[0]),
        f_2_(grid_.half_complex_shape(), maps.work[1]),
        f_positive_(grid_.half_complex_shape(), maps.work[2]) {}

  const Shells& shells() const { return shells_; }

  // What follows is about the half maps.
  void take_maps() {
    write_masked(maps_.half_1, maps_.mask, half_1_);
    write_masked(maps_.half_2, maps_.mask, half_2_);
  }

  // What follows is about the half maps, one of them with a feature that the other knows
  // nothing of: the mean of both, moved along all axes.
  void take_maps_and_feature() {
    take_maps();
    const View3<const float> feature = write_feature();
    for_each_row(grid_.shape, threads_, [&](std::size_t z, std::size_t y) {
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) half_1_(z, y, x) += feature(z, y, x);
    });
  }

  // The contribution's part along the feature, the half that the mean of the halves holds
  // being 1.  After `contribution`; the halves are then those without the feature.
  double along_feature() {
    take_maps();
    forward_transform<float>(write_feature(), f_positive_.view(), columns_, threads_);
    const PowerSums products = sums(f_1_.view(), f_positive_.view());
    double along = 0, whole = 0;
    for (std::size_t i = 0; i < shells_.count; ++i) {
      along += products.cross[i];
      whole += products.auto_2[i];
    }
    return whole > 0 ? along / (whole / 2) : 0;
  }

  // What follows is about independent noise that has the spectrum of the halves' difference.
  void take_noise() {
    const Columns all = Columns::all(grid_);
    const View3<float> noise = f_1_.map(grid_.shape);
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float *half_1 = row_of(maps_.half_1, z, y), *half_2 = row_of(maps_.half_2, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        noise(z, y, x) = half_1[x] - half_2[x];
    });
    forward_transform<float>(noise, f_1_.view(), all, threads_);
    const auto spacing = grid_.spacing();
    const double beyond_all = 2 / *std::min_element(spacing.begin(), spacing.end());
    std::uint64_t seed = options_.seed;
    for (const auto& out : {half_1_, half_2_}) {
      randomise_phases<float>(f_1_.view(), f_2_.view(), grid_, all, beyond_all, 0.0, ++seed,
                              threads_);
      inverse_transform<float>(f_2_.view(), out, all, 1.0F, threads_);
      multiply_by_mask(out);
    }
  }

  // Find the weights of two halves; their transforms stay behind for `contribution`.
  ShellWeights find_weights() {
    forward_transform<float>(half_1_, f_1_.view(), columns_, threads_);
    forward_transform<float>(half_2_, f_2_.view(), columns_, threads_);
    const PowerSums halves = sums(f_1_.view(), f_2_.view());
    require_finite(halves);
    std::vector<NormalEquations> equations(shells_.count);
    const Mixture y = Mixture::mean_and_difference(options_.noise_share);
    const Mixture t = Mixture::mean_and_difference(-1 / options_.noise_share);
    add_equations(y, t, halves, equations);
    add_equations(y.mirrored(), t.mirrored(), halves, equations);
    return shell_weights(equations, independent(halves.n_terms), options_.noise_share,
                         kNeighbours);
  }

  // Make in Fourier space what is to be added to the mean of the halves that weights were
  // found for.  Returns its variance over that of the masked mean.
  double contribution(const ShellWeights& weights) {
    transform_rectified(Mixture::mean_and_difference(0), kPositivePart);
    const auto f_1 = f_1_.view(), f_2 = f_2_.view(), positive = f_positive_.view();
    std::vector<double> linear = weights.linear;
    for (double& value : linear) value -= 1;
    const std::vector<double> ones(shells_.count, 1.0), twos(shells_.count, 2.0);
    apply(positive, {}, positive, weights.positive);
    // First the mean itself, for its variance.
    mean_variance_ = apply(f_1, f_2, f_1, ones);
    apply(f_1, {}, f_1, linear);
    const double added = apply(f_1, positive, f_1, twos);
    return mean_variance_ > 0 ? added / mean_variance_ : 0;
  }

  // Let the contribution fade out in strong density, each shell by its share of signal, and
  // end at `d_end`.  Returns its variance over that of the masked mean; the halves are spent.
  double fade(const ShellWeights& weights, double d_end) {
    double rms = std::sqrt(mean_square_of_mean(half_1_, half_2_, threads_) /
                           (mask_.mean_square * box_over_extent_));
    // The weights of the positive part are negative where density is.
    if (std::accumulate(weights.positive.begin(), weights.positive.end(), 0.0) < 0) rms = -rms;
    const SmoothedHalf smoothed_1{half_1_, smooth(half_1_, kSmoothing, f_2_.view())};
    const SmoothedHalf smoothed_2{half_2_, smooth(half_2_, kSmoothing, f_2_.view())};
    write_fading(smoothed_1, smoothed_2, rms, half_2_, threads_);
    const auto f_1 = f_1_.view(), f_2 = f_2_.view();
    apply(f_1, {}, f_2, weights.signal_share);
    inverse_transform<float>(f_2, half_1_, columns_, 1.0F, threads_);
    multiply(half_2_, half_1_);
    contribution_mean_ = map_statistics(half_1_, threads_).mean;
    forward_transform<float>(half_1_, f_2, columns_, threads_);
    ScaleFactors sum;
    sum.step = 1;
    sum.gain = {2, 2};
    const double added =
        apply_scale_factors<float>(f_1, f_2, f_1, grid_, columns_, 1 / d_end, sum, threads_);
    return mean_variance_ > 0 ? added / mean_variance_ : 0;
  }

  // The factors of half the magnitude in the shells beyond d_min.  After `contribution`.
  std::vector<double> find_extension(const ShellWeights& weights) {
    if (extended_.count == shells_.count) return {};
    const double scale = relative_scale(maps_.unsharpened_1, maps_.unsharpened_2, threads_);
    std::vector<NormalEquations> equations(extended_.count);
    std::vector<double> n_terms;
    for (const double share : {options_.noise_share, -options_.noise_share}) {
      transform_rectified(Mixture::mean_and_difference(share), kHalfMagnitude);
      forward_transform<float>(
          write_unsharpened(Mixture::mean_and_difference(-1 / share), scale), f_2_.view(),
          columns_, threads_);
      const PowerSums products = power_sums<float>(f_positive_.view(), f_2_.view(), grid_,
                                                   columns_, extended_, false, threads_);
      require_finite(products);
      for (std::size_t i = 0; i < extended_.count; ++i) {
        equations[i].pp += products.auto_1[i];
        equations[i].pt += products.cross[i];
        equations[i].tt += products.auto_2[i];
      }
      n_terms = products.n_terms;
    }
    return extension_factors(equations, independent(n_terms), weights.on_density);
  }

  // Add it to the contribution, in Fourier space.
  void extend(const std::vector<double>& factors) {
    transform_rectified(Mixture::mean_and_difference(0), kHalfMagnitude);
    const auto f_1 = f_1_.view(), positive = f_positive_.view();
    const double s_max = extended_.s_max();
    apply_scale_factors<float>(positive, {}, positive, grid_, columns_, s_max,
                               table_beyond(extended_, shells_.count, factors), threads_);
    const std::vector<double> twos(extended_.count, 2.0);
    apply_scale_factors<float>(f_1, positive, f_1, grid_, columns_, s_max,
                               table_of(extended_, twos), threads_);
  }

  double farthest() const { return 1 / extended_.s_max(); }

  double end_of(const std::vector<double>& extension) const {
    return 1 / (static_cast<double>(shells_.count + extension.size()) * shells_.width);
  }

  // The map of the contribution, in the part of the box that is `extent`.
  std::vector<float> take_contribution() {
    inverse_transform<float>(f_1_.view(), half_2_, columns_, 1.0F, threads_);
    for (float& value : values_2_) value += static_cast<float>(contribution_mean_);
    return std::move(values_2_);
  }
  const Extent& extent() const { return extent_; }

 private:
  void multiply_by_mask(View3<float> map) const {
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float* mask = row_of(maps_.mask, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        map(z, y, x) *= std::max(mask[x], 0.0F);
    });
  }

  // The mean of the masked halves a third of the way along each axis, inside the mask.
  View3<float> write_feature() const {
    const Shape shape = grid_.shape;
    const View3<float> feature = f_positive_.map(shape);
    for_each_row(shape, threads_, [&](std::size_t z, std::size_t y) {
      const std::size_t from_z = (z + shape[0] / 3) % shape[0];
      const std::size_t from_y = (y + shape[1] / 3) % shape[1];
      for (std::size_t x = 0; x < shape[2]; ++x) {
        const std::size_t from_x = (x + shape[2] / 3) % shape[2];
        feature(z, y, x) =
            (half_1_(from_z, from_y, from_x) + half_2_(from_z, from_y, from_x)) / 2;
      }
    });
    multiply_by_mask(feature);
    return feature;
  }

  // A mixture of the unsharpened halves, the mean of each being 0, inside the mask.
  View3<float> write_unsharpened(const Mixture& mixture, double scale) const {
    const View3<float> out = f_2_.map(grid_.shape);
    const View3<const float> half_1 = maps_.unsharpened_1, half_2 = maps_.unsharpened_2;
    const double of_2 = mixture.of_2 / scale;
    const double mean = mixture.of_1 * mean_of(half_1) + of_2 * mean_of(half_2);
    for_each_row(extent_.shape, threads_, [&](std::size_t z, std::size_t y) {
      const float *a = row_of(half_1, z, y), *b = row_of(half_2, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        out(z, y, x) = static_cast<float>(mixture.of_1 * a[x] + of_2 * b[x] - mean);
    });
    multiply_by_mask(out);
    return out;
  }

  void multiply(View3<const float> factors, View3<float> map) const {
    for_each_row(grid_.shape, threads_, [&](std::size_t z, std::size_t y) {
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) map(z, y, x) *= factors(z, y, x);
    });
  }

  double mean_of(View3<const float> map) const {
    const auto add_row = [&](double& sum, std::size_t z, std::size_t y) {
      const float* row = row_of(map, z, y);
      for (std::size_t x = 0; x < extent_.shape[2]; ++x) sum += row[x];
    };
    return sum_over_rows<double>(extent_.shape, threads_, add_row) /
           static_cast<double>(grid_.size());
  }

  void transform_rectified(const Mixture& mixture, const Rectifier& rectifier) {
    const View3<float> out = f_positive_.map(grid_.shape);
    rectify(half_1_, half_2_, mixture, rectifier, out, threads_);
    forward_transform<float>(out, f_positive_.view(), columns_, threads_);
  }

  void add_equations(const Mixture& y, const Mixture& t, const PowerSums& halves,
                     std::vector<NormalEquations>& equations) {
    transform_rectified(y, kPositivePart);
    const PowerSums with_1 = sums(f_positive_.view(), f_1_.view());
    const PowerSums with_2 = sums(f_positive_.view(), f_2_.view());
    for (std::size_t i = 0; i < shells_.count; ++i) {
      NormalEquations& shell = equations[i];
      shell.xx += product(halves, i, y, y);
      shell.xt += product(halves, i, y, t);
      shell.tt += product(halves, i, t, t);
      shell.xp += y.of_1 * with_1.cross[i] + y.of_2 * with_2.cross[i];
      shell.pt += t.of_1 * with_1.cross[i] + t.of_2 * with_2.cross[i];
      shell.pp += with_1.auto_1[i];
    }
  }

  const ModificationMaps& maps_;
  // Both halves times the mask; the first where the contribution will be.
  View3<float> half_1_;
  std::vector<float> values_2_;
  View3<float> half_2_;
  CoefficientArray f_1_, f_2_, f_positive_;
  double mean_variance_ = 0;      // of the masked mean that a contribution was made for
  double contribution_mean_ = 0;  // which no term of it holds
};

// What is added inside the mask, and around it as far as it is soft.
struct Inside {
  ModificationFindings found{};
  Extent extent;
  std::vector<float> contribution;  // in the extent, if it is borne out
};

Inside modify_inside(const ModificationMaps& maps, const Grid& grid,
                     const ModificationOptions& options) {
  Inside inside;
  ModificationFindings& found = inside.found;
  Modifier modifier(grid, maps, options);
  found.shells = modifier.shells();
  modifier.take_noise();
  found.null_share = std::sqrt(modifier.contribution(modifier.find_weights()));
  modifier.take_maps_and_feature();
  const ShellWeights weights_with_feature = modifier.find_weights();
  modifier.contribution(weights_with_feature);
  modifier.fade(weights_with_feature, options.d_min);
  const double with_feature = modifier.along_feature();
  const ShellWeights weights = modifier.find_weights();
  if (std::none_of(weights.signal_share.begin(), weights.signal_share.end(),
                   [](double share) { return share > 0; }))
    throw UnusableDataError(
        "the half maps hold no common signal inside the mask; check that they are halves of "
        "one reconstruction, and that the mask is where the molecule is");
  modifier.contribution(weights);
  const std::vector<double> extension = modifier.find_extension(weights);
  const double extended_to = modifier.end_of(extension);
  // Fading makes terms beyond d_min: they stay where the other half confirms that such terms
  // can be predicted.
  const double d_end = extension.empty() ? options.d_min : modifier.farthest();
  found.contribution_share = std::sqrt(modifier.fade(weights, d_end));
  found.one_sided_share = with_feature - modifier.along_feature();
  found.signal_share = weights.signal_share;
  found.linear = weights.linear;
  found.positive = weights.positive;
  found.correlation_before = weights.before;
  found.correlation_after = weights.after;
  found.is_borne_out = found.null_share <= kMostOfNoise &&
                       found.one_sided_share <= kMostOfOneSided &&
                       found.contribution_share > 0;
  found.extended_to = options.d_min;
  if (!found.is_borne_out) return inside;
  if (!extension.empty()) {
    modifier.extend(extension);
    found.extension = extension;
    found.extended_to = extended_to;
  }
  inside.contribution = modifier.take_contribution();
  inside.extent = modifier.extent();
  return inside;
}

void add_inside(const Inside& inside, View3<float> contribution, int threads) {
  const Shape &first = inside.extent.first, &shape = inside.extent.shape;
  for_each_row(shape, threads, [&](std::size_t z, std::size_t y) {
    const float* from = inside.contribution.data() + (z * shape[1] + y) * shape[2];
    float* to = contribution.row(z + first[0], y + first[1]) + first[2];
    for (std::size_t x = 0; x < shape[2]; ++x) to[x] += from[x];
  });
}

}  // namespace

ModificationFindings modify_density(const ModificationMaps& maps, const UnitCell& cell,
                                    const ModificationOptions& options) {
  const Grid grid(maps.half_1.shape, cell);
  require_maps(maps, grid);
  require_options(options, grid);
  Inside inside = modify_inside(maps, grid, options);
  ModificationFindings& found = inside.found;
  if (found.is_borne_out) {
    write_solvent(maps, grid, found.shells, found.signal_share, options, found.outside);
    add_inside(inside, maps.contribution, options.threads);
  } else {
    found.outside.assign(found.shells.count, 1.0);
    for_each_row(grid.shape, options.threads, [&](std::size_t z, std::size_t y) {
      std::fill_n(maps.contribution.row(z, y), grid.shape[2], 0.0F);
    });
  }
  return std::move(found);
}

}  // namespace map_sharpening
