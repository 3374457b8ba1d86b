// density_modification/weights.hpp: weights of shells, and where in a table they stand.
#include "check.hpp"
#include "methods/density_modification/weights.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const Shells kShells{0.04, 6};

double at(const ScaleFactors& table, double s) { return table.at({0, 0, s}); }

// Of a shell where t is x + b p plus an error; x and p have one power and no product.
NormalEquations shell_of(double power, double b, double error) {
  NormalEquations e;
  e.xx = e.pp = e.xt = power;
  e.pt = b * power;
  e.tt = (1 + b * b + error) * power;
  return e;
}

}  // namespace

TEST(shells_that_cannot_tell_their_weights_are_fitted_with_their_neighbours) {
  // With b = 2, p explains 4 times the power: more than 6.5 times the error of one of ten
  // terms if that is below 6.15.
  const std::vector<NormalEquations> shells{shell_of(1, 2, 5), shell_of(1, 2, 7),
                                            shell_of(2, 3, 20), shell_of(1, 2, 7)};
  const std::vector<double> n_terms{10, 10, 10, 10};
  const ShellWeights alone = shell_weights(shells, n_terms, 0.5);
  CHECK_NEAR(alone.positive[0], 2, 1e-4);
  for (const std::size_t i : {1, 2, 3}) CHECK_EQUAL(alone.positive[i], 0);

  const ShellWeights helped = shell_weights(shells, n_terms, 0.5, 1);
  CHECK_EQUAL(helped.positive[0], alone.positive[0]);  // confirmed by itself
  // Neighbours count half: (2 / 2 + 2 + 2 * 3 / 2) / (1 / 2 + 1 + 2 / 2), and so on.
  CHECK_NEAR(helped.positive[1], 2.4, 1e-4);
  CHECK_NEAR(helped.positive[2], (1 + 6 + 1) / 3.0, 1e-4);
  CHECK_NEAR(helped.positive[3], 2.5, 1e-4);
  CHECK_NEAR(helped.linear[3], 1, 1e-4);
  // The finest terms' scale is that of shells that confirm p by themselves.
  CHECK(helped.on_density[0] > 0);
  for (const std::size_t i : {1, 2, 3}) CHECK_EQUAL(helped.on_density[i], 0);
  CHECK_EQUAL(helped.signal_share[1], alone.signal_share[1]);
}

TEST(a_table_has_the_values_of_shells_at_their_middles) {
  const std::vector<double> values{1, 3, 2, 5, 4, 6};
  const ScaleFactors table = table_of(kShells, values);
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK_NEAR(at(table, kShells.middle(i)), values[i], 1e-5);
  CHECK_NEAR(at(table, 2 * kShells.width), 2.5, 1e-5);  // halfway between 3 and 2
  CHECK_NEAR(at(table, 0), 1, 1e-6);
  CHECK_NEAR(at(table, kShells.s_max()), 6, 1e-6);
}

TEST(a_table_of_the_last_shells_begins_and_ends_at_once) {
  const std::vector<double> values{3, 2, 5};
  const ScaleFactors table = table_beyond(kShells, 3, values);
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK_NEAR(at(table, kShells.middle(3 + i)), values[i], 1e-5);
  CHECK_NEAR(at(table, 5 * kShells.width), 3.5, 1e-5);  // halfway between 2 and 5
  CHECK_EQUAL(at(table, 3 * kShells.width), 0);
  CHECK_NEAR(at(table, 3.125 * kShells.width), 3, 1e-5);
  CHECK_NEAR(at(table, 5.875 * kShells.width), 5, 1e-5);
  CHECK_EQUAL(at(table, 6 * kShells.width), 0);
}

int main() { return run_all(); }
