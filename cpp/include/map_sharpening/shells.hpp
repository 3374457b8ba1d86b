// Resolution shells of a map's Fourier coefficients: power and correlation.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/unit_cell.hpp"   // Grid, Columns, Vector

namespace map_sharpening {

/// Shells of equal width in s = 1/d.  Shell i holds i * width <= s < (i + 1) * width.
///
/// A term within 1e-4 widths below an edge counts to the next shell, so that rounding does
/// not split terms that lie on an edge.  Functions that take shells check that there are some,
/// of a width above 0; the members below do not.
struct Shells {
  double width = 0;  ///< 1/Å
  std::size_t count = 0;

  double middle(std::size_t shell) const { return (static_cast<double>(shell) + 0.5) * width; }
  double s_max() const { return width * static_cast<double>(count); }
};

/// Sums over the terms of each shell, and of each shell and direction.
///
/// Directions are squares on the surface of a cube, v and -v counted as one.
/// `cross` is the sum of Re(F1 conj F2), `auto_1` of |F1|², `auto_2` of |F2|²; Friedel
/// mates count once.  By-direction arrays have shape (shell, direction).
struct PowerSums {
  Shells shells;
  std::vector<double> n_terms, cross, auto_1, auto_2;
  std::vector<double> directional_n_terms, directional_cross, directional_auto_1,
      directional_auto_2;  ///< empty unless asked for

  /// Fourier shell correlation; NaN where a shell is empty or a map has no power there.
  /// @throws std::invalid_argument if the sums have other sizes than their shells.
  std::vector<double> fsc() const;

  /// Rms amplitude of the second map over that of the first; NaN as of `fsc`.
  std::vector<double> relative_amplitude() const;
};

/// Sums over two half-complex transforms on one grid, up to the last shell.
///
/// In double, block by block in a fixed order, so that the result does not depend on the
/// number of threads.  F(000) is left out.
/// @param columns       those that the transforms were made for.
/// @param by_direction  also fill the by-direction sums.
/// @throws std::invalid_argument if a shape does not match `grid`, or there are no shells or
/// more than 2^20, with directions 2^20 / 48.
template <class Real>  // float, double
PowerSums power_sums(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                     const Grid& grid, const Columns& columns, const Shells& shells,
                     bool by_direction, int threads = 0);

/// One of the directions of by-direction sums, both senses.
struct Direction {
  Vector unit;                    ///< middle of the square
  double share;                   ///< of all directions; the shares sum to 1
  std::array<double, 6> moments;  ///< mean of u_i u_j: XX YY ZZ XY XZ YZ
};

/// All directions, in the order of the by-direction sums.
const std::vector<Direction>& directions();

}  // namespace map_sharpening
