// Where the correlation of two half maps in a window falls below a threshold.
#pragma once

#include <cstddef>
#include <vector>

namespace map_sharpening {

/// Signal and noise power of one window along s, smoothed.  Value i is at s = (i + 0.5) *
/// step.
struct WindowSpectrum {
  double step = 0;                     ///< 1/Å
  std::vector<double> signal, noise;   ///< of one half map, on one scale
  const std::vector<double>* smear{};  ///< 1/Å: standard deviation of window and smoothing
  double reach = 0;                    ///< 1/Å: how far below an edge its foot does not reach

  double s(std::size_t i) const { return (static_cast<double>(i) + 0.5) * step; }
  /// Local FSC, signal / (signal + noise), 0 to 1.
  double fsc(std::size_t i) const;
  double signal_to_noise(std::size_t i) const;
};

/// First s, from value `first` on, at which the local FSC falls below `threshold`.
///
/// Between two values the FSC is a straight line.  A window smears what is sharp along s: a
/// signal that ends at s0 is seen fading over 1 / window, and where it is strong the fading
/// foot stays above the threshold far beyond s0.  So the edge that ends in the crossing is
/// taken for an error function between its height well inside and the threshold, and its
/// width, seen between half height and the crossing, is reduced by the known smear: a sharp
/// end is placed at half height, a gentle fall-off hardly moves.
/// @returns s(first) if the FSC is below there already, infinity if it never falls so low.
double first_crossing(const WindowSpectrum& spectrum, double threshold, std::size_t first);

}  // namespace map_sharpening
