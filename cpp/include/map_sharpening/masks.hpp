// Soft masks and tapers, values 0 to 1.
#pragma once

#include <algorithm>
#include <complex>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/unit_cell.hpp"   // Grid

namespace map_sharpening {

/// Multiply `weight` by a raised cosine that reaches exactly 0 at the faces of the box.
///
/// @param width  Å over which it rises; at most a third of each edge is used.
/// @throws std::invalid_argument if the shape does not match, or the width is below 0 or not
/// finite.
void apply_edge_taper(View3<float> weight, const Grid& grid, double width, int threads = 0);

/// How a molecular mask is made.
struct MolecularMaskOptions {
  double resolution = 8;  ///< Å: finest terms used
  double smoothing = 4;   ///< Å: standard deviation of the Gaussian that averages and widens
  double level = 0.08;    ///< share of the molecule's typical signal that counts as inside

  /// The choice for maps of a resolution: coarser for coarser maps, but no more than
  /// necessary, as a mask much wider than the molecule dilutes its signal.  What is no
  /// resolution is not refused and gives the options of fine maps.
  static MolecularMaskOptions for_resolution(double resolution) {
    MolecularMaskOptions options;
    options.resolution = std::max(options.resolution, 1.5 * resolution);
    options.smoothing = std::max(options.smoothing, 0.7 * resolution);
    return options;
  }

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = MolecularMaskOptions;
    each("resolution", &O::resolution);
    each("smoothing", &O::smoothing);
    each("level", &O::level);
  }
};

/// Share of the box that would hold all signal if it were evenly as strong as it is where its
/// average unit lies: (sum of its power)² / sum of the power's square.
struct SignalFraction {
  double all = 0;               ///< by all terms that the mask is made from
  double without_coarsest = 0;  ///< by those finer than 20 Å; 0 if these are too few
};

struct MolecularMask {
  double fraction = 0;           ///< mean of the mask: its share of the box
  double molecule_fraction = 0;  ///< share of the box inside before widening
  SignalFraction signal_fraction;
  bool is_trustworthy =
      false;  ///< the molecule is clearly above the noise, with solvent around
};

/// Soft molecular mask from where two half maps agree.
///
/// The product of the halves' densities, both limited to `resolution` and seen from the
/// solvent's level, averaged over a Gaussian, estimates the local power of the signal:
/// noise, being independent, averages to 0.  Points above a share of its typical value in
/// the molecule, and clear of the noise's scatter, are inside; the region is widened and
/// given a smooth edge by a second Gaussian.
/// All this happens on a coarse grid; `mask` is filled by linear interpolation.
/// @param half_1, half_2  half-complex coefficients of the half maps.
/// @param mask            (nz, ny, nx), overwritten.
/// @throws std::invalid_argument if shapes do not match.
MolecularMask make_molecular_mask(View3<const std::complex<float>> half_1,
                                  View3<const std::complex<float>> half_2, const Grid& grid,
                                  const MolecularMaskOptions& options, View3<float> mask,
                                  int threads = 0);

/// `MolecularMask::signal_fraction` by itself, for maps whose mask is given.
/// @throws std::invalid_argument if shapes do not match.
SignalFraction signal_fraction(View3<const std::complex<float>> half_1,
                               View3<const std::complex<float>> half_2, const Grid& grid,
                               const MolecularMaskOptions& options, int threads = 0);

/// Means of a mask's powers, from which follows how much of the data it leaves.
struct MaskMoments {
  double mean = 0, mean_square = 0, mean_fourth = 0;
  /// Independent terms per term of the masked map's transform: below 1.
  double independent_fraction() const {
    return mean_fourth > 0 ? mean_square * mean_square / mean_fourth : 0;
  }
};

/// @throws std::invalid_argument if the mask has no points.
/// @throws UnusableDataError if a value is not between 0 and 1 (1e-3 of grace).
MaskMoments mask_moments(View3<const float> mask, int threads = 0);

/// Mean of a map weighted by 1 - mask, the level of the solvent; the plain mean if the mask
/// leaves less than 1 % of the box outside.  Values are not checked: of NaN comes NaN.
/// @throws std::invalid_argument if the shapes differ or the maps have no points.
double solvent_level(View3<const float> map, View3<const float> mask, int threads = 0);

}  // namespace map_sharpening
