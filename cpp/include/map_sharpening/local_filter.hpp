// Local sharpening of a globally sharpened map, window by window.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3, Shape
#include "map_sharpening/filters.hpp"     // ScaleFactors
#include "map_sharpening/shells.hpp"      // Shells
#include "map_sharpening/unit_cell.hpp"   // Grid

namespace map_sharpening {

/// Windows on a regular lattice, each overlapping its neighbours by half.
///
/// A window's core is the half of its edge that is nearer to its centre than to those of its
/// neighbours.  The first and last window along an axis lie half outside the box, so that
/// every point is covered by two windows per axis.
struct WindowLattice {
  Shape box{0, 0, 0};    ///< grid points of the map
  Shape core{0, 0, 0};   ///< grid points between neighbouring windows: half an edge
  Shape count{0, 0, 0};  ///< windows

  Shape edge() const { return {2 * core[0], 2 * core[1], 2 * core[2]}; }
  std::size_t size() const { return count[0] * count[1] * count[2]; }
  // That axis is below 3 is not checked.
  /// First grid point of a window; below 0 for the first window along an axis.
  std::ptrdiff_t start(std::size_t axis, std::size_t window) const {
    return (static_cast<std::ptrdiff_t>(window) - 1) * static_cast<std::ptrdiff_t>(core[axis]);
  }
  /// Middle of a window, in grid points: between two points.
  double centre(std::size_t axis, std::size_t window) const {
    return static_cast<double>(start(axis, window)) + static_cast<double>(core[axis]) - 0.5;
  }
};

/// How far the windows may deviate from the whole map.
///
/// With zeros (and an infinite number of terms) they don't: the filter changes nothing.
/// @throws std::invalid_argument, where they are used, if one is below 0 or NaN.
struct LocalPriors {
  double ln_signal = 2;     ///< standard deviation of ln(signal / global signal)
  double excess_b = 120;    ///< Å², standard deviation of the excess of B
  double shell = 0.4;       ///< relative standard deviation of a shell about k exp(-c s²)
  double noise_terms = 50;  ///< weight of the global noise, in terms
};

struct LocalOptions {
  /// Grid points of a core along each axis; empty: chosen.
  std::optional<std::size_t> core_points;
  /// About as many cores in the map, more if they would be too large; empty: not given.
  /// Overrides core_points.
  std::optional<std::size_t> n_windows;
  std::size_t n_shells = 20;
  bool periodic = false;  ///< otherwise the map is reflected at its faces
  LocalPriors priors;

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using O = LocalOptions;
    each("core_points", &O::core_points);
    each("n_windows", &O::n_windows);
    each("n_shells", &O::n_shells);
    each("periodic", &O::periodic);
  }
};

/// Windows for half maps.  By default a core is twice the resolution along each axis, at least
/// 6 grid points, of a length that transforms fast, and at most 48.
/// @throws std::invalid_argument if a core is given that is below 4 points, above 48, or does
/// not fit in the box.
WindowLattice window_lattice(const Grid& grid, double resolution, const LocalOptions& options);

/// Average power of two sharpened half maps; that of windows may differ.
///
/// The map sharpened by `factors` has the signal power (ideal / (1 + R))², R the factors'
/// ratio of noise to signal, and R times as much noise.
struct SharpenedPower {
  Shells shells;
  std::vector<double> ideal;  ///< by shell; of unscaled coefficients of the whole map
  ScaleFactors factors;
  double s_max = 0;  ///< 1/Å, of the sharpened maps
};

/// Layers of windows along z; together, calls for neighbouring ranges do what one call for
/// all of them does, to the same bytes.
struct LayerRange {
  std::size_t first = 0;
  std::size_t end = static_cast<std::size_t>(-1);  ///< one past the last; more: all there are
};

/// Two sharpened half maps and what is filtered: `full`, or their mean if that is empty.
///
/// An output may be the memory of its source if all layers are filtered in one call.
struct LocalMaps {
  View3<const float> half_1, half_2;
  View3<const float> full;
  View3<float> sharpened;                           ///< out
  View3<float> sharpened_half_1, sharpened_half_2;  ///< out; empty: not wanted
};

/// A sharpened map and its model.
///
/// An output may be the memory of its source if all layers are filtered in one call.
struct ModelledMaps {
  View3<const float> map;
  View3<const float> model;   ///< its coefficients have the map's expected signal power
  View3<const float> region;  ///< 0 to 1: how much of the filter is applied
  View3<const float> half_1, half_2;                ///< filtered like the map; empty: none
  View3<float> sharpened;                           ///< out
  View3<float> sharpened_half_1, sharpened_half_2;  ///< out, with the halves
};

/// Results of each window; arrays have the order (z, y, x) of the lattice.
///
/// Windows of layers that were not asked for, or where there is no model, are like the whole
/// map: gain 1, no excess.
struct LocalFilter {
  WindowLattice lattice;
  std::vector<double> signal_scale;  ///< k: signal power over that of the whole map
  std::vector<double> excess_b;      ///< Å²: amplitudes fall off by exp(-B s² / 4) more
  std::vector<double> noise_scale;   ///< noise power over that of the whole map
  std::vector<double> gain;          ///< rms of the window after the filter over before
  std::vector<double> resolution;    ///< Å: where the fitted FSC falls to 0.143
};

/// Filter a globally sharpened map by the signal and noise of each window.
///
/// In each window (a sine along each axis) the signal power S_w by shell, relative to the
/// whole map's S, is estimated from Re(F1 conj F2) as q = S_w / S, fitted as k exp(-c s²)
/// with weights from its sampling variance and a prior for k and c, and shrunk towards the
/// fit where a shell holds few independent terms; the noise's scale v from |F1 - F2|².  On
/// top of the global factor ideal sqrt(S) / (S + N), every term of the window is multiplied by
///
///     exp(c s² / 2) q (1 + R) / (q + v R),    R = N / S with its direction
///
/// which makes the factor ideal exp(c s² / 2) / sqrt(S) times S_w / (S_w + v N): whitening by
/// the local fall-off but not by the local amount of matter, so that emptier windows are not
/// amplified, and the weight that suits the local error.  A window that is like the whole map
/// is left unchanged.  Windows are put together with a second sine; the squares of the sines
/// sum to 1 at every point, so that there are no seams.
///
/// Besides the maps it needs a slab as thick as a window for each map that is read or written,
/// and for each thread 4.5 times the size of eight windows.  The same bytes for any number of
/// threads.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
LocalFilter filter_locally(const LocalMaps& maps, const Grid& grid,
                           const SharpenedPower& expected, double resolution,
                           const LocalOptions& options, int threads = 0,
                           const LayerRange& layers = {});

/// Filter a globally sharpened map by comparing it with its model in each window.
///
/// In each window the map M is compared with the model G by shell: the slope u of M on G,
/// over the whole map's, is fitted as sqrt(k) exp(-c s² / 2) and shrunk towards the fit;
/// q = u² |G|² / S is the signal power that the window holds, and the filter that of
/// `filter_locally` with the noise of the whole map (v = 1).  The result is
/// M + region (filtered - M); windows outside of the region are left alone.  By default a core
/// is 3 times the resolution along each axis, otherwise as in `window_lattice`.
///
/// @param explained  by shell of `expected`: the slope of the whole map on its model, above 0.
/// @throws std::invalid_argument if shapes do not match or an option is out of range.
LocalFilter filter_locally_by_model(const ModelledMaps& maps, const Grid& grid,
                                    const SharpenedPower& expected,
                                    const std::vector<double>& explained, double resolution,
                                    const LocalOptions& options, int threads = 0,
                                    const LayerRange& layers = {});

}  // namespace map_sharpening
