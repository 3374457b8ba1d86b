// The hot loops over a soft sphere of two maps, compiled for several instruction sets.
//
// Both maps are transformed as one, the second as its imaginary part.  Eight lines are
// transformed side by side: planes in layers of eight along x and y, then columns along z,
// each with its mirror image, from which the terms of each map follow.  Their powers are added
// up at once and the terms are not kept.
#pragma once

#include <cstddef>
#include <cstdint>

namespace map_sharpening {

inline constexpr std::size_t kPlanes = 8;    // of a layer
inline constexpr std::size_t kColumns = 16;  // of a set, beside their mirror images
inline constexpr std::size_t kSphereLanes = 8;

/// A sphere's piece of a map, and the parts of its transform that are wanted.
///
/// A layer of a map is [y * kPlanes + plane][x], its rows `row_stride` long.  Terms on their
/// way are [column][layer][real part, imaginary part][plane], column = (index of h) * ny + y.
struct SphereShape {
  std::size_t nz, ny, nx;
  std::size_t row_stride;  ///< nx in whole eights
  std::size_t n_layers;    ///< of kPlanes planes; the last ones may be 0
  std::size_t n_h;         ///< of `h`
  const std::uint32_t* h;  ///< places along x of a transform that are wanted
  std::size_t n_sets;      ///< of columns
  std::size_t n_shells;
  /// Of each set kColumns columns, then their mirror images.
  const std::uint32_t* columns;
  /// Of each set, the terms from z = -reach to reach are looked at.
  const std::uint32_t* reach;
  /// By [set][z][column of the set]; n_shells: the term doesn't count.
  const std::uint16_t* shells;
};

struct SphereKernels {
  /// Add values * by to a sum in kSphereLanes parts.
  void (*add_weighted)(const float* values, const float* by, std::size_t count, double* lanes);
  /// Add (values * by)² to such a sum.
  void (*add_squares)(const float* values, const float* by, std::size_t count, double* lanes);
  /// Whether one of the values is at least `level`.
  bool (*reaches)(const float* values, std::size_t count, float level);
  /// to = (values - mean) * factor * by.
  void (*weigh)(const float* values, const float* by, std::size_t count, float mean,
                float factor, float* to);
  /// Transform a layer of both maps along x and y.  Its rows from `first` to before `end` are
  /// not all 0; others aren't read.
  /// @param rows  scratch, 2 * kPlanes * n_h * ny
  void (*transform_layer)(const SphereShape& shape, const float* map_1, const float* map_2,
                          std::size_t layer, std::size_t first, std::size_t end, float* rows,
                          float* terms);
  /// Transform along z and add powers of the terms of maps A and B to their shells, Friedel
  /// mates as one.
  /// @param sums  scratch, 2 * kColumns * (n_shells + 1)
  /// @param both, cross  by shell: |A|² + |B|² and Re(A conj B)
  void (*add_powers)(const SphereShape& shape, const float* terms, double* sums, double* both,
                     double* cross);
};

/// Instruction set as for `kernels`.
const SphereKernels& sphere_kernels();

}  // namespace map_sharpening
