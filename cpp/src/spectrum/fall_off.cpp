// Straight lines through the logarithm of amplitudes, and the factors that follow.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/shells_check.hpp"
#include "map_sharpening/errors.hpp"
#include "map_sharpening/power_model.hpp"
#include "spectrum/guinier.hpp"

namespace map_sharpening {
namespace {

// Where a molecule's fall-off can be told from noise: the share of signal in a half map's
// power, S / (S + 2N), that the last used shell must have.
constexpr double kLeastShare = 0.05;

void require_model(const PowerModel& model) {
  require_shells(model.shells);
  require(
      model.signal.size() == model.shells.count && model.noise.size() == model.shells.count,
      "the power model has ", model.signal.size(), " values of signal and ",
      model.noise.size(), " of noise for ", model.shells.count, " shells; expected as many");
}

struct LinePoint {
  double x, y, weight;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Weighted least-squares line through the points; weights times `trust`.
FallOff line_through(const std::vector<LinePoint>& points, const std::vector<double>& trust) {
  double sum = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const LinePoint& p = points[i];
    const double weight = p.weight * trust[i];
    sum += weight;
    sum_x += weight * p.x;
    sum_y += weight * p.y;
    sum_xx += weight * p.x * p.x;
    sum_xy += weight * p.x * p.y;
  }
  const double spread = sum_xx - sum_x * sum_x / sum;
  const double slope = (sum_xy - sum_x * sum_y / sum) / spread;
  FallOff line;
  line.b = -4 * slope;
  line.ln_scale = (sum_y - slope * sum_x) / sum;
  line.middle = sum_x / sum;
  line.n_shells = points.size();
  double residual = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double off = points[i].y - line.ln_scale - slope * points[i].x;
    residual += points[i].weight * trust[i] * off * off;
  }
  line.standard_error =
      4 * std::sqrt(residual / spread / static_cast<double>(points.size() - 2));
  return line;
}

// The outline of a molecule makes its amplitudes fall off too, which no table of ideal
// amplitudes knows: the more of the data it decides the coarser they are.  What it adds to B
// doesn't depend on B; where B is large, though, a share of it is the better estimate.  Both
// were chosen on simulated, reconstructed and real averages of 20 to 60 Å.
FallOff without_outline(FallOff line, const std::vector<LinePoint>& points,
                        const std::vector<double>& trust, double d_min) {
  constexpr double kOutlineFrom = 20;  // Å
  constexpr double kOutline = 12;      // of B, in squares of d_min, far beyond that
  const double share = std::min(1.0, kOutlineFrom / d_min);
  double sum = 0, sum_x = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double weight = points[i].weight * trust[i];
    sum += weight;
    sum_x += weight * points[i].x;
  }
  if (share == 1 || !(sum > 0)) return line;
  const double scaled = share * line.b;
  const double lowered = std::max(0.0, line.b - kOutline * (1 - share) * d_min * d_min);
  const bool is_lowered = line.b > 0 && lowered < scaled;
  const double kept = is_lowered ? lowered : scaled;
  // The line turns about its middle.
  line.ln_scale -= 0.25 * (line.b - kept) * sum_x / sum;
  line.b = kept;
  if (!is_lowered) line.standard_error *= share;
  return line;
}

}  // namespace

double ideal_from(const Shells& shells) {
  require_shells(shells);
  // Shells go on to 0.833 times the resolution.
  return std::min(kIdealFrom, shells.s_max() / 3);
}

FallOff fit_fall_off(const PowerModel& model, IdealCurve curve) {
  require_model(model);
  const double from = ideal_from(model.shells);
  // Weights: a shell's terms grow as s², and a term's information as its share of signal.
  std::vector<LinePoint> points;
  for (std::size_t i = 0; i < model.shells.count; ++i) {
    const double s = model.shells.middle(i);
    const double share = model.signal[i] / (model.signal[i] + 2 * model.noise[i]);
    if (s < from) continue;
    if (share < kLeastShare && s > 2 * from) break;
    points.push_back({s * s,
                      0.5 * std::log(model.signal[i]) - std::log(ideal_amplitude(curve, s)),
                      s * s * share});
  }
  for (const LinePoint& point : points)
    if (!std::isfinite(point.y) || !std::isfinite(point.weight))
      throw UnusableDataError(
          "the power of signal or noise is not a number above 0 in all shells");
  // Too few for a slope: amplitudes are left as they are.
  if (points.size() < 3) return FallOff{};
  // Theil and Sen's line, the median slope of all pairs, is untouched by up to a quarter of
  // points far off it; a redescending weight (Tukey's) then makes the most of the others.
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j)
      slopes.push_back((points[j].y - points[i].y) / (points[j].x - points[i].x));
  FallOff line;
  line.b = -4 * median(std::move(slopes));
  line.n_shells = points.size();
  std::vector<double> off;
  for (const LinePoint& p : points) off.push_back(p.y + 0.25 * line.b * p.x);
  line.ln_scale = median(off);
  for (double& value : off) value = std::fabs(value - line.ln_scale);
  // Tukey's constant, in standard deviations of a normal distribution.
  const double limit = 4.685 * 1.4826 * median(off);
  std::vector<double> trust(points.size(), 1.0);
  constexpr int n_rounds = 20;
  constexpr double kRounding = 1e-9;  // points that lie on the line but for it need no weights
  for (int round = 0; round < n_rounds && limit > kRounding; ++round) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double u = (points[i].y - line.ln_scale + 0.25 * line.b * points[i].x) / limit;
      trust[i] = std::fabs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0.0;
    }
    line = line_through(points, trust);
  }
  return without_outline(line, points, trust, 1 / model.shells.s_max());
}

std::optional<double> fit_as_other_kind(const PowerModel& model, double resolution,
                                        IdealCurve given, IdealCurve other) {
  constexpr double kCoarsest = 7.5, kFits = 0.2;  // Å; resolution²
  constexpr double kLeastShells = 12;  // pairs of RNA have 17; a corner of 39 Å has 7 to 9
  if (resolution > kCoarsest) return std::nullopt;
  const double from = ideal_from(model.shells);
  if (model.shells.s_max() - from < kLeastShells * model.shells.width) return std::nullopt;
  const double error = fit_fall_off(model, other).standard_error;
  if (error >= kFits * resolution * resolution) return std::nullopt;
  return error / fit_fall_off(model, given).standard_error;
}

bool falls_off_as_nucleic_acid(const PowerModel& model, double resolution) {
  constexpr double kClearly = 0.6;
  return fit_as_other_kind(model, resolution, IdealCurve::protein, IdealCurve::nucleic_acid)
             .value_or(1) < kClearly;
}

IdealFactors ideal_factors(const PowerModel& model, IdealCurve curve, double concentration) {
  require(std::isfinite(concentration) && concentration >= 1, "concentration is ",
          concentration, "; expected 1 or more");
  require_model(model);
  const Shells& shells = model.shells;
  const auto signal_norm = mean_fall_off(model.signal_b.b, shells);
  const auto noise_norm = mean_fall_off(model.noise_b.b, shells);
  IdealFactors result;
  result.fall_off = fit_fall_off(model, curve);
  ScaleFactors& factors = result.factors;
  factors.step = shells.width;
  std::vector<double> gain, ratio;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    const double whitening = std::exp(0.25 * result.fall_off.b * s * s);
    result.ideal.push_back(whitening * std::sqrt(model.signal[i]));
    gain.push_back(whitening * std::sqrt(signal_norm[i]));
    const double error = model.noise[i] / (concentration * model.signal[i]);
    ratio.push_back(std::min(error * signal_norm[i] / noise_norm[i], 1e12));
  }
  // From the shells' middles to the table's places, which start at s = 0.
  const auto at_edges = [](const std::vector<double>& middles) {
    std::vector<float> table;
    for (std::size_t i = 0; i <= middles.size(); ++i) {
      const double below = middles[i == 0 ? 0 : i - 1];
      const double above = middles[std::min(i, middles.size() - 1)];
      table.push_back(static_cast<float>(std::sqrt(below * above)));
    }
    return table;
  };
  factors.gain = at_edges(gain);
  factors.ratio = at_edges(ratio);
  for (std::size_t k = 0; k < 6; ++k) {
    // sqrt(S) falls off as exp(-s B_S s / 4), so the gain rises by as much; N / S falls off
    // by the difference of the two.
    factors.gain_b[k] = -model.signal_b.b[k];
    factors.ratio_b[k] = model.noise_b.b[k] - model.signal_b.b[k];
  }
  return result;
}

GuinierLine fit_guinier(const Shells& shells, const std::vector<double>& rms_amplitude,
                        const std::vector<double>& fsc, double d_low, double d_high) {
  GuinierLine line;
  line.d_low = d_low;
  line.d_high = d_high;
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  for (std::size_t i = 0; i < shells.count; ++i) {
    const double s = shells.middle(i);
    if (s < 1 / line.d_low || s > 1 / line.d_high) continue;
    if (!(fsc[i] > 0) || !(rms_amplitude[i] > 0)) continue;
    const double x = s * s, y = std::log(rms_amplitude[i] * c_ref(fsc[i]));
    n += 1;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_yy += y * y;
    sum_xy += x * y;
  }
  const double var_x = n * sum_xx - sum_x * sum_x, var_y = n * sum_yy - sum_y * sum_y;
  const double cov = n * sum_xy - sum_x * sum_y;
  if (n < 3 || !(var_x > 0) || !(var_y > 0)) return line;
  line.slope = cov / var_x;
  line.intercept = (sum_y - line.slope * sum_x) / n;
  line.correlation = -cov / std::sqrt(var_x * var_y);
  line.n_shells = static_cast<std::size_t>(n);
  return line;
}

}  // namespace map_sharpening
