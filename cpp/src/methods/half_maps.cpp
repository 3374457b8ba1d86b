#include "map_sharpening/half_maps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/map_statistics.hpp"
#include "methods/concentration.hpp"
#include "methods/half_map_checks.hpp"
#include "methods/leading_shells.hpp"
#include "spectrum/flat_spectrum.hpp"
#include "spectrum/fsc.hpp"
#include "spectrum/guinier.hpp"

namespace map_sharpening {
namespace {

using Complex = std::complex<float>;
constexpr double kFurthestReach = 0.8;       // of the resolution given, in local sharpening
constexpr double kCoarsestForTensors = 5.5;  // Å: coarser, directions are the molecule's shape

void rescale(View3<float> map, double offset, double scale, int threads) {
  for_each_row(map.shape, threads, [&](std::size_t z, std::size_t y) {
    float* row = map.row(z, y);
    for (std::size_t x = 0; x < map.shape[2]; ++x)
      row[x] = static_cast<float>((static_cast<double>(row[x]) - offset) * scale);
  });
}

// The steps of a run; each leaves what the next one needs.
class Run {
 public:
  Run(const HalfMaps& maps, const Grid& grid, const HalfMapOptions& options)
      : maps_(maps),
        grid_(grid),
        options_(options),
        threads_(options.threads),
        f_1_(grid.half_complex_shape(), maps.work[0]),
        f_2_(grid.half_complex_shape(), maps.work[1]),
        g_1_(grid.half_complex_shape(), maps.work[2]),
        g_2_(grid.half_complex_shape(), maps.work[3]) {
    result_.d_min = finest_spacing(grid, options.resolution);
    result_.shells = choose_shells(grid, result_.d_min, options.n_shells);
    result_.ideal_curve = options_.ideal.value_or(IdealCurve::protein);
    // FSC curves reach the Nyquist limit, where a reader expects them to end.
    const double to_nyquist = 1 / (grid.nyquist() * result_.shells.width);
    result_.fsc_shells = {
        result_.shells.width,
        std::max(result_.shells.count, static_cast<std::size_t>(to_nyquist + 1e-6))};
    columns_ = Columns::within(grid, result_.fsc_shells.s_max());
  }

  // Where the FSC, corrected or unmasked, falls to 0.143; empty: nowhere.
  std::optional<double> measure_resolution() {
    transform_halves();
    make_mask();
    measure_masked_power();
    measure_randomised_fsc();
    return result_.resolution_0143;
  }

  std::optional<double> unmasked_resolution() {
    transform_halves();
    return resolution_at(result_.fsc_unmasked, result_.fsc_shells, 0.143);
  }

  HalfMapFindings sharpen() {
    stage("transform", 0.0);
    transform_halves();
    stage("mask", 0.2);
    make_mask();
    stage("statistics", 0.3);
    measure_masked_power();
    stage("phase randomisation", 0.5);
    measure_randomised_fsc();
    if (options_.local) reach_further();
    stage("factors", 0.7);
    fit_factors();
    stage("sharpen", 0.75);
    if (options_.local)
      write_local_maps();
    else
      write_maps();
    stage("done", 1.0);
    return std::move(result_);
  }

 private:
  void stage(const char* name, double done) const {
    if (options_.progress) options_.progress(name, done);
  }

  PowerSums sums_of(View3<Complex> a, View3<Complex> b, bool by_direction) const {
    return power_sums<float>(a, b, grid_, columns_, result_.fsc_shells, by_direction,
                             threads_);
  }

  void transform_halves() {
    forward_transform<float>(maps_.half_1, f_1_.view(), columns_, threads_);
    forward_transform<float>(maps_.half_2, f_2_.view(), columns_, threads_);
    result_.half_2_scale = relative_scale(maps_.half_1, maps_.half_2, threads_);
    to_scale_of_half_1(f_2_.view());
    unmasked_sums_ = sums_of(f_1_.view(), f_2_.view(), false);
    require_finite(unmasked_sums_);
    result_.n_terms = unmasked_sums_.n_terms;
    result_.half_2_amplitude = unmasked_sums_.relative_amplitude();
    result_.fsc_unmasked = unmasked_sums_.fsc();
    require_independent(head(result_.fsc_unmasked, result_.shells.count));
  }

  void to_scale_of_half_1(View3<Complex> f) const {
    if (result_.half_2_scale == 1) return;
    const auto factor = static_cast<float>(1 / result_.half_2_scale);
    for_each_row(f.shape, threads_, [&](std::size_t z, std::size_t y) {
      for (std::size_t x = 0; x < f.shape[2]; ++x) f(z, y, x) *= factor;
    });
  }

  void make_mask() {
    const auto choices = MolecularMaskOptions::for_resolution(options_.resolution);
    if (options_.mask == MaskChoice::automatic) {
      result_.molecular_mask =
          make_molecular_mask(f_1_.view(), f_2_.view(), grid_, choices, maps_.mask, threads_);
      if (!result_.molecular_mask.is_trustworthy ||
          is_rising(unmasked_sums_, choices.resolution))
        make_mask_of_natural_spectrum();
      signal_fraction_ = result_.molecular_mask.signal_fraction;
    } else if (options_.mask == MaskChoice::whole_box) {
      std::fill(maps_.mask.data, maps_.mask.data + maps_.mask.size(), 1.0f);
    }
    // A given mask is used as it is.
    if (options_.mask == MaskChoice::given)
      signal_fraction_ = signal_fraction(f_1_.view(), f_2_.view(), grid_, choices, threads_);
    if (!options_.periodic && options_.mask != MaskChoice::given)
      apply_edge_taper(maps_.mask, grid_, 2 * options_.resolution, threads_);
    result_.mask_moments = mask_moments(maps_.mask, threads_);
    if (result_.mask_moments.mean_square > 0) return;
    if (options_.mask == MaskChoice::automatic)
      throw UnusableDataError(
          "no molecule is found, for the half maps agree nowhere in the box; check that they "
          "are halves of one reconstruction, or choose a mask or the whole box (mask=False)");
    throw UnusableDataError("mask is 0 everywhere; expected values from 0 to 1");
  }

  // Sharpened halves are mostly noise: their terms are given a molecule's fall-off, times the
  // share of signal in them, before they are used to find the molecule.
  void make_mask_of_natural_spectrum() {
    ScaleFactors natural = flattening(unmasked_sums_, result_.fsc_shells.count);
    for (std::size_t i = 0; i < natural.gain.size(); ++i) {
      const double fsc = result_.fsc_unmasked[std::min(i, result_.fsc_unmasked.size() - 1)];
      natural.gain[i] *= static_cast<float>(
          std::max(std::isnan(fsc) ? 0.0 : fsc, 0.0) *
          ideal_amplitude(result_.ideal_curve, static_cast<double>(i) * natural.step));
    }
    const double s_max = result_.fsc_shells.s_max();
    apply_scale_factors<float>(f_1_.view(), {}, g_1_.view(), grid_, columns_, s_max, natural,
                               threads_);
    apply_scale_factors<float>(f_2_.view(), {}, g_2_.view(), grid_, columns_, s_max, natural,
                               threads_);
    const auto options = MolecularMaskOptions::for_resolution(options_.resolution);
    const MolecularMask found =
        make_molecular_mask(g_1_.view(), g_2_.view(), grid_, options, maps_.mask, threads_);
    if (found.is_trustworthy)
      result_.molecular_mask = found;
    else  // nothing is gained
      make_molecular_mask(f_1_.view(), f_2_.view(), grid_, options, maps_.mask, threads_);
  }

  void measure_masked_power() {
    const View3<const float> mask = maps_.mask;
    const auto masked = [&](View3<const float> half, View3<Complex> out) {
      const auto level = static_cast<float>(solvent_level(half, mask, threads_));
      forward_transform_weighted<float>(half, level, mask, out, columns_, threads_);
      return level;
    };
    level_1_ = masked(maps_.half_1, g_1_.view());
    level_2_ = masked(maps_.half_2, g_2_.view());
    to_scale_of_half_1(g_2_.view());
    level_2_ /= static_cast<float>(result_.half_2_scale);
    masked_sums_ = sums_of(g_1_.view(), g_2_.view(), true);
    result_.fsc_masked = masked_sums_.fsc();
    const double from = ideal_from(result_.shells);
    const auto end = end_of_power(unmasked_sums_, from);
    if (end || is_steep(unmasked_sums_, from) ||
        mask_brings_noise(unmasked_sums_, result_.fsc_masked) ||
        is_outshone_by_corners(unmasked_sums_, maps_.half_1, from, threads_))
      flatten(end);
    result_.overall_b = fit_wilson_b<float>(g_1_.view(), g_2_.view(), grid_, columns_,
                                            masked_sums_, result_.d_min, threads_);
  }

  // Once more, with halves of even spectrum in which no shell outshines another.
  void flatten(std::optional<std::size_t> end) {
    n_shells_with_power_ = end.value_or(result_.fsc_shells.count);
    if (end) {
      result_.data_end = 1 / (static_cast<double>(*end) * result_.fsc_shells.width);
      std::fill(result_.fsc_unmasked.begin() + static_cast<std::ptrdiff_t>(*end),
                result_.fsc_unmasked.end(), 0.0);
      // Terms that don't exist aren't kept.
      if (*end < result_.shells.count) {
        result_.shells.count = *end;
        result_.d_min = *result_.data_end;
      }
    }
    result_.flattening = flattening(unmasked_sums_, n_shells_with_power_);
    mask_flattened(f_1_.view(), g_1_.view());
    mask_flattened(f_2_.view(), g_2_.view());
    masked_sums_ = sums_of(g_1_.view(), g_2_.view(), true);
    const std::size_t n_directions = directions().size();
    for (std::size_t i = n_shells_with_power_; i < result_.fsc_shells.count; ++i) {
      masked_sums_.n_terms[i] = 0;
      std::fill_n(masked_sums_.directional_n_terms.begin() +
                      static_cast<std::ptrdiff_t>(i * n_directions),
                  n_directions, 0.0);
    }
    result_.fsc_masked = without_shells_beyond(masked_sums_.fsc());
  }

  // No power means no agreement.
  std::vector<double> without_shells_beyond(std::vector<double> fsc) const {
    for (std::size_t i = n_shells_with_power_; i < fsc.size(); ++i) fsc[i] = 0;
    return fsc;
  }

  void mask_flattened(View3<const Complex> f, View3<Complex> out) const {
    const double s_max = result_.fsc_shells.s_max();
    apply_scale_factors<float>(f, {}, out, grid_, columns_, s_max, result_.flattening,
                               threads_);
    const View3<float> map(reinterpret_cast<float*>(out.data), grid_.shape, 2 * out.shape[2]);
    inverse_transform<float>(out, map, columns_, 1, threads_);
    const double level = solvent_level(map, maps_.mask, threads_);
    forward_transform<float>(map, out, columns_, threads_);
    out(0, 0, 0) -= static_cast<float>(level * static_cast<double>(maps_.mask.size()));
    multiply_in_real_space<float>(out, maps_.mask, columns_, threads_);
    apply_scale_factors<float>(out, {}, out, grid_, columns_, s_max,
                               undone(result_.flattening), threads_);
  }

  void measure_randomised_fsc() {
    result_.fsc_randomised = result_.fsc_masked;
    if (options_.mask != MaskChoice::whole_box) {
      result_.randomised_from =
          options_.randomise_beyond
              ? options_.randomise_beyond
              : resolution_at(result_.fsc_unmasked, result_.fsc_shells, 0.8);
    }
    // Whole shells are randomised.
    const std::size_t first =
        result_.randomised_from
            ? first_randomised_shell(*result_.randomised_from, result_.fsc_shells)
            : result_.fsc_shells.count;
    if (first < result_.fsc_shells.count) {
      const double s_from = static_cast<double>(first) * result_.fsc_shells.width;
      const auto n_points = static_cast<float>(maps_.mask.size());
      const auto randomised = [&](View3<Complex> f, float level, View3<Complex> out,
                                  std::uint64_t seed) {
        randomise_phases<float>(f, out, grid_, columns_, result_.fsc_shells.s_max(), s_from,
                                seed, threads_);
        if (!result_.flattening.gain.empty()) return mask_flattened(out, out);
        // As in the masked maps: else a constant added to both would spread, by the mask,
        // into all shells and count as agreement.
        out(0, 0, 0) -= level * n_points;
        multiply_in_real_space<float>(out, maps_.mask, columns_, threads_);
      };
      randomised(f_1_.view(), level_1_, g_1_.view(), 2 * options_.seed + 1);
      randomised(f_2_.view(), level_2_, g_2_.view(), 2 * options_.seed + 2);
      const auto fsc = without_shells_beyond(sums_of(g_1_.view(), g_2_.view(), false).fsc());
      std::copy(fsc.begin() + static_cast<std::ptrdiff_t>(first), fsc.end(),
                result_.fsc_randomised.begin() + static_cast<std::ptrdiff_t>(first));
    } else {
      result_.randomised_from.reset();
    }
    result_.fsc_corrected =
        without_correlation_of_mask(result_.fsc_masked, result_.fsc_randomised, first);
    result_.resolution_0143 = resolution_at(result_.fsc_corrected, result_.fsc_shells, 0.143);
    result_.resolution_05 = resolution_at(result_.fsc_corrected, result_.fsc_shells, 0.5);
  }

  // Finer terms than the resolution asks for, as far as the halves agree: where their FSC
  // falls to 0.143 nowhere, to the end of the grid.
  void reach_further() {
    const double agreed = std::max(result_.resolution_0143.value_or(grid_.nyquist()),
                                   kFurthestReach * options_.resolution);
    const double d_min = finest_spacing(grid_, agreed);
    const auto count = std::min({shells_within(1 / d_min, 1 / result_.shells.width),
                                 result_.fsc_shells.count, n_shells_with_power_});
    if (count <= result_.shells.count) return;
    result_.shells.count = count;
    result_.d_min = 1 / result_.shells.s_max();
  }

  void fit_factors() {
    const PowerSums sums = head(masked_sums_, result_.shells.count);
    const double mean_square = result_.mask_moments.mean_square;
    for (std::size_t i = 0; i < masked_sums_.shells.count; ++i) {
      const double n = masked_sums_.n_terms[i];
      const double power =
          masked_sums_.auto_1[i] + masked_sums_.auto_2[i] + 2 * masked_sums_.cross[i];
      result_.rms_amplitude.push_back(n > 0 ? std::sqrt(power / (4 * n * mean_square)) : kNaN);
    }
    constexpr double kLeastShells = 3;  // with signal's directions in them
    result_.has_tensors =
        options_.anisotropic && result_.d_min <= kCoarsestForTensors &&
        (result_.shells.s_max() - kIdealFrom) / result_.shells.width >= kLeastShells;
    const auto leak = leaked_power(sums, result_.fsc_masked, result_.fsc_corrected);
    const auto fit_model = [&] {
      result_.model =
          fit_power_model(sums, leak, mean_square, result_.mask_moments.independent_fraction(),
                          result_.has_tensors, kIdealFrom, result_.ideal_curve);
    };
    fit_model();
    if (!options_.ideal && !result_.data_end &&
        falls_off_as_nucleic_acid(result_.model, options_.resolution)) {
      result_.ideal_curve = IdealCurve::nucleic_acid;
      fit_model();
    }
    // Windows see for themselves where there is a belt.
    const double fraction = options_.local
                                ? signal_fraction_.all
                                : without_belt(signal_fraction_, options_.resolution);
    if (fraction > 0)
      result_.signal_concentration = signal_concentration(
          mean_square, fraction, options_.resolution, grid_.cell.volume());
    IdealFactors ideal =
        ideal_factors(result_.model, result_.ideal_curve, result_.signal_concentration);
    result_.ideal = std::move(ideal.ideal);
    result_.fall_off = ideal.fall_off;
    result_.factors = std::move(ideal.factors);
    result_.guinier =
        fit_guinier(result_.shells, result_.rms_amplitude, result_.fsc_corrected,
                    options_.guinier_d_low.value_or(std::max(10.0, 2.5 * options_.resolution)),
                    std::max(options_.resolution, result_.d_min));
  }

  // The factors are scaled so that the sharpened map has the wanted standard deviation.
  void write_maps() {
    const double s_max = 1 / result_.d_min;
    const Columns kept = Columns::within(grid_, s_max);
    const auto filtered = [&](View3<Complex> a, View3<const Complex> b, View3<Complex> out) {
      return apply_scale_factors<float>(a, b, out, grid_, kept, s_max, result_.factors,
                                        threads_);
    };
    const auto back = [&](View3<Complex> f, View3<float> out, double scale) {
      inverse_transform<float>(f, out, kept, static_cast<float>(scale), threads_);
    };
    g_2_.release();
    double variance = 0;
    if (maps_.full.empty()) {
      variance = filtered(f_1_.view(), f_2_.view(), g_1_.view());
    } else {
      forward_transform<float>(maps_.full, g_1_.view(), kept, threads_);
      variance = filtered(g_1_.view(), {}, g_1_.view());
    }
    require_common_signal(variance);
    const double scale = options_.output_scale / std::sqrt(variance);
    back(g_1_.view(), maps_.sharpened, scale);
    g_1_.release();
    if (!maps_.sharpened_half_1.empty()) {
      filtered(f_1_.view(), {}, f_1_.view());
      back(f_1_.view(), maps_.sharpened_half_1, scale);
      f_1_.release();
      filtered(f_2_.view(), {}, f_2_.view());
      back(f_2_.view(), maps_.sharpened_half_2, scale);
    }
    scale_factors(scale);
  }

  void scale_factors(double scale) {
    for (float& gain : result_.factors.gain)
      gain = static_cast<float>(static_cast<double>(gain) * scale);
  }

  // The half maps are sharpened where they are wanted, or in place of their coefficients.
  void write_local_maps() {
    const double s_max = 1 / result_.d_min;
    const Columns kept = Columns::within(grid_, s_max);
    const auto sharpen = [&](View3<Complex> f, View3<float> out) {
      const double variance =
          apply_scale_factors<float>(f, {}, f, grid_, kept, s_max, result_.factors, threads_);
      inverse_transform<float>(f, out, kept, 1, threads_);
      return variance;
    };
    g_1_.release();
    const bool halves_too = !maps_.sharpened_half_1.empty();
    const View3<float> half_1 = halves_too ? maps_.sharpened_half_1 : f_1_.map(grid_.shape);
    const View3<float> half_2 = halves_too ? maps_.sharpened_half_2 : f_2_.map(grid_.shape);
    LocalMaps maps;
    maps.half_1 = half_1;
    maps.half_2 = half_2;
    maps.sharpened = maps_.sharpened;
    maps.sharpened_half_1 = maps_.sharpened_half_1;
    maps.sharpened_half_2 = maps_.sharpened_half_2;
    if (!maps_.full.empty()) {
      forward_transform<float>(maps_.full, g_2_.view(), kept, threads_);
      sharpen(g_2_.view(), maps_.sharpened);
      maps.full = maps_.sharpened;
    }
    g_2_.release();
    double power = sharpen(f_1_.view(), half_1);
    if (halves_too) f_1_.release();
    power += sharpen(f_2_.view(), half_2);
    if (halves_too) f_2_.release();
    require_common_signal(power);
    stage("local filter", 0.8);
    LocalOptions windows = options_.windows;
    windows.periodic = options_.periodic;
    const SharpenedPower expected{result_.shells, result_.ideal, result_.factors, s_max};
    result_.local =
        options_.filter_windows
            ? options_.filter_windows(maps, grid_, expected, windows)
            : filter_locally(maps, grid_, expected, options_.resolution, windows, threads_);
    const MapStatistics found = map_statistics(maps_.sharpened, threads_);
    require_local_signal(found.standard_deviation);
    const double scale = options_.output_scale / found.standard_deviation;
    rescale(maps_.sharpened, found.mean, scale, threads_);
    if (halves_too)
      for (const View3<float>& half : {half_1, half_2})
        rescale(half, map_statistics(half, threads_).mean, scale, threads_);
    scale_factors(scale);
  }

  const HalfMaps& maps_;
  const Grid& grid_;
  const HalfMapOptions& options_;
  int threads_;
  Columns columns_{};
  CoefficientArray f_1_, f_2_;
  CoefficientArray g_1_, g_2_;       // masked halves, then halves with random phases
  float level_1_ = 0, level_2_ = 0;  // of the solvent in each half
  PowerSums unmasked_sums_, masked_sums_;
  SignalFraction signal_fraction_;  // 0: not to be taken into account
  std::size_t n_shells_with_power_ = std::numeric_limits<std::size_t>::max();
  HalfMapFindings result_;
};

}  // namespace

double finest_spacing(const Grid& grid, double resolution) {
  require_positive("resolution", resolution, " Å");
  return std::max(grid.nyquist(), 0.833 * resolution);
}

HalfMapFindings sharpen_half_maps(const HalfMaps& maps, const UnitCell& cell,
                                  const HalfMapOptions& options) {
  require_maps(maps);
  const Grid grid(maps.half_1.shape, cell);
  require_options(options, grid);
  require_work(maps.work, grid.half_complex_shape());
  return Run(maps, grid, options).sharpen();
}

AgreedResolution resolution_of_half_maps(const HalfMaps& maps, const UnitCell& cell,
                                         const HalfMapOptions& options) {
  constexpr std::size_t kMostTrials = 8;
  constexpr double kSame = 0.01;
  require_inputs(maps);
  const Grid grid(maps.half_1.shape, cell);
  require_work(maps.work, grid.half_complex_shape());
  const double coarsest = std::min({grid.cell.a, grid.cell.b, grid.cell.c}) / 4;
  require(coarsest >= grid.nyquist(), "the shortest edge of the box has less than 8 points");
  HalfMapOptions trial = options;
  trial.guinier_d_low.reset();
  trial.resolution = grid.nyquist();
  require_options(trial, grid);
  const auto within = [&](std::optional<double> d) {
    return std::clamp(d.value_or(grid.nyquist()), grid.nyquist(), coarsest);
  };

  AgreedResolution agreed;
  trial.resolution = within(Run(maps, grid, trial).unmasked_resolution());
  while (agreed.tried.size() < kMostTrials && !agreed.is_stable) {
    if (options.progress)
      options.progress("resolution", static_cast<double>(agreed.tried.size()) / kMostTrials);
    agreed.tried.push_back(trial.resolution);
    const auto found = Run(maps, grid, trial).measure_resolution();
    agreed.is_crossing = found.has_value();
    if (found) require_agreement_in_box(*found, coarsest);
    agreed.resolution = within(found);
    agreed.is_stable = std::abs(agreed.resolution / trial.resolution - 1) <= kSame;
    // Two masks may lead to each other: what lies between them ends that.
    trial.resolution = agreed.tried.size() < 3
                           ? agreed.resolution
                           : std::sqrt(agreed.resolution * trial.resolution);
  }
  return agreed;
}

}  // namespace map_sharpening
