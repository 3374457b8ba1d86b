// anisotropy.hpp: what the fits are made of, and exact data that they must give back.
#include "check.hpp"
#include "map_sharpening/anisotropy.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr SymmetricTensor kTensor{31, 44, 26, 5, -9, 7};

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Coefficients with exactly the expected intensity.
template <class Real>
Array3<std::complex<Real>> exact_coefficients(const Grid& grid, const SymmetricTensor& b,
                                              double ln_scale) {
  Array3<std::complex<Real>> f(half_complex(grid.shape));
  for (std::size_t z = 0; z < f.shape[0]; ++z)
    for (std::size_t y = 0; y < f.shape[1]; ++y)
      for (std::size_t x = 0; x < f.shape[2]; ++x) {
        const Vector s = vector_of_term(grid, z, y, x);
        const double expected = wilson_expected_intensity(dot(s, s));
        if (std::isnan(expected)) continue;
        f.view()(z, y, x) = static_cast<Real>(
            std::sqrt(expected) * std::exp(ln_scale - 0.25 * quadratic_form(b, s)));
      }
  return f;
}

template <class Real>
TensorFit exact_fit(double ln_scale, int threads = 0) {
  const Grid grid({28, 40, 31}, kTriclinic);
  const auto f = exact_coefficients<Real>(grid, kTensor, ln_scale);
  return fit_wilson_b<Real>(f.view(), {}, grid, 2.8, threads);
}

}  // namespace

TEST(a_tensor_is_its_isotropic_and_its_traceless_part) {
  const SymmetricTensor rest = traceless_part(kTensor);
  CHECK_NEAR(isotropic_part(rest), 0, 1e-12);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK_NEAR(rest[i] + (i < 3 ? isotropic_part(kTensor) : 0.0), kTensor[i], 1e-12);
}

TEST(a_wilson_fit_gives_back_the_tensor_of_exact_intensities) {
  for (const TensorFit& fit : {exact_fit<float>(1.7), exact_fit<double>(1.7)}) {
    CHECK(fit.determined);
    for (std::size_t i = 0; i < 6; ++i) CHECK_NEAR(fit.b[i], kTensor[i], 0.02);
  }
}

TEST(a_scale_moves_only_the_scale_of_a_wilson_fit) {
  const TensorFit one = exact_fit<double>(0), other = exact_fit<double>(9);
  for (std::size_t i = 0; i < 6; ++i) CHECK_NEAR(one.b[i], other.b[i], 0.02);
  CHECK_NEAR(other.ln_scale - one.ln_scale, 9, 1e-4);
}

TEST(a_wilson_fit_to_two_transforms_is_that_to_their_mean) {
  const Grid grid({28, 40, 31}, kTriclinic);
  auto mean = exact_coefficients<double>(grid, kTensor, 2);
  auto a = mean, b = mean;
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < mean.values.size(); ++i) {
    a.values[i] *= 1 + 0.3 * normal(generator);
    b.values[i] *= 1 + 0.3 * normal(generator);
    mean.values[i] = (a.values[i] + b.values[i]) / 2.0;
  }
  const TensorFit of_mean = fit_wilson_b<double>(mean.view(), {}, grid, 2.8);
  const TensorFit of_both = fit_wilson_b<double>(a.view(), b.view(), grid, 2.8);
  for (std::size_t i = 0; i < 6; ++i) CHECK_NEAR(of_both.b[i], of_mean.b[i], 0.02);
}

TEST(a_wilson_fit_has_the_same_bytes_for_any_number_of_threads) {
  const TensorFit expected = exact_fit<float>(1, 1);
  for (int threads : kThreadCounts) {
    const TensorFit fit = exact_fit<float>(1, threads);
    CHECK(fit.b == expected.b);
    CHECK(fit.standard_error == expected.standard_error);
  }
}

TEST(a_handful_of_terms_does_not_determine_a_tensor) {
  const Grid grid({2, 2, 3}, {8, 8, 8});
  const auto f = exact_coefficients<float>(grid, kTensor, 0);
  const TensorFit fit = fit_wilson_b<float>(f.view(), {}, grid, 2.8);
  CHECK(!fit.determined);
  for (double element : fit.b) CHECK_EQUAL(element, 0.0);
}

TEST(the_mean_fall_off_of_no_tensor_is_one) {
  for (double value : mean_fall_off({}, {0.02, 20})) CHECK_NEAR(value, 1, 1e-3);
}

TEST(the_mean_fall_off_of_an_isotropic_tensor_is_its_exponential) {
  const Shells shells{0.02, 20};
  const auto mean = mean_fall_off({40, 40, 40, 0, 0, 0}, shells);
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    CHECK_NEAR(mean[i] / std::exp(-20 * s * s), 1, 1e-3);
  }
}

TEST(arguments_that_do_not_fit_are_named) {
  const Grid grid({4, 4, 4}, kOrthogonal);
  const Array3<std::complex<float>> wrong({4, 4, 4}), right({4, 4, 3});
  CHECK_THROWS(std::invalid_argument, fit_wilson_b<float>(wrong.view(), {}, grid, 3),
               "a has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument, fit_wilson_b<float>(right.view(), {}, grid, 0),
               "d_min is 0");
  CHECK_THROWS(std::invalid_argument, fit_anisotropic_b({1, 2}, {1, 2}, {0.1, 3}),
               "values and weights have 2 and 2 elements");
  CHECK_THROWS(std::invalid_argument, fit_power_tensor({1}, {1, 2}, {1, 2, 3}, {0.1, 3}),
               "means, variance and radial have 1, 2 and 3 elements");
}

int main() { return run_all(); }
