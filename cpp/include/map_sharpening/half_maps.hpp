// Shell sharpening of two half maps, global or local: the whole numerical path.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "map_sharpening/anisotropy.hpp"       // TensorFit
#include "map_sharpening/array_view.hpp"       // View3
#include "map_sharpening/errors.hpp"           // UnusableDataError
#include "map_sharpening/filters.hpp"          // ScaleFactors
#include "map_sharpening/ideal_amplitude.hpp"  // IdealCurve
#include "map_sharpening/local_filter.hpp"     // LocalOptions, LocalFilter
#include "map_sharpening/masks.hpp"            // MolecularMaskOptions
#include "map_sharpening/power_model.hpp"      // PowerModel
#include "map_sharpening/unit_cell.hpp"        // Grid

namespace map_sharpening {

/// Where the statistics are taken.
enum class MaskChoice {
  automatic,  ///< a soft molecular mask, made from where the halves agree
  given,      ///< the values in HalfMaps::mask
  whole_box   ///< everything, tapered at the faces
};

/// Called before each stage with its name and how much of the run is done (0 to 1).
using Progress = std::function<void(const std::string& stage, double done)>;

/// Does the work of `filter_locally` for all layers, perhaps on other machines.
using WindowFilter = std::function<LocalFilter(
    const LocalMaps&, const Grid&, const SharpenedPower& expected, const LocalOptions&)>;

struct HalfMapOptions {
  double resolution = 0;  ///< Å, nominal; required
  bool anisotropic = true;
  /// Empty: one reciprocal-lattice spacing of the shortest edge each.
  std::optional<std::size_t> n_shells;
  /// Empty: protein, or nucleic acid where falls_off_as_nucleic_acid says so.
  std::optional<IdealCurve> ideal;
  MaskChoice mask = MaskChoice::automatic;
  /// Å; empty: where the unmasked FSC first falls below 0.8.
  std::optional<double> randomise_beyond;
  bool periodic = false;        ///< the map fills a crystal's unit cell: no taper at its faces
  bool local = false;           ///< sharpen locally after the global filter
  LocalOptions windows;         ///< of local sharpening; `periodic` is taken from above
  WindowFilter filter_windows;  ///< empty: filter_locally
  double output_scale = 1;      ///< standard deviation of the sharpened map
  /// Å, coarse end of the Guinier fit; empty: 10, or 2.5 x the resolution where that is
  /// coarser
  std::optional<double> guinier_d_low;
  std::uint64_t seed = 0;  ///< of the random phases
  int threads = 0;
  Progress progress;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = HalfMapOptions;
    each("resolution", &O::resolution);
    each("anisotropic", &O::anisotropic);
    each("n_shells", &O::n_shells);
    each("ideal", &O::ideal);
    each("mask", &O::mask);
    each("randomise_beyond", &O::randomise_beyond);
    each("periodic", &O::periodic);
    each("local", &O::local);
    each("windows", &O::windows);
    each("output_scale", &O::output_scale);
    each("guinier_d_low", &O::guinier_d_low);
    each("seed", &O::seed);
    each("threads", &O::threads);
  }
};

/// Maps in and out, all of one shape; the caller owns them.
///
/// Whether the values can be those of half maps as they were reconstructed is not checked
/// here: maps that are shifted, mirrored or inverted, planes that are missing or scaled,
/// thresholds, roots, logarithms, ramps.  Python's functions of the same names look for these.
struct HalfMaps {
  View3<const float> half_1, half_2;
  View3<const float> full;  ///< map to sharpen; empty: the mean of the halves
  View3<float> mask;        ///< in for MaskChoice::given, otherwise out
  View3<float> sharpened;   ///< out
  View3<float> sharpened_half_1, sharpened_half_2;  ///< out; empty: not wanted
  /// Memory to work in, of the coefficients' shape; empty: it is allocated.  With mapped
  /// files, maps can be larger than the machine's memory.
  std::array<View3<std::complex<float>>, 4> work;
};

/// All that was measured on the way; arrays have a value per shell, NaN where empty.
struct HalfMapFindings {
  Shells shells;      ///< up to d_min: those of the factors
  Shells fsc_shells;  ///< the same width, up to the Nyquist limit
  std::vector<double> n_terms, fsc_unmasked, fsc_masked, fsc_randomised, fsc_corrected;
  std::vector<double> rms_amplitude;  ///< of the mean of the halves, per unit mask power
  PowerModel model;
  IdealCurve ideal_curve = IdealCurve::protein;  ///< used
  std::vector<double> ideal;  ///< ideal rms amplitude, on the scale of sqrt(S)
  FallOff fall_off;           ///< of the signal against the ideal
  ScaleFactors factors;       ///< as applied
  TensorFit overall_b;        ///< Wilson fit of the mean of the halves; not yet reduced
  double d_min = 0;           ///< Å, finest term kept
  std::optional<double> resolution_0143, resolution_05;  ///< Å; empty: FSC above everywhere
  std::optional<double> randomised_from;  ///< Å; empty: phases were not randomised
  /// Rms amplitude of half_2, on the scale of half_1, over that of half_1, before masking.
  std::vector<double> half_2_amplitude;
  double half_2_scale = 1;  ///< of half_2 over half_1; half_2 was divided by it
  /// Where the halves' spectrum is so steep that masking would mix its shells, the statistics
  /// were taken from halves multiplied by these, and brought back; otherwise an empty table.
  ScaleFactors flattening;
  std::optional<double> data_end;   ///< Å: the maps hold no power beyond; empty: they do
  bool has_tensors = false;         ///< false: isotropic, d_min > 5.5 Å, or few shells
  double signal_concentration = 1;  ///< used for the factors, see ideal_factors
  GuinierLine guinier;
  MolecularMask molecular_mask;  ///< of MaskChoice::automatic
  MaskMoments mask_moments;
  LocalFilter local;  ///< no windows unless asked for

  /// Calls each(name, member) for what is shown to other languages unchanged.
  template <class Each>
  static void visit(Each&& each) {
    using F = HalfMapFindings;
    each("n_terms", &F::n_terms);
    each("fsc_unmasked", &F::fsc_unmasked);
    each("fsc_masked", &F::fsc_masked);
    each("fsc_randomised", &F::fsc_randomised);
    each("fsc_corrected", &F::fsc_corrected);
    each("rms_amplitude", &F::rms_amplitude);
    each("model", &F::model);
    each("ideal_curve", &F::ideal_curve);
    each("ideal", &F::ideal);
    each("fall_off", &F::fall_off);
    each("factors", &F::factors);
    each("overall_b", &F::overall_b);
    each("d_min", &F::d_min);
    each("resolution_0143", &F::resolution_0143);
    each("resolution_05", &F::resolution_05);
    each("randomised_from", &F::randomised_from);
    each("half_2_amplitude", &F::half_2_amplitude);
    each("half_2_scale", &F::half_2_scale);
    each("data_end", &F::data_end);
    each("has_tensors", &F::has_tensors);
    each("signal_concentration", &F::signal_concentration);
    each("guinier", &F::guinier);
    each("molecular_mask", &F::molecular_mask);
    each("mask_moments", &F::mask_moments);
    each("local", &F::local);
  }
};

/// What `resolution_of_half_maps` found.
struct AgreedResolution {
  double resolution = 0;      ///< Å
  bool is_crossing = false;   ///< false: the FSC stays above 0.143 to the Nyquist limit
  bool is_stable = false;     ///< its mask gives this resolution again
  std::vector<double> tried;  ///< Å, that masks were made for, in order
};

/// Finest spacing used: max(2 * grid spacing, 0.833 * resolution). With `local` it may be
/// finer, see sharpen_half_maps.
/// @throws std::invalid_argument if the resolution is not above 0.
double finest_spacing(const Grid& grid, double resolution);

/// Sharpen the mean of two half maps (or `full`) by the signal that their agreement supports.
///
/// Signal and noise power are estimated inside the mask, by shell and direction, corrected for
/// the correlation that masking makes (phase randomisation), and smoothed; halves of different
/// scale are first brought to one scale, and steep spectra made even while masked; every
/// coefficient is multiplied by ideal * sqrt(S) / (S + N), see power_model.hpp.  The sharpened
/// map has mean 0 and standard deviation `output_scale`; the half maps get the same factors.
/// Locally (`local`), the maps so made are then filtered window by window, see
/// local_filter.hpp, and brought to that mean and standard deviation again. Terms then go on
/// to 0.833 times the resolution that the halves agree to, if that is finer than the one
/// given, but never beyond 0.833 * 0.8 times the latter: the windows weigh them where they are
/// signal.
///
/// Holds at most five arrays of the maps' size, those in `HalfMaps` written so far included,
/// the half maps not.  The same bytes for any number of threads.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError if the maps hold nothing to fit, agree nowhere, or are one
/// map.
HalfMapFindings sharpen_half_maps(const HalfMaps& maps, const UnitCell& cell,
                                  const HalfMapOptions& options);

/// Find where the corrected FSC of two half maps falls to 0.143, in the mask that this
/// resolution makes: starting from the unmasked FSC, repeated until it is stable (to 1 %).
///
/// Of `options`, `resolution` and what concerns factors and outputs have no effect; of `maps`,
/// `full` and the sharpened ones.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError if the maps agree nowhere, only coarser than a quarter of the
/// shortest edge, or are one map.
AgreedResolution resolution_of_half_maps(const HalfMaps& maps, const UnitCell& cell,
                                         const HalfMapOptions& options);

}  // namespace map_sharpening
