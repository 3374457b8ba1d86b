// fourier.hpp: both directions, in place, with columns left out, any size.
#include "check.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const Shape kShapes[] = {{6, 8, 10}, {5, 7, 9},   {13, 17, 19},
                         {1, 2, 3},  {23, 4, 31}, {2, 1, 1}};
constexpr UnitCell kUnitCell{1, 1, 1, 90, 90, 90};

template <class Real>
double tolerance() {
  return sizeof(Real) == 4 ? 2e-5 : 1e-11;
}

template <class Real>
double largest_difference(const Array3<Real>& a, const Array3<Real>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    largest = std::max(largest, static_cast<double>(std::abs(a.values[i] - b.values[i])));
  return largest;
}

// Rows of nx values with room for nx / 2 + 1 coefficients, and what lies in them.
template <class Real>
struct PaddedMap {
  Shape shape;
  std::size_t stride;
  std::vector<Real> memory;

  explicit PaddedMap(const Array3<Real>& map)
      : shape(map.shape),
        stride(2 * (map.shape[2] / 2 + 1)),
        memory(shape[0] * shape[1] * stride, Real(-99)) {
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y)
        std::copy_n(map.view().row(z, y), shape[2], view().row(z, y));
  }
  View3<Real> view() { return {memory.data(), shape, stride}; }
  View3<std::complex<Real>> coefficients() {
    return {reinterpret_cast<std::complex<Real>*>(memory.data()), half_complex(shape)};
  }
  Array3<Real> values() {
    Array3<Real> map(shape);
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y)
        std::copy_n(view().row(z, y), shape[2], map.view().row(z, y));
    return map;
  }
};

template <class Real>
void check_against_definition(const Shape& shape) {
  const auto map = random_map<Real>(shape, 1);
  Array3<std::complex<Real>> f(half_complex(shape));
  forward_transform<Real>(map.view(), f.view(), Columns::all(Grid(shape, kUnitCell)));
  const auto expected = half_of<Real>(full_transform(map));
  CHECK_NEAR(largest_difference(f, expected), 0,
             tolerance<Real>() * std::sqrt(static_cast<double>(map.values.size())));
}

template <class Real>
void check_in_place(const Shape& shape) {
  const auto map = random_map<Real>(shape, 2);
  const Columns columns = Columns::all(Grid(shape, kUnitCell));
  Array3<std::complex<Real>> beside(half_complex(shape));
  forward_transform<Real>(map.view(), beside.view(), columns);
  PaddedMap<Real> padded(map);
  forward_transform<Real>(padded.view(), padded.coefficients(), columns);
  Array3<std::complex<Real>> in_place(half_complex(shape));
  std::copy_n(padded.coefficients().data, in_place.values.size(), in_place.values.data());
  CHECK(in_place.same_bytes(beside));
  inverse_transform<Real>(padded.coefficients(), padded.view(), columns);
  CHECK_NEAR(largest_difference(padded.values(), map), 0, tolerance<Real>());
}

template <class Real>
void check_columns(const Grid& grid, double s_max) {
  const auto map = random_map<Real>(grid.shape, 3);
  const Columns columns = Columns::within(grid, s_max);
  const Shape half_shape = half_complex(grid.shape);
  Array3<std::complex<Real>> all(half_shape), some(half_shape, Real(77));
  forward_transform<Real>(map.view(), all.view(), Columns::all(grid));
  forward_transform<Real>(map.view(), some.view(), columns);
  for (std::size_t z = 0; z < half_shape[0]; ++z)
    for (std::size_t y = 0; y < half_shape[1]; ++y)
      for (std::size_t x = 0; x < half_shape[2]; ++x)
        if (x < columns.of_row[y]) {
          CHECK_NEAR(std::abs(some.view()(z, y, x) - all.view()(z, y, x)), 0,
                     30 * tolerance<Real>());
        } else {
          CHECK_EQUAL(some.view()(z, y, x), std::complex<Real>(0));
          all.view()(z, y, x) = 0;
        }
  // Backwards, whatever lies outside the columns does not count.
  for (std::size_t z = 0; z < half_shape[0]; ++z)
    for (std::size_t y = 0; y < half_shape[1]; ++y)
      for (std::size_t x = columns.of_row[y]; x < half_shape[2]; ++x)
        some.view()(z, y, x) = Real(1e6);
  Array3<Real> from_all(grid.shape), from_some(grid.shape);
  inverse_transform<Real>(all.view(), from_all.view(), Columns::all(grid));
  inverse_transform<Real>(some.view(), from_some.view(), columns);
  CHECK_NEAR(largest_difference(from_all, from_some), 0, tolerance<Real>());
}

template <class Real>
Array3<std::complex<Real>> weighted_transform(const Array3<Real>& map, const Array3<Real>& by,
                                              const Columns& columns, int threads) {
  Array3<std::complex<Real>> f(half_complex(map.shape));
  forward_transform_weighted<Real>(map.view(), Real(0.25), by.view(), f.view(), columns,
                                   threads);
  return f;
}

template <class Real>
void check_weighting(const Grid& grid) {
  const auto map = random_map<Real>(grid.shape, 4), by = random_map<Real>(grid.shape, 5);
  const Columns columns = Columns::all(grid);
  auto product = map;
  for (std::size_t i = 0; i < product.values.size(); ++i)
    product.values[i] = (map.values[i] - Real(0.25)) * by.values[i];
  Array3<std::complex<Real>> expected(half_complex(grid.shape));
  forward_transform<Real>(product.view(), expected.view(), columns);
  CHECK(weighted_transform(map, by, columns, 2).same_bytes(expected));

  auto f = expected;
  multiply_in_real_space<Real>(f.view(), by.view(), columns);
  for (std::size_t i = 0; i < product.values.size(); ++i) product.values[i] *= by.values[i];
  forward_transform<Real>(product.view(), expected.view(), columns);
  CHECK_NEAR(largest_difference(f, expected), 0,
             tolerance<Real>() * std::sqrt(static_cast<double>(grid.size())) * 10);
}

template <class Real>
void check_threads(const Grid& grid) {
  const auto map = random_map<Real>(grid.shape, 6), by = random_map<Real>(grid.shape, 7);
  const Columns columns = Columns::within(grid, 0.2);
  const auto all_of = [&](int threads) {
    std::vector<Array3<std::complex<Real>>> made(
        3, Array3<std::complex<Real>>(half_complex(grid.shape)));
    forward_transform<Real>(map.view(), made[0].view(), columns, threads);
    made[1] = weighted_transform(map, by, columns, threads);
    made[2] = made[0];
    multiply_in_real_space<Real>(made[2].view(), by.view(), columns, threads);
    return made;
  };
  const auto expected = all_of(1);
  Array3<Real> expected_map(grid.shape);
  auto used = expected[0];
  inverse_transform<Real>(used.view(), expected_map.view(), columns, Real(3), 1);
  for (int threads : kThreadCounts) {
    const auto made = all_of(threads);
    for (std::size_t i = 0; i < made.size(); ++i) CHECK(made[i].same_bytes(expected[i]));
    Array3<Real> back(grid.shape);
    used = made[0];
    inverse_transform<Real>(used.view(), back.view(), columns, Real(3), threads);
    CHECK(back.same_bytes(expected_map));
  }
}

}  // namespace

TEST(a_transform_is_the_sum_of_its_definition) {
  for (const Shape& shape : kShapes) {
    check_against_definition<float>(shape);
    check_against_definition<double>(shape);
  }
}

TEST(a_padded_map_goes_there_and_back_in_its_own_memory) {
  for (const Shape& shape : kShapes) {
    check_in_place<float>(shape);
    check_in_place<double>(shape);
  }
}

TEST(columns_change_no_term_that_they_hold) {
  for (const Grid& grid : {Grid({13, 12, 17}, kTriclinic), Grid({10, 9, 16}, kOrthogonal)}) {
    check_columns<float>(grid, 0.12);
    check_columns<double>(grid, 0.12);
  }
}

TEST(a_weighted_transform_is_that_of_the_product) {
  for (const Grid& grid : {Grid({13, 12, 17}, kTriclinic), Grid({10, 9, 16}, kOrthogonal)}) {
    check_weighting<float>(grid);
    check_weighting<double>(grid);
  }
}

TEST(transforms_have_the_same_bytes_for_any_number_of_threads) {
  check_threads<float>(Grid({19, 20, 22}, kTriclinic));
  check_threads<double>(Grid({19, 20, 22}, kTriclinic));
}

TEST(shapes_that_do_not_match_are_named) {
  const Grid grid({4, 4, 4}, kUnitCell);
  auto map = random_map<float>(grid.shape, 0);
  Array3<std::complex<float>> wrong({4, 4, 4}), right({4, 4, 3});
  const Columns columns = Columns::all(grid);
  CHECK_THROWS(std::invalid_argument,
               forward_transform<float>(map.view(), wrong.view(), columns),
               "coefficients has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument,
               inverse_transform<float>(wrong.view(), map.view(), columns),
               "coefficients has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(
      std::invalid_argument,
      forward_transform_weighted<float>(map.view(), 0, random_map<float>({4, 5, 4}, 0).view(),
                                        right.view(), columns),
      "weight has shape (4, 5, 4), expected (4, 4, 4)");
  CHECK_THROWS(std::invalid_argument,
               multiply_in_real_space<float>(wrong.view(), map.view(), columns),
               "coefficients has shape (4, 4, 4), expected (4, 4, 3)");
}

TEST(columns_of_another_grid_are_refused) {
  const Grid grid({4, 4, 4}, kUnitCell), other({4, 6, 4}, kUnitCell);
  auto map = random_map<float>(grid.shape, 0);
  Array3<std::complex<float>> f({4, 4, 3});
  CHECK_THROWS(std::invalid_argument,
               forward_transform<float>(map.view(), f.view(), Columns::all(other)), "columns");
}

TEST(coefficients_with_padded_rows_are_refused) {
  const Grid grid({4, 4, 4}, kUnitCell);
  auto map = random_map<float>(grid.shape, 0);
  std::vector<std::complex<float>> memory(4 * 4 * 5);
  const View3<std::complex<float>> padded(memory.data(), {4, 4, 3}, 5);
  CHECK_THROWS(std::invalid_argument,
               forward_transform<float>(map.view(), padded, Columns::all(grid)),
               "coefficients has padded rows");
}

int main() { return run_all(); }
