// density_modification/weights.hpp: where in a table the values of shells stand.
#include "check.hpp"
#include "methods/density_modification/weights.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const Shells kShells{0.04, 6};

double at(const ScaleFactors& table, double s) { return table.at({0, 0, s}); }

}  // namespace

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
