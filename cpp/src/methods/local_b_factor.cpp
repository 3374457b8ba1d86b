#include "map_sharpening/local_b_factor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/map_statistics.hpp"

namespace map_sharpening {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastShare = 0.02;  // of a tile, below which it holds no molecule
constexpr double kLeastSignal = 0.1;  // of a power, kept when the solvent's is taken off
constexpr double kReach = 4;          // of the Gaussian, in standard deviations
constexpr float kInside = 0.5f;       // of the molecule

// The rows of a tile, cut where the tile goes on across a face.
// visit(z, y, from, count, place): `count` points from x = `from`, at `place` of the tile's
// row.
template <class Visit>
void for_each_row(const Tiles& tiles, std::size_t tile, const Visit& visit) {
  const Shape first = tiles.first(tile);
  const Shape& size = tiles.box_size;
  const Shape& n = tiles.map_shape;
  const std::size_t before = std::min(size[2], n[2] - first[2]);
  for (std::size_t z = 0; z < size[0]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y) {
      const std::size_t map_z = (first[0] + z) % n[0], map_y = (first[1] + y) % n[1];
      const std::size_t row = z * size[1] + y;
      visit(map_z, map_y, first[2], before, row * size[2]);
      if (before < size[2]) visit(map_z, map_y, 0, size[2] - before, row * size[2] + before);
    }
}

std::vector<float> cut_out(View3<const float> map, const Tiles& tiles, std::size_t tile) {
  std::vector<float> values(tiles.volume());
  for_each_row(tiles, tile,
               [&](std::size_t z, std::size_t y, std::size_t from, std::size_t count,
                   std::size_t place) {
                 std::copy_n(map.row(z, y) + from, count,
                             values.begin() + static_cast<std::ptrdiff_t>(place));
               });
  return values;
}

double square_sum_inside(const float* values, const float* molecule, std::size_t n) {
  double sum = 0;
  for (std::size_t x = 0; x < n; ++x)
    if (molecule == nullptr || molecule[x] > kInside)
      sum += static_cast<double>(values[x]) * static_cast<double>(values[x]);
  return sum;
}

struct Powers {
  double molecule = 0, solvent = 0;  // mean squares
};

Powers powers_of(View3<const float> map, const TileContents& contents, int threads) {
  std::vector<std::array<double, 2>> by_plane(map.shape[0]);
  for_each_index(map.shape[0], threads, [&](std::size_t z) {
    std::array<double, 2> sums{};
    for (std::size_t y = 0; y < map.shape[1]; ++y) {
      const float* row = map.row(z, y);
      const float* inside = contents.molecule.empty() ? nullptr : contents.molecule.row(z, y);
      sums[0] += square_sum_inside(row, inside, map.shape[2]);
      sums[1] += square_sum_inside(row, nullptr, map.shape[2]);
    }
    by_plane[z] = sums;
  });
  double molecule = 0, all = 0;
  for (const auto& sums : by_plane) {
    molecule += sums[0];
    all += sums[1];
  }
  const auto n = static_cast<double>(contents.n_voxels_of_map);
  const double outside = static_cast<double>(map.size()) - n;
  return {molecule / n, outside > 0 ? std::max(0.0, all - molecule) / outside : 0};
}

double without_solvent(double power, double solvent) {
  return std::max(power - solvent, kLeastSignal * power);
}

void score_fall_off(View3<const float> map, const Tiles& tiles, const TileContents& contents,
                    int threads, TileScores& scores) {
  const Powers powers = powers_of(map, contents, threads);
  if (!std::isfinite(powers.molecule) || !(powers.molecule > 0))
    throw UnusableDataError(text_of("map has a mean square of ", powers.molecule,
                                    " in the molecule; expected finite density"));
  scores.of_map = without_solvent(powers.molecule, powers.solvent);
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    if (contents.n_voxels[tile] == 0) return;
    double sum = 0;
    for_each_row(
        tiles, tile,
        [&](std::size_t z, std::size_t y, std::size_t from, std::size_t count, std::size_t) {
          sum += square_sum_inside(
              map.row(z, y) + from,
              contents.molecule.empty() ? nullptr : contents.molecule.row(z, y) + from, count);
        });
    scores.of_tiles[tile] = without_solvent(sum / contents.n_voxels[tile], powers.solvent);
  });
}

double detail_of(const MapScore& score, LocalTarget target) {
  const double detail =
      target == LocalTarget::kurtosis ? std::log(score.kurtosis) : score.adjusted_surface_area;
  return std::isfinite(detail) ? detail : kNone;
}

void score_detail(View3<const float> map, const Tiles& tiles, const TileContents& contents,
                  LocalTarget target, const ScoreOptions& options, int threads,
                  TileScores& scores) {
  require(!options.part.box && options.part.mask.empty(),
          "a part of the map is given to score; expected none, as tiles are scored");
  require(target == LocalTarget::kurtosis || options.solvent_fraction,
          "solvent_fraction is missing; it is needed for the adjusted surface area");
  scores.of_map = detail_of(score_map(map, options, threads), target);
  if (tiles.size() == 1 && tiles.box_size == tiles.map_shape) {
    scores.of_tiles[0] = scores.of_map;
    return;
  }
  ScoreOptions of_tile = options;
  of_tile.periodic = false;
  if (target == LocalTarget::kurtosis) of_tile.solvent_fraction.reset();
  // The molecule's volume as given, spread as its mask says.
  const double scale = (1 - options.solvent_fraction.value_or(0)) *
                       static_cast<double>(map.size()) /
                       static_cast<double>(contents.n_voxels_of_map);
  const auto volume = static_cast<double>(tiles.volume());
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    if (contents.n_voxels[tile] == 0) return;
    const std::vector<float> values = cut_out(map, tiles, tile);
    ScoreOptions mine = of_tile;
    if (mine.solvent_fraction)
      mine.solvent_fraction = 1 - std::min(1.0, scale * contents.n_voxels[tile] / volume);
    try {
      scores.of_tiles[tile] =
          detail_of(score_map({values.data(), tiles.box_size}, mine, 1), target);
    } catch (const UnusableDataError&) {
      // A constant tile has no score.
    }
  });
}

double squared_distance(const Vector& a, const Vector& b) {
  const double dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
  return dx * dx + dy * dy + dz * dz;
}

// Distances, to the nearest image where a map is periodic.
class Distances {
 public:
  Distances(const UnitCell& cell, bool periodic)
      : axes_(cell.axes()), metric_(cell), periodic_(periodic) {}

  double squared(const Vector& a, const Vector& b) const {
    if (!periodic_) return squared_distance(a, b);
    Vector d{a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Vector reciprocal = metric_.s_vector(axis == 0, axis == 1, axis == 2);
      const double whole =
          std::round(reciprocal[0] * d[0] + reciprocal[1] * d[1] + reciprocal[2] * d[2]);
      for (std::size_t i = 0; i < 3; ++i) d[i] -= whole * axes_[axis][i];
    }
    return squared_distance(d, {});
  }

 private:
  std::array<Vector, 3> axes_;
  ReciprocalMetric metric_;
  bool periodic_;
};

void require_increasing(const std::vector<double>& b_sharpen) {
  for (std::size_t i = 1; i < b_sharpen.size(); ++i)
    require(b_sharpen[i] > b_sharpen[i - 1], "b_sharpen has ", b_sharpen[i], " after ",
            b_sharpen[i - 1], " Å²; expected increasing values");
}

// Where a parabola through the highest point and its neighbours is highest.
std::optional<double> peak_of(const std::vector<double>& b, const std::vector<double>& curve) {
  std::optional<std::size_t> highest;
  for (std::size_t i = 0; i < curve.size(); ++i)
    if (std::isfinite(curve[i]) && (!highest || curve[i] > curve[*highest])) highest = i;
  if (!highest) return std::nullopt;
  const std::size_t i = *highest;
  if (i == 0 || i + 1 == curve.size()) return b[i];
  const double below = (curve[i] - curve[i - 1]) / (b[i] - b[i - 1]);
  const double above = (curve[i + 1] - curve[i]) / (b[i + 1] - b[i]);
  if (!std::isfinite(below) || !std::isfinite(above) || !(below > above)) return b[i];
  // The slope falls linearly from the middle of one interval to that of the other.
  const double from = (b[i - 1] + b[i]) / 2, to = (b[i] + b[i + 1]) / 2;
  return from + (to - from) * below / (below - above);
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

double centre_of_scan(const std::vector<LocalTrial>& trials,
                      const std::vector<double>& scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] > scores[best] || std::isnan(scores[best])) best = i;
  if (std::isnan(scores[best]))
    throw UnusableDataError("no trial has a region above its contour level; expected density");
  return trials[best].b_sharpen;
}

using Buffer = std::unique_ptr<float[]>;

}  // namespace

TileContents tile_contents(const Tiles& tiles, View3<const float> molecule, int threads) {
  TileContents contents;
  contents.molecule = molecule;
  contents.n_voxels.assign(tiles.size(), static_cast<double>(tiles.volume()));
  const Shape& n = tiles.map_shape;
  contents.n_voxels_of_map = n[0] * n[1] * n[2];
  if (molecule.empty()) return contents;
  require_shape("molecule", molecule.shape, n);
  const auto count_inside = [&](std::size_t z, std::size_t y, std::size_t from,
                                std::size_t count) {
    const float* row = molecule.row(z, y) + from;
    return static_cast<std::size_t>(
        std::count_if(row, row + count, [](float value) { return value > kInside; }));
  };
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    std::size_t inside = 0;
    for_each_row(tiles, tile,
                 [&](std::size_t z, std::size_t y, std::size_t from, std::size_t count,
                     std::size_t) { inside += count_inside(z, y, from, count); });
    const auto voxels = static_cast<double>(inside);
    const bool is_empty = voxels < kLeastShare * static_cast<double>(tiles.volume());
    contents.n_voxels[tile] = is_empty ? 0 : voxels;
  });
  contents.n_voxels_of_map = 0;
  for (std::size_t z = 0; z < n[0]; ++z)
    for (std::size_t y = 0; y < n[1]; ++y)
      contents.n_voxels_of_map += count_inside(z, y, 0, n[2]);
  require(contents.n_voxels_of_map > 0, "molecule has no value above ", kInside,
          "; expected at least one voxel in it");
  return contents;
}

TileScores score_tiles(View3<const float> map, const Tiles& tiles,
                       const TileContents& contents, LocalTarget target,
                       const ScoreOptions& options, int threads) {
  require_shape("map", map.shape, tiles.map_shape);
  require(contents.n_voxels.size() == tiles.size(), "contents are of ",
          contents.n_voxels.size(), " tiles; expected ", tiles.size());
  TileScores scores;
  scores.of_tiles.assign(tiles.size(), kNone);
  if (target == LocalTarget::fall_off)
    score_fall_off(map, tiles, contents, threads, scores);
  else
    score_detail(map, tiles, contents, target, options, threads, scores);
  return scores;
}

double usual_shrinkage(LocalTarget target) {
  return target == LocalTarget::fall_off ? 0.3 : 3;
}

std::vector<std::vector<double>> smooth_scores(const Tiles& tiles, const UnitCell& cell,
                                               const TileContents& contents,
                                               const std::vector<TileScores>& scores,
                                               const SmoothingOptions& options, int threads) {
  require(options.radius > 0 && std::isfinite(options.radius), "smoothing_radius is ",
          options.radius, " Å; it must be above 0");
  require(options.shrinkage > 0 && std::isfinite(options.shrinkage), "shrinkage is ",
          options.shrinkage, "; it must be above 0");
  require(options.places.empty() || options.places.size() == tiles.size(), "places are of ",
          options.places.size(), " tiles; expected ", tiles.size(), " or none");
  require(contents.n_voxels.size() == tiles.size(), "contents are of ",
          contents.n_voxels.size(), " tiles; expected ", tiles.size());
  for (const TileScores& trial : scores)
    require(trial.of_tiles.size() == tiles.size(), "scores are of ", trial.of_tiles.size(),
            " tiles; expected ", tiles.size());
  const auto centres = tile_centres(tiles, cell);
  const Distances distances(cell, tiles.periodic);
  const double sharpness = 1 / (2 * options.radius * options.radius);
  const double reach = kReach * options.radius, squared_reach = reach * reach;
  const double prior = options.shrinkage * static_cast<double>(tiles.volume());
  std::vector<std::vector<double>> curves(tiles.size(), std::vector<double>(scores.size()));
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    const std::size_t n_places = options.places.empty() ? 1 : options.places[tile].size();
    std::vector<double> weights(tiles.size());
    for (std::size_t other = 0; other < tiles.size(); ++other) {
      if (contents.n_voxels[other] == 0) continue;
      for (std::size_t i = 0; i < n_places; ++i) {
        const Vector& place = options.places.empty() ? centres[tile] : options.places[tile][i];
        const double squared = distances.squared(place, centres[other]);
        if (squared <= squared_reach)
          weights[other] += contents.n_voxels[other] * std::exp(-squared * sharpness);
      }
    }
    for (std::size_t trial = 0; trial < scores.size(); ++trial) {
      double sum = prior * scores[trial].of_map, weight = prior;
      for (std::size_t other = 0; other < tiles.size(); ++other) {
        const double score = scores[trial].of_tiles[other];
        if (weights[other] == 0 || std::isnan(score)) continue;
        sum += weights[other] * score;
        weight += weights[other];
      }
      curves[tile][trial] = sum / weight;
    }
  });
  return curves;
}

double local_b_factor(const std::vector<double>& b_sharpen, const std::vector<double>& curve,
                      const std::vector<double>& of_map, double centre, LocalTarget target) {
  require(curve.size() == b_sharpen.size() && of_map.size() == b_sharpen.size(),
          "curves have ", curve.size(), " and ", of_map.size(), " values; expected ",
          b_sharpen.size());
  require_increasing(b_sharpen);
  if (b_sharpen.size() < 3) return centre;
  std::optional<double> here, there;
  if (target == LocalTarget::fall_off) {
    const double wanted = interpolated(slopes_of(b_sharpen, of_map), centre);
    there = place_of_slope(slopes_of(b_sharpen, of_map), wanted, centre);
    here = place_of_slope(slopes_of(b_sharpen, curve), wanted, centre);
  } else {
    there = peak_of(b_sharpen, of_map);
    here = peak_of(b_sharpen, curve);
  }
  if (!here || !there) return centre;
  return std::clamp(centre + (*here - *there), std::min(centre, b_sharpen.front()),
                    std::max(centre, b_sharpen.back()));
}

void make_trial_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                    double d_min, const ScaleFactors& factors, View3<float> map, int threads) {
  require(d_min > 0 && std::isfinite(d_min), "d_min is ", d_min, " Å; it must be above 0");
  require_shape("map", map.shape, grid.shape);
  const Shape half = grid.half_complex_shape();
  const Buffer buffer(new float[2 * half[0] * half[1] * half[2]]);
  const View3<std::complex<float>> scaled(reinterpret_cast<std::complex<float>*>(buffer.get()),
                                          half);
  const Columns columns = Columns::within(grid, 1 / d_min);
  const double variance = apply_scale_factors<float>(coefficients, {}, scaled, grid, columns,
                                                     1 / d_min, factors, threads);
  if (!(variance > 0) || !std::isfinite(variance))
    throw UnusableDataError(text_of("map has a variance of ", variance, " from terms to ",
                                    d_min,
                                    " Å; expected finite density that is not constant"));
  inverse_transform<float>(scaled, map, columns, 1, threads);
}

float HatFunction::at(float b) const {
  const double place = static_cast<double>(b);
  const std::optional<double>& side = place < middle ? low : high;
  if (!side) return 1;
  return static_cast<float>(std::max(0.0, (*side - place) / (*side - middle)));
}

void add_blended(View3<const float> trial, View3<const float> b_map, const HatFunction& hat,
                 View3<float> out, int threads) {
  require_shape("b_map", b_map.shape, trial.shape);
  require_shape("out", out.shape, trial.shape);
  require((!hat.low || *hat.low < hat.middle) && (!hat.high || *hat.high > hat.middle),
          "b_sharpen of the trials is ", hat.low.value_or(kNone), ", ", hat.middle, ", ",
          hat.high.value_or(kNone), " Å²; expected increasing values");
  for_each_index(out.shape[0], threads, [&](std::size_t z) {
    for (std::size_t y = 0; y < out.shape[1]; ++y) {
      const float* values = trial.row(z, y);
      const float* b = b_map.row(z, y);
      float* sums = out.row(z, y);
      for (std::size_t x = 0; x < out.shape[2]; ++x) sums[x] += hat.at(b[x]) * values[x];
    }
  });
}

void normalise_map(View3<float> map, int threads) {
  const MapStatistics statistics = map_statistics(map, threads);
  const double deviation = statistics.standard_deviation;
  if (statistics.n_not_finite > 0 || !(deviation > 0))
    throw UnusableDataError("map is constant or not finite; expected density");
  for_each_index(map.shape[0], threads, [&](std::size_t z) {
    for (std::size_t y = 0; y < map.shape[1]; ++y) {
      float* row = map.row(z, y);
      for (std::size_t x = 0; x < map.shape[2]; ++x)
        row[x] =
            static_cast<float>((static_cast<double>(row[x]) - statistics.mean) / deviation);
    }
  });
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

LocalBFactor sharpen_locally(View3<const std::complex<float>> coefficients, const Grid& grid,
                             double d_min, const std::vector<LocalTrial>& trials,
                             const LocalBFactorOptions& options, View3<float> b_map,
                             View3<float> map) {
  require(!trials.empty(), "trials are none; expected at least one");
  require_shape("b_map", b_map.shape, grid.shape);
  require_shape("map", map.shape, grid.shape);
  std::vector<double> b_sharpen;
  for (const LocalTrial& trial : trials) b_sharpen.push_back(trial.b_sharpen);
  require_increasing(b_sharpen);
  const int threads = options.threads;
  LocalBFactor found;
  found.tiles = make_tiles(grid.shape, options.tiles);
  const TileContents contents = tile_contents(found.tiles, options.molecule, threads);
  found.smoothing_radius = options.smoothing_radius.value_or(
      usual_smoothing_radius(tile_centres(found.tiles, grid.cell)));

  const std::size_t n_steps = 2 * trials.size();
  const auto tell = [&](std::size_t done) {
    if (options.progress) options.progress(done, n_steps);
  };
  const LocalTarget whole =
      options.target == LocalTarget::kurtosis || !options.score.solvent_fraction
          ? LocalTarget::kurtosis
          : LocalTarget::adjusted_surface_area;
  std::vector<TileScores> scores;
  std::vector<double> of_map, of_whole;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    make_trial_map(coefficients, grid, d_min, trials[i].factors, map, threads);
    scores.push_back(
        score_tiles(map, found.tiles, contents, options.target, options.score, threads));
    of_map.push_back(scores.back().of_map);
    if (!options.centre)
      of_whole.push_back(detail_of(score_map(map, options.score, threads), whole));
    tell(i + 1);
  }
  found.centre = options.centre ? *options.centre : centre_of_scan(trials, of_whole);

  const SmoothingOptions smoothing{found.smoothing_radius,
                                   options.shrinkage.value_or(usual_shrinkage(options.target)),
                                   options.places};
  for (const auto& curve :
       smooth_scores(found.tiles, grid.cell, contents, scores, smoothing, threads))
    found.b_sharpen.push_back(
        local_b_factor(b_sharpen, curve, of_map, found.centre, options.target));
  interpolate_tiles(found.tiles, found.b_sharpen, b_map, threads);

  const Buffer buffer(new float[grid.size()]);
  const View3<float> trial_map(buffer.get(), grid.shape);
  for (std::size_t z = 0; z < grid.shape[0]; ++z)
    for (std::size_t y = 0; y < grid.shape[1]; ++y)
      std::fill_n(map.row(z, y), grid.shape[2], 0.0f);
  const auto [least, most] =
      std::minmax_element(found.b_sharpen.begin(), found.b_sharpen.end());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const HatFunction hat = hat_of_trial(b_sharpen, i);
    if (hat.touches(*least, *most)) {
      make_trial_map(coefficients, grid, d_min, trials[i].factors, trial_map, threads);
      add_blended(trial_map, b_map, hat, map, threads);
    }
    tell(trials.size() + i + 1);
  }
  normalise_map(map, threads);
  return found;
}

}  // namespace map_sharpening
