// The linear blend of trial maps.
#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "map_sharpening/map_statistics.hpp"

namespace map_sharpening {

float HatFunction::at(float b) const {
  const double place = static_cast<double>(b);
  const std::optional<double>& side = place < middle ? low : high;
  if (!side) return 1;
  return static_cast<float>(std::max(0.0, (*side - place) / (*side - middle)));
}

HatFunction hat_of_trial(const std::vector<double>& b_sharpen, std::size_t trial) {
  require(trial < b_sharpen.size(), "trial is ", trial, "; expected one of ",
          b_sharpen.size());
  HatFunction hat;
  hat.middle = b_sharpen[trial];
  if (trial > 0) hat.low = b_sharpen[trial - 1];
  if (trial + 1 < b_sharpen.size()) hat.high = b_sharpen[trial + 1];
  return hat;
}

void add_blended(View3<const float> trial, View3<const float> b_map, const HatFunction& hat,
                 View3<float> out, int threads) {
  require_array("trial", trial);
  require_array("b_map", b_map, trial.shape);
  require_array("out", out, trial.shape);
  require((!hat.low || *hat.low < hat.middle) && (!hat.high || *hat.high > hat.middle),
          "b_sharpen of the trials is ", hat.low.value_or(kNaN), ", ", hat.middle, ", ",
          hat.high.value_or(kNaN), " Å²; expected increasing values");
  for_each_row(out.shape, threads, [&](std::size_t z, std::size_t y) {
    const float* values = trial.row(z, y);
    const float* b = b_map.row(z, y);
    float* sums = out.row(z, y);
    for (std::size_t x = 0; x < out.shape[2]; ++x) sums[x] += hat.at(b[x]) * values[x];
  });
}

void normalise_map(View3<float> map, int threads) {
  const MapStatistics statistics = map_statistics(map, threads);
  const double deviation = statistics.standard_deviation;
  if (statistics.n_not_finite > 0 || !(deviation > 0))
    throw UnusableDataError("map is constant or not finite; expected density");
  for_each_row(map.shape, threads, [&](std::size_t z, std::size_t y) {
    float* row = map.row(z, y);
    for (std::size_t x = 0; x < map.shape[2]; ++x)
      row[x] = static_cast<float>((static_cast<double>(row[x]) - statistics.mean) / deviation);
  });
}

}  // namespace map_sharpening
