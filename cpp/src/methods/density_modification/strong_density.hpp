// What density modification adds fades out where density is strong.
#pragma once

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/filters.hpp"

namespace map_sharpening {

/// Factors that smooth a map by a Gaussian.
/// @param width  standard deviation, in units of d_min.
ScaleFactors smoothing(double d_min, double width);

/// Width by which noise of single points does not count as density.
inline constexpr double kSmoothing = 0.3;

/// Mean over all points of the square of two maps' mean.
double mean_square_of_mean(View3<const float> half_1, View3<const float> half_2, int threads);

/// A smoothed half map, whose mean was lost on the way.
struct SmoothedHalf {
  View3<const float> map;
  double mean;
};

/// Write the factor of what is added, less 1: 0 where there is no density, falling to -1 where
/// the geometric mean of the halves is twice `rms`.  What one half alone shows is no density.
///
/// Weights of a shell are right for it as a whole.  In strong density there is less noise than
/// on average, and the map is better than they allow for.
/// @param rms  of the map inside the mask; below 0 if density is negative.
/// @param out  may be one of the halves.
void write_fading(const SmoothedHalf& half_1, const SmoothedHalf& half_2, double rms,
                  View3<float> out, int threads);

}  // namespace map_sharpening
