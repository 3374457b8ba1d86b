// unit_cell.hpp: cells, grids, reciprocal vectors, columns.
#include <cmath>
#include <limits>

#include "check.hpp"
#include "map_sharpening/unit_cell.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Direct axes with a along X and b in the plane of X and Y, from the angles alone.
struct DirectAxes {
  Vector a, b, c;
  explicit DirectAxes(const UnitCell& cell) {
    const double degree = std::acos(-1.0) / 180;
    const double cos_gamma = std::cos(cell.gamma * degree);
    const double sin_gamma = std::sin(cell.gamma * degree);
    const double cos_alpha = std::cos(cell.alpha * degree);
    const double cos_beta = std::cos(cell.beta * degree);
    a = {cell.a, 0, 0};
    b = {cell.b * cos_gamma, cell.b * sin_gamma, 0};
    const double x = cos_beta, y = (cos_alpha - cos_beta * cos_gamma) / sin_gamma;
    c = {cell.c * x, cell.c * y, cell.c * std::sqrt(1 - x * x - y * y)};
  }
};

const UnitCell kCells[] = {
    {50, 60, 70, 90, 90, 90},    {41.3, 52.9, 37.1, 77, 104, 96.5}, {33, 33, 80, 90, 90, 120},
    {30, 45, 60, 90, 112.5, 90}, {80, 25, 40, 62, 71, 58},
};

}  // namespace

TEST(products_of_s_with_the_direct_axes_are_the_miller_indices) {
  for (const UnitCell& cell : kCells) {
    const DirectAxes axes(cell);
    const ReciprocalMetric metric(cell);
    for (int h = -3; h <= 3; ++h)
      for (int k = -3; k <= 3; ++k)
        for (int l = -3; l <= 3; ++l) {
          const Vector s = metric.s_vector(h, k, l);
          CHECK_NEAR(dot(s, axes.a), h, 1e-12);
          CHECK_NEAR(dot(s, axes.b), k, 1e-12);
          CHECK_NEAR(dot(s, axes.c), l, 1e-12);
          CHECK_NEAR(metric.s(h, k, l), std::sqrt(dot(s, s)), 1e-14);
        }
  }
}

TEST(the_volume_is_the_triple_product_of_the_axes) {
  for (const UnitCell& cell : kCells) {
    const DirectAxes axes(cell);
    CHECK_NEAR(cell.volume() / (axes.a[0] * axes.b[1] * axes.c[2]), 1, 1e-12);
  }
}

TEST(least_s_squared_is_a_bound_that_is_reached) {
  for (const UnitCell& cell : kCells) {
    const ReciprocalMetric metric(cell);
    for (double h : {-2.0, 1.0, 3.0})
      for (double k : {-1.0, 0.0, 2.0}) {
        double least_l = 1e9, least_kl = 1e9;
        for (int i = -4000; i <= 4000; ++i)
          least_l = std::min(least_l, metric.s_squared(h, k, i * 0.005));
        for (int i = -200; i <= 200; ++i)
          for (int j = -200; j <= 200; ++j)
            least_kl = std::min(least_kl, metric.s_squared(h, i * 0.05, j * 0.05));
        CHECK(metric.least_s_squared(h, k) <= least_l * (1 + 1e-12));
        CHECK_NEAR(metric.least_s_squared(h, k), least_l, 1e-4 * least_l);
        CHECK(metric.least_s_squared(h) <= least_kl * (1 + 1e-12));
        CHECK_NEAR(metric.least_s_squared(h), least_kl, 0.05 * least_kl);
      }
  }
}

TEST(miller_indices_of_odd_and_even_axes) {
  const long of_five[] = {0, 1, 2, -2, -1}, of_six[] = {0, 1, 2, 3, -2, -1};
  for (std::size_t i = 0; i < 5; ++i) CHECK_EQUAL(miller_index(i, 5), of_five[i]);
  for (std::size_t i = 0; i < 6; ++i) CHECK_EQUAL(miller_index(i, 6), of_six[i]);
}

TEST(friedel_weights_of_a_row_add_up_to_its_length) {
  for (std::size_t nx = 1; nx <= 12; ++nx) {
    std::size_t sum = 0;
    for (std::size_t x = 0; x <= nx / 2; ++x)
      sum += static_cast<std::size_t>(friedel_weight(x, nx));
    CHECK_EQUAL(sum, nx);
  }
}

TEST(spacing_is_along_x_y_z_and_nyquist_is_twice_the_coarsest) {
  const Grid grid({10, 20, 30}, {60, 50, 40});
  CHECK_NEAR(grid.spacing()[0], 2.0, 1e-15);
  CHECK_NEAR(grid.spacing()[1], 2.5, 1e-15);
  CHECK_NEAR(grid.spacing()[2], 4.0, 1e-15);
  CHECK_NEAR(grid.nyquist(), 8.0, 1e-15);
}

TEST(columns_within_hold_every_term_up_to_s_max) {
  for (const UnitCell& cell : kCells)
    for (const Shape& shape : {Shape{9, 11, 13}, Shape{10, 8, 14}, Shape{7, 12, 5}})
      for (double s_max : {0.0, 0.05, 0.1, 0.17, 0.4}) {
        const Grid grid(shape, cell);
        const Columns columns = Columns::within(grid, s_max);
        CHECK_EQUAL(columns.of_row.size(), shape[1]);
        for (std::size_t z = 0; z < shape[0]; ++z)
          for (std::size_t y = 0; y < shape[1]; ++y)
            for (std::size_t x = 0; x <= shape[2] / 2; ++x)
              if (s_of_term(grid, z, y, x) <= s_max) {
                CHECK(x < columns.of_row[y]);
                CHECK(x < columns.most);
              }
      }
}

TEST(columns_within_leave_out_a_column_that_holds_nothing) {
  // Spacing 1 Å: x = 8 has s = 0.5 > 0.3 for any k and l.
  const Columns columns = Columns::within(Grid({16, 16, 16}, {16, 16, 16}), 0.3);
  CHECK_EQUAL(columns.most, 5u);
  CHECK_EQUAL(columns.of_row[0], 5u);
  CHECK_EQUAL(columns.of_row[8], 0u);
}

TEST(an_empty_grid_is_refused) {
  CHECK_THROWS(std::invalid_argument, Grid({4, 0, 4}, {10, 10, 10}),
               "grid has shape (4, 0, 4)");
}

TEST(an_impossible_edge_is_refused) {
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {10, -2, 10}), "cell has edges 10, -2");
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {10, 0, 10}), "above 0");
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {kNaN, 5, 10}), "cell has edges nan");
}

TEST(impossible_angles_are_refused) {
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {10, 10, 10, 90, 180, 90}),
               "cell has angles 90, 180, 90");
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {10, 10, 10, 30, 40, 100}),
               "no cell has these");
  CHECK_THROWS(std::invalid_argument, Grid({4, 4, 4}, {10, 10, 10, kNaN, 90, 90}),
               "cell has angles nan");
}

int main() { return run_all(); }
