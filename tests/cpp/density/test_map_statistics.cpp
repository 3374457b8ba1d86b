// map_statistics.hpp: how many points have the largest value; the scale of two halves.
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "check.hpp"
#include "map_sharpening/map_statistics.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr Shape kShape{40, 37, 45};

// A blob, and noise of its own of the given standard deviation.
std::vector<float> half(unsigned seed, float noise) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, noise);
  std::vector<float> map(kShape[0] * kShape[1] * kShape[2]);
  std::size_t i = 0;
  for (std::size_t z = 0; z < kShape[0]; ++z)
    for (std::size_t y = 0; y < kShape[1]; ++y)
      for (std::size_t x = 0; x < kShape[2]; ++x, ++i) {
        const double dz = static_cast<double>(z) - 20, dy = static_cast<double>(y) - 15;
        const double dx = static_cast<double>(x) - 25;
        map[i] = 3 + normal(generator) +
                 static_cast<float>(2 * std::exp(-(dz * dz + dy * dy + dx * dx) / 50));
      }
  return map;
}

double scale_of(const std::vector<float>& a, const std::vector<float>& b, int threads = 1) {
  return relative_scale({a.data(), kShape}, {b.data(), kShape}, threads);
}

}  // namespace

TEST(halves_of_one_scale_have_exactly_the_scale_1) {
  CHECK_EQUAL(scale_of(half(1, 0.5f), half(2, 0.5f)), 1.0);
}

TEST(the_scale_of_the_second_half_is_found) {
  for (const float scale : {0.1f, 0.8f, 3.0f, 10.0f}) {
    std::vector<float> other = half(2, 0.5f);
    for (float& value : other) value *= scale;
    CHECK_NEAR(scale_of(half(1, 0.5f), other) / static_cast<double>(scale), 1, 0.03);
  }
}

TEST(much_noise_of_high_resolution_does_not_change_the_scale) {
  // Alternating signs, a thousand times the signal, as sharpening leaves them.
  std::vector<float> first = half(1, 0.1f), second = half(2, 0.1f);
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] += i % 2 == 0 ? 500.0f : -500.0f;
    second[i] += i % 2 == 0 ? 1000.0f : -1000.0f;
  }
  CHECK_NEAR(scale_of(first, second), 1, 0.06);
}

TEST(the_scale_is_the_same_for_any_number_of_threads) {
  std::vector<float> other = half(2, 0.5f);
  for (float& value : other) value *= 2;
  const double one = scale_of(half(1, 0.5f), other, 1);
  for (int threads : {2, 3, 5}) CHECK_EQUAL(scale_of(half(1, 0.5f), other, threads), one);
}

TEST(maps_that_have_no_scale_are_taken_as_they_are) {
  const std::vector<float> constant(kShape[0] * kShape[1] * kShape[2], 2.0f);
  CHECK_EQUAL(scale_of(half(1, 0.5f), constant), 1.0);
  std::vector<float> broken = half(2, 0.5f);
  broken[100] = std::numeric_limits<float>::quiet_NaN();
  CHECK_EQUAL(scale_of(half(1, 0.5f), broken), 1.0);
}

int main() { return run_all(); }

TEST(points_of_the_largest_value_are_counted) {
  std::vector<float> map = half(1, 0.5f);
  const auto largest = [&](int threads) {
    return map_statistics({map.data(), kShape}, threads).n_at_maximum;
  };
  CHECK_EQUAL(largest(1), std::size_t{1});
  // Two beside each other, in rows before and after, the last of all, and one below.
  for (const std::size_t at : {kShape[2], kShape[2] + 1, 30 * kShape[2], map.size() - 1})
    map[at] = 50;
  map[7] = 49;
  map[9] = std::numeric_limits<float>::infinity();  // left out
  for (const int threads : {1, 2, 3}) CHECK_EQUAL(largest(threads), std::size_t{4});
}
