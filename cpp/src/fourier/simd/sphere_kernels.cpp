// See sphere_kernels.hpp.  Compiled once per instruction set, in a namespace of its own.
#include "fourier/simd/sphere_kernels.hpp"

#include <algorithm>
#include <limits>

#include "fourier/simd/fft_of_level.hpp"
#include "fourier/simd/values_of_level.hpp"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace map_sharpening {
namespace MAP_SHARPENING_SIMD_LEVEL {
namespace {

// Lines side by side: see window_kernels.cpp for why so many.
constexpr size_t kGroups = 4;
using Eight = Values<kLanes>;
using Half = Values<kColumns>;
using Pack = Values<kGroups * kLanes>;
static_assert(kPlanes == kLanes && 2 * kColumns == kGroups * kLanes, "packs are filled");

namespace fft = pocketfft::detail;
using ComplexPack = fft::cmplx<Pack>;
constexpr size_t kTerm = 2 * kLanes;  // floats of a term of a layer's planes
constexpr size_t kPackFloats = sizeof(ComplexPack) / sizeof(float);

// Eight rows of eight numbers become columns, `to_stride` apart.
inline void transpose(const float* const* rows, size_t from, float* to, size_t to_stride) {
#ifdef __AVX2__
  __m256 a[8], b[8];
  for (size_t i = 0; i < 8; ++i) a[i] = _mm256_loadu_ps(rows[i] + from);
  for (size_t i = 0; i < 4; ++i) {
    b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
  }
  for (size_t i = 0; i < 2; ++i)
    for (size_t j = 0; j < 2; ++j) {
      const __m256 low = b[4 * i + j], high = b[4 * i + 2 + j];
      a[4 * i + 2 * j] = _mm256_shuffle_ps(low, high, _MM_SHUFFLE(1, 0, 1, 0));
      a[4 * i + 2 * j + 1] = _mm256_shuffle_ps(low, high, _MM_SHUFFLE(3, 2, 3, 2));
    }
  for (size_t i = 0; i < 4; ++i) {
    _mm256_storeu_ps(to + i * to_stride, _mm256_permute2f128_ps(a[i], a[4 + i], 0x20));
    _mm256_storeu_ps(to + (4 + i) * to_stride, _mm256_permute2f128_ps(a[i], a[4 + i], 0x31));
  }
#else
  for (size_t i = 0; i < kLanes; ++i)
    for (size_t j = 0; j < kLanes; ++j) to[i * to_stride + j] = rows[j][from + i];
#endif
}

float* floats(ComplexPack* line) { return reinterpret_cast<float*>(line); }

// The first `count` of eight numbers, fewer than eight; the others are 0 or stay.
#ifdef __AVX2__
inline __m256i first_lanes(size_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
}
inline Eight load_some(const float* from, size_t count) {
  float all[kLanes];
  _mm256_storeu_ps(all, _mm256_maskload_ps(from, first_lanes(count)));
  return Eight(all);
}
inline void store_some(const Eight& values, size_t count, float* to) {
  float all[kLanes];
  values.store(all);
  _mm256_maskstore_ps(to, first_lanes(count), _mm256_loadu_ps(all));
}
#else
inline Eight load_some(const float* from, size_t count) {
  float all[kLanes] = {};
  std::copy(from, from + count, all);
  return Eight(all);
}
inline void store_some(const Eight& values, size_t count, float* to) {
  float all[kLanes];
  values.store(all);
  std::copy(all, all + count, to);
}
#endif

template <class Term>
void add_lanes(const float* values, const float* by, size_t count, double* lanes,
               const Term& term) {
  Eight sums(0.0f);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) sums += term(Eight(values + i), Eight(by + i));
  if (i < count) sums += term(load_some(values + i, count - i), load_some(by + i, count - i));
  float single[kLanes];
  sums.store(single);
  for (size_t k = 0; k < kLanes; ++k) lanes[k] += static_cast<double>(single[k]);
}

void add_weighted(const float* values, const float* by, size_t count, double* lanes) {
  add_lanes(values, by, count, lanes, [](const Eight& v, const Eight& w) { return v * w; });
}

void add_squares(const float* values, const float* by, size_t count, double* lanes) {
  add_lanes(values, by, count, lanes, [](const Eight& v, const Eight& w) {
    const Eight product = v * w;
    return product * product;
  });
}

bool reaches(const float* values, size_t count, float level) {
  Eight most(std::numeric_limits<float>::lowest());
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) most.raise_to(Eight(values + i));
  float single[kLanes];
  most.store(single);
  for (; i < count; ++i) single[0] = std::max(single[0], values[i]);
  return *std::max_element(single, single + kLanes) >= level;
}

void weigh(const float* values, const float* by, size_t count, float mean, float factor,
           float* to) {
  const auto weighed = [&](const Eight& v, const Eight& w) {
    return (v - Eight(mean)) * factor * w;
  };
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    weighed(Eight(values + i), Eight(by + i)).store(to + i);
  const size_t rest = count - i;
  if (rest > 0)
    store_some(weighed(load_some(values + i, rest), load_some(by + i, rest)), rest, to + i);
}

// Rows of a layer, `kGroups` at a time; to [index of h][y][part][plane].
void transform_rows(const SphereShape& shape, const float* map_1, const float* map_2,
                    size_t first, size_t end, ComplexPack* line, float* rows) {
  const auto plan = fft::get_plan<fft::pocketfft_c<float>>(shape.nx);
  for (size_t y = first; y < end; y += kGroups) {
    const size_t count = std::min(kGroups, end - y);
    for (size_t j = 0; j < kGroups; ++j) {
      // Where fewer rows are left, the last one is transformed again and again, unused.
      const size_t row = (y + std::min(j, count - 1)) * kPlanes * shape.row_stride;
      const float *from_1[kPlanes], *from_2[kPlanes];
      for (size_t plane = 0; plane < kPlanes; ++plane) {
        from_1[plane] = map_1 + row + plane * shape.row_stride;
        from_2[plane] = map_2 + row + plane * shape.row_stride;
      }
      for (size_t x = 0; x < shape.row_stride; x += kLanes) {
        float* to = floats(line + x) + j * kLanes;
        transpose(from_1, x, to, kPackFloats);
        transpose(from_2, x, to + kPackFloats / 2, kPackFloats);
      }
    }
    plan->exec(line, 1.0f, fft::FORWARD);
    for (size_t i = 0; i < shape.n_h; ++i) {
      const ComplexPack& term = line[shape.h[i]];
      for (size_t j = 0; j < count; ++j) {
        float* to = rows + (i * shape.ny + y + j) * kTerm;
        term.r.get(j, to);
        term.i.get(j, to + kLanes);
      }
    }
  }
}

void transform_layer(const SphereShape& shape, const float* map_1, const float* map_2,
                     size_t layer, size_t first, size_t end, float* rows, float* terms) {
  fft::arr<ComplexPack> memory(std::max(shape.row_stride, shape.ny));
  ComplexPack* line = memory.data();
  transform_rows(shape, map_1, map_2, first, end, line, rows);
  const auto plan = fft::get_plan<fft::pocketfft_c<float>>(shape.ny);
  for (size_t i = 0; i < shape.n_h; i += kGroups) {
    const size_t count = std::min(kGroups, shape.n_h - i);
    std::fill(line, line + first, ComplexPack(0.0f, 0.0f));
    std::fill(line + end, line + shape.ny, ComplexPack(0.0f, 0.0f));
    for (size_t j = 0; j < kGroups; ++j) {
      const float* from = rows + (i + std::min(j, count - 1)) * shape.ny * kTerm;
      for (size_t y = first; y < end; ++y) {
        line[y].r.set(j, from + y * kTerm);
        line[y].i.set(j, from + y * kTerm + kLanes);
      }
    }
    plan->exec(line, 1.0f, fft::FORWARD);
    for (size_t j = 0; j < count; ++j)
      for (size_t y = 0; y < shape.ny; ++y) {
        float* to = terms + (((i + j) * shape.ny + y) * shape.n_layers + layer) * kTerm;
        line[y].r.get(j, to);
        line[y].i.get(j, to + kLanes);
      }
  }
}

Half primaries(const Pack& pack) { return Half(reinterpret_cast<const float*>(&pack)); }
Half mirrored(const Pack& pack) {
  return Half(reinterpret_cast<const float*>(&pack) + kColumns);
}

// With Z = A + iB, Z of the mirror image is conj A + i conj B: |Z|² of both adds up to
// 2 (|A|² + |B|²), and the imaginary part of their product is 2 Re(A conj B).
void add_set(const SphereShape& shape, size_t set, const ComplexPack* line, double* sums) {
  const auto nz = static_cast<std::ptrdiff_t>(shape.nz);
  const auto reach = static_cast<std::ptrdiff_t>(shape.reach[set]);
  const size_t of_column = 2 * (shape.n_shells + 1);
  for (std::ptrdiff_t l = -reach; l <= reach; ++l) {
    const auto z = static_cast<size_t>(l < 0 ? l + nz : l);
    const ComplexPack &here = line[z], &there = line[z == 0 ? 0 : shape.nz - z];
    const Half re = primaries(here.r), im = primaries(here.i);
    const Half mirror_re = mirrored(there.r), mirror_im = mirrored(there.i);
    float both[kColumns], cross[kColumns];
    ((re * re + im * im) + (mirror_re * mirror_re + mirror_im * mirror_im)).store(both);
    (re * mirror_im + im * mirror_re).store(cross);
    const std::uint16_t* shells = shape.shells + (set * shape.nz + z) * kColumns;
    for (size_t k = 0; k < kColumns; ++k) {
      double* sum = sums + k * of_column + 2 * shells[k];
      sum[0] += static_cast<double>(both[k]);
      sum[1] += static_cast<double>(cross[k]);
    }
  }
}

void add_powers(const SphereShape& shape, const float* terms, double* sums, double* both,
                double* cross) {
  fft::arr<ComplexPack> memory(shape.n_layers * kPlanes);
  ComplexPack* line = memory.data();
  const auto plan = fft::get_plan<fft::pocketfft_c<float>>(shape.nz);
  const size_t of_column = 2 * (shape.n_shells + 1);
  std::fill(sums, sums + kColumns * of_column, 0.0);
  for (size_t set = 0; set < shape.n_sets; ++set) {
    for (size_t j = 0; j < kGroups; ++j) {
      const std::uint32_t* columns = shape.columns + (set * kGroups + j) * kLanes;
      const float* from[kLanes];
      for (size_t k = 0; k < kLanes; ++k)
        from[k] = terms + columns[k] * shape.n_layers * kTerm;
      for (size_t layer = 0; layer < shape.n_layers; ++layer) {
        float* to = floats(line + layer * kPlanes) + j * kLanes;
        transpose(from, layer * kTerm, to, kPackFloats);
        transpose(from, layer * kTerm + kLanes, to + kPackFloats / 2, kPackFloats);
      }
    }
    plan->exec(line, 1.0f, fft::FORWARD);
    add_set(shape, set, line, sums);
  }
  for (size_t k = 0; k < kColumns; ++k)
    for (size_t i = 0; i < shape.n_shells; ++i) {
      both[i] += 0.5 * sums[k * of_column + 2 * i];
      cross[i] += 0.5 * sums[k * of_column + 2 * i + 1];
    }
}

}  // namespace

extern const SphereKernels sphere_kernels;  // without this, const would hide it
const SphereKernels sphere_kernels = {add_weighted, add_squares,     reaches,
                                      weigh,        transform_layer, add_powers};

}  // namespace MAP_SHARPENING_SIMD_LEVEL
}  // namespace map_sharpening
