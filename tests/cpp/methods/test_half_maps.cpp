// half_maps.hpp: the whole path, from C++ alone.
#include <limits>

#include "check.hpp"
#include "map_sharpening/half_maps.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const UnitCell kCell{48, 44, 40};
const Shape kShape{33, 36, 40};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

HalfMapOptions options_for(MaskChoice mask, int threads) {
  HalfMapOptions options;
  options.resolution = 4;
  options.mask = mask;
  options.threads = threads;
  return options;
}

double correlation(const Array3<float>& a, const Array3<float>& b) {
  double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  const auto n = static_cast<double>(a.values.size());
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double x = a.values[i], y = b.values[i];
    sum_a += x;
    sum_b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return (ab - sum_a * sum_b / n) /
         std::sqrt((aa - sum_a * sum_a / n) * (bb - sum_b * sum_b / n));
}

void check_option(const Pair& pair, const char* part, void (*spoil)(HalfMapOptions&)) {
  HalfMapOptions options = options_for(MaskChoice::whole_box, 1);
  spoil(options);
  CHECK_THROWS(std::invalid_argument, sharpen(pair, kCell, options), part);
}

}  // namespace

TEST(a_run_has_the_same_bytes_for_any_number_of_threads) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 1);
  for (MaskChoice mask : {MaskChoice::automatic, MaskChoice::whole_box, MaskChoice::given})
    for (const UnitCell& cell : {kCell, UnitCell{48, 44, 40, 80, 100, 95}}) {
      const Outputs expected = sharpen(pair, cell, options_for(mask, 1));
      for (int threads : kThreadCounts) {
        const Outputs found = sharpen(pair, cell, options_for(mask, threads));
        CHECK(found.same_bytes(expected));
        CHECK(found.found.factors.gain == expected.found.factors.gain);
        CHECK(found.found.factors.gain_b == expected.found.factors.gain_b);
        CHECK(found.found.fsc_corrected == expected.found.fsc_corrected);
      }
    }
}

TEST(the_sharpened_map_is_nearer_to_the_truth_than_the_mean) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 1);
  const Outputs out = sharpen(pair, kCell, options_for(MaskChoice::automatic, 0));
  Array3<float> mean(kShape);
  for (std::size_t i = 0; i < mean.values.size(); ++i)
    mean.values[i] = (pair.half_1.values[i] + pair.half_2.values[i]) / 2;
  // The atoms of the truth are as blurred as those of the halves, which are sharpened.
  CHECK(correlation(out.sharpened, pair.truth) > correlation(mean, pair.truth) + 0.05);
}

TEST(directions_are_told_apart_only_where_the_data_are_fine_enough) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 1);
  HalfMapOptions options = options_for(MaskChoice::whole_box, 1);
  CHECK(sharpen(pair, kCell, options).found.has_tensors);
  options.resolution = 6.8;  // to 5.66 Å
  CHECK(!sharpen(pair, kCell, options).found.has_tensors);
}

TEST(padded_half_maps_give_the_same_bytes) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 2);
  const HalfMapOptions options = options_for(MaskChoice::automatic, 2);
  const Outputs expected = sharpen(pair, kCell, options);
  const std::size_t stride = kShape[2] + 3;
  std::vector<float> memory_1(kShape[0] * kShape[1] * stride, 1e9f), memory_2 = memory_1,
                                                                     memory_out = memory_1;
  const View3<float> half_1(memory_1.data(), kShape, stride);
  const View3<float> half_2(memory_2.data(), kShape, stride);
  const View3<float> out(memory_out.data(), kShape, stride);
  for (std::size_t z = 0; z < kShape[0]; ++z)
    for (std::size_t y = 0; y < kShape[1]; ++y) {
      std::copy_n(pair.half_1.view().row(z, y), kShape[2], half_1.row(z, y));
      std::copy_n(pair.half_2.view().row(z, y), kShape[2], half_2.row(z, y));
    }
  Array3<float> mask(kShape);
  HalfMaps maps;
  maps.half_1 = half_1;
  maps.half_2 = half_2;
  maps.mask = mask.view();
  maps.sharpened = out;
  sharpen_half_maps(maps, kCell, options);
  for (std::size_t z = 0; z < kShape[0]; ++z)
    for (std::size_t y = 0; y < kShape[1]; ++y) {
      CHECK_EQUAL(std::memcmp(out.row(z, y), expected.sharpened.view().row(z, y),
                              kShape[2] * sizeof(float)),
                  0);
      CHECK_EQUAL(out.row(z, y)[kShape[2]], 1e9f);
    }
}

TEST(half_maps_and_a_given_mask_are_not_changed) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 3);
  const Pair copy = pair;
  const Outputs out = sharpen(pair, kCell, options_for(MaskChoice::given, 0));
  CHECK(pair.half_1.same_bytes(copy.half_1));
  CHECK(pair.half_2.same_bytes(copy.half_2));
  CHECK(out.mask.same_bytes(Array3<float>(kShape, 1)));
}

TEST(progress_names_each_stage_once_and_ends_with_all_done) {
  std::vector<std::string> stages;
  std::vector<double> done;
  HalfMapOptions options = options_for(MaskChoice::automatic, 0);
  options.progress = [&](const std::string& stage, double share) {
    stages.push_back(stage);
    done.push_back(share);
  };
  sharpen(make_pair_of_halves(kShape, 0.4, 1), kCell, options);
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK_EQUAL(done.front(), 0.0);
  CHECK_EQUAL(done.back(), 1.0);
  std::sort(stages.begin(), stages.end());
  CHECK(std::unique(stages.begin(), stages.end()) == stages.end());
}

TEST(an_exception_of_progress_ends_the_run) {
  HalfMapOptions options = options_for(MaskChoice::automatic, 2);
  options.progress = [](const std::string& stage, double) {
    if (stage == "statistics") throw std::runtime_error("enough");
  };
  const Pair pair = make_pair_of_halves(kShape, 0.4, 1);
  CHECK_THROWS(std::runtime_error, sharpen(pair, kCell, options), "enough");
}

TEST(options_out_of_range_are_named) {
  const Pair pair = make_pair_of_halves({12, 12, 12}, 0.4, 1);
  check_option(pair, "resolution is 0", [](HalfMapOptions& o) { o.resolution = 0; });
  check_option(pair, "resolution is -3", [](HalfMapOptions& o) { o.resolution = -3; });
  check_option(pair, "resolution is nan", [](HalfMapOptions& o) { o.resolution = kNaN; });
  check_option(pair, "finer than the Nyquist limit of this grid (8 Å)",
               [](HalfMapOptions&) {});
  check_option(pair, "output_scale is 0", [](HalfMapOptions& o) {
    o.resolution = 9;
    o.guinier_d_low = 20;
    o.output_scale = 0;
  });
  check_option(pair, "n_shells is 3", [](HalfMapOptions& o) {
    o.resolution = 9;
    o.guinier_d_low = 20;
    o.n_shells = 3;
  });
  check_option(pair, "guinier_d_low is 8", [](HalfMapOptions& o) {
    o.resolution = 9;
    o.guinier_d_low = 8;
  });
}

TEST(maps_of_another_shape_are_named) {
  const Pair pair = make_pair_of_halves({12, 12, 12}, 0.4, 1);
  Array3<float> good({12, 12, 12}), wrong({12, 12, 14});
  HalfMapOptions options = options_for(MaskChoice::whole_box, 1);
  options.resolution = 9;
  options.guinier_d_low = 20;
  HalfMaps right;
  right.half_1 = pair.half_1.view();
  right.half_2 = pair.half_2.view();
  right.mask = good.view();
  right.sharpened = good.view();
  const auto check = [&](const char* part, auto&& spoil) {
    HalfMaps maps = right;
    spoil(maps);
    CHECK_THROWS(std::invalid_argument, sharpen_half_maps(maps, kCell, options), part);
  };
  check("half_2 has shape (12, 12, 14), expected (12, 12, 12)",
        [&](HalfMaps& maps) { maps.half_2 = wrong.view(); });
  check("half_1 has no memory", [&](HalfMaps& maps) { maps.half_1.data = nullptr; });
  check("mask has shape (12, 12, 14)", [&](HalfMaps& maps) { maps.mask = wrong.view(); });
  check("mask has padded rows", [&](HalfMaps& maps) {
    maps.mask = View3<float>(wrong.values.data(), {12, 12, 12}, 14);
  });
  check("sharpened has shape (12, 12, 14)",
        [&](HalfMaps& maps) { maps.sharpened = wrong.view(); });
  check("full has shape (12, 12, 14)", [&](HalfMaps& maps) { maps.full = wrong.view(); });
  check("one of sharpened_half_1 and sharpened_half_2 is given",
        [&](HalfMaps& maps) { maps.sharpened_half_1 = good.view(); });
}

TEST(a_mask_that_is_0_everywhere_is_refused) {
  const Pair pair = make_pair_of_halves(kShape, 0.4, 1);
  Array3<float> mask(kShape, 0), out(kShape);
  HalfMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = mask.view();
  maps.sharpened = out.view();
  CHECK_THROWS(UnusableDataError,
               sharpen_half_maps(maps, kCell, options_for(MaskChoice::given, 1)),
               "mask is 0 everywhere");
}

TEST(maps_that_hold_nothing_are_refused) {
  const Pair empty{Array3<float>(kShape), Array3<float>(kShape), Array3<float>(kShape)};
  CHECK_THROWS(UnusableDataError, sharpen(empty, kCell, options_for(MaskChoice::whole_box, 1)),
               "hold no power");
}

TEST(values_that_are_not_finite_are_told) {
  for (const bool is_first : {true, false}) {
    Pair pair = make_pair_of_halves(kShape, 0.4, 1);
    Array3<float>& half = is_first ? pair.half_1 : pair.half_2;
    half.values[7] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS(UnusableDataError,
                 sharpen(pair, kCell, options_for(MaskChoice::automatic, 1)),
                 "the half maps hold values that are not finite");
  }
}

TEST(the_finest_spacing_stops_at_the_nyquist_limit) {
  const Grid grid({40, 40, 40}, {60, 60, 60});
  CHECK_NEAR(finest_spacing(grid, 4), 0.833 * 4, 1e-12);
  CHECK_NEAR(finest_spacing(grid, 3.1), 3, 1e-12);
}

TEST(memory_to_work_in_can_be_the_callers) {
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  HalfMapOptions options;
  options.resolution = 4;
  for (bool local : {false, true}) {
    options.local = local;
    const Outputs expected = sharpen(pair, {48, 44, 40}, options);
    Outputs out = expected;
    for (Array3<float>* map : {&out.sharpened, &out.half_1, &out.half_2, &out.mask})
      map->values.assign(map->values.size(), 0.0f);
    HalfMaps maps = views_of(pair, out);
    std::vector<Array3<std::complex<float>>> work(
        4, Array3<std::complex<float>>(half_complex(pair.half_1.shape)));
    for (std::size_t i = 0; i < 4; ++i) maps.work[i] = work[i].view();
    sharpen_half_maps(maps, {48, 44, 40}, options);
    CHECK(out.same_bytes(expected));
    CHECK(work[0].values[5] != std::complex<float>(0));
    maps.work[3] = {};
    CHECK_THROWS(std::invalid_argument, sharpen_half_maps(maps, {48, 44, 40}, options),
                 "some arrays to work in are given; expected 4 or none");
  }
}

TEST(the_resolution_of_half_maps_is_that_of_their_fsc) {
  const Pair pair = make_pair_of_halves({33, 36, 40}, 0.4, 1);
  Array3<float> mask(pair.half_1.shape);
  HalfMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = mask.view();
  HalfMapOptions options;
  options.mask = MaskChoice::whole_box;
  const AgreedResolution agreed = resolution_of_half_maps(maps, {48, 44, 40}, options);
  CHECK(agreed.is_stable);
  options.resolution = agreed.resolution;
  const HalfMapFindings found = sharpen(pair, {48, 44, 40}, options).found;
  CHECK(agreed.is_crossing == found.resolution_0143.has_value());
  if (agreed.is_crossing) CHECK_NEAR(agreed.resolution, *found.resolution_0143, 0.02);
  maps.half_2 = pair.half_1.view();
  CHECK_THROWS(UnusableDataError, resolution_of_half_maps(maps, {48, 44, 40}, options),
               "agree perfectly");
}

int main() { return run_all(); }
