// How detailed and connected a map is: the surface of regions above a level; moments.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

#include "map_sharpening/array_view.hpp"  // View3, Shape
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/moments.hpp"     // MapPart

namespace map_sharpening {

/// How the contour level is found.
enum class LevelRule {
  exact,
  /// Ten halvings between the extreme values, from the mean on; the level that comes nearest
  /// is taken.  To compare with other programs.
  bisection,
};

/// How a map is scored.  (Terwilliger et al. 2018, Acta Cryst. D74, 545.)
struct ScoreOptions {
  /// Share of the part's volume without molecule, limited to 0.001 ... 0.999.  None: regions
  /// are not scored, only moments.
  std::optional<double> solvent_fraction;
  double fraction_occupied = 0.20;  ///< share of the molecule's volume above the level
  double sa_percent = 30;           ///< of that volume: for how much the surface is counted
  std::size_t max_regions_to_test = 30;  ///< and in how many regions, plus one, at most
  double region_weight = 40;
  bool periodic = false;
  LevelRule level_rule = LevelRule::exact;
  MapPart part;
  /// Of the map's shape: values above 0.5 are where, within the part's box, the skewness is
  /// taken.  Empty: it is not measured.
  View3<const float> molecule;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = ScoreOptions;
    each("solvent_fraction", &O::solvent_fraction);
    each("fraction_occupied", &O::fraction_occupied);
    each("sa_percent", &O::sa_percent);
    each("max_regions_to_test", &O::max_regions_to_test);
    each("region_weight", &O::region_weight);
    each("periodic", &O::periodic);
    each("level_rule", &O::level_rule);
  }
};

/// Of a map; NaN: not measured.
struct MapScore {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  /// surface_ratio - region_weight * normalized_regions; -infinity if no voxel is above.
  double adjusted_surface_area = kNone;
  double kurtosis = kNone;  ///< fourth central moment / variance²; 3 for Gaussian noise
  /// Third central moment / variance^1.5 in the molecule.  Noise adds to the variance only;
  /// sharp peaks add to both.
  double skewness = kNone;
  double surface_ratio = kNone;       ///< surface / volume of the regions counted
  double normalized_regions = kNone;  ///< regions per voxel of the volume aimed at
  std::size_t n_regions = 0;
  std::size_t n_regions_tested = 0;  ///< whose surface was counted
  std::size_t n_voxels = 0;          ///< of the part
  std::size_t n_above = 0;           ///< voxels above the level
  double mean = 0, standard_deviation = 0;
  double level = kNone;        ///< in the map's units
  double level_in_sd = kNone;  ///< (level - mean) / standard deviation

  /// Calls each(name, member) for all of them, for other languages.
  template <class Each>
  static void visit(Each&& each) {
    using S = MapScore;
    each("adjusted_surface_area", &S::adjusted_surface_area);
    each("kurtosis", &S::kurtosis);
    each("skewness", &S::skewness);
    each("surface_ratio", &S::surface_ratio);
    each("normalized_regions", &S::normalized_regions);
    each("n_regions", &S::n_regions);
    each("n_regions_tested", &S::n_regions_tested);
    each("n_voxels", &S::n_voxels);
    each("n_above", &S::n_above);
    each("mean", &S::mean);
    each("standard_deviation", &S::standard_deviation);
    each("level", &S::level);
    each("level_in_sd", &S::level_in_sd);
  }
};

/// Score of a map: adjusted surface area of its regions above a level, kurtosis, skewness.
///
/// The level leaves fraction_occupied of the molecule's volume above it.  Surfaces of
/// neighbouring regions may overlap; voxels outside the part do not count.  The same for any
/// number of threads.
/// @throws std::invalid_argument if the part does not fit or an option is out of range.
/// @throws UnusableDataError if the map is constant or holds values that are not finite.
MapScore score_map(View3<const float> map, const ScoreOptions& options, int threads = 0);

/// Weight of the number of regions against the surface, from three trials of a scan.
struct RegionWeight {
  double weight = 0;
  double by_difference = 0, by_ratio = 0;  ///< the two rules' values before they are bounded
  double lower_bound = 0, upper_bound = 0;
  bool is_usable = false;   ///< surface and regions fall from sharp to blurred
  bool is_bounded = false;  ///< a bound had to be applied
};

/// Which rule gives the weight.
enum class RegionWeightRule { by_difference, by_ratio };

/// The weight at which a sharp and a blurred trial score alike (by_difference), or the sharp
/// one 0 (by_ratio); kept between bounds from an intermediate trial if these do not cross.
///
/// @param sharp, middle, blurred  scores of trials with increasing b_iso, used as they are: a
///                                score that is NaN makes a weight that is NaN.
/// @throws std::invalid_argument if factor is not above 0, or buffer not from 0 to below 0.5.
RegionWeight fit_region_weight(const MapScore& sharp, const MapScore& middle,
                               const MapScore& blurred,
                               RegionWeightRule rule = RegionWeightRule::by_difference,
                               double factor = 1, double buffer = 0.1);

}  // namespace map_sharpening
