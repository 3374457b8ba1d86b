#include "methods/density_modification/weights.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace map_sharpening {
namespace {

// Keeps weights apart where a map and its positive part are nearly the same.
constexpr double kRidge = 1e-6;
// A reduction of the squared error that chance makes in one shell of some hundred: there are
// two dozen.
constexpr double kBeyondChance = 6.5;
// The same of the shells beyond d_min, which are tried one after the other.
constexpr double kBeyondChanceBeyond = 4;
// Shells at d_min that the scale of unsharpened terms is taken from.
constexpr std::size_t kShellsForScale = 3;

// Converts a share of signal in the mixtures to that in the mean, which is less noisy.
double in_mean(double share, double noise_share) {
  if (!(share > 0)) return 0;
  const double noise = (1 / std::min(share, 1.0) - 1);
  return 1 / (1 + noise / (1 + noise_share * noise_share));
}

struct Fit {
  double alone, linear, positive;  // weight of x on its own, and those of x and p
  double gain;                     // of the power of t that is explained, by p
};

// Nothing if p tells no more than chance would.
std::optional<Fit> confirmed_fit(const NormalEquations& e, double n_terms) {
  const double alone = e.xx > 0 ? e.xt / e.xx : 0;
  const double xx = e.xx * (1 + kRidge), pp = e.pp * (1 + kRidge);
  const double determinant = xx * pp - e.xp * e.xp;
  if (!(alone > 0 && determinant > 0)) return std::nullopt;
  const double a = (pp * e.xt - e.xp * e.pt) / determinant;
  const double b = (xx * e.pt - e.xp * e.xt) / determinant;
  const double explained = a * e.xt + b * e.pt;
  // Explained by chance, by any regressor: the error's power of one term, in each of the
  // two mixtures, which share their noise.
  const double by_chance = (e.tt - explained) / std::max(n_terms, 1.0);
  if (!(explained - alone * e.xt > kBeyondChance * by_chance)) return std::nullopt;
  return Fit{alone, a, b, explained / (alone * e.xt)};
}

// Sums of a shell and of those around it, which count the less the farther they are.
std::pair<NormalEquations, double> with_neighbours(
    const std::vector<NormalEquations>& equations, const std::vector<double>& n_terms,
    std::size_t i, std::size_t reach) {
  std::pair<NormalEquations, double> sum{{}, 0};
  const std::size_t last = std::min(i + reach, equations.size() - 1);
  for (std::size_t j = i > reach ? i - reach : 0; j <= last; ++j) {
    const auto distance = static_cast<double>(j > i ? j - i : i - j);
    const double weight = 1 - distance / static_cast<double>(reach + 1);
    using N = NormalEquations;
    for (const auto member : {&N::xx, &N::xp, &N::pp, &N::xt, &N::pt, &N::tt})
      sum.first.*member += weight * equations[j].*member;
    sum.second += weight * n_terms[j];
  }
  return sum;
}

// Between whole places by interpolation; before the first value it is that, half a shell
// behind the last 0.
double value_at(const std::vector<double>& values, double place) {
  const auto n = static_cast<double>(values.size());
  if (place >= n - 0.5) return 0;
  const double at = std::clamp(place, 0.0, n - 1);
  const auto i = static_cast<std::size_t>(at);
  const double next = i + 1 < values.size() ? values[i + 1] : values[i];
  return values[i] + (at - static_cast<double>(i)) * (next - values[i]);
}

}  // namespace

Shells modification_shells(const Grid& grid, const ModificationOptions& options) {
  const double s_max = 1 / options.d_min;
  const double shortest = std::min({grid.cell.a, grid.cell.b, grid.cell.c});
  // An edge that is a whole number of d_min must not fall short of it by rounding.
  const auto held = static_cast<std::size_t>(std::floor(s_max * shortest + 1e-6));
  const std::size_t count =
      std::max(std::min(options.n_shells, held), kFewestModificationShells);
  return {s_max / static_cast<double>(count), count};
}

Shells extended_shells(const Shells& shells, const Grid& grid) {
  const double farthest = std::min(kFarthestExtension * shells.s_max(), 1 / grid.nyquist());
  const auto count = static_cast<std::size_t>(std::floor(farthest / shells.width + 1e-6));
  return {shells.width, std::max(count, shells.count)};
}

ShellWeights shell_weights(const std::vector<NormalEquations>& equations,
                           const std::vector<double>& n_terms, double noise_share,
                           std::size_t reach) {
  ShellWeights weights;
  for (std::size_t i = 0; i < equations.size(); ++i) {
    const NormalEquations& e = equations[i];
    // Weight of the map alone, which is its share of signal.
    const double alone = e.xx > 0 ? e.xt / e.xx : 0;
    std::optional<Fit> fit = confirmed_fit(e, n_terms[i]);
    const double on_density = fit ? (e.pt - e.xt / 2) / alone : 0;
    if (!fit) {
      const auto [around, n_around] = with_neighbours(equations, n_terms, i, reach);
      fit = confirmed_fit(around, n_around);
    }
    double linear = 1, positive = 0, after = alone;
    if (fit) {
      linear = fit->linear / fit->alone;
      positive = fit->positive / fit->alone;
      after *= fit->gain;
    }
    weights.signal_share.push_back(in_mean(alone, noise_share));
    weights.alone.push_back(std::max(alone, 0.0));
    weights.linear.push_back(linear);
    weights.positive.push_back(positive);
    weights.before.push_back(std::sqrt(in_mean(alone, noise_share)));
    weights.after.push_back(std::sqrt(in_mean(after, noise_share)));
    weights.on_density.push_back(on_density);
  }
  return weights;
}

std::vector<double> extension_factors(const std::vector<NormalEquations>& equations,
                                      const std::vector<double>& n_terms,
                                      const std::vector<double>& on_density) {
  std::vector<double> factors;
  const std::size_t first = on_density.size();
  double sharpened = 0, unsharpened = 0;
  for (std::size_t i = first - kShellsForScale; i < first; ++i) {
    if (!(on_density[i] > 0 && equations[i].pt > 0)) return factors;
    sharpened += on_density[i];
    unsharpened += equations[i].pt;
  }
  for (std::size_t i = first; i < equations.size(); ++i) {
    const NormalEquations& e = equations[i];
    const double by_chance = e.tt / std::max(n_terms[i], 1.0);
    if (!(e.pt > 0) || !(e.pt * e.pt > kBeyondChanceBeyond * by_chance * e.pp)) break;
    factors.push_back(e.pt / e.pp * sharpened / unsharpened);
  }
  return factors;
}

ScaleFactors table_of(const Shells& shells, const std::vector<double>& values) {
  ScaleFactors factors;
  factors.step = shells.width / 2;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double before = values[i == 0 ? 0 : i - 1];
    factors.gain.push_back(static_cast<float>((before + values[i]) / 2));
    factors.gain.push_back(static_cast<float>(values[i]));
  }
  return factors;
}

ScaleFactors table_beyond(const Shells& shells, std::size_t first,
                          const std::vector<double>& values) {
  // Fine steps: the table is read by interpolation, and the first value begins at once.
  constexpr std::size_t kSteps = 8;
  ScaleFactors factors;
  factors.step = shells.width / kSteps;
  for (std::size_t i = 0; i <= shells.count * kSteps; ++i) {
    const auto place = static_cast<double>(i) / kSteps - static_cast<double>(first) - 0.5;
    factors.gain.push_back(i > first * kSteps ? static_cast<float>(value_at(values, place))
                                              : 0);
  }
  return factors;
}

}  // namespace map_sharpening
