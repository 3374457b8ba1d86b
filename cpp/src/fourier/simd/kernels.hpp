// The hot loops over one plane or slab, compiled for several instruction sets.
//
// kernels.cpp is compiled once per set; `kernels<Real>()` chooses at run time.  Loops over
// planes and threads belong to the callers: a kernel is called with one plane and knows no
// other.  All sets give the same results: fused multiply-add is switched off.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>

namespace map_sharpening {

/// The part of the grid's geometry that places the terms of one plane.
struct PlaneGeometry {
  std::size_t ny, nx;          ///< of the real map
  std::size_t nxc;             ///< nx / 2 + 1
  const std::size_t* columns;  ///< per y: columns that hold terms
  double h_step[3];            ///< Cartesian s vector of h = 1
  double k_step[3];
  double l_vector[3];  ///< s vector of this plane's l
  double s_max;        ///< 1/Å; terms beyond are left out
};

/// Directions are counted on a cube: three faces of cells x cells squares, both senses as one.
inline constexpr std::size_t kCellsPerEdge = 4;
inline constexpr std::size_t kDirections = 3 * kCellsPerEdge * kCellsPerEdge;

/// Sums over terms that fell into one shell, or into one shell and direction.
struct PowerSum {
  double terms = 0;   ///< Friedel mates counted once
  double cross = 0;   ///< Re(F1 conj F2)
  double auto_1 = 0;  ///< |F1|²
  double auto_2 = 0;  ///< |F2|²

  PowerSum& operator+=(const PowerSum& other) {
    terms += other.terms;
    cross += other.cross;
    auto_1 += other.auto_1;
    auto_2 += other.auto_2;
    return *this;
  }
};

/// Sums over values, several side by side in a fixed order: value i of a row goes to lane
/// i % kLanes, what is left over at its end to lane 0.
inline constexpr std::size_t kLanes = 8;
struct Lanes {
  double value[kLanes] = {};

  double sum() const {
    double total = 0;
    for (double lane : value) total += lane;
    return total;
  }
};

/// Sampled functions of s at s = i * step, read by linear interpolation, clamped at the end.
struct FactorTables {
  double step;  ///< 1/Å
  std::size_t count;
  const float* gain;   ///< A in A exp(-s B_A s / 4) / (1 + R exp(-s B_R s / 2))
  const float* ratio;  ///< R; nullptr: 0
  double gain_b[6];    ///< Å², XX YY ZZ XY XZ YZ
  double ratio_b[6];
};

/// Where a Wilson likelihood is evaluated, and the table of expected intensities.
struct WilsonPoint {
  double b[6];  ///< Å²
  double p;
  double s_squared_from, s_squared_step;  ///< 1/Å², of the table
  std::size_t count;
  const float* expected;
};

template <class Real>
struct Kernels {
  using Complex = std::complex<Real>;

  /// out(z, y, x) = transform over y and x, in each of nz planes, of (map - offset) * weight;
  /// weight may be null, and then scratch.  Columns x >= `columns` are left as after the
  /// transform along x.
  void (*forward_slab)(const Real* map, std::size_t row_stride, const Real* weight,
                       Real offset, Complex* out, std::size_t nz, std::size_t ny,
                       std::size_t nx, std::size_t columns, Real* scratch);
  /// The inverse of it, times factor; columns x >= `columns` count as zero.  Overwrites `in`.
  void (*inverse_slab)(Complex* in, Real* map, std::size_t row_stride, Real factor,
                       std::size_t ny, std::size_t nx, std::size_t columns);
  /// Transform along z, in place, of the columns that start at data[0 .. columns - 1].
  void (*transform_columns)(Complex* data, std::size_t nz, std::size_t plane_stride,
                            std::size_t columns, bool forward);

  /// Add the terms of a plane to sums[shell] or, if by_direction, to those of each direction
  /// d, sums[shell * kDirections + d].
  void (*add_power)(const Complex* a, const Complex* b, const PlaneGeometry& plane,
                    double shell_width, std::size_t n_shells, bool by_direction,
                    PowerSum* sums);
  /// Add the gradient of the Wilson likelihood, by B (XX YY ZZ XY XZ YZ) and by p, of the
  /// intensities of (a + b) / 2 (b may be null: of a); see anisotropy.hpp.
  void (*add_wilson_gradient)(const Complex* a, const Complex* b, const PlaneGeometry& plane,
                              const WilsonPoint& point, double* gradient);
  /// out = (a + b) / 2 * factor (b may be null: a * factor); 0 beyond s_max and for F(000).
  /// Returns the sum of |out|² over the whole transform's terms of the plane.
  double (*apply_factors)(const Complex* a, const Complex* b, Complex* out,
                          const PlaneGeometry& plane, const FactorTables& tables);
  /// out = a with the phases beyond s_from replaced by random ones; Friedel's law is kept.
  void (*randomise_phases)(const Complex* a, Complex* out, const PlaneGeometry& plane,
                           std::size_t z, std::size_t nz, double s_from, std::uint64_t seed);

  /// Add a row of values.
  void (*add_values)(const Real* values, std::size_t count, Lanes& sum);
  /// Add the second, third and fourth powers of a row's deviations from a mean.
  void (*add_powers)(const Real* values, std::size_t count, double mean, Lanes& second,
                     Lanes& third, Lanes& fourth);
};

/// Instruction set chosen for this processor, or named by MAP_SHARPENING_SIMD
/// (baseline, avx2).
template <class Real>
const Kernels<Real>& kernels();

/// Its name: baseline or avx2.
const char* simd_name();

}  // namespace map_sharpening
