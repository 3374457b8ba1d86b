#include "map_sharpening/map_score.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.hpp"
#include "density/part_statistics.hpp"
#include "density/surface.hpp"

namespace map_sharpening {
namespace {

void require_score_options(const ScoreOptions& options) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  require_not_periodic_box(options.periodic, options.part);
  require(!options.solvent_fraction || is_share(*options.solvent_fraction),
          "solvent_fraction is ", options.solvent_fraction.value_or(0),
          "; expected a value from 0 to 1");
  require(is_share(options.fraction_occupied) && options.fraction_occupied > 0,
          "fraction_occupied is ", options.fraction_occupied,
          "; expected a value above 0, up to 1");
  require(options.sa_percent > 0 && options.sa_percent <= 100, "sa_percent is ",
          options.sa_percent, "; expected a value above 0, up to 100");
  require(std::isfinite(options.region_weight), "region_weight is ", options.region_weight,
          "; expected a number");
}

}  // namespace

MapScore score_map(View3<const float> map, const ScoreOptions& options, int threads) {
  require_score_options(options);
  const PartRows rows(map, options.part);
  const CentralMoments moments = moments_of(rows, threads);
  if (!std::isfinite(moments.variance))
    throw UnusableDataError("map holds values that are not finite; expected numbers");
  if (!(moments.variance > 0))
    throw UnusableDataError(
        text_of("map is constant (", moments.mean, "); expected density to score"));
  MapScore score;
  score.kurtosis = moments.kurtosis;
  score.n_voxels = moments.count;
  score.mean = moments.mean;
  score.standard_deviation = std::sqrt(moments.variance);
  if (!options.molecule.empty())
    score.skewness = skewness_of(PartRows(map, {options.part.box, options.molecule}), threads);
  if (!options.solvent_fraction) return score;

  const double molecule = 1 - std::clamp(*options.solvent_fraction, 0.001, 0.999);
  const double wanted =
      static_cast<double>(moments.count) * options.fraction_occupied * molecule;
  const auto n_wanted = static_cast<std::size_t>(wanted);
  const float level = options.level_rule == LevelRule::exact
                          ? level_of(rows, n_wanted, moments.count, threads)
                          : bisected_level(rows, moments, n_wanted, threads);
  score.level = static_cast<double>(level);
  score.level_in_sd = (score.level - score.mean) / score.standard_deviation;

  const LabelledRuns labelled(rows, level, options.periodic, threads);
  score.n_regions = labelled.n_regions();
  score.n_above =
      std::accumulate(labelled.volumes().begin(), labelled.volumes().end(), std::size_t{0});
  score.normalized_regions = static_cast<double>(score.n_regions) / std::max(1.0, wanted);
  if (score.n_regions == 0) {
    score.adjusted_surface_area = -std::numeric_limits<double>::infinity();
    return score;
  }
  auto tested = labelled.largest(
      std::min<std::size_t>(options.max_regions_to_test, labelled.n_regions()) + 1);
  std::size_t volume = 0, n_tested = 0;
  while (n_tested < tested.size() &&
         static_cast<double>(volume) < options.sa_percent / 100 * wanted)
    volume += labelled.volumes()[tested[n_tested++]];
  tested.resize(n_tested);
  std::size_t surface = 0;
  for (const auto& runs : labelled.runs_of(tested))
    surface += surface_of(runs, rows.shape(), options.periodic, &rows, threads);
  score.n_regions_tested = n_tested;
  score.surface_ratio =
      static_cast<double>(surface) / static_cast<double>(std::max<std::size_t>(1, volume));
  score.adjusted_surface_area =
      score.surface_ratio - options.region_weight * score.normalized_regions;
  return score;
}

RegionWeight fit_region_weight(const MapScore& sharp, const MapScore& middle,
                               const MapScore& blurred, RegionWeightRule rule, double factor,
                               double buffer) {
  require(factor > 0 && std::isfinite(factor), "factor is ", factor, "; it must be above 0");
  require(buffer >= 0 && buffer < 0.5, "buffer is ", buffer, "; expected 0 to below 0.5");
  constexpr double least = 1e-10, least_fall = 0.001;
  const auto fall = [](double high, double low, double at_least) {
    return std::max(at_least, high - low);
  };
  RegionWeight result;
  result.by_difference = factor * (sharp.surface_ratio - blurred.surface_ratio) /
                         fall(sharp.normalized_regions, blurred.normalized_regions, least);
  result.by_ratio = factor * sharp.surface_ratio / std::max(least, sharp.normalized_regions);
  result.upper_bound = std::max(
      least, (middle.surface_ratio - blurred.surface_ratio) /
                 fall(middle.normalized_regions, blurred.normalized_regions, least_fall));
  result.lower_bound = std::max(
      least, (sharp.surface_ratio - middle.surface_ratio) /
                 fall(sharp.normalized_regions, middle.normalized_regions, least_fall));
  const double margin = buffer * std::max(0.0, result.upper_bound - result.lower_bound);
  result.lower_bound += margin;
  result.upper_bound -= margin;
  result.is_usable = sharp.surface_ratio >= blurred.surface_ratio &&
                     sharp.normalized_regions >= blurred.normalized_regions;
  const double free =
      rule == RegionWeightRule::by_difference ? result.by_difference : result.by_ratio;
  result.weight = result.lower_bound < result.upper_bound
                      ? std::clamp(free, result.lower_bound, result.upper_bound)
                      : free;
  result.is_bounded = result.weight != free;
  return result;
}

}  // namespace map_sharpening
