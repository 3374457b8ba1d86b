// window_kernels.hpp: eight windows side by side are transformed and filtered as one by one.
#include "check.hpp"
#include "fourier/simd/window_kernels.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

// Even as windows are, and odd; with one line, fewer lines than are transformed at once, and
// large prime factors.
const Shape kShapes[] = {{8, 8, 8}, {18, 14, 16}, {6, 10, 46},
                         {5, 7, 9}, {1, 3, 94},   {26, 2, 2}};

struct Windows {
  std::vector<Array3<float>> maps;
  std::vector<Array3<std::complex<float>>> transforms;
  std::vector<float> points, terms;  // side by side

  explicit Windows(const Shape& shape) {
    const Columns all = Columns::all(Grid(shape, {1, 1, 1}));
    for (unsigned k = 0; k < kWindows; ++k) {
      maps.push_back(random_map<float>(shape, k + 1));
      transforms.emplace_back(half_complex(shape));
      forward_transform<float>(maps[k].view(), transforms[k].view(), all);
    }
    const std::size_t n_points = maps[0].values.size();
    points.resize(n_points * kWindows);
    for (std::size_t i = 0; i < n_points; ++i)
      for (std::size_t k = 0; k < kWindows; ++k) points[i * kWindows + k] = maps[k].values[i];
    terms.resize(2 * n_terms() * kWindows);
    window_kernels().forward(points.data(), terms.data(), shape[0], shape[1], shape[2]);
  }

  std::size_t n_terms() const { return transforms[0].values.size(); }
  std::complex<double> term(std::size_t i, std::size_t k) const {
    return {static_cast<double>(terms[2 * i * kWindows + k]),
            static_cast<double>(terms[(2 * i + 1) * kWindows + k])};
  }
  std::complex<double> expected(std::size_t i, std::size_t k) const {
    return transforms[k].values[i];
  }
};

}  // namespace

TEST(windows_side_by_side_have_the_transforms_of_each) {
  for (const Shape& shape : kShapes) {
    Windows windows(shape);
    for (std::size_t i = 0; i < windows.n_terms(); ++i)
      for (std::size_t k = 0; k < kWindows; ++k)
        CHECK(std::abs(windows.term(i, k) - windows.expected(i, k)) < 3e-4);
    std::vector<float> back(windows.points.size());
    window_kernels().inverse(windows.terms.data(), back.data(), shape[0], shape[1], shape[2]);
    for (std::size_t i = 0; i < back.size(); ++i) CHECK_NEAR(back[i], windows.points[i], 2e-6);
  }
}

TEST(products_are_summed_by_window_and_shell) {
  const Windows a({6, 8, 10}), b({6, 8, 10});
  const std::vector<MeasuredTerm> measured{
      {3, 0, 0.5f, 0.25f}, {7, 1, 2.0f, 1.0f}, {11, 1, 1.0f, 0.5f}};
  // The other transform is the same, one term on.
  std::vector<float> shifted(a.terms.begin() + 2 * kWindows, a.terms.end());
  std::vector<double> cross(2 * kWindows), auto_a(cross), auto_b(cross), noise(kWindows);
  window_kernels().add_products(a.terms.data(), shifted.data(), measured.data(),
                                measured.size(),
                                {cross.data(), auto_a.data(), auto_b.data(), noise.data()});
  for (std::size_t k = 0; k < kWindows; ++k) {
    double expected[2][3] = {}, expected_noise = 0;
    for (const MeasuredTerm& term : measured) {
      const auto fa = b.expected(term.place, k), fb = b.expected(term.place + 1, k);
      const double weight = term.signal_weight;
      expected[term.shell][0] += weight * (fa * std::conj(fb)).real();
      expected[term.shell][1] += weight * std::norm(fa);
      expected[term.shell][2] += weight * std::norm(fb);
      expected_noise += static_cast<double>(term.noise_weight) * std::norm(fa - fb);
    }
    for (std::size_t shell = 0; shell < 2; ++shell) {
      CHECK_NEAR(cross[shell * kWindows + k], expected[shell][0], 0.01);
      CHECK_NEAR(auto_a[shell * kWindows + k], expected[shell][1], 0.01);
      CHECK_NEAR(auto_b[shell * kWindows + k], expected[shell][2], 0.01);
    }
    CHECK_NEAR(noise[k], expected_noise, 0.01);
  }
}

TEST(factors_are_interpolated_and_applied_by_window) {
  Windows windows({4, 4, 4});
  std::vector<ShellPlace> places(windows.n_terms(), {0, 0.25f, 0.5f, 2.0f});
  places[5] = {1, 1.0f, 0.01f, 0.0f};
  std::vector<float> signal(3 * kWindows), whitening(3 * kWindows), noise(kWindows),
      factor(places.size() * kWindows);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    signal[i] = 1 + 0.1f * static_cast<float>(i);
    whitening[i] = 2 - 0.05f * static_cast<float>(i);
  }
  for (std::size_t k = 0; k < kWindows; ++k) noise[k] = 0.5f + 0.1f * static_cast<float>(k);
  window_kernels().factors(places.data(), places.size(),
                           {signal.data(), whitening.data(), noise.data(), 0.02f},
                           factor.data());
  double before[kWindows], after[kWindows];
  window_kernels().multiply(windows.terms.data(), factor.data(), places.data(), places.size(),
                            before, after);
  for (std::size_t k = 0; k < kWindows; ++k) {
    double expected_before = 0, expected_after = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto at = [&](const std::vector<float>& values) {
        const double t = places[i].between;
        const std::size_t below = places[i].below * kWindows + k;
        return (1 - t) * static_cast<double>(values[below]) +
               t * static_cast<double>(values[below + kWindows]);
      };
      const double r = std::max<double>(places[i].ratio, 0.02f);
      const double m = at(whitening) * at(signal) * (1 + r) /
                       (at(signal) + static_cast<double>(noise[k]) * r);
      CHECK_NEAR(factor[i * kWindows + k], m, 1e-5);
      CHECK(std::abs(windows.term(i, k) - m * windows.expected(i, k)) < 3e-5);
      expected_before += places[i].members * std::norm(windows.expected(i, k));
      expected_after += places[i].members * m * m * std::norm(windows.expected(i, k));
    }
    CHECK_NEAR(before[k] / expected_before, 1, 1e-5);
    CHECK_NEAR(after[k] / expected_after, 1, 1e-5);
  }
}

int main() { return run_all(); }
