// Density modification shell by shell: from sums over Fourier terms to factors.
#pragma once

#include <cstddef>
#include <vector>

#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/shells.hpp"

namespace map_sharpening {

inline constexpr std::size_t kFewestModificationShells = 4;

/// Sums of one shell that least squares need: x the map, p its positive part, t what they are
/// judged by.
struct NormalEquations {
  double xx = 0, xp = 0, pp = 0, xt = 0, pt = 0, tt = 0;
};

struct ShellWeights {
  std::vector<double> signal_share, linear, positive, before, after;
  /// Weight that x has without p, which the others are divided by; at least 0.
  std::vector<double> alone;
  /// Product of half the magnitude with the density, on the scale of a map without noise; 0
  /// where the positive part was not confirmed in the shell itself.
  std::vector<double> on_density;
};

/// As many shells up to d_min as were asked for and the box holds.
Shells modification_shells(const Grid& grid, const ModificationOptions& options);

/// Shells of the same width as far as terms are predicted.
Shells extended_shells(const Shells& shells, const Grid& grid);

/// Weights of x and p in each shell.
/// @param n_terms      of each shell, counting only independent ones.
/// @param noise_share  as of ModificationOptions.
/// @param reach        how many shells on either side are fitted along with one that doesn't
///                     confirm p by itself, counting the less the farther they are.
ShellWeights shell_weights(const std::vector<NormalEquations>& equations,
                           const std::vector<double>& n_terms, double noise_share,
                           std::size_t reach = 0);

/// Factors of half the magnitude in the shells that follow the last of `on_density`, for as
/// long as what they are judged by confirms them.
/// @param equations   pp, pt and tt of these shells and of those before, p being half the
///                    magnitude and t unsharpened.
/// @param n_terms     as of shell_weights.
/// @param on_density  of ShellWeights.
std::vector<double> extension_factors(const std::vector<NormalEquations>& equations,
                                      const std::vector<double>& n_terms,
                                      const std::vector<double>& on_density);

/// A table that has its values at the middles of the shells.
ScaleFactors table_of(const Shells& shells, const std::vector<double>& values);

/// The same of values from the shell `first` on; up to there they are 0.
ScaleFactors table_beyond(const Shells& shells, std::size_t first,
                          const std::vector<double>& values);

}  // namespace map_sharpening
