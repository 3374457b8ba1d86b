// power_model.hpp: smooth curves and the factors that follow from them.
#include <limits>

#include "check.hpp"
#include "map_sharpening/power_model.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Standard deviation proportional to the curve, as of |F|².
TermScatter proportional(std::size_t count) { return {std::vector<double>(count, 0.0)}; }

struct Noisy {
  std::vector<double> position, truth, mean, n_terms;
};

Noisy noisy_curve(std::size_t count, double terms) {
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal;
  Noisy data;
  for (std::size_t i = 0; i < count; ++i) {
    const double s = 0.35 * (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    data.position.push_back(s);
    data.truth.push_back(50 * std::exp(-40 * s * s) * (1 + 0.3 * std::sin(25 * s)));
    data.n_terms.push_back(terms);
    data.mean.push_back(data.truth[i] * (1 + normal(generator) / std::sqrt(terms)));
  }
  return data;
}

PowerModel plain_model(std::size_t count) {
  PowerModel model;
  model.shells = {0.01, count};
  for (std::size_t i = 0; i < count; ++i) {
    const double s = model.shells.middle(i);
    const double ideal = ideal_amplitude(IdealCurve::protein, s);
    model.signal.push_back(1e4 * ideal * ideal * std::exp(-45 * s * s));
    model.noise.push_back(20);
  }
  return model;
}

// Sums over two half maps whose signal and noise are those of a model, `terms` in each shell.
PowerSums sums_of(const PowerModel& model, double terms) {
  PowerSums sums;
  sums.shells = model.shells;
  for (std::size_t i = 0; i < model.shells.count; ++i) {
    sums.n_terms.push_back(terms);
    sums.cross.push_back(terms * model.signal[i]);
    sums.auto_1.push_back(terms * (model.signal[i] + 2 * model.noise[i]));
  }
  sums.auto_2 = sums.auto_1;
  return sums;
}

std::vector<double> fitted_signal(const PowerModel& model, double terms,
                                  std::optional<IdealCurve> ideal) {
  const std::vector<double> no_leak(model.shells.count, 0.0);
  return fit_power_model(sums_of(model, terms), no_leak, 1, 1, false, 0.1, ideal).signal;
}

// The same signal and noise in each shell, whose finest ends at d_min, but for its fall-off.
PowerModel model_to(double d_min) {
  PowerModel model = plain_model(35);
  model.shells.width = 1 / (35 * d_min);
  for (std::size_t i = 0; i < 35; ++i) {
    const double s = model.shells.middle(i);
    const double ideal = ideal_amplitude(IdealCurve::protein, s);
    model.signal[i] = 1e4 * ideal * ideal * std::exp(-5 * d_min * d_min * s * s);
  }
  return model;
}

// In weak data no signal is seen from shell 28 of 35 on.
PowerModel model_without_fine_signal() {
  PowerModel model = plain_model(35);
  model.noise.assign(35, 400);
  for (std::size_t i = 28; i < 35; ++i) model.signal[i] = 0;
  return model;
}

}  // namespace

TEST(the_variance_of_a_term_is_that_of_gaussian_terms) {
  const TermScatter scatter{{0, 6}};
  CHECK_NEAR(scatter.variance(3, 0), 9, 1e-12);
  CHECK_NEAR(scatter.variance(3, 1), (9 + 81) / 2.0, 1e-12);
}

TEST(the_deviance_is_the_integral_of_its_definition) {
  const TermScatter scatter{{0, 6}};
  for (std::size_t place : {0, 1})
    for (double mean : {0.5, 2.0, 7.0}) {
      const double value = 3;
      double integral = 0;
      constexpr int n = 20000;
      for (int i = 0; i < n; ++i) {
        const double t = value + (mean - value) * (i + 0.5) / n;
        integral += (mean - t) / scatter.variance(t, place) * (mean - value) / n;
      }
      CHECK_NEAR(scatter.deviance(mean, value, place) / (2 * integral), 1, 0.01);
    }
}

TEST(the_deviance_is_0_where_mean_and_value_agree) {
  const TermScatter scatter{{0, 6}};
  for (std::size_t place : {0, 1}) CHECK_NEAR(scatter.deviance(3, 3, place), 0, 1e-12);
}

TEST(a_smooth_curve_is_nearer_to_the_truth_than_the_means) {
  const Noisy data = noisy_curve(60, 50);
  const SmoothCurve curve =
      fit_smooth_curve(data.position, data.mean, data.n_terms, proportional(data.mean.size()));
  double before = 0, after = 0;
  for (std::size_t i = 0; i < data.truth.size(); ++i) {
    before += std::pow(std::log(data.mean[i] / data.truth[i]), 2);
    after += std::pow(std::log(curve.value[i] / data.truth[i]), 2);
  }
  CHECK(after < 0.4 * before);
}

TEST(a_smooth_curve_lies_within_its_standard_errors) {
  const Noisy data = noisy_curve(60, 50);
  const SmoothCurve curve =
      fit_smooth_curve(data.position, data.mean, data.n_terms, proportional(data.mean.size()));
  double pull = 0;
  for (std::size_t i = 0; i < data.truth.size(); ++i)
    pull += std::pow(std::log(curve.value[i] / data.truth[i]) / curve.relative_error[i], 2);
  pull /= static_cast<double>(data.truth.size());
  CHECK(pull > 0.1);
  CHECK(pull < 3);
}

TEST(means_left_out_do_not_count) {
  Noisy data = noisy_curve(40, 100);
  data.n_terms[7] = 0;
  data.mean[20] = kNaN;
  const auto expected =
      fit_smooth_curve(data.position, data.mean, data.n_terms, proportional(data.mean.size()));
  data.mean[7] = 1e9;
  data.n_terms[20] = 1e9;
  const auto curve =
      fit_smooth_curve(data.position, data.mean, data.n_terms, proportional(data.mean.size()));
  CHECK(curve.value == expected.value);
}

TEST(a_mean_below_zero_pulls_the_curve_down_and_never_below_zero) {
  // As for a signal in noise of power 1: the variance has a floor.
  const TermScatter in_noise{std::vector<double>(40, 1.0)};
  Noisy data = noisy_curve(40, 100);
  const auto before = fit_smooth_curve(data.position, data.mean, data.n_terms, in_noise);
  for (std::size_t i = 35; i < 40; ++i) data.mean[i] = -0.5;
  const auto after = fit_smooth_curve(data.position, data.mean, data.n_terms, in_noise);
  for (double value : after.value) CHECK(value > 0 && std::isfinite(value));
  CHECK(after.value[38] < before.value[38]);
}

TEST(the_deviance_is_the_integral_of_the_quasi_score) {
  const TermScatter scatter{{0.7}};
  for (double mean : {-0.4, 0.2, 3.0}) {
    double integral = 0;
    constexpr int n = 20000;
    for (int i = 0; i < n; ++i) {
      const double t = 1.5 + (mean - 1.5) * (i + 0.5) / n;
      integral += 2 * (mean - t) / scatter.variance(t, 0) * (mean - 1.5) / n;
    }
    CHECK_NEAR(scatter.deviance(mean, 1.5, 0), integral, 1e-6);
  }
  CHECK_NEAR(scatter.deviance(1.5, 1.5, 0), 0, 1e-12);
}

TEST(nothing_above_zero_is_nothing_to_fit) {
  CHECK_THROWS(UnusableDataError,
               fit_smooth_curve({0.1, 0.2, 0.3}, {0, -1, kNaN}, {5, 5, 5}, proportional(3)),
               "no shell holds any power");
}

TEST(the_fall_off_of_a_blurred_ideal_is_the_blur) {
  PowerModel model = plain_model(35);
  model.noise.assign(35, 1e-6);
  const FallOff fall_off = fit_fall_off(model, IdealCurve::protein);
  CHECK_NEAR(fall_off.b, 90, 1e-6);
  CHECK_NEAR(fall_off.ln_scale, std::log(100.0), 1e-6);
}

// Signal of a kind of molecule at B = 80 Å², and next to no noise, in `count` shells to 3.5 Å.
PowerModel model_of(IdealCurve kind, std::size_t count) {
  PowerModel model;
  model.shells = {1 / 3.5 / static_cast<double>(count), count};
  model.noise.assign(count, 1e-6);
  for (std::size_t i = 0; i < count; ++i) {
    const double s = model.shells.middle(i), ideal = ideal_amplitude(kind, s);
    model.signal.push_back(ideal * ideal * std::exp(-40 * s * s));
  }
  return model;
}

TEST(the_fall_off_tells_nucleic_acid_from_protein) {
  const auto protein = IdealCurve::protein, nucleic = IdealCurve::nucleic_acid;
  const PowerModel of_protein = model_of(protein, 30), of_nucleic = model_of(nucleic, 30);
  CHECK(falls_off_as_nucleic_acid(of_nucleic, 3.5));
  CHECK(!falls_off_as_nucleic_acid(of_protein, 3.5));
  CHECK(fit_as_other_kind(of_nucleic, 3.5, protein, nucleic).value() < 1e-3);
  CHECK(fit_as_other_kind(of_protein, 3.5, nucleic, protein).value() < 1e-3);
}

TEST(coarse_amplitudes_few_shells_and_poor_lines_tell_no_kind) {
  const auto protein = IdealCurve::protein, nucleic = IdealCurve::nucleic_acid;
  const auto told = [&](const PowerModel& model, double resolution) {
    return fit_as_other_kind(model, resolution, protein, nucleic).has_value();
  };
  const PowerModel model = model_of(nucleic, 30);
  CHECK(told(model, 7.5));
  CHECK(!told(model, 7.51));
  CHECK(told(model_of(nucleic, 20), 3.5));   // 13 shells from 10 Å on
  CHECK(!told(model_of(nucleic, 17), 3.5));  // 11.3
  // The line of nucleic acid has an error of some Å² here: too much at a resolution of 1 Å.
  CHECK(fit_fall_off(model_of(protein, 30), nucleic).standard_error > 0.2);
  CHECK(told(model_of(protein, 30), 7.0));
  CHECK(!told(model_of(protein, 30), 1.0));
}

TEST(points_on_the_line_but_for_rounding_have_a_fall_off) {
  for (double width : {0.00125, 0.0025, 0.005}) {
    PowerModel model = plain_model(20);
    model.shells.width = width;
    // So large that a share of it is kept where the data end coarser than 20 Å.
    const double b = 25 / (model.shells.s_max() * model.shells.s_max());
    for (std::size_t i = 0; i < 20; ++i) {
      const double s = model.shells.middle(i);
      const double ideal = ideal_amplitude(IdealCurve::protein, s);
      model.signal[i] = ideal * ideal * std::exp(-0.5 * b * s * s);
    }
    model.noise.assign(20, 1e-9);
    const double share = std::min(1.0, 20 * model.shells.s_max());
    CHECK_NEAR(fit_fall_off(model, IdealCurve::protein).b, b * share, 1e-6 * b);
  }
}

TEST(a_shell_far_off_the_line_hardly_changes_the_fall_off) {
  PowerModel model = plain_model(35);
  model.noise.assign(35, 1e-9);
  for (std::size_t i = 10; i < 35; ++i) model.signal[i] *= i % 2 == 0 ? 1.02 : 0.98;
  const double before = fit_fall_off(model, IdealCurve::protein).b;
  model.signal[33] *= 1e-4;
  CHECK_NEAR(fit_fall_off(model, IdealCurve::protein).b, before, 3);
}

TEST(coarse_maps_are_compared_with_the_ideal_from_their_own_third_on) {
  // 15 Å: nothing lies beyond 10 Å, yet the blur is found.
  PowerModel model = plain_model(20);
  model.shells.width = 0.004;
  for (std::size_t i = 0; i < 20; ++i) {
    const double s = model.shells.middle(i);
    const double ideal = ideal_amplitude(IdealCurve::protein, s);
    model.signal[i] = 1e4 * ideal * ideal * std::exp(-0.5 * 1350 * s * s);
  }
  model.noise.assign(20, 1e-6);
  CHECK_NEAR(ideal_from(model.shells), 0.08 / 3, 1e-12);
  CHECK_NEAR(ideal_from(plain_model(35).shells), kIdealFrom, 1e-12);
  CHECK_NEAR(fit_fall_off(model, IdealCurve::protein).b, 1350, 1e-6);
}

FallOff fall_off_to_40_angstrom(double b) {
  PowerModel model = plain_model(20);
  model.shells.width = 0.00125;
  for (std::size_t i = 0; i < 20; ++i) {
    const double s = model.shells.middle(i);
    const double ideal = ideal_amplitude(IdealCurve::protein, s);
    model.signal[i] = 1e4 * ideal * ideal * std::exp(-0.5 * b * s * s);
  }
  model.noise.assign(20, 1e-6);
  return fit_fall_off(model, IdealCurve::protein);
}

TEST(the_outline_of_a_molecule_takes_its_part_of_a_very_coarse_fall_off) {
  const FallOff found = fall_off_to_40_angstrom(12000);
  CHECK_NEAR(found.b, 2400, 1e-5);  // less 12 * (1 - 20 / 40) * 40²
  // The line still goes through the middle of the points: s² there is between the ends'.
  const double turned = (found.ln_scale - std::log(100.0)) / (0.25 * (2400 - 12000));
  CHECK(turned > 0.025 * 0.025 / 9 && turned < 0.025 * 0.025);
  CHECK_NEAR(fall_off_to_40_angstrom(8000).b, 0, 1e-9);       // never blurs a map
  CHECK_NEAR(fall_off_to_40_angstrom(40000).b, 20000, 1e-4);  // 20 Å of 40 Å
  CHECK_NEAR(fall_off_to_40_angstrom(-8000).b, -4000, 1e-5);  // nor sharpens a sharpened one
}

TEST(too_few_shells_leave_amplitudes_as_they_are) {
  const PowerModel model = plain_model(3);
  CHECK_EQUAL(fit_fall_off(model, IdealCurve::protein).b, 0.0);
}

TEST(few_terms_without_signal_do_not_outweigh_the_fall_off_of_all_others) {
  const PowerModel model = model_without_fine_signal();
  const std::vector<double> expected = plain_model(35).signal;
  const auto drawn = fitted_signal(model, 100, IdealCurve::protein);
  const auto alone = fitted_signal(model, 100, std::nullopt);
  for (std::size_t i = 28; i < 35; ++i) CHECK_NEAR(std::log(drawn[i] / expected[i]), 0, 0.25);
  for (std::size_t i = 31; i < 35; ++i) CHECK(std::log(alone[i] / expected[i]) < -3);
}

TEST(many_terms_without_signal_are_believed) {
  const std::vector<double> expected = plain_model(35).signal;
  double before = 0;
  for (const double terms : {1e2, 1e3, 1e4, 1e6}) {
    const auto drawn = fitted_signal(model_without_fine_signal(), terms, IdealCurve::protein);
    const double below = std::log(drawn[30] / expected[30]);
    CHECK(below < before);
    before = below;
  }
  CHECK(before < -6);
}

TEST(the_fall_off_changes_nothing_where_there_are_many_terms) {
  PowerModel model = plain_model(35);
  for (std::size_t i = 0; i < 35; ++i)
    model.signal[i] *= std::exp(0.4 * std::sin(40 * model.shells.middle(i)));
  const auto drawn = fitted_signal(model, 1e8, IdealCurve::protein);
  const auto alone = fitted_signal(model, 1e8, std::nullopt);
  for (std::size_t i = 0; i < 35; ++i) CHECK_NEAR(drawn[i] / alone[i], 1, 1e-4);
}

TEST(a_signal_on_its_fall_off_stays_there_however_few_its_terms) {
  const PowerModel model = plain_model(35);
  for (const double terms : {20.0, 1e3, 1e6}) {
    const auto drawn = fitted_signal(model, terms, IdealCurve::protein);
    for (std::size_t i = 10; i < 35; ++i) CHECK_NEAR(drawn[i] / model.signal[i], 1, 0.1);
  }
}

TEST(the_fall_off_fades_from_4_5_to_5_5_angstrom) {
  // Some shells hold twice what the fall-off of the others leads to expect.
  const auto part_kept = [](double d_min) {
    PowerModel model = model_to(d_min);
    model.noise = model.signal;  // the same share of signal everywhere
    for (std::size_t i = 16; i < 22; ++i) model.signal[i] *= 2;
    return fitted_signal(model, 20, IdealCurve::protein)[19] /
           fitted_signal(model, 20, std::nullopt)[19];
  };
  double before = part_kept(4.4);
  CHECK(before < 0.9);
  for (const double d_min : {4.75, 5.0, 5.25, 5.49}) {
    const double part = part_kept(d_min);
    CHECK(part > before);
    before = part;
  }
  CHECK(before > 0.98);
  CHECK_NEAR(part_kept(5.51), 1, 1e-12);
}

TEST(a_signal_that_is_lost_in_noise_goes_on_as_the_others_fall_off) {
  for (const double d_min : {3.0, 5.0, 6.7, 12.0}) {
    const PowerModel expected = model_to(d_min);
    PowerModel model = expected;
    for (std::size_t i = 22; i < 35; ++i) {
      model.signal[i] = 0;
      model.noise[i] = 20 * expected.signal[i];
    }
    const auto alone = fitted_signal(model, 300, std::nullopt);
    const auto drawn = fitted_signal(model, 300, IdealCurve::protein);
    for (std::size_t i = 0; i < 20; ++i) CHECK_NEAR(drawn[i] / alone[i], 1, 0.1);
    CHECK(alone[34] < 1e-3 * expected.signal[34]);
    CHECK(drawn[34] > 0.5 * expected.signal[34]);
    CHECK(drawn[34] < expected.signal[34]);
  }
}

TEST(a_line_through_too_few_shells_draws_nothing) {
  PowerModel model = plain_model(3);
  model.shells.width = 0.08;  // all but the first are beyond 0.08 / Å
  model.signal[2] = 0;
  CHECK(fitted_signal(model, 100, IdealCurve::protein) ==
        fitted_signal(model, 100, std::nullopt));
}

TEST(a_concentrated_signal_has_the_error_of_a_stronger_one) {
  PowerModel model = plain_model(35), stronger = model;
  for (double& noise : stronger.noise) noise /= 1.5;
  const ScaleFactors one = ideal_factors(model, IdealCurve::protein, 1.5).factors;
  const ScaleFactors other = ideal_factors(stronger, IdealCurve::protein).factors;
  for (std::size_t i = 0; i < one.ratio.size(); ++i)
    CHECK_NEAR(one.ratio[i] / other.ratio[i], 1, 1e-5);
  CHECK_THROWS(std::invalid_argument, ideal_factors(model, IdealCurve::protein, 0.5),
               "concentration is 0.5");
}

TEST(isotropic_factors_are_the_ideal_over_the_signal_and_its_error) {
  const PowerModel model = plain_model(35);
  const IdealFactors made = ideal_factors(model, IdealCurve::protein);
  for (std::size_t i = 5; i < 30; ++i) {
    const double s = model.shells.middle(i);
    const double expected =
        made.ideal[i] * std::sqrt(model.signal[i]) / (model.signal[i] + model.noise[i]);
    CHECK_NEAR(made.factors.radial_mean(s) / expected, 1, 0.01);
  }
}

TEST(factors_are_finite_where_noise_is_all) {
  PowerModel model = plain_model(35);
  for (std::size_t i = 20; i < 35; ++i) model.signal[i] = 1e-30;
  for (float value : ideal_factors(model, IdealCurve::protein).factors.ratio)
    CHECK(value >= 0 && std::isfinite(value));
}

TEST(arguments_that_do_not_fit_are_named) {
  CHECK_THROWS(std::invalid_argument,
               fit_smooth_curve({0.1, 0.2}, {1}, {1, 1}, proportional(2)),
               "position, mean and n_terms have 2, 1 and 2 elements");
  PowerSums sums;
  sums.shells = {0.1, 3};
  sums.n_terms = {10, 20, 30};
  sums.cross = {50, 60, 20};
  sums.auto_1 = sums.auto_2 = {70, 90, 80};
  CHECK_THROWS(std::invalid_argument, fit_power_model(sums, {0}, 1, 1, false, 0.1),
               "leak has 1 values, expected 3");
  CHECK_THROWS(std::invalid_argument, fit_power_model(sums, {0, 0, 0}, 0, 1, false, 0.1),
               "mean square weight and independent fraction are 0 and 1");
  CHECK_THROWS(std::invalid_argument, fit_power_model(sums, {0, 0, 0}, 1, 1, true, 0.1),
               "sums have 0 values by direction; an anisotropic fit needs 144");
  sums.auto_2.pop_back();
  CHECK_THROWS(std::invalid_argument, fit_power_model(sums, {0, 0, 0}, 1, 1, false, 0.1),
               "sums have 2 values for 3 shells");
  sums.shells.width = 0;
  CHECK_THROWS(std::invalid_argument, fit_power_model(sums, {0, 0, 0}, 1, 1, false, 0.1),
               "3 shells of 0 1/Å");
}

TEST(places_and_numbers_that_no_curve_has_are_refused) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double second : {0.1, 0.05, infinite, std::nan("")})
    CHECK_THROWS(std::invalid_argument,
                 fit_smooth_curve({0.1, second}, {1, 1}, {1, 1}, proportional(2)),
                 "expected increasing numbers");
  for (const double terms : {-1.0, infinite, std::nan("")})
    CHECK_THROWS(std::invalid_argument,
                 fit_smooth_curve({0.1, 0.2}, {1, 1}, {1, terms}, proportional(2)),
                 "expected 0 or more");
  CHECK_THROWS(std::invalid_argument,
               fit_smooth_curve({0.1, 0.2}, {1, 1}, {1, 1}, proportional(1)),
               "scatter has 1 values for 2 means");
  CHECK_THROWS(UnusableDataError,
               fit_smooth_curve({0.1, 0.2}, {1, infinite}, {1, 1}, proportional(2)),
               "not finite");
}

TEST(a_model_of_other_sizes_than_its_shells_is_refused) {
  PowerModel model;
  model.shells = {0.1, 3};
  model.signal = {1, 1, 1};
  model.noise = {1, 1};
  CHECK_THROWS(std::invalid_argument, fit_fall_off(model, IdealCurve::protein),
               "3 values of signal and 2 of noise for 3 shells");
  CHECK_THROWS(std::invalid_argument, ideal_factors(model, IdealCurve::protein),
               "3 values of signal and 2 of noise for 3 shells");
}

TEST(a_curve_longer_than_its_shells_has_no_resolution) {
  CHECK_THROWS(std::invalid_argument, resolution_at({1, 0.5, 0}, {0.1, 2}, 0.5),
               "3 values for 2 shells");
  CHECK_THROWS(std::invalid_argument, resolution_at({1, 0.5}, {0, 2}, 0.5), "width above 0");
  CHECK_THROWS(std::invalid_argument, resolution_at({1, 0.5}, {0.1, 2}, std::nan("")),
               "level is NaN");
}

int main() { return run_all(); }
