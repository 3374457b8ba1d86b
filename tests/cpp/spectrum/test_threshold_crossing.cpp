// threshold_crossing.hpp: where curves of known shape cross, as they are and smeared.
#include <limits>

#include "check.hpp"
#include "spectrum/threshold_crossing.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr double kStep = 0.005;
constexpr std::size_t kCount = 100;

struct Curve {
  WindowSpectrum spectrum;
  std::vector<double> smear;
  template <class Ratio>
  Curve(const Ratio& ratio, double deviation) : smear(kCount, deviation) {
    spectrum.step = kStep;
    for (std::size_t i = 0; i < kCount; ++i)
      spectrum.signal_to_noise.push_back(static_cast<float>(ratio(spectrum.s(i))));
  }
  double crossing(std::size_t first = 0, double widening = 0) const {
    return first_crossing(spectrum, smear, 0.143, first, widening);
  }
};

// Mean of a function of s over a normal distribution.
template <class Function>
double smeared(const Function& function, double s, double deviation) {
  double sum = 0, total = 0;
  for (int i = -400; i <= 400; ++i) {
    const double u = 0.015 * i, weight = std::exp(-u * u / 2);
    sum += weight * function(s + u * deviation);
    total += weight;
  }
  return sum / total;
}

}  // namespace

TEST(between_two_values_the_fsc_is_a_straight_line) {
  // A step from FSC 0.2 to 0.1 near shell 50, too low for an edge's correction.
  const Curve curve([](double s) { return s < 50 * kStep ? 0.25 : 1.0 / 9; }, 0.02);
  const double before = 49.5 * kStep;
  CHECK_NEAR(curve.crossing(), before + kStep * (0.2 - 0.143) / (0.2 - 0.1), 1e-7);
}

TEST(the_first_crossing_counts) {
  const Curve curve(
      [](double s) { return (s > 20 * kStep && s < 22 * kStep) || s > 60 * kStep ? 0 : 0.3; },
      0.02);
  CHECK(curve.crossing() < 21 * kStep);
  CHECK(curve.crossing(30) > 59 * kStep);
}

TEST(the_smeared_end_of_a_signal_is_placed_where_it_ends) {
  const double end = 0.21, deviation = 0.017;
  for (double strength : {0.5, 1.0, 5.0, 30.0, 100.0}) {
    const Curve curve(
        [&](double s) {
          return strength * 0.5 * std::erfc((s - end) / deviation * std::sqrt(0.5));
        },
        deviation);
    CHECK_NEAR(curve.crossing(), end, 0.2 * deviation);
    // What would be off by the whole smear without the correction.
    const auto beyond = static_cast<std::size_t>((end + deviation) / kStep);
    if (strength > 2) CHECK(curve.spectrum.fsc(beyond) > 0.143);
  }
}

TEST(a_smeared_gentle_fall_off_is_placed_where_it_crosses) {
  const double deviation = 0.015;
  for (double b : {60.0, 150.0}) {
    const auto power = [&](double s) { return 40 * std::exp(-b * s * s / 2); };
    const Curve curve([&](double s) { return smeared(power, s, deviation); }, deviation);
    const double level = 0.143 / (1 - 0.143),
                 expected = std::sqrt(2 / b * std::log(40 / level));
    CHECK_NEAR(curve.crossing(), expected, 0.003);
  }
}

TEST(an_edge_a_little_wider_than_known_is_sharp_still) {
  const double end = 0.21, deviation = 0.017;
  for (double strength : {2.0, 10.0}) {
    const Curve curve(
        [&](double s) {
          return strength * 0.5 * std::erfc((s - end) / (1.2 * deviation) * std::sqrt(0.5));
        },
        deviation);
    CHECK_NEAR(curve.crossing(), end, 0.25 * deviation);
  }
}

TEST(a_fine_corner_of_the_window_does_not_decide) {
  // Across the window the signal ends at 3.4 to 5.4 Å, 4.4 Å in its middle: finer ends lie
  // further apart in s, which makes a long foot.
  const double smear = 0.018;
  double weights = 0, mean = 0, square = 0;
  const auto each_end = [&](const auto& body) {
    for (int i = -50; i <= 50; ++i) {
      const double u = i / 50.0, weight = (1 - u * u) * (1 - u * u);
      body(1 / (4.4 + u), weight);
    }
  };
  each_end([&](double end, double weight) {
    weights += weight;
    mean += weight * end;
    square += weight * end * end;
  });
  mean /= weights;
  const double widening = std::sqrt(square / weights - mean * mean);
  for (double strength : {5.0, 20.0, 50.0}) {
    const Curve curve(
        [&](double s) {
          double sum = 0;
          each_end([&](double end, double weight) {
            sum += weight * 0.5 * std::erfc((s - end) / smear * std::sqrt(0.5));
          });
          return strength * sum / weights;
        },
        smear);
    CHECK_NEAR(1 / curve.crossing(0, widening), 4.4, 0.2);
  }
}

TEST(what_is_below_from_the_start_crosses_there) {
  const Curve curve([](double) { return 0.1; }, 0.02);
  CHECK_EQUAL(curve.crossing(7), curve.spectrum.s(7));
}

TEST(what_never_falls_so_low_has_no_crossing) {
  const Curve curve([](double) { return 1.0; }, 0.02);
  CHECK_EQUAL(curve.crossing(), std::numeric_limits<double>::infinity());
}

TEST(what_is_known_to_widen_an_edge_is_taken_off) {
  const double end = 0.21, smear = 0.015, widening = 0.02;
  const Curve curve(
      [&](double s) {
        return 10 * 0.5 * std::erfc((s - end) / std::hypot(smear, widening) * std::sqrt(0.5));
      },
      smear);
  CHECK(curve.crossing() > end + 0.01);
  CHECK_NEAR(curve.crossing(0, widening), end, 0.004);
}

TEST(smears_of_another_length_are_refused) {
  Curve curve([](double) { return 1.0; }, 0.02);
  curve.smear.pop_back();
  CHECK_THROWS(std::invalid_argument, curve.crossing(), "has 100 values, but 99 smears");
}

TEST(numbers_that_no_window_has_are_refused) {
  Curve curve([](double s) { return 1 / s; }, 0.02);
  CHECK_THROWS(std::invalid_argument, curve.crossing(0, -1), "widening is -1");
  for (const double threshold : {0.0, 1.0, std::nan("")})
    CHECK_THROWS(std::invalid_argument,
                 first_crossing(curve.spectrum, curve.smear, threshold, 0), "threshold is");
  CHECK(std::isinf(curve.crossing(kCount + 1)));
  curve.spectrum.step = 0;
  CHECK_THROWS(std::invalid_argument, curve.crossing(), "step is 0");
}

int main() { return run_all(); }
