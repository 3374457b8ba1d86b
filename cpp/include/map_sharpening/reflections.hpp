// The terms of a map as a list of reflections, as MTZ files hold them.
#pragma once

#include <complex>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/unit_cell.hpp"   // Grid

namespace map_sharpening {

/// H, K, L, amplitude, phase in degrees.
inline constexpr std::size_t kReflectionColumns = 5;

/// Reflections with d >= d_min of a half-complex transform, in the sign convention of
/// crystallography: F(h) = (V / N) sum of map(x) exp(+2 pi i h x), conjugate to
/// forward_transform's, so that their sum gives the map back.
///
/// One of each Friedel pair, l >= 0 (CCP4's choice for P1), in the order of h, k, l.  F(000)
/// and terms on the Nyquist planes of even axes, whose sign of index is undefined, are left
/// out.
/// @returns  rows of kReflectionColumns numbers.
/// @throws std::invalid_argument if shapes do not match or d_min is not above 0.
std::vector<float> list_reflections(View3<const std::complex<float>> coefficients,
                                    const Grid& grid, double d_min, int threads = 0);

/// How many rows list_reflections returns.
/// @throws std::invalid_argument if d_min is not above 0.
std::size_t count_reflections(const Grid& grid, double d_min, int threads = 0);

}  // namespace map_sharpening
