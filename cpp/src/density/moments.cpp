#include "map_sharpening/moments.hpp"

#include <cmath>
#include <vector>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "density/part_statistics.hpp"
#include "fourier/simd/kernels.hpp"

namespace map_sharpening {
namespace {

// Sums of powers of deviations from the mean of `count` values.
struct Powers {
  double count = 0, mean = 0, second = 0, third = 0, fourth = 0;

  // Pébay 2008, Sandia report SAND2008-6212.
  Powers& operator+=(const Powers& other) {
    if (other.count == 0) return *this;
    const double n_a = count, n_b = other.count, n = n_a + n_b;
    const double delta = other.mean - mean, step = delta / n;
    const double cross = delta * step * n_a * n_b;
    fourth += other.fourth + cross * step * step * (n_a * n_a - n_a * n_b + n_b * n_b) +
              6 * step * step * (n_a * n_a * other.second + n_b * n_b * second) +
              4 * step * (n_a * other.third - n_b * third);
    third += other.third + cross * step * (n_a - n_b) +
             3 * step * (n_a * other.second - n_b * second);
    second += other.second + cross;
    mean += step * n_b;
    count = n;
    return *this;
  }
};

Powers powers_of_plane(const PartRows& rows, std::size_t z, float* scratch) {
  const Kernels<float>& kernel = kernels<float>();
  Lanes sum;
  double count = 0;
  rows.for_each_row(z, scratch, [&](const float* values, std::size_t n) {
    count += static_cast<double>(n);
    kernel.add_values(values, n, sum);
  });
  Powers powers;
  if (count == 0) return powers;
  powers.count = count;
  powers.mean = sum.sum() / count;
  Lanes second, third, fourth;
  rows.for_each_row(z, scratch, [&](const float* values, std::size_t n) {
    kernel.add_powers(values, n, powers.mean, second, third, fourth);
  });
  powers.second = second.sum();
  powers.third = third.sum();
  powers.fourth = fourth.sum();
  return powers;
}

Powers powers_of(const PartRows& rows, int threads) {
  const Shape& shape = rows.shape();
  const auto n_threads = static_cast<std::size_t>(thread_count(threads));
  std::vector<float> scratch(n_threads * shape[2]);
  return sum_over<Powers>(shape[0], threads, [&](std::size_t z) {
    return powers_of_plane(rows, z, scratch.data() + thread_index() * shape[2]);
  });
}

double skewness_of(const Powers& total) {
  const double variance = total.second / total.count;
  return variance > 0 ? total.third / total.count / std::pow(variance, 1.5) : 0;
}

}  // namespace

CentralMoments moments_of(const PartRows& rows, int threads) {
  const Powers total = powers_of(rows, threads);
  require(total.count > 0, "mask has no value above 0.5 in the part; expected at least one");
  CentralMoments moments;
  moments.count = static_cast<std::size_t>(total.count);
  moments.mean = total.mean;
  moments.variance = total.second / total.count;
  moments.skewness = skewness_of(total);
  if (moments.variance > 0)
    moments.kurtosis = total.fourth / total.count / (moments.variance * moments.variance);
  return moments;
}

double skewness_of(const PartRows& rows, int threads) {
  const Powers total = powers_of(rows, threads);
  return total.count > 0 ? skewness_of(total) : kNaN;
}

CentralMoments central_moments(View3<const float> map, const MapPart& part, int threads) {
  return moments_of(PartRows(map, part), threads);
}

}  // namespace map_sharpening
