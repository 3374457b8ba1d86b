#include "methods/half_map_checks.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.hpp"

namespace map_sharpening {

void require_inputs(const HalfMaps& maps) {
  const Shape& shape = maps.half_1.shape;
  require_array("half_1", maps.half_1);
  require_array("half_2", maps.half_2, shape);
  require_array("mask", maps.mask, shape);
  require(maps.mask.is_contiguous(), "mask has padded rows; expected none");
}

void require_maps(const HalfMaps& maps) {
  require_inputs(maps);
  const Shape& shape = maps.half_1.shape;
  require_array("sharpened", maps.sharpened, shape);
  if (!maps.full.empty()) require_array("full", maps.full, shape);
  require_pair("sharpened_half_1", maps.sharpened_half_1, "sharpened_half_2",
               maps.sharpened_half_2, shape);
}

void require_options(const HalfMapOptions& options, const Grid& grid) {
  require_positive("resolution", options.resolution, " Å");
  require(options.resolution >= grid.nyquist() * (1 - 1e-6), "resolution is ",
          options.resolution, " Å, finer than the Nyquist limit of this grid (",
          grid.nyquist(), " Å)");
  const double shortest = std::min({grid.cell.a, grid.cell.b, grid.cell.c});
  require(options.resolution <= shortest / 4, "resolution is ", options.resolution,
          " Å, coarser than a quarter of the shortest edge of the box (", shortest, " Å)");
  require_positive("output_scale", options.output_scale);
  if (options.n_shells)
    require(*options.n_shells >= 4, "n_shells is ", *options.n_shells,
            "; at least 4 are needed");
  if (options.randomise_beyond)
    require(*options.randomise_beyond > 0, "randomise_beyond is ", *options.randomise_beyond,
            " Å; it must be above 0");
  if (options.guinier_d_low)
    require(*options.guinier_d_low > options.resolution, "guinier_d_low is ",
            *options.guinier_d_low, " Å; it must be coarser than the resolution (",
            options.resolution, " Å)");
}

// One value that isn't finite is in every term of a transform.
void require_finite(const PowerSums& halves) {
  for (const auto& power : {halves.auto_1, halves.auto_2})
    if (!std::all_of(power.begin(), power.end(),
                     [](double sum) { return std::isfinite(sum); }))
      throw UnusableDataError(
          "the half maps hold values that are not finite, or too large for 32-bit floats; set "
          "them to 0 or make the maps again");
}

void require_common_signal(double power) {
  if (!(power > 0))
    throw UnusableDataError(
        "the half maps hold no common signal; check that they are halves of one "
        "reconstruction in the same place");
}

void require_local_signal(double power) {
  if (!(power > 0))
    throw UnusableDataError(
        "no window of local sharpening holds more signal than noise, as where the box is cut "
        "out of a larger one; sharpen without local sharpening, or give whole half maps");
}

void require_agreement_in_box(double agreed, double coarsest) {
  const auto rounded = [](double d) { return std::to_string(std::lround(d)); };
  if (agreed > coarsest)
    throw UnusableDataError("the half maps agree to " + rounded(agreed) +
                            " Å only; expected finer than " + rounded(coarsest) +
                            " Å, a quarter of the shortest edge of the box");
}

}  // namespace map_sharpening
