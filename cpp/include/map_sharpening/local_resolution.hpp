// Local resolution of two half maps, by Fourier shell correlation in soft spheres.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/unit_cell.hpp"   // Grid

namespace map_sharpening {

struct LocalResolutionOptions {
  /// Å, diameter of the soft spheres; required.  Python takes 15 times the resolution, or
  /// `largest_window` where that is smaller.
  double window = 0;
  std::optional<double> step;   ///< Å between them, at most; empty: a quarter of the diameter
  double threshold = 0.143;     ///< of the local FSC
  std::optional<double> d_min;  ///< Å, finest value; empty, or below it: the Nyquist limit
  bool periodic = false;        ///< spheres continue across the faces of the map
  /// Of half_2's values over half_1's; empty: relative_scale of the two.
  std::optional<double> half_2_scale;
  int threads = 0;
  /// Called with the share of spheres that are done; the stage's name is "local resolution".
  std::function<void(const std::string& stage, double done)> progress;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = LocalResolutionOptions;
    each("window", &O::window);
    each("step", &O::step);
    each("threshold", &O::threshold);
    each("d_min", &O::d_min);
    each("periodic", &O::periodic);
    each("half_2_scale", &O::half_2_scale);
    each("threads", &O::threads);
  }
};

struct LocalResolution {
  Shape lattice_shape{0, 0, 0};
  std::vector<float> lattice;  ///< Å, by lattice_shape; 0: nothing of the mask is near
  std::array<double, 3> first{}, spacing{};  ///< z, y, x of the spheres' middles, grid points
  std::size_t n_windows = 0;                 ///< measured
  double window = 0;                         ///< Å
  double d_min = 0, d_max = 0;               ///< Å: values are clipped to these
};

/// Spectra of some spheres; the others may be measured elsewhere.
struct SphereSpectra {
  std::size_t n_shells = 0;
  std::vector<float> signal_to_noise;  ///< by sphere, then by shell; 0: not measured
  std::vector<double> mask_share;      ///< by sphere; 0: not measured
};

/// Å: the largest sphere that fits into a map.  For any grid.
double largest_window(const Grid& grid);

/// Number of spheres, measured or not, that the lattice for a map has.
/// @throws std::invalid_argument if an option is out of range.
std::size_t count_spheres(const Grid& grid, const LocalResolutionOptions& options);

/// Spectra of the spheres from `begin` to before `end`, counted along x, then y, then z.
///
/// A sphere's spectrum does not depend on which others are measured with it.
/// @throws std::invalid_argument as measure_local_resolution, or if the range is not there.
/// @throws UnusableDataError as measure_local_resolution.
SphereSpectra measure_spheres(View3<const float> half_1, View3<const float> half_2,
                              View3<const float> mask, const Grid& grid,
                              const LocalResolutionOptions& options, std::size_t begin,
                              std::size_t end);

/// Local resolution from the spectra of all spheres; the second half of
/// measure_local_resolution.
/// @throws std::invalid_argument as measure_local_resolution, or if spectra are missing.
LocalResolution resolution_of_spheres(const SphereSpectra& spectra, View3<const float> mask,
                                      const Grid& grid, const LocalResolutionOptions& options,
                                      View3<float> out);

/// Local resolution at the middles of overlapping soft spheres, and smoothly between them.
///
/// In each sphere signal and noise power of the halves are summed in shells, smoothed along
/// the shells by straight lines weighted by the number of terms, and the resolution is where
/// their FSC first falls below the threshold, corrected for the sphere's smear along s and the
/// slope of the resolution across it.  With a mask the signal is taken per share of the mask
/// in the sphere, so that solvent beside a molecule doesn't make its surface look worse.
/// Halves of different scale are brought to one.  Whether the values can be those of half maps
/// as they were reconstructed is not checked, see `HalfMaps`.
///
/// Besides the result it holds one piece of the map's size per thread only; the same bytes
/// for any number of threads.
/// @param mask  0 to 1, same shape; empty: everything is inside.  Where it is below 0.5 the
///              value is d_max.
/// @param out   Å, written everywhere; no value lies outside d_min to d_max.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError if a sphere holds values that are not finite.
LocalResolution measure_local_resolution(View3<const float> half_1, View3<const float> half_2,
                                         View3<const float> mask, const Grid& grid,
                                         const LocalResolutionOptions& options,
                                         View3<float> out);

}  // namespace map_sharpening
