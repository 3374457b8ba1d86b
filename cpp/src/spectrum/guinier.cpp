#include "spectrum/guinier.hpp"

#include <cmath>

namespace map_sharpening {

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
