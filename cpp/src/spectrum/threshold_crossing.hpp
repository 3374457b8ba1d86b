// Where the correlation of two half maps in a window falls below a threshold.
#pragma once

#include <cstddef>
#include <vector>

namespace map_sharpening {

/// Signal-to-noise ratio of one window's half maps along s, smoothed.
///
/// Value i is at s = (i + 0.5) * step.  0 or more, finite.
struct WindowSpectrum {
  double step = 0;  ///< 1/Å
  std::vector<float> signal_to_noise;

  /// Places are not checked, here and below.
  double s(std::size_t i) const { return (static_cast<double>(i) + 0.5) * step; }
  /// Local FSC, signal / (signal + noise), 0 to 1.
  double fsc(std::size_t i) const {
    const double ratio = signal_to_noise[i];
    return ratio / (1 + ratio);
  }
};

/// First s, from value `first` on, at which the local FSC falls below `threshold`.
///
/// Between two values the FSC is a straight line.  A window smears what is sharp along s: a
/// signal that ends at s0 is seen fading over 1 / window, and where it is strong the fading
/// foot stays above the threshold far beyond s0.  So the edge that ends in the crossing is
/// taken for an error function between its height well inside and the threshold, and its
/// width, seen between half height and the crossing, is reduced by what is known to have
/// widened it: a sharp end is placed at half height, a gentle fall-off hardly moves.  The
/// width of the foot shows which of the two it is: an error function falls ever faster.  A
/// long foot under a narrow edge is a mixture of sharp ends, placed at half height as well.
/// @param smear     1/Å, standard deviation by which the window smears, at each value
/// @param widening  1/Å, standard deviation of what else widens edges in this window
/// @throws std::invalid_argument if there are not as many smears as values, or a number is out
/// of range.
/// @returns s(first) if the FSC is below there already, infinity if it never falls so low.
double first_crossing(const WindowSpectrum& spectrum, const std::vector<double>& smear,
                      double threshold, std::size_t first, double widening = 0);

}  // namespace map_sharpening
