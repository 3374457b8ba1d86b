// Transforms of columns that lie side by side, for files that are compiled once per
// instruction set.
#pragma once

#include <complex>
#include <cstddef>

#include "fourier/simd/fft_of_level.hpp"

// Where values of several columns can be taken apart and put together in registers: those of
// pocketfft, as below.
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__AVX512F__) && \
    !defined(POCKETFFT_NO_VECTORS)
#define MAP_SHARPENING_COLUMNS_IN_REGISTERS
#include <immintrin.h>
#endif

namespace map_sharpening {
namespace MAP_SHARPENING_SIMD_LEVEL {
namespace {

using std::ptrdiff_t;
using std::size_t;

template <class Real>
ptrdiff_t bytes(size_t elements) {
  return static_cast<ptrdiff_t>(elements * sizeof(Real));
}

#ifdef MAP_SHARPENING_COLUMNS_IN_REGISTERS
using ColumnValues = pocketfft::detail::vtype_t<float>;
constexpr size_t kColumnsAtOnce = pocketfft::detail::VLEN<float>::val;

// Neighbouring terms, real and imaginary parts apart.  In an order of their own: each column
// is transformed by itself, and `put` undoes it.
inline pocketfft::detail::cmplx<ColumnValues> take(const std::complex<float>* from) {
  const auto* values = reinterpret_cast<const float*>(from);
#ifdef __AVX__
  static_assert(kColumnsAtOnce == 8, "a register holds as many");
  const __m256 low = _mm256_loadu_ps(values), high = _mm256_loadu_ps(values + 8);
  return {ColumnValues(_mm256_shuffle_ps(low, high, 0x88)),
          ColumnValues(_mm256_shuffle_ps(low, high, 0xDD))};
#else
  static_assert(kColumnsAtOnce == 4, "a register holds as many");
  const __m128 low = _mm_loadu_ps(values), high = _mm_loadu_ps(values + 4);
  return {ColumnValues(_mm_shuffle_ps(low, high, 0x88)),
          ColumnValues(_mm_shuffle_ps(low, high, 0xDD))};
#endif
}

inline void put(const pocketfft::detail::cmplx<ColumnValues>& terms, std::complex<float>* to) {
  auto* values = reinterpret_cast<float*>(to);
#ifdef __AVX__
  const auto re = __m256(terms.r), im = __m256(terms.i);
  _mm256_storeu_ps(values, _mm256_unpacklo_ps(re, im));
  _mm256_storeu_ps(values + 8, _mm256_unpackhi_ps(re, im));
#else
  const auto re = __m128(terms.r), im = __m128(terms.i);
  _mm_storeu_ps(values, _mm_unpacklo_ps(re, im));
  _mm_storeu_ps(values + 4, _mm_unpackhi_ps(re, im));
#endif
}

// As many columns as are taken at once; returns their number.  pocketfft itself copies term by
// term, which takes as long as its arithmetic.
size_t transform_whole_registers(std::complex<float>* data, size_t length, size_t stride,
                                 size_t columns, bool forward) {
  namespace fft = pocketfft::detail;
  const size_t count = columns / kColumnsAtOnce * kColumnsAtOnce;
  if (count == 0) return 0;
  const auto plan = fft::get_plan<fft::pocketfft_c<float>>(length);
  fft::arr<fft::cmplx<ColumnValues>> line(length);
  for (size_t first = 0; first < count; first += kColumnsAtOnce) {
    for (size_t i = 0; i < length; ++i) line[i] = take(data + i * stride + first);
    plan->exec(line.data(), 1.0f, forward);
    for (size_t i = 0; i < length; ++i) put(line[i], data + i * stride + first);
  }
  return count;
}
#else
size_t transform_whole_registers(std::complex<float>*, size_t, size_t, size_t, bool) {
  return 0;
}
#endif

size_t transform_whole_registers(std::complex<double>*, size_t, size_t, size_t, bool) {
  return 0;
}

// Columns side by side; their terms are `stride` apart.
template <class Real>
void transform_columns(std::complex<Real>* data, size_t length, size_t stride, size_t columns,
                       bool forward) {
  const size_t done = transform_whole_registers(data, length, stride, columns, forward);
  if (done == columns) return;
  const pocketfft::stride_t strides{bytes<Real>(2 * stride), bytes<Real>(2)};
  pocketfft::c2c({length, columns - done}, strides, strides, {0},
                 forward ? pocketfft::FORWARD : pocketfft::BACKWARD, data + done, data + done,
                 Real(1), 1);
}

}  // namespace
}  // namespace MAP_SHARPENING_SIMD_LEVEL
}  // namespace map_sharpening
