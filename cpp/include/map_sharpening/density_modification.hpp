// Density modification of two sharpened half maps, each judged by the other.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/shells.hpp"      // Shells
#include "map_sharpening/unit_cell.hpp"   // UnitCell

namespace map_sharpening {

struct ModificationOptions {
  double d_min = 0;           ///< Å, finest term; required
  std::size_t n_shells = 24;  ///< at most; small boxes hold fewer
  /// Share of the half maps' difference that is added to their mean where weights are found,
  /// above 0, at most 1.  At 1 that is a half map; small shares are as noisy as the mean, but
  /// the map that they are judged by is noisier.
  double noise_share = 0.5;
  std::uint64_t seed = 0;  ///< of the noise that the guard tries
  int threads = 0;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = ModificationOptions;
    each("d_min", &O::d_min);
    each("n_shells", &O::n_shells);
    each("noise_share", &O::noise_share);
    each("seed", &O::seed);
    each("threads", &O::threads);
  }
};

/// Maps in and out, all of one shape; the caller owns them.
struct ModificationMaps {
  View3<const float> half_1, half_2;  ///< sharpened alike, mean 0
  View3<const float> mask;            ///< 0 to 1, soft: where density is modified
  /// The half maps before they were sharpened, by which terms beyond `d_min` are judged; both
  /// empty: no terms beyond `d_min` are predicted.
  View3<const float> unsharpened_1, unsharpened_2;
  View3<float> contribution;  ///< out: what to add to the mean of the halves
  /// Memory to work in, of the coefficients' shape; empty: it is allocated.
  std::array<View3<std::complex<float>>, 3> work;
};

/// Results in each shell, and of the guard against noise.
struct ModificationFindings {
  Shells shells;
  std::vector<double> signal_share;  ///< of the mean's power inside the mask, 0 to 1
  std::vector<double> linear;        ///< factor of the map inside the mask; 1: unchanged
  std::vector<double> positive;      ///< factor of its positive part; 0: not confirmed
  /// Estimated correlation with the signal, from the other half map: before, and with both
  /// weights, before what they add fades in strong density.
  std::vector<double> correlation_before, correlation_after;
  /// Of noise with the spectrum of the halves' difference: rms that modification adds, over
  /// the rms that goes in.
  double null_share = 0;
  /// Of a feature that is added to one half only, as large as the molecule and of its kind:
  /// what modification adds to the half of it that the mean of the halves holds.  At most 0
  /// means that nothing is passed on beyond that half.
  double one_sided_share = 0;
  double contribution_share = 0;  ///< the same of the maps themselves
  /// Factor of half the magnitude in the shells that follow, of the same width: terms finer
  /// than `d_min`, as far as the other half bears them out.
  std::vector<double> extension;
  std::vector<double> outside;  ///< factor of the map outside the mask, 0 to 1
  double extended_to = 0;       ///< Å, end of the last of these; `d_min` if there is none
  bool is_borne_out = false;    ///< false: `contribution` is 0 everywhere

  /// Calls each(name, member) for what is shown to other languages.
  template <class Each>
  static void visit(Each&& each) {
    using F = ModificationFindings;
    each("signal_share", &F::signal_share);
    each("linear", &F::linear);
    each("positive", &F::positive);
    each("correlation_before", &F::correlation_before);
    each("correlation_after", &F::correlation_after);
    each("null_share", &F::null_share);
    each("one_sided_share", &F::one_sided_share);
    each("contribution_share", &F::contribution_share);
    each("extension", &F::extension);
    each("extended_to", &F::extended_to);
    each("outside", &F::outside);
    each("is_borne_out", &F::is_borne_out);
  }
};

/// Share of the noise's rms that modification may add to it.
inline constexpr double kMostOfNoise = 0.02;

/// The same of a feature of one half only, a share of the half of it that the mean holds.
inline constexpr double kMostOfOneSided = 0.05;

/// Terms are predicted as far as d_min / 1.5.
inline constexpr double kFarthestExtension = 1.5;

/// Add to a map what the positive part of its density predicts.
///
/// Density of atoms is positive and peaked, noise is neither.  With x the map times the mask
/// and p the positive part times the mask, the terms F of the molecule's density are estimated
/// shell by shell as a F[x] + b F[p].  Both weights are found by least squares from the half
/// maps: of y = mean + share * (half_1 - half_2) / 2 and of its mirror image, on
/// mean - (half_1 - half_2) / (2 * share), whose noise is independent of that of y if both
/// halves are equally noisy.  No noise that is in one half only is fitted, as only two numbers
/// per shell are learnt.  They are divided by the weight that x has alone: without p the map
/// stays as it is.  Shells where the fit is no better than by chance (2.5 standard errors) are
/// fitted along with their neighbours; if that is no better, p is left out.  Then the same is
/// done to noise, and to the maps with the molecule's own density, turned to another place,
/// added to one half; if more than `kMostOfNoise` or `kMostOfOneSided` of these is added the
/// map is left alone.
///
/// What is added fades out where both halves, smoothed, are strong: there the map is better
/// than the average of a shell, which the weights are right for.
///
/// A positive part has terms finer than `d_min` too: those of half the magnitude, |x| / 2 =
/// p - x / 2.  Where the half maps are given as they were before sharpening, b F[|x| / 2] is
/// added there, shell after shell, for as long as that of one mixture agrees with the
/// unsharpened terms of the other by more than 2 standard errors.  b is the slope found there,
/// on the scale that the unsharpened terms have at `d_min`; it doesn't follow their fall-off
/// any further.
///
/// All this is done in the part of the box that the mask fills and 2 d_min around it.  One
/// map of that part is allocated, and `work` as far as it isn't given.  Outside the mask,
/// each shell of the mean is multiplied by its share of signal there over that inside, if
/// the latter is larger; where the mask is 1 that changes nothing.
///
/// What both halves share that isn't the molecule (bias of a common reference, an overfitted
/// refinement) counts as molecule.  The same bytes for any number of threads.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
/// @throws UnusableDataError if the halves hold no common signal inside the mask, or values
/// that are not finite, or the mask values that are not between 0 and 1.
ModificationFindings modify_density(const ModificationMaps& maps, const UnitCell& cell,
                                    const ModificationOptions& options);

/// Where each point x, y, z of a molecule is found in one of its copies: three rows of a
/// rotation and of a shift in Å, as BIOMT records have them.  Places are Cartesian and count
/// from the first grid point.
using SymmetryOperator = std::array<double, 12>;

/// Maps in and out, all of one shape; the caller owns them.
struct SymmetryMaps {
  View3<float> half_1, half_2;  ///< as of ModificationMaps; in and out
  View3<const float> mask;      ///< 0 to 1, soft: around all copies
  /// Memory to work in, of the coefficients' shape; empty: it is allocated.
  std::array<View3<std::complex<float>>, 7> work;
};

struct SymmetryFindings {
  Shells shells;
  std::vector<double> own;     ///< factor of the map inside the mask; 1: as it was
  std::vector<double> copies;  ///< factor of the mean of all copies; 0: not confirmed
  /// Estimated correlation with the signal, from the other half map: of the map, and with both
  /// factors, before they give way where copies differ.
  std::vector<double> correlation_before, correlation_after;
  /// Mean inside the mask of the share of the change that is kept where copies differ, 0 to 1.
  double kept_share = 0;
  double turn = 0;            ///< of all axes, to fit the maps; degrees
  double shift = 0;           ///< the same of the mask's centre, Å
  bool is_borne_out = false;  ///< false: the maps were left as they were

  /// Calls each(name, member) for what is shown to other languages.
  template <class Each>
  static void visit(Each&& each) {
    using F = SymmetryFindings;
    each("own", &F::own);
    each("copies", &F::copies);
    each("correlation_before", &F::correlation_before);
    each("correlation_after", &F::correlation_after);
    each("kept_share", &F::kept_share);
    each("turn", &F::turn);
    each("shift", &F::shift);
    each("is_borne_out", &F::is_borne_out);
  }
};

/// Add to each half map what copies of the molecule tell of each other, as far as the other
/// half map confirms it.
///
/// With x a half map and m the mean over the operators of x at the copies' places (those
/// inside the box), both times the mask, the molecule's terms are estimated shell by shell as
/// a F[x] + b F[m], a and b being found as those of `modify_density`, m in place of p: copies
/// that agree as well as the half maps do are averaged, those that don't stay apart.  Both are
/// divided by the weight that x has alone.
///
/// All operators are turned and shifted before, as a whole, so that copies agree best; they
/// stay as they are if that takes more than twice d_min.
///
/// One copy may still differ from the others in a part of it.  So the change is multiplied by
/// the square of its slope, 0 to 1, on what it is judged by, taken from a neighbourhood (a
/// Gaussian of d_min) and drawn to 1 by 0.3 of what the molecule has on average.
///
/// At most seven arrays of the part of the box that the mask fills, or two of the whole box
/// and two of that part, are allocated.  The half maps change where the mask is above 0, and
/// not at all if something is thrown.  The same bytes for any number of threads.
/// @param operators  from the first copy to each: at least two; the first is the identity.
/// @param centres  of the copies, if the operators make no closed group and hold from the
/// first
///                 copy only, as those of a helix; each point then belongs to the copy whose
///                 centre is nearest.  Å, from the first grid point.  Empty: a closed group.
/// @throws std::invalid_argument if shapes do not match, an option is out of range or an
/// operator or centre is not finite.
/// @throws UnusableDataError as of modify_density, but for signal.
SymmetryFindings average_copies(const SymmetryMaps& maps, const UnitCell& cell,
                                const std::vector<SymmetryOperator>& operators,
                                const ModificationOptions& options,
                                const std::vector<Vector>& centres = {});

/// Maps in and out, all of one shape; the caller owns them.
struct SupportMaps {
  View3<const float> half_1, half_2;  ///< as modify_density took them
  View3<const float> mask;            ///< 0 to 1, soft: where density was modified
  View3<const float> contribution;    ///< what was added
  View3<float> support;               ///< out: -1 to 1; 0 outside the mask
  /// Memory to work in, of the coefficients' shape; empty: it is allocated.
  std::array<View3<std::complex<float>>, 2> work;
};

/// Figures of regions: of the neighbourhood of each block of voxels that the mask touches.
struct SupportFindings {
  std::vector<double> weight;   ///< sum of the mask in the block
  std::vector<double> support;  ///< confirmed by the other half, a share of the map's power
  std::vector<double> change;   ///< rms of the contribution over that of the map

  /// Calls each(name, member) for what is shown to other languages.
  template <class Each>
  static void visit(Each&& each) {
    using F = SupportFindings;
    each("weight", &F::weight);
    each("support", &F::support);
    each("change", &F::change);
  }
};

/// Standard deviation of the Gaussian neighbourhoods, in units of d_min.
inline constexpr double kSupportNeighbourhood = 2;

/// How much density modification changed each region, and what the other half map confirms.
///
/// With A what the weights add to one half map alone, before that fades in strong density, t
/// the other half map and e what the best filter of the first expects of it, support is the
/// sum over a neighbourhood of A (t - k e), over that of the square of the mean of the halves;
/// the mean of this and of the reverse.  k is the slope of t on e in the neighbourhood: t - k
/// e is what t has that neither a filter nor a scale can make of the first half.  Noise of one
/// half has a support of 0, and a change for the worse one below 0.  What both halves share
/// that isn't the molecule counts as confirmed.
///
/// The same bytes for any number of threads.
/// @param found  of modify_density: linear, positive and signal_share.
/// @throws std::invalid_argument if shapes do not match, an option is out of range, or there
/// is not one weight for each shell.
/// @throws UnusableDataError if maps hold values that are not finite, or the mask values that
/// are not between 0 and 1.
SupportFindings support_of_modification(const SupportMaps& maps, const UnitCell& cell,
                                        const ModificationFindings& found,
                                        const ModificationOptions& options);

}  // namespace map_sharpening
