// Real map <-> half-complex Fourier coefficients.
#pragma once

#include <complex>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/unit_cell.hpp"   // Grid, Columns

namespace map_sharpening {

/// F(h) = sum over x of map(x) exp(-2 pi i h x), unscaled.
///
/// Any size; primes above 11 by Bluestein's algorithm.  Float or double.
/// @param map           (nz, ny, nx); rows may be padded.
/// @param coefficients  (nz, ny, nx / 2 + 1).  May share memory with a `map` whose rows
///                      are padded to 2 (nx / 2 + 1) elements: a transform in place.
/// @param columns       which coefficients are needed; the others become 0.
/// @throws std::invalid_argument if shapes do not match.
template <class Real>  // float, double
void forward_transform(View3<const Real> map, View3<std::complex<Real>> coefficients,
                       const Columns& columns, int threads = 0);

/// The same of (map - offset) * weight, without an array for the product.
template <class Real>
void forward_transform_weighted(View3<const Real> map, Real offset, View3<const Real> weight,
                                View3<std::complex<Real>> coefficients, const Columns& columns,
                                int threads = 0);

/// map(x) = factor / N sum over h of F(h) exp(+2 pi i h x), N the number of grid points.
///
/// `coefficients` is overwritten, and may share memory with a padded `map` as above.
/// Coefficients outside `columns` count as 0.
template <class Real>
void inverse_transform(View3<std::complex<Real>> coefficients, View3<Real> map,
                       const Columns& columns, Real factor = 1, int threads = 0);

/// Multiply by `weight` in real space: transform back, multiply, transform again, in place.
template <class Real>
void multiply_in_real_space(View3<std::complex<Real>> coefficients, View3<const Real> weight,
                            const Columns& columns, int threads = 0);

}  // namespace map_sharpening
