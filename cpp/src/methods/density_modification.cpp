#include "map_sharpening/density_modification.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/masks.hpp"
#include "methods/extent.hpp"

namespace map_sharpening {
namespace {

// Keeps weights apart where a map and its positive part are nearly the same.
constexpr double kRidge = 1e-6;
// A reduction of the squared error that chance makes in one shell of fifty.
constexpr double kBeyondChance = 4;
constexpr std::size_t kFewestShells = 4;
// Of what is around the mask, in units of d_min: what is added fades out there.
constexpr double kMargin = 2;

void require_maps(const ModificationMaps& maps, const Grid& grid) {
  require_array("half_1", maps.half_1, grid.shape);
  require_array("half_2", maps.half_2, grid.shape);
  require_array("mask", maps.mask, grid.shape);
  require_array("contribution", maps.contribution, grid.shape);
  for (const auto& array : maps.work) {
    require(array.empty() == maps.work[0].empty(),
            "some arrays to work in are given; expected ", maps.work.size(), " or none");
    if (!array.empty()) require_array("work", array, grid.half_complex_shape());
  }
}

void require_options(const ModificationOptions& options, const Grid& grid) {
  require(std::isfinite(options.d_min) && options.d_min >= grid.nyquist() * (1 - 1e-6),
          "d_min is ", options.d_min, " Å; expected the Nyquist limit of this grid (",
          grid.nyquist(), " Å) or coarser");
  require(options.n_shells >= kFewestShells, "n_shells is ", options.n_shells, "; at least ",
          kFewestShells, " are needed");
  require(options.noise_share > 0 && options.noise_share <= 1, "noise_share is ",
          options.noise_share, "; expected a number above 0, at most 1");
}

Shells choose_shells(const Grid& grid, const ModificationOptions& options) {
  const double s_max = 1 / options.d_min;
  const double shortest = std::min({grid.cell.a, grid.cell.b, grid.cell.c});
  // An edge that is a whole number of d_min must not fall short of it by rounding.
  const auto held = static_cast<std::size_t>(std::floor(s_max * shortest + 1e-6));
  const std::size_t count = std::max(std::min(options.n_shells, held), kFewestShells);
  return {s_max / static_cast<double>(count), count};
}

// One value that isn't finite is in every term of a transform.
void require_finite(const PowerSums& halves) {
  for (const auto& power : {halves.auto_1, halves.auto_2})
    if (!std::all_of(power.begin(), power.end(),
                     [](double sum) { return std::isfinite(sum); }))
      throw UnusableDataError(
          "the half maps hold values that are not finite, or too large for 32-bit floats; set "
          "them to 0 or make the maps again");
}

// A map as a mixture of the halves.
struct Mixture {
  double of_1, of_2;

  static Mixture mean_and_difference(double share) {
    return {(1 + share) / 2, (1 - share) / 2};
  }
  Mixture mirrored() const { return {of_2, of_1}; }
};

// Both maps times the mask, in the part of the box that it fills.
class MaskedHalves {
 public:
  explicit MaskedHalves(const Shape& shape)
      : shape_(shape),
        values_1_(shape[0] * shape[1] * shape[2]),
        values_2_(values_1_.size()) {}

  View3<float> half_1() { return {values_1_.data(), shape_}; }
  View3<float> half_2() { return {values_2_.data(), shape_}; }

 private:
  Shape shape_;
  std::vector<float> values_1_, values_2_;
};

void positive_part(View3<const float> half_1, View3<const float> half_2,
                   const Mixture& mixture, View3<float> out, int threads) {
  const auto a = static_cast<float>(mixture.of_1), b = static_cast<float>(mixture.of_2);
  for_each_index(out.shape[0], threads, [&](std::size_t z) {
    for (std::size_t y = 0; y < out.shape[1]; ++y)
      for (std::size_t x = 0; x < out.shape[2]; ++x)
        out(z, y, x) = std::max(a * half_1(z, y, x) + b * half_2(z, y, x), 0.0F);
  });
}

// Sums of one shell that least squares need: x the map, p its positive part, t what they are
// judged by.
struct NormalEquations {
  double xx = 0, xp = 0, pp = 0, xt = 0, pt = 0, tt = 0;
};

struct ShellWeights {
  std::vector<double> signal_share, linear, positive, before, after;
};

// Tables of factors have their values at the middles of the shells and halfway between.
ScaleFactors table_of(const Shells& shells, const std::vector<double>& values) {
  ScaleFactors factors;
  factors.step = shells.width / 2;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double before = values[i == 0 ? 0 : i - 1];
    factors.gain.push_back(static_cast<float>((before + values[i]) / 2));
    factors.gain.push_back(static_cast<float>(values[i]));
  }
  return factors;
}

// Memory of `given`, if any, as an array of a smaller shape.
View3<std::complex<float>> part_of(View3<std::complex<float>> given, const Shape& shape) {
  return given.empty() ? given : View3<std::complex<float>>{given.data, shape};
}

class Modifier {
 public:
  Modifier(const Grid& box, const ModificationMaps& maps, const ModificationOptions& options)
      : maps_(maps),
        options_(options),
        threads_(options.threads),
        extent_(extent_of(maps.mask, box, kMargin * options.d_min, options.threads)),
        grid_(extent_.shape, extent_.cell(box)),
        shells_(choose_shells(grid_, options)),
        columns_(Columns::within(grid_, shells_.s_max())),
        independent_(mask_moments(maps.mask, options.threads).independent_fraction() *
                     static_cast<double>(box.size()) / static_cast<double>(grid_.size())),
        room_(maps.contribution.data, grid_.shape),
        halves_(grid_.shape),
        f_1_(grid_.half_complex_shape(), part_of(maps.work[0], grid_.half_complex_shape())),
        f_2_(grid_.half_complex_shape(), part_of(maps.work[1], grid_.half_complex_shape())),
        f_positive_(grid_.half_complex_shape(),
                    part_of(maps.work[2], grid_.half_complex_shape())) {}

  const Shells& shells() const { return shells_; }

  // What follows is about the half maps.
  void take_maps() {
    copy([](float half_1, float) { return half_1; }, halves_.half_1());
    copy([](float, float half_2) { return half_2; }, halves_.half_2());
    multiply_by_mask(halves_.half_1());
    multiply_by_mask(halves_.half_2());
  }

  // What follows is about the half maps, one of them with a feature that the other knows
  // nothing of: the mean of both, moved along all axes.
  void take_maps_and_feature() {
    take_maps();
    write_feature();
    const auto half_1 = halves_.half_1();
    for_each_index(grid_.shape[0], threads_, [&](std::size_t z) {
      for (std::size_t y = 0; y < grid_.shape[1]; ++y)
        for (std::size_t x = 0; x < grid_.shape[2]; ++x) half_1(z, y, x) += room_(z, y, x);
    });
  }

  // The contribution's part along the feature, the half that the mean of the halves holds
  // being 1.  After `contribution`; the halves are then those without the feature.
  double along_feature() {
    take_maps();
    write_feature();
    forward_transform<float>(room_, f_positive_.view(), columns_, threads_);
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
    copy([](float half_1, float half_2) { return half_1 - half_2; }, room_);
    forward_transform<float>(room_, f_1_.view(), all, threads_);
    const auto spacing = grid_.spacing();
    const double beyond_all = 2 / *std::min_element(spacing.begin(), spacing.end());
    std::uint64_t seed = options_.seed;
    for (const auto& out : {halves_.half_1(), halves_.half_2()}) {
      randomise_phases<float>(f_1_.view(), f_2_.view(), grid_, all, beyond_all, 0.0, ++seed,
                              threads_);
      inverse_transform<float>(f_2_.view(), out, all, 1.0F, threads_);
      multiply_by_mask(out);
    }
  }

  // Find the weights of two halves; their transforms stay behind for `contribution`.
  ShellWeights find_weights() {
    forward_transform<float>(halves_.half_1(), f_1_.view(), columns_, threads_);
    forward_transform<float>(halves_.half_2(), f_2_.view(), columns_, threads_);
    const PowerSums halves = sums(f_1_.view(), f_2_.view());
    require_finite(halves);
    std::vector<NormalEquations> equations(shells_.count);
    const Mixture y = Mixture::mean_and_difference(options_.noise_share);
    const Mixture t = Mixture::mean_and_difference(-1 / options_.noise_share);
    add_equations(y, t, halves, equations);
    add_equations(y.mirrored(), t.mirrored(), halves, equations);
    return solve(equations, halves.n_terms);
  }

  // Make in Fourier space what is to be added to the mean of the halves that weights were
  // found for.  Returns its variance over that of the masked mean.
  double contribution(const ShellWeights& weights) {
    transform_positive_part(Mixture::mean_and_difference(0));
    const auto f_1 = f_1_.view(), f_2 = f_2_.view(), positive = f_positive_.view();
    std::vector<double> linear = weights.linear;
    for (double& value : linear) value -= 1;
    const std::vector<double> ones(shells_.count, 1.0), twos(shells_.count, 2.0);
    apply(positive, {}, positive, weights.positive);
    // First the mean itself, for its variance.
    const double before = apply(f_1, f_2, f_1, ones);
    apply(f_1, {}, f_1, linear);
    const double added = apply(f_1, positive, f_1, twos);
    return before > 0 ? added / before : 0;
  }

  void write_contribution() {
    const auto added = halves_.half_1();
    inverse_transform<float>(f_1_.view(), added, columns_, 1.0F, threads_);
    clear_contribution();
    for_each_row([&](std::size_t z, std::size_t y, const Row& box) {
      std::copy_n(added.row(z, y), extent_.shape[2],
                  maps_.contribution.row(box.z, box.y) + box.x);
    });
  }

  void clear_contribution() {
    const View3<float> out = maps_.contribution;
    for_each_index(out.shape[0], threads_, [&](std::size_t z) {
      for (std::size_t y = 0; y < out.shape[1]; ++y)
        std::fill_n(out.row(z, y), out.shape[2], 0.0F);
    });
  }

 private:
  using Complex = std::complex<float>;

  // Where a row of the extent begins in the box.
  struct Row {
    std::size_t z, y, x;
  };

  template <class Body>
  void for_each_row(const Body& body) const {
    for_each_index(extent_.shape[0], threads_, [&](std::size_t z) {
      for (std::size_t y = 0; y < extent_.shape[1]; ++y)
        body(z, y, Row{z + extent_.first[0], y + extent_.first[1], extent_.first[2]});
    });
  }

  template <class Value>
  void copy(const Value& value, View3<float> out) const {
    for_each_row([&](std::size_t z, std::size_t y, const Row& box) {
      const float* half_1 = maps_.half_1.row(box.z, box.y) + box.x;
      const float* half_2 = maps_.half_2.row(box.z, box.y) + box.x;
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        out(z, y, x) = value(half_1[x], half_2[x]);
    });
  }

  void multiply_by_mask(View3<float> map) const {
    for_each_row([&](std::size_t z, std::size_t y, const Row& box) {
      const float* mask = maps_.mask.row(box.z, box.y) + box.x;
      for (std::size_t x = 0; x < extent_.shape[2]; ++x)
        map(z, y, x) *= std::max(mask[x], 0.0F);
    });
  }

  // The mean of the masked halves a third of the way along each axis, inside the mask.
  void write_feature() {
    const Shape shape = grid_.shape;
    const auto half_1 = halves_.half_1(), half_2 = halves_.half_2();
    for_each_index(shape[0], threads_, [&](std::size_t z) {
      const std::size_t from_z = (z + shape[0] / 3) % shape[0];
      for (std::size_t y = 0; y < shape[1]; ++y) {
        const std::size_t from_y = (y + shape[1] / 3) % shape[1];
        for (std::size_t x = 0; x < shape[2]; ++x) {
          const std::size_t from_x = (x + shape[2] / 3) % shape[2];
          room_(z, y, x) =
              (half_1(from_z, from_y, from_x) + half_2(from_z, from_y, from_x)) / 2;
        }
      }
    });
    multiply_by_mask(room_);
  }

  void transform_positive_part(const Mixture& mixture) {
    positive_part(halves_.half_1(), halves_.half_2(), mixture, room_, threads_);
    forward_transform<float>(room_, f_positive_.view(), columns_, threads_);
  }

  PowerSums sums(View3<const Complex> a, View3<const Complex> b) const {
    return power_sums<float>(a, b, grid_, columns_, shells_, false, threads_);
  }

  double apply(View3<const Complex> a, View3<const Complex> b, View3<Complex> out,
               const std::vector<double>& values) const {
    return apply_scale_factors<float>(a, b, out, grid_, columns_, shells_.s_max(),
                                      table_of(shells_, values), threads_);
  }

  void add_equations(const Mixture& y, const Mixture& t, const PowerSums& halves,
                     std::vector<NormalEquations>& equations) {
    transform_positive_part(y);
    const PowerSums with_1 = sums(f_positive_.view(), f_1_.view());
    const PowerSums with_2 = sums(f_positive_.view(), f_2_.view());
    for (std::size_t i = 0; i < shells_.count; ++i) {
      const double s_11 = halves.auto_1[i], s_22 = halves.auto_2[i], s_12 = halves.cross[i];
      const auto product = [&](const Mixture& a, const Mixture& b) {
        return a.of_1 * b.of_1 * s_11 + a.of_2 * b.of_2 * s_22 +
               (a.of_1 * b.of_2 + a.of_2 * b.of_1) * s_12;
      };
      NormalEquations& shell = equations[i];
      shell.xx += product(y, y);
      shell.xt += product(y, t);
      shell.tt += product(t, t);
      shell.xp += y.of_1 * with_1.cross[i] + y.of_2 * with_2.cross[i];
      shell.pt += t.of_1 * with_1.cross[i] + t.of_2 * with_2.cross[i];
      shell.pp += with_1.auto_1[i];
    }
  }

  // Converts a share of signal in the mixtures to that in the mean, which is less noisy.
  double in_mean(double share) const {
    if (!(share > 0)) return 0;
    const double noise = (1 / std::min(share, 1.0) - 1);
    return 1 / (1 + noise / (1 + options_.noise_share * options_.noise_share));
  }

  ShellWeights solve(const std::vector<NormalEquations>& equations,
                     const std::vector<double>& n_terms) const {
    ShellWeights weights;
    for (std::size_t i = 0; i < shells_.count; ++i) {
      const NormalEquations& e = equations[i];
      // Weight of the map alone, which is its share of signal.
      const double alone = e.xx > 0 ? e.xt / e.xx : 0;
      double linear = 1, positive = 0, after = std::max(alone, 0.0);
      const double xx = e.xx * (1 + kRidge), pp = e.pp * (1 + kRidge);
      const double determinant = xx * pp - e.xp * e.xp;
      if (alone > 0 && determinant > 0) {
        const double a = (pp * e.xt - e.xp * e.pt) / determinant;
        const double b = (xx * e.pt - e.xp * e.xt) / determinant;
        const double explained = a * e.xt + b * e.pt;
        // Explained by chance, by any regressor: the error's power of one term, in each of the
        // two mixtures, which share their noise.
        const double n = n_terms[i] * independent_;
        const double by_chance = (e.tt - explained) / std::max(n, 1.0);
        if (explained - alone * e.xt > kBeyondChance * by_chance) {
          linear = a / alone;
          positive = b / alone;
          // The signal's power is e.xt.
          after = explained / e.xt;
        }
      }
      weights.signal_share.push_back(in_mean(alone));
      weights.linear.push_back(linear);
      weights.positive.push_back(positive);
      weights.before.push_back(std::sqrt(in_mean(alone)));
      weights.after.push_back(std::sqrt(in_mean(after)));
    }
    return weights;
  }

  const ModificationMaps& maps_;
  const ModificationOptions& options_;
  int threads_;
  Extent extent_;
  Grid grid_;  // of the extent
  Shells shells_;
  Columns columns_;
  double independent_;
  View3<float> room_;  // for positive parts, before the contribution is written to it
  MaskedHalves halves_;
  CoefficientArray f_1_, f_2_, f_positive_;
};

}  // namespace

ModificationFindings modify_density(const ModificationMaps& maps, const UnitCell& cell,
                                    const ModificationOptions& options) {
  const Grid grid(maps.half_1.shape, cell);
  require_maps(maps, grid);
  require_options(options, grid);
  ModificationFindings found{};
  Modifier modifier(grid, maps, options);
  found.shells = modifier.shells();
  modifier.take_noise();
  found.null_share = std::sqrt(modifier.contribution(modifier.find_weights()));
  modifier.take_maps_and_feature();
  modifier.contribution(modifier.find_weights());
  const double with_feature = modifier.along_feature();
  const ShellWeights weights = modifier.find_weights();
  const double most =
      *std::max_element(weights.signal_share.begin(), weights.signal_share.end());
  if (!(most > 0))
    throw UnusableDataError(
        "the half maps hold no common signal inside the mask; check that they are halves of "
        "one reconstruction, and that the mask is where the molecule is");
  found.contribution_share = std::sqrt(modifier.contribution(weights));
  found.one_sided_share = with_feature - modifier.along_feature();
  found.signal_share = weights.signal_share;
  found.linear = weights.linear;
  found.positive = weights.positive;
  found.correlation_before = weights.before;
  found.correlation_after = weights.after;
  found.is_borne_out = found.null_share <= kMostOfNoise &&
                       found.one_sided_share <= kMostOfOneSided &&
                       found.contribution_share > 0;
  if (found.is_borne_out)
    modifier.write_contribution();
  else
    modifier.clear_contribution();
  return found;
}

}  // namespace map_sharpening
