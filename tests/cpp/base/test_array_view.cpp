// array_view.hpp: where the elements of a view lie.
#include <vector>

#include "check.hpp"
#include "map_sharpening/array_view.hpp"

using map_sharpening::View3;

TEST(rows_of_a_contiguous_view_follow_each_other) {
  std::vector<float> values(2 * 3 * 4);
  const View3<float> view(values.data(), {2, 3, 4});
  CHECK(view.is_contiguous());
  CHECK_EQUAL(&view(1, 2, 3), &values.back());
  CHECK_EQUAL(view.size(), values.size());
}

TEST(padding_lies_behind_each_row_and_not_between_planes) {
  std::vector<float> values(2 * 3 * 6);
  const View3<float> view(values.data(), {2, 3, 4}, 6);
  CHECK(!view.is_contiguous());
  CHECK_EQUAL(&view(0, 1, 0) - &view(0, 0, 0), 6);
  CHECK_EQUAL(&view(1, 0, 0) - &view(0, 2, 0), 6);
  CHECK_EQUAL(&view(1, 2, 5), &values.back());
  CHECK_EQUAL(view.size(), 24u);
}

TEST(a_writable_view_reads_the_same_memory) {
  std::vector<float> values(2 * 3 * 6);
  const View3<float> writable(values.data(), {2, 3, 4}, 6);
  const View3<const float> readable = writable;
  writable(1, 1, 2) = 7;
  CHECK_EQUAL(readable(1, 1, 2), 7.0f);
  CHECK_EQUAL(readable.row_stride, 6u);
}

TEST(a_view_of_nothing_is_empty) { CHECK(View3<float>().empty()); }

int main() { return map_sharpening::test::run_all(); }
