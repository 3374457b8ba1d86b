// Local B-factor sharpening: a B factor for each place, from tiles of maps sharpened as a
// whole.
//
// The whole map is sharpened by each of a list of B factors.  Overlapping tiles are scored in
// each of these trial maps; their scores against B, smoothed between neighbours and drawn
// towards those of the whole map, give each tile a B factor, and by interpolation each voxel.
// The local map is at each voxel the linear blend of the two trial maps whose B factors
// enclose that of the voxel: no tile has borders or a scale of its own.
#pragma once

#include <complex>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3, Shape
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/filters.hpp"     // ScaleFactors
#include "map_sharpening/tiles.hpp"       // Tiles, TileOptions
#include "map_sharpening/unit_cell.hpp"   // Grid, Vector

namespace map_sharpening {

// Scores

/// Where the molecule is, and how much of it in each tile.
struct TileContents {
  View3<const float> molecule;      ///< of the map's shape, above 0.5 inside.  Empty: all is
  std::vector<double> n_voxels;     ///< of the molecule, by tile; 0 if there are hardly any
  std::size_t n_voxels_of_map = 0;  ///< of the molecule
};

/// Count the molecule's voxels in each tile.  Below 2 % of a tile they count as none.
///
/// @param molecule  borrowed.
/// @throws std::invalid_argument if the shape does not match or the molecule has no voxel.
TileContents tile_contents(const Tiles& tiles, View3<const float> molecule, int threads = 0);

/// Scores of one trial map; NaN of tiles without molecule.
struct TileScores {
  std::vector<double> of_tiles;
  double of_map = 0;
};

/// Score a trial map and each of its tiles by its power.
///
/// The mean squared density in the molecule less the variance in the solvent (of which at most
/// nine tenths are subtracted).  The same for any number of threads.
/// @param map  (nz, ny, nx); rows may be padded.
/// @throws std::invalid_argument if shapes do not match, or contents are of another map.
/// @throws UnusableDataError if the map is constant or not finite.
TileScores score_tiles(View3<const float> map, const Tiles& tiles,
                       const TileContents& contents, int threads = 0);

/// How scores are smoothed.
struct SmoothingOptions {
  double radius = 0;  ///< Å, standard deviation of the Gaussian over the distance; required
  /// Weight of the whole map's curve in each tile's: that of so many tiles full of molecule.
  double shrinkage = 0;  ///< required
  /// Å, as tile_centres: for each tile a list of places whose surroundings count for it, such
  /// as the symmetry copies of its middle.  Empty: its own middle.
  std::vector<std::vector<Vector>> places;
};

/// A curve of each tile: the mean of its surroundings' and of the whole map's.
///
/// Tiles count by the molecule in them and by a Gaussian of their distance.
/// @param scores  of each trial.
/// @returns       by tile, then by trial.
/// @throws std::invalid_argument if numbers do not match or the radius is not above 0.
std::vector<std::vector<double>> smooth_scores(const Tiles& tiles, const UnitCell& cell,
                                               const TileContents& contents,
                                               const std::vector<TileScores>& scores,
                                               const SmoothingOptions& options,
                                               int threads = 0);

/// B factor of a tile: where its power rises with B as that of the whole map does at the
/// centre.
///
/// @param b_sharpen  Å² of the trials, increasing.
/// @param curve      of the tile, from smooth_scores.
/// @param of_map     curve of the whole map.
/// @param centre     Å²: B factor of the whole map.
/// @returns          within the trials; the centre if the curves don't determine it.
/// @throws std::invalid_argument if lengths differ, b_sharpen does not increase, or the centre
/// is not finite.
double local_b_factor(const std::vector<double>& b_sharpen, const std::vector<double>& curve,
                      const std::vector<double>& of_map, double centre);

// Maps

/// The trial before, the trial itself, the trial after; none at the ends of the list.
struct HatFunction {
  std::optional<double> low;
  double middle = 0;
  std::optional<double> high;

  /// 1 at the middle, 0 from its neighbours on, linear between; 1 beyond the ends of the list.
  float at(float b) const;
  /// Whether it is above 0 anywhere from `least` to `most`.
  bool touches(double least, double most) const {
    return (!low || most > *low) && (!high || least < *high);
  }
};

/// Of one of a list of trials with increasing b_sharpen, which add_blended checks.
/// @throws std::invalid_argument if there is no such trial.
HatFunction hat_of_trial(const std::vector<double>& b_sharpen, std::size_t trial);

/// out += hat(b(x)) * trial(x).  Done for all trials, out is their linear blend.
///
/// @param b_map  b_sharpen at each voxel.
/// @throws std::invalid_argument if shapes do not match, or the trials don't increase.
void add_blended(View3<const float> trial, View3<const float> b_map, const HatFunction& hat,
                 View3<float> out, int threads = 0);

/// Bring a map to mean 0 and standard deviation 1.
/// @throws UnusableDataError if it is constant or not finite.
void normalise_map(View3<float> map, int threads = 0);

// All of it

struct LocalTrial {
  double b_sharpen = 0;  ///< Å²
  ScaleFactors factors;
};

/// Fills a map with a trial, by its place in the list.
using MakeTrial = std::function<void(std::size_t trial, View3<float> map)>;

struct LocalBFactorOptions {
  TileOptions tiles;
  double centre = 0;  ///< Å²: B factor of the whole map, around which local ones are sought
  std::optional<std::size_t> selected;      ///< trial that is used alone, by its place
  View3<const float> molecule;              ///< see TileContents
  std::optional<double> smoothing_radius;   ///< Å; none: usual_smoothing_radius
  std::vector<std::vector<Vector>> places;  ///< see SmoothingOptions
  MakeTrial make_trial;                     ///< called twice for most.  None: make_trial_map
  int threads = 0;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = LocalBFactorOptions;
    each("tiles", &O::tiles);
    each("centre", &O::centre);
    each("selected", &O::selected);
    each("smoothing_radius", &O::smoothing_radius);
    each("places", &O::places);
    each("threads", &O::threads);
  }
};

struct LocalBFactor {
  Tiles tiles;
  std::vector<double> b_sharpen;  ///< Å², by tile
  double smoothing_radius = 0;    ///< Å
};

/// Find a B factor for each place and make the map that is sharpened by it.
///
/// Each trial map is made twice; no more than two maps are held at a time besides the
/// coefficients and those given.  The same for any number of threads.
/// @param coefficients  of the whole map, (nz, ny, nx / 2 + 1).
/// @param trials        with increasing b_sharpen.
/// @param b_map         (nz, ny, nx), overwritten: b_sharpen at each voxel, Å².
/// @param map           (nz, ny, nx), overwritten: mean 0, standard deviation 1.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError if there is nothing to score.
LocalBFactor sharpen_locally(View3<const std::complex<float>> coefficients, const Grid& grid,
                             double d_min, const std::vector<LocalTrial>& trials,
                             const LocalBFactorOptions& options, View3<float> b_map,
                             View3<float> map);

/// Remove local anisotropy.
///
/// The five parts of a traceless tensor are taken off one after the other, each like a local B
/// factor: from how the power of a tile's density rises with that part, against the whole
/// map's.  The anisotropy of the whole map stays.  A molecule that is itself elongated within
/// a tile counts as anisotropy.
/// @param coefficients      (nz, ny, nx / 2 + 1), changed; terms finer than d_min become 0.
/// @param factors_of_whole  what the whole map is sharpened by: anisotropy is measured in
///                          that map.
/// @param options           tiles, molecule, smoothing_radius, threads; the others have no
///                          effect.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError     if the map is constant.
void remove_local_anisotropy(View3<std::complex<float>> coefficients, const Grid& grid,
                             double d_min, const ScaleFactors& factors_of_whole,
                             const LocalBFactorOptions& options);

}  // namespace map_sharpening
