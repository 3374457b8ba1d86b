// flat_spectrum.hpp: filtered and sharpened maps are known by their power.
#include <cmath>

#include "check.hpp"
#include "map_sharpening/errors.hpp"
#include "spectrum/flat_spectrum.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr double kFrom = 0.1;

// Sums of 40 shells of 0.01 1/Å whose terms have the given power, and the given FSC.
template <class Power, class Fsc>
PowerSums sums_of(const Power& power, const Fsc& fsc) {
  PowerSums sums;
  sums.shells = {0.01, 40};
  for (std::size_t i = 0; i < sums.shells.count; ++i) {
    const double s = sums.shells.middle(i), n = 1e4 * s * s;
    sums.n_terms.push_back(n);
    sums.auto_1.push_back(n * power(s));
    sums.auto_2.push_back(n * power(s));
    sums.cross.push_back(n * power(s) * fsc(s));
  }
  return sums;
}

double falling(double s) { return std::exp(-50 * s * s) + 1e-3; }
double agreement(double s) { return 1 / (1 + std::exp(60 * (s - 0.25))); }

}  // namespace

TEST(maps_as_they_were_reconstructed_have_no_end_and_are_not_steep) {
  const PowerSums sums = sums_of(falling, agreement);
  CHECK(!end_of_power(sums, kFrom));
  CHECK(!is_steep(sums, kFrom));
  CHECK(!is_rising(sums, 8));
}

TEST(a_low_pass_ends_the_power_at_its_edge) {
  const auto cut = [](double s) { return s < 0.22 ? falling(s) : 1e-9 * falling(s); };
  const auto end = end_of_power(sums_of(cut, agreement), kFrom);
  CHECK(end.has_value());
  CHECK(*end == 22);
}

TEST(a_weak_band_is_no_end) {
  const auto notch = [](double s) { return s > 0.2 && s < 0.25 ? 1e-9 : falling(s); };
  CHECK(!end_of_power(sums_of(notch, agreement), kFrom));
}

TEST(sharpened_maps_rise_and_are_steep) {
  const auto sharpened = [](double s) { return falling(s) * std::exp(0.5 * 300 * s * s); };
  const PowerSums sums = sums_of(sharpened, agreement);
  CHECK(is_rising(sums, 8));
  CHECK(is_steep(sums, kFrom));
}

TEST(a_mask_that_costs_agreement_brings_noise) {
  const PowerSums sums = sums_of(falling, agreement);
  std::vector<double> better = sums.fsc(), worse = sums.fsc();
  for (double& value : better) value = std::sqrt(value);
  for (double& value : worse) value *= 0.8;
  CHECK(!mask_brings_noise(sums, better));
  CHECK(!mask_brings_noise(sums, sums.fsc()));
  CHECK(mask_brings_noise(sums, worse));
  // The first shell may be too thin to hold a term.
  PowerSums thin = sums;
  thin.n_terms[0] = thin.auto_1[0] = thin.auto_2[0] = thin.cross[0] = 0;
  CHECK(std::isnan(thin.fsc()[0]));
  CHECK(!mask_brings_noise(thin, better));
  CHECK(mask_brings_noise(thin, worse));
}

TEST(flattened_shells_have_one_power_and_undoing_it_gives_the_old_one) {
  const PowerSums sums = sums_of(falling, agreement);
  const ScaleFactors factors = flattening(sums, 30), back = undone(factors);
  for (std::size_t i = 1; i < 29; ++i) {
    const double s = sums.shells.middle(i), factor = factors.at({s, 0, 0});
    CHECK_NEAR(factor * factor * 2 * falling(s), 1, 0.02);
    CHECK_NEAR(factors.gain[i] * back.gain[i], 1, 1e-6);
  }
  CHECK(factors.at({0.35, 0, 0}) == 0);
  CHECK(back.gain[35] == 0);
}

TEST(maps_without_power_are_refused) {
  const PowerSums sums = sums_of([](double) { return 0.0; }, agreement);
  CHECK_THROWS(UnusableDataError, flattening(sums, 40), "hold no power");
}

int main() { return run_all(); }

// 16^3 values of variance 1, and the power of some shells of theirs: all terms hold 1 per term
// times `inside`, and the corners what is left of the variance.
TEST(corners_outshine_where_they_hold_far_more_than_the_weakest_shell) {
  std::vector<float> values(16 * 16 * 16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1.f : -1.f;
  const View3<const float> map(values.data(), {16, 16, 16});
  const double n = 4096, per_term = n * n / (n - 1);
  const auto with_inside = [&](double inside) {
    PowerSums sums;
    sums.shells = {0.02, 16};
    for (std::size_t i = 0; i < 16; ++i) {
      sums.n_terms.push_back(n / 64);
      sums.auto_1.push_back(n / 64 * per_term * inside);
    }
    return sums;
  };
  // Half of the terms lie in shells: a corner's holds (2 - inside) times the mean.
  CHECK(!is_outshone_by_corners(with_inside(1), map, kFrom));
  CHECK(!is_outshone_by_corners(with_inside(0.050), map, kFrom));
  CHECK(is_outshone_by_corners(with_inside(0.047), map, kFrom));
  PowerSums weak = with_inside(1);
  weak.auto_1[3] = 0.024 * weak.n_terms[3] * per_term;  // coarser than `from`
  CHECK(!is_outshone_by_corners(weak, map, kFrom));
  weak.auto_1[9] = 0.024 * weak.n_terms[9] * per_term;
  CHECK(is_outshone_by_corners(weak, map, kFrom));
}
