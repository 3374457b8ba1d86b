#include "map_sharpening/local_b_factor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/fourier.hpp"

namespace map_sharpening {
namespace {

constexpr double kShrinkage = 0.3;
constexpr double kAnisotropyStep = 40;  // Å², of the trials; half of it at most is taken off
// It is noisier than the fall-off: one tile's worth of the whole map's curve steadies it.
constexpr double kAnisotropyShrinkage = 1;
// Traceless tensors that all others are sums of.
constexpr std::array<SymmetricTensor, 5> kAnisotropyParts{{
    {2.0 / 3, -1.0 / 3, -1.0 / 3, 0, 0, 0},
    {0, 0.5, -0.5, 0, 0, 0},
    {0, 0, 0, 0.5, 0, 0},
    {0, 0, 0, 0, 0.5, 0},
    {0, 0, 0, 0, 0, 0.5},
}};

void require_increasing(const std::vector<double>& b_sharpen) {
  for (std::size_t i = 1; i < b_sharpen.size(); ++i)
    require(b_sharpen[i] > b_sharpen[i - 1], "b_sharpen has ", b_sharpen[i], " after ",
            b_sharpen[i - 1], " Å²; expected increasing values");
}

// Slopes of the logarithm of a curve, in the middle of each interval.
struct Slopes {
  std::vector<double> at, value;
};

Slopes slopes_of(const std::vector<double>& b, const std::vector<double>& power) {
  Slopes slopes;
  for (std::size_t i = 1; i < b.size(); ++i) {
    slopes.at.push_back((b[i] + b[i - 1]) / 2);
    slopes.value.push_back(std::log(power[i] / power[i - 1]) / (b[i] - b[i - 1]));
  }
  return slopes;
}

double interpolated(const Slopes& slopes, double b) {
  if (b <= slopes.at.front()) return slopes.value.front();
  for (std::size_t i = 1; i < slopes.at.size(); ++i)
    if (b <= slopes.at[i]) {
      const double t = (b - slopes.at[i - 1]) / (slopes.at[i] - slopes.at[i - 1]);
      return slopes.value[i - 1] + t * (slopes.value[i] - slopes.value[i - 1]);
    }
  return slopes.value.back();
}

// Where the slope has a value: the place nearest to the centre; an end if there is none.
std::optional<double> place_of_slope(const Slopes& slopes, double wanted, double centre) {
  std::optional<double> best;
  const auto offer = [&](double place) {
    if (std::isfinite(place) &&
        (!best || std::fabs(place - centre) < std::fabs(*best - centre)))
      best = place;
  };
  for (std::size_t i = 1; i < slopes.at.size(); ++i) {
    const double low = slopes.value[i - 1], high = slopes.value[i];
    if (std::min(low, high) <= wanted && wanted <= std::max(low, high) && low != high)
      offer(slopes.at[i - 1] +
            (slopes.at[i] - slopes.at[i - 1]) * (wanted - low) / (high - low));
  }
  if (best || !std::isfinite(slopes.value.front()) || !std::isfinite(slopes.value.back()))
    return best;
  return wanted > slopes.value.back() ? slopes.at.back() : slopes.at.front();
}

// The tiles of a map, and what is the same for all trials.
struct TiledMap {
  TiledMap(const Grid& grid, const LocalBFactorOptions& options)
      : tiles(make_tiles(grid.shape, options.tiles)),
        contents(tile_contents(tiles, options.molecule, options.threads)),
        radius(options.smoothing_radius.value_or(
            usual_smoothing_radius(tile_centres(tiles, grid.cell)))) {}

  Tiles tiles;
  TileContents contents;
  double radius;
};

// B factors of the tiles, by the scores of each trial map.
// @param map  overwritten.
std::vector<double> tile_b_factors(const Grid& grid, const TiledMap& tiled,
                                   const std::vector<double>& b_sharpen, const MakeTrial& make,
                                   double centre, const SmoothingOptions& smoothing,
                                   View3<float> map, int threads) {
  std::vector<TileScores> scores;
  std::vector<double> of_map, found;
  for (std::size_t i = 0; i < b_sharpen.size(); ++i) {
    make(i, map);
    scores.push_back(score_tiles(map, tiled.tiles, tiled.contents, threads));
    of_map.push_back(scores.back().of_map);
  }
  for (const auto& curve :
       smooth_scores(tiled.tiles, grid.cell, tiled.contents, scores, smoothing, threads))
    found.push_back(local_b_factor(b_sharpen, curve, of_map, centre));
  return found;
}

// The blend of the two trials that enclose B at each voxel.
void blend_trials(const std::vector<double>& b_sharpen, const MakeTrial& make,
                  View3<const float> b_map, View3<float> out, int threads) {
  const std::unique_ptr<float[]> buffer(new float[out.size()]);
  const View3<float> trial(buffer.get(), out.shape);
  float least = b_map(0, 0, 0), most = least;
  for (std::size_t z = 0; z < out.shape[0]; ++z)
    for (std::size_t y = 0; y < out.shape[1]; ++y) {
      std::fill_n(out.row(z, y), out.shape[2], 0.0f);
      const float* row = b_map.row(z, y);
      const auto [low, high] = std::minmax_element(row, row + out.shape[2]);
      least = std::min(least, *low);
      most = std::max(most, *high);
    }
  for (std::size_t i = 0; i < b_sharpen.size(); ++i) {
    const HatFunction hat = hat_of_trial(b_sharpen, i);
    if (hat.touches(static_cast<double>(least), static_cast<double>(most))) {
      make(i, trial);
      add_blended(trial, b_map, hat, out, threads);
    }
  }
}

}  // namespace

double local_b_factor(const std::vector<double>& b_sharpen, const std::vector<double>& curve,
                      const std::vector<double>& of_map, double centre) {
  require(curve.size() == b_sharpen.size() && of_map.size() == b_sharpen.size(),
          "curves have ", curve.size(), " and ", of_map.size(), " values; expected ",
          b_sharpen.size());
  require_increasing(b_sharpen);
  require(std::isfinite(centre), "centre is ", centre, " Å²; expected a number");
  if (b_sharpen.size() < 3) return centre;
  const Slopes of_whole = slopes_of(b_sharpen, of_map);
  const double wanted = interpolated(of_whole, centre);
  const auto there = place_of_slope(of_whole, wanted, centre);
  const auto here = place_of_slope(slopes_of(b_sharpen, curve), wanted, centre);
  if (!here || !there) return centre;
  return std::clamp(centre + (*here - *there), std::min(centre, b_sharpen.front()),
                    std::max(centre, b_sharpen.back()));
}

LocalBFactor sharpen_locally(View3<const std::complex<float>> coefficients, const Grid& grid,
                             double d_min, const std::vector<LocalTrial>& trials,
                             const LocalBFactorOptions& options, View3<float> b_map,
                             View3<float> map) {
  require(!trials.empty(), "trials are none; expected at least one");
  require_array("b_map", b_map, grid.shape);
  require_array("map", map, grid.shape);
  require(std::isfinite(options.centre), "centre is ", options.centre,
          " Å²; expected a number");
  require(!options.selected || *options.selected < trials.size(), "selected is ",
          options.selected.value_or(0), "; expected a place in ", trials.size(), " trials");
  std::vector<double> b_sharpen;
  for (const LocalTrial& trial : trials) b_sharpen.push_back(trial.b_sharpen);
  require_increasing(b_sharpen);
  const int threads = options.threads;
  const MakeTrial from_coefficients = [&](std::size_t i, View3<float> out) {
    make_trial_map(coefficients, grid, d_min, trials[i].factors, out, threads);
  };
  const MakeTrial& make = options.make_trial ? options.make_trial : from_coefficients;
  TiledMap tiled(grid, options);
  std::vector<double> of_tiles;
  if (options.selected)
    of_tiles.assign(tiled.tiles.size(), b_sharpen[*options.selected]);
  else
    of_tiles = tile_b_factors(grid, tiled, b_sharpen, make, options.centre,
                              {tiled.radius, kShrinkage, options.places}, map, threads);
  interpolate_tiles(tiled.tiles, of_tiles, b_map, threads);
  blend_trials(b_sharpen, make, b_map, map, threads);
  normalise_map(map, threads);
  return {std::move(tiled.tiles), std::move(of_tiles), tiled.radius};
}

void remove_local_anisotropy(View3<std::complex<float>> coefficients, const Grid& grid,
                             double d_min, const ScaleFactors& factors_of_whole,
                             const LocalBFactorOptions& options) {
  const TiledMap tiled(grid, options);
  const std::vector<double> steps{-kAnisotropyStep, 0, kAnisotropyStep};
  const std::unique_ptr<float[]> buffer(new float[2 * grid.size()]);
  const View3<float> map(buffer.get(), grid.shape);
  const View3<float> b_map(buffer.get() + grid.size(), grid.shape);
  for (const SymmetricTensor& part : kAnisotropyParts) {
    const auto tensor_of = [&](std::size_t trial) {
      SymmetricTensor tensor = part;
      for (double& element : tensor) element *= steps[trial];
      return tensor;
    };
    const auto make = [&](const ScaleFactors& factors, View3<float> out) {
      make_trial_map(coefficients, grid, d_min, factors, out, options.threads);
    };
    const std::vector<double> found = tile_b_factors(
        grid, tiled, steps,
        [&](std::size_t trial, View3<float> out) {
          ScaleFactors factors = factors_of_whole;
          const SymmetricTensor tensor = tensor_of(trial);
          for (std::size_t i = 0; i < tensor.size(); ++i) factors.gain_b[i] -= tensor[i];
          make(factors, out);
        },
        0, {tiled.radius, kAnisotropyShrinkage, {}}, map, options.threads);
    interpolate_tiles(tiled.tiles, found, b_map, options.threads);
    blend_trials(
        steps,
        [&](std::size_t trial, View3<float> out) {
          make(b_iso_factors(0, tensor_of(trial)), out);
        },
        b_map, map, options.threads);
    forward_transform<float>(map, coefficients, Columns::all(grid), options.threads);
  }
}

}  // namespace map_sharpening
