// See kernels.hpp.  Compiled once per instruction set, in a namespace of its own.
#include "fourier/simd/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "fourier/simd/columns_of_level.hpp"
#include "fourier/simd/fft_of_level.hpp"

namespace map_sharpening {
namespace MAP_SHARPENING_SIMD_LEVEL {
namespace {

using std::ptrdiff_t;
using std::size_t;

// Terms of a row are handled in pieces of this many, first the arithmetic (which the
// compiler vectorises), then the look-ups.
constexpr size_t kPiece = 128;

// A term that rounding puts a hair below a shell's edge counts to the next shell, so that
// axial terms on an edge fall on the same side for every axis.
constexpr float kEdgeTolerance = 1e-4f;

template <class Real>
void forward_slab(const Real* map, size_t row_stride, const Real* weight, Real offset,
                  std::complex<Real>* out, size_t nz, size_t ny, size_t nx, size_t columns,
                  Real* scratch) {
  const size_t nxc = nx / 2 + 1;
  if (weight) {
    for (size_t y = 0; y < nz * ny; ++y) {
      const Real* from = map + y * row_stride;
      const Real* by = weight + y * nx;
      Real* to = scratch + y * nx;
      for (size_t x = 0; x < nx; ++x) to[x] = (from[x] - offset) * by[x];
    }
    map = scratch;
    row_stride = nx;
  }
  const ptrdiff_t row = bytes<Real>(2 * nxc), plane = bytes<Real>(2 * nxc * ny);
  pocketfft::r2c({nz, ny, nx},
                 {bytes<Real>(row_stride * ny), bytes<Real>(row_stride), bytes<Real>(1)},
                 {plane, row, bytes<Real>(2)}, 2, pocketfft::FORWARD, map, out, Real(1), 1);
  for (size_t z = 0; z < nz; ++z)
    transform_columns(out + z * ny * nxc, ny, nxc, columns, pocketfft::FORWARD);
}

template <class Real>
void inverse_slab(std::complex<Real>* in, Real* map, size_t row_stride, Real factor, size_t ny,
                  size_t nx, size_t columns) {
  const size_t nxc = nx / 2 + 1;
  transform_columns(in, ny, nxc, columns, pocketfft::BACKWARD);
  if (columns < nxc)
    for (size_t y = 0; y < ny; ++y)
      std::fill(in + y * nxc + columns, in + (y + 1) * nxc, std::complex<Real>(0));
  pocketfft::c2r({ny, nx}, {bytes<Real>(2 * nxc), bytes<Real>(2)},
                 {bytes<Real>(row_stride), bytes<Real>(1)}, 1, pocketfft::BACKWARD, in, map,
                 factor, 1);
}

// Finite, so that terms at infinity never count.
float largest_s_squared(const PlaneGeometry& plane) {
  const auto s_max = static_cast<float>(plane.s_max);
  return std::min(s_max * s_max * (1 + 1e-6f), std::numeric_limits<float>::max());
}

struct Row {
  float start[3];  // s vector of h = 0
  float step[3];
  void vector_at(size_t h, float& vx, float& vy, float& vz) const {
    const auto f = static_cast<float>(static_cast<std::int32_t>(h));
    vx = start[0] + f * step[0];
    vy = start[1] + f * step[1];
    vz = start[2] + f * step[2];
  }
};

double miller_k(const PlaneGeometry& plane, size_t y) {
  return y <= plane.ny / 2 ? static_cast<double>(y)
                           : static_cast<double>(y) - static_cast<double>(plane.ny);
}

Row row_of(const PlaneGeometry& plane, size_t y) {
  const double k = miller_k(plane, y);
  Row row;
  for (int i = 0; i < 3; ++i) {
    row.start[i] = static_cast<float>(k * plane.k_step[i] + plane.l_vector[i]);
    row.step[i] = static_cast<float>(plane.h_step[i]);
  }
  return row;
}

// Which square of the cube's surface v points to, v and -v alike.  The same in every shell.
inline std::int32_t direction_of(float vx, float vy, float vz) {
  const float ax = std::fabs(vx), ay = std::fabs(vy), az = std::fabs(vz);
  const bool on_z = az >= ax && az >= ay;
  const bool on_y = !on_z && ay >= ax;
  const float major = on_z ? vz : on_y ? vy : vx;
  const float first = on_z ? vx : on_y ? vx : vy;
  const float second = on_z ? vy : vz;
  const std::int32_t face = on_z ? 2 : on_y ? 1 : 0;
  const float inverse = major != 0 ? 1 / major : 0.0f;
  constexpr float half = kCellsPerEdge / 2.0f;
  constexpr auto n = static_cast<std::int32_t>(kCellsPerEdge);
  const auto p = static_cast<std::int32_t>(first * inverse * half + half);
  const auto q = static_cast<std::int32_t>(second * inverse * half + half);
  return (face * n + std::min(p, n - 1)) * n + std::min(q, n - 1);
}

template <class Real>
void add_power(const std::complex<Real>* a, const std::complex<Real>* b,
               const PlaneGeometry& plane, double shell_width, size_t n_shells,
               bool by_direction, PowerSum* sums) {
  const auto inverse_width = static_cast<float>(1 / shell_width);
  const float s_squared_max = largest_s_squared(plane);
  const auto last = static_cast<std::int32_t>(n_shells);
  const auto last_place = static_cast<float>(n_shells);
  std::int32_t index[kPiece];
  float cross[kPiece], auto_1[kPiece], auto_2[kPiece];
  for (size_t y = 0; y < plane.ny; ++y) {
    const Row row = row_of(plane, y);
    const size_t columns = plane.columns[y];
    for (size_t from = 0; from < columns; from += kPiece) {
      const size_t count = std::min(kPiece, columns - from);
      const Real* pa = reinterpret_cast<const Real*>(a + y * plane.nxc + from);
      const Real* pb = reinterpret_cast<const Real*>(b + y * plane.nxc + from);
      for (size_t i = 0; i < count; ++i) {
        float vx, vy, vz;
        row.vector_at(from + i, vx, vy, vz);
        const float s_squared = vx * vx + vy * vy + vz * vz;
        // Held to numbers that a shell can have, NaN as well.
        const float exact = std::sqrt(s_squared) * inverse_width + kEdgeTolerance;
        const auto shell = static_cast<std::int32_t>(std::min(last_place, exact));
        const bool counts = s_squared <= s_squared_max && s_squared > 0 && shell < last;
        const std::int32_t place =
            by_direction
                ? shell * static_cast<std::int32_t>(kDirections) + direction_of(vx, vy, vz)
                : shell;
        index[i] = counts ? place : -1;
      }
      for (size_t i = 0; i < count; ++i) {
        const auto ar = static_cast<float>(pa[2 * i]), ai = static_cast<float>(pa[2 * i + 1]);
        const auto br = static_cast<float>(pb[2 * i]), bi = static_cast<float>(pb[2 * i + 1]);
        cross[i] = ar * br + ai * bi;
        auto_1[i] = ar * ar + ai * ai;
        auto_2[i] = br * br + bi * bi;
      }
      for (size_t i = 0; i < count; ++i) {
        if (index[i] < 0) continue;
        // Both members of a pair lie in the planes x = 0 and x = nx/2: half of each.
        const size_t x = from + i;
        const double weight = x == 0 || 2 * x == plane.nx ? 0.5 : 1.0;
        PowerSum& sum = sums[index[i]];
        sum.terms += weight;
        sum.cross += weight * static_cast<double>(cross[i]);
        sum.auto_1 += weight * static_cast<double>(auto_1[i]);
        sum.auto_2 += weight * static_cast<double>(auto_2[i]);
      }
    }
  }
}

// exp(x) to 2e-7 relative for |x| < 80, clamped beyond: 2^n times a polynomial.
inline float exponential(float x) {
  x = std::min(80.0f, std::max(-80.0f, x));  // in this order NaN becomes -80
  const float scaled = x * 1.44269504f;
  const float whole = std::nearbyint(scaled);
  const float r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  float p = 1.9875691e-4f;  // Cephes' minimax coefficients for exp on [-ln2/2, ln2/2]
  p = p * r + 1.3981999e-3f;
  p = p * r + 8.3334519e-3f;
  p = p * r + 4.1665795e-2f;
  p = p * r + 1.6666665e-1f;
  p = p * r + 5.0000001e-1f;
  const float value = p * r * r + r + 1.0f;
  const std::int32_t bits = (static_cast<std::int32_t>(whole) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return value * power;
}

inline float quadratic_form(const float* b, float x, float y, float z) {
  return b[0] * x * x + b[1] * y * y + b[2] * z * z +
         2 * (b[3] * x * y + b[4] * x * z + b[5] * y * z);
}

template <class Real>
void add_wilson_gradient(const std::complex<Real>* a, const std::complex<Real>* b,
                         const PlaneGeometry& plane, const WilsonPoint& point,
                         double* gradient) {
  float half_b[6];
  for (int i = 0; i < 6; ++i) half_b[i] = static_cast<float>(0.5 * point.b[i]);
  const auto twice_p = static_cast<float>(2 * point.p);
  const float s_squared_max = largest_s_squared(plane);
  const auto from_s_squared = static_cast<float>(point.s_squared_from);
  const auto inverse_step = static_cast<float>(1 / point.s_squared_step);
  const auto last = static_cast<std::int32_t>(point.count) - 2;
  float residual[kPiece];
  for (size_t y = 0; y < plane.ny; ++y) {
    const Row row = row_of(plane, y);
    const size_t columns = plane.columns[y];
    // Sums of residual * (1, h, h²): a row's s vectors are linear in h.
    double sum = 0, sum_h = 0, sum_hh = 0;
    for (size_t from = 0; from < columns; from += kPiece) {
      const size_t count = std::min(kPiece, columns - from);
      const Real* pa = reinterpret_cast<const Real*>(a + y * plane.nxc + from);
      const Real* pb = b ? reinterpret_cast<const Real*>(b + y * plane.nxc + from) : pa;
      for (size_t i = 0; i < count; ++i) {
        float vx, vy, vz;
        row.vector_at(from + i, vx, vy, vz);
        const float s_squared = vx * vx + vy * vy + vz * vz;
        const float re = 0.5f * static_cast<float>(pa[2 * i] + pb[2 * i]);
        const float im = 0.5f * static_cast<float>(pa[2 * i + 1] + pb[2 * i + 1]);
        const float place = (s_squared - from_s_squared) * inverse_step;
        const bool counts =
            place >= 0 && place <= static_cast<float>(last + 1) && s_squared <= s_squared_max;
        // In this order NaN becomes 0.
        const auto below = static_cast<std::int32_t>(
            std::min(static_cast<float>(last), std::max(0.0f, place)));
        const float t = place - static_cast<float>(below);
        const float expected =
            point.expected[below] + t * (point.expected[below + 1] - point.expected[below]);
        const float ratio = exponential(quadratic_form(half_b, vx, vy, vz) - twice_p) *
                            (re * re + im * im) / expected;
        residual[i] = counts ? 2 * ratio - 1 : 0.0f;
      }
      for (size_t i = 0; i < count; ++i) {
        const size_t x = from + i;
        const auto h = static_cast<double>(x);
        const double weighted =
            (x == 0 || 2 * x == plane.nx ? 0.5 : 1.0) * static_cast<double>(residual[i]);
        sum += weighted;
        sum_h += weighted * h;
        sum_hh += weighted * h * h;
      }
    }
    // In double throughout: GCC 12 loses the rounding of a double to float and back where it
    // vectorises, and then the instruction sets differ.
    const double k = miller_k(plane, y);
    const auto product = [&](int i, int j) {
      const double ci = k * plane.k_step[i] + plane.l_vector[i],
                   cj = k * plane.k_step[j] + plane.l_vector[j];
      const double di = plane.h_step[i], dj = plane.h_step[j];
      return sum * ci * cj + sum_h * (ci * dj + cj * di) + sum_hh * di * dj;
    };
    for (int i = 0; i < 3; ++i) gradient[i] += 0.25 * product(i, i);
    gradient[3] += 0.5 * product(0, 1);
    gradient[4] += 0.5 * product(0, 2);
    gradient[5] += 0.5 * product(1, 2);
    gradient[6] -= sum;
  }
}

template <class Real>
double apply_factors(const std::complex<Real>* a, const std::complex<Real>* b,
                     std::complex<Real>* out, const PlaneGeometry& plane,
                     const FactorTables& tables) {
  float gain_b[6], ratio_b[6];
  for (int i = 0; i < 6; ++i) {
    gain_b[i] = static_cast<float>(-0.25 * tables.gain_b[i]);
    ratio_b[i] = static_cast<float>(-0.5 * tables.ratio_b[i]);
  }
  const float s_squared_max = largest_s_squared(plane);
  const auto inverse_step = static_cast<float>(1 / tables.step);
  const auto last_place = static_cast<float>(tables.count - 2);
  std::int32_t below[kPiece];
  float between[kPiece], along_gain[kPiece], along_ratio[kPiece], factor[kPiece];
  double power = 0;
  for (size_t y = 0; y < plane.ny; ++y) {
    const Row row = row_of(plane, y);
    const size_t columns = plane.columns[y];
    for (size_t from = 0; from < columns; from += kPiece) {
      const size_t count = std::min(kPiece, columns - from);
      for (size_t i = 0; i < count; ++i) {
        float vx, vy, vz;
        row.vector_at(from + i, vx, vy, vz);
        const float s_squared = vx * vx + vy * vy + vz * vz;
        const float place = std::sqrt(s_squared) * inverse_step;
        // In this order NaN becomes the last place.
        const auto whole = static_cast<std::int32_t>(std::min(last_place, place));
        below[i] = whole;
        between[i] = std::min(place - static_cast<float>(whole), 1.0f);
        const bool counts = s_squared <= s_squared_max && s_squared > 0;
        const float along = exponential(quadratic_form(gain_b, vx, vy, vz));
        along_gain[i] = counts ? along : 0.0f;
        along_ratio[i] = exponential(quadratic_form(ratio_b, vx, vy, vz));
      }
      for (size_t i = 0; i < count; ++i) {
        const float* gain = tables.gain + below[i];
        factor[i] = along_gain[i] * (gain[0] + between[i] * (gain[1] - gain[0]));
      }
      if (tables.ratio) {
        for (size_t i = 0; i < count; ++i) {
          const float* ratio = tables.ratio + below[i];
          along_ratio[i] *= ratio[0] + between[i] * (ratio[1] - ratio[0]);
        }
        for (size_t i = 0; i < count; ++i) factor[i] /= 1 + along_ratio[i];
      }
      const Real* pa = reinterpret_cast<const Real*>(a + y * plane.nxc + from);
      Real* po = reinterpret_cast<Real*>(out + y * plane.nxc + from);
      if (b) {
        const Real* pb = reinterpret_cast<const Real*>(b + y * plane.nxc + from);
        for (size_t i = 0; i < count; ++i) {
          const Real m = static_cast<Real>(factor[i]) * Real(0.5);
          po[2 * i] = (pa[2 * i] + pb[2 * i]) * m;
          po[2 * i + 1] = (pa[2 * i + 1] + pb[2 * i + 1]) * m;
        }
      } else {
        for (size_t i = 0; i < count; ++i) {
          const Real m = static_cast<Real>(factor[i]);
          po[2 * i] = pa[2 * i] * m;
          po[2 * i + 1] = pa[2 * i + 1] * m;
        }
      }
      Lanes sum;
      const auto norm = [&](size_t i) {
        const auto re = static_cast<double>(po[2 * i]),
                   im = static_cast<double>(po[2 * i + 1]);
        return re * re + im * im;
      };
      size_t at = 0;
      for (; at + kLanes <= count; at += kLanes)
        for (size_t i = 0; i < kLanes; ++i) sum.value[i] += norm(at + i);
      for (; at < count; ++at) sum.value[0] += norm(at);
      // Both mates of a pair, but where x is its own mate's.
      double once = 0;
      if (from == 0 && count > 0) once += norm(0);
      if (plane.nx % 2 == 0 && from <= plane.nx / 2 && plane.nx / 2 < from + count)
        once += norm(plane.nx / 2 - from);
      power += 2 * sum.sum() - once;
    }
    std::fill(out + y * plane.nxc + columns, out + (y + 1) * plane.nxc, std::complex<Real>(0));
  }
  return power;
}

// SplitMix64 (Steele, Lea & Flood 2014): a well-mixed number for each counter value.
inline std::uint64_t mixed(std::uint64_t counter, std::uint64_t seed) {
  std::uint64_t z = counter * 0x9E3779B97F4A7C15ull + seed;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// Unit phasors at 4096 equally spaced angles: finer than any FSC can notice.
struct Phasors {
  static constexpr size_t count = 4096;
  float re[count], im[count];
  Phasors() {
    for (size_t i = 0; i < count; ++i) {
      const double angle = 2 * 3.14159265358979323846 * static_cast<double>(i) / count;
      re[i] = static_cast<float>(std::cos(angle));
      im[i] = static_cast<float>(std::sin(angle));
    }
  }
};

template <class Real>
void randomise_phases(const std::complex<Real>* a, std::complex<Real>* out,
                      const PlaneGeometry& plane, size_t z, size_t nz, double s_from,
                      std::uint64_t seed) {
  static const Phasors phasors;
  const float s_squared_max = largest_s_squared(plane);
  const auto s_squared_from = static_cast<float>(s_from * s_from);
  for (size_t y = 0; y < plane.ny; ++y) {
    const Row row = row_of(plane, y);
    const size_t columns = plane.columns[y];
    const std::complex<Real>* in_row = a + y * plane.nxc;
    std::complex<Real>* out_row = out + y * plane.nxc;
    for (size_t x = 0; x < columns; ++x) {
      float vx, vy, vz;
      row.vector_at(x, vx, vy, vz);
      const float s_squared = vx * vx + vy * vy + vz * vz;
      if (s_squared > s_squared_max) {
        out_row[x] = 0;
        continue;
      }
      if (s_squared < s_squared_from) {
        out_row[x] = in_row[x];
        continue;
      }
      size_t term = (z * plane.ny + y) * plane.nxc + x;
      float sense = 1;
      bool is_its_own_mate = false;
      if (x == 0 || 2 * x == plane.nx) {
        const size_t mate_z = z == 0 ? 0 : nz - z, mate_y = y == 0 ? 0 : plane.ny - y;
        const size_t mate = (mate_z * plane.ny + mate_y) * plane.nxc + x;
        is_its_own_mate = mate == term;
        if (mate < term) {
          term = mate;
          sense = -1;
        }
      }
      const std::uint64_t number = mixed(term, seed);
      const size_t angle =
          is_its_own_mate ? (number >> 63) * (Phasors::count / 2) : number >> 52;
      const auto re = static_cast<Real>(phasors.re[angle]);
      const auto im = static_cast<Real>(sense * phasors.im[angle]);
      const Real ar = in_row[x].real(), ai = in_row[x].imag();
      out_row[x] = {ar * re - ai * im, ar * im + ai * re};
    }
    std::fill(out_row + columns, out_row + plane.nxc, std::complex<Real>(0));
  }
}

template <class Real>
void add_values(const Real* values, size_t count, Lanes& sum) {
  size_t x = 0;
  for (; x + kLanes <= count; x += kLanes)
    for (size_t i = 0; i < kLanes; ++i) sum.value[i] += static_cast<double>(values[x + i]);
  for (; x < count; ++x) sum.value[0] += static_cast<double>(values[x]);
}

template <class Real>
void add_powers(const Real* values, size_t count, double mean, Lanes& second, Lanes& third,
                Lanes& fourth) {
  // Copies, for the compiler can't know that the lanes are not the values.
  Lanes sum_2 = second, sum_3 = third, sum_4 = fourth;
  const auto add = [&](size_t lane, Real value) {
    const double d = static_cast<double>(value) - mean, square = d * d;
    sum_2.value[lane] += square;
    sum_3.value[lane] += square * d;
    sum_4.value[lane] += square * square;
  };
  size_t x = 0;
  for (; x + kLanes <= count; x += kLanes)
    for (size_t i = 0; i < kLanes; ++i) add(i, values[x + i]);
  for (; x < count; ++x) add(0, values[x]);
  second = sum_2;
  third = sum_3;
  fourth = sum_4;
}

template <class Real>
constexpr Kernels<Real> table() {
  return {forward_slab<Real>,     inverse_slab<Real>,        transform_columns<Real>,
          add_power<Real>,        add_wilson_gradient<Real>, apply_factors<Real>,
          randomise_phases<Real>, add_values<Real>,          add_powers<Real>};
}

}  // namespace

extern const Kernels<float> float_kernels;  // without this, const would hide them
extern const Kernels<double> double_kernels;
const Kernels<float> float_kernels = table<float>();
const Kernels<double> double_kernels = table<double>();

}  // namespace MAP_SHARPENING_SIMD_LEVEL
}  // namespace map_sharpening
