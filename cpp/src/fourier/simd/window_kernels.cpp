// See window_kernels.hpp.  Compiled once per instruction set, in a namespace of its own.
#include "fourier/simd/window_kernels.hpp"

#include <algorithm>

#include "fourier/simd/fft_of_level.hpp"
#include "fourier/simd/values_of_level.hpp"

namespace map_sharpening {
namespace MAP_SHARPENING_SIMD_LEVEL {
namespace {

using std::size_t;

// The same term of all windows; the same point of `kLines` lines of all windows.
//
// So many lines are transformed by one call of pocketfft, which allocates memory: with one it
// costs as much as the arithmetic, with eight the compiler no longer unrolls its loops (local
// filter of 256^3: 0.58 s, with eight 0.90 s).
constexpr size_t kLines = 4;
using Eight = Values<kWindows>;
using Pack = Values<kLines * kWindows>;

namespace fft = pocketfft::detail;
using ComplexPack = fft::cmplx<Pack>;
constexpr size_t kTerm = 2 * kWindows;  // floats of a term of all windows

// Lines along an axis: line l starts at the term (l / in_group) * group_stride + l % in_group.
struct Lines {
  size_t count, in_group, group_stride;
  size_t length, stride;  // terms of a line, and from one to the next

  size_t start(size_t line) const { return line / in_group * group_stride + line % in_group; }
};

void transform_lines(float* terms, const Lines& lines, bool forward, ComplexPack* line) {
  const auto plan = fft::get_plan<fft::pocketfft_c<float>>(lines.length);
  for (size_t first = 0; first < lines.count; first += kLines) {
    // Where fewer lines are left, the last one is transformed again and again, unused.
    const size_t count = std::min(kLines, lines.count - first);
    float* start[kLines];
    for (size_t j = 0; j < kLines; ++j)
      start[j] = terms + lines.start(first + std::min(j, count - 1)) * kTerm;
    for (size_t i = 0; i < lines.length; ++i)
      for (size_t j = 0; j < kLines; ++j) {
        const float* from = start[j] + i * lines.stride * kTerm;
        line[i].r.set(j, from);
        line[i].i.set(j, from + kWindows);
      }
    plan->exec(line, 1.0f, forward);
    for (size_t i = 0; i < lines.length; ++i)
      for (size_t j = 0; j < count; ++j) {
        float* to = start[j] + i * lines.stride * kTerm;
        line[i].r.get(j, to);
        line[i].i.get(j, to + kWindows);
      }
  }
}

// pocketfft's order of a real line's terms: Re 0, Re 1, Im 1, Re 2, ...
void forward_rows(const float* points, float* terms, size_t n_rows, size_t nx, Pack* line) {
  const size_t nxc = nx / 2 + 1;
  const auto plan = fft::get_plan<fft::pocketfft_r<float>>(nx);
  for (size_t first = 0; first < n_rows; first += kLines) {
    const size_t count = std::min(kLines, n_rows - first);
    for (size_t x = 0; x < nx; ++x)
      for (size_t j = 0; j < kLines; ++j)
        line[x].set(j, points + ((first + std::min(j, count - 1)) * nx + x) * kWindows);
    plan->exec(line, 1.0f, true);
    for (size_t j = 0; j < count; ++j) {
      float* row = terms + (first + j) * nxc * kTerm;
      line[0].get(j, row);
      std::fill(row + kWindows, row + kTerm, 0.0f);
      for (size_t x = 1; x < nxc; ++x) {
        line[2 * x - 1].get(j, row + x * kTerm);
        if (2 * x < nx)
          line[2 * x].get(j, row + x * kTerm + kWindows);
        else
          std::fill(row + x * kTerm + kWindows, row + (x + 1) * kTerm, 0.0f);
      }
    }
  }
}

void inverse_rows(const float* terms, float* points, size_t n_rows, size_t nx, float scale,
                  Pack* line) {
  const size_t nxc = nx / 2 + 1;
  const auto plan = fft::get_plan<fft::pocketfft_r<float>>(nx);
  for (size_t first = 0; first < n_rows; first += kLines) {
    const size_t count = std::min(kLines, n_rows - first);
    for (size_t j = 0; j < kLines; ++j) {
      const float* row = terms + (first + std::min(j, count - 1)) * nxc * kTerm;
      line[0].set(j, row);
      for (size_t x = 1; x < nxc; ++x) {
        line[2 * x - 1].set(j, row + x * kTerm);
        if (2 * x < nx) line[2 * x].set(j, row + x * kTerm + kWindows);
      }
    }
    plan->exec(line, scale, false);
    for (size_t x = 0; x < nx; ++x)
      for (size_t j = 0; j < count; ++j)
        line[x].get(j, points + ((first + j) * nx + x) * kWindows);
  }
}

Lines lines_along_y(size_t nz, size_t ny, size_t nxc) {
  return {nz * nxc, nxc, ny * nxc, ny, nxc};
}

Lines lines_along_z(size_t nz, size_t ny, size_t nxc) {
  return {ny * nxc, ny * nxc, 0, nz, ny * nxc};
}

void forward(const float* points, float* terms, size_t nz, size_t ny, size_t nx) {
  const size_t nxc = nx / 2 + 1;
  fft::arr<ComplexPack> line(std::max(std::max(nz, ny), nx));
  forward_rows(points, terms, nz * ny, nx, &line.data()->r);
  transform_lines(terms, lines_along_y(nz, ny, nxc), fft::FORWARD, line.data());
  transform_lines(terms, lines_along_z(nz, ny, nxc), fft::FORWARD, line.data());
}

void inverse(float* terms, float* points, size_t nz, size_t ny, size_t nx) {
  const size_t nxc = nx / 2 + 1;
  fft::arr<ComplexPack> line(std::max(std::max(nz, ny), nx));
  const float scale = 1 / static_cast<float>(nz * ny * nx);
  transform_lines(terms, lines_along_z(nz, ny, nxc), fft::BACKWARD, line.data());
  transform_lines(terms, lines_along_y(nz, ny, nxc), fft::BACKWARD, line.data());
  inverse_rows(terms, points, nz * ny, nx, scale, &line.data()->r);
}

struct Term {
  Eight re, im;
  explicit Term(const float* from) : re(from), im(from + kWindows) {}
  Eight norm() const { return re * re + im * im; }
};

void add(const Eight& values, double* sums) {
  float single[kWindows];
  values.store(single);
  for (size_t k = 0; k < kWindows; ++k) sums[k] += static_cast<double>(single[k]);
}

void add_products(const float* a, const float* b, const MeasuredTerm* measured, size_t count,
                  const WindowProducts& sums) {
  for (size_t i = 0; i < count; ++i) {
    const MeasuredTerm& term = measured[i];
    const Term fa(a + term.place * kTerm), fb(b + term.place * kTerm);
    const size_t at = term.shell * kWindows;
    add(term.signal_weight * (fa.re * fb.re + fa.im * fb.im), sums.cross + at);
    if (sums.noise) {
      const Eight re = fa.re - fb.re, im = fa.im - fb.im;
      add(term.noise_weight * (re * re + im * im), sums.noise);
    }
    if (!sums.auto_a) continue;
    add(term.signal_weight * fa.norm(), sums.auto_a + at);
    add(term.signal_weight * fb.norm(), sums.auto_b + at);
  }
}

void factors(const ShellPlace* places, size_t count, const WindowFactors& of, float* factor) {
  const Eight noise(of.noise);
  for (size_t i = 0; i < count; ++i) {
    const ShellPlace& place = places[i];
    const float* q = of.signal + place.below * kWindows;
    const float* h = of.whitening + place.below * kWindows;
    const float t = place.between, r = std::max(place.ratio, of.least_ratio);
    const Eight q_0(q), h_0(h);
    const Eight signal = q_0 + t * (Eight(q + kWindows) - q_0);
    const Eight whitening = h_0 + t * (Eight(h + kWindows) - h_0);
    const Eight out = whitening * signal * (1 + r) / (signal + noise * r);
    out.store(factor + i * kWindows);
  }
}

void multiply(float* terms, const float* factor, const ShellPlace* places, size_t count,
              double* power_before, double* power_after) {
  constexpr size_t kPiece = 32;  // terms whose power is added up in single precision
  std::fill(power_before, power_before + kWindows, 0.0);
  std::fill(power_after, power_after + kWindows, 0.0);
  for (size_t first = 0; first < count; first += kPiece) {
    Eight before(0.0f), after(0.0f);
    for (size_t i = first; i < std::min(first + kPiece, count); ++i) {
      float* at = terms + i * kTerm;
      const Eight m(factor + i * kWindows);
      Term term(at);
      before += places[i].members * term.norm();
      term.re = term.re * m;
      term.im = term.im * m;
      after += places[i].members * term.norm();
      term.re.store(at);
      term.im.store(at + kWindows);
    }
    add(before, power_before);
    add(after, power_after);
  }
}

}  // namespace

extern const WindowKernels window_kernels;  // without this, const would hide it
const WindowKernels window_kernels = {forward, inverse, add_products, factors, multiply};

}  // namespace MAP_SHARPENING_SIMD_LEVEL
}  // namespace map_sharpening
