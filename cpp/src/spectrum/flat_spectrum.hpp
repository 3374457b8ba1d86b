// Half maps whose spectrum is so steep that a mask carries power from shell to shell.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/filters.hpp"     // ScaleFactors
#include "map_sharpening/shells.hpp"      // PowerSums

namespace map_sharpening {

/// First shell beyond `from` (1/Å) from which on the maps hold next to no power, as low-pass
/// filters leave them; empty: they hold power in all.
std::optional<std::size_t> end_of_power(const PowerSums& unmasked, double from);

/// Whether masked maps agree clearly less than the whole ones do, where those agree: a mask
/// leaves noise out, so then it brought some in, from terms with far more of it.
bool mask_brings_noise(const PowerSums& unmasked, const std::vector<double>& fsc_masked);

/// Whether power spans so many orders of magnitude beyond `from` (1/Å) that a mask's faint
/// ripples carry more of it than weak shells hold.  Unfiltered maps end in noise before.
bool is_steep(const PowerSums& unmasked, double from);

/// Whether terms beyond the last shell, in the corners of the box of terms, hold so much more
/// power than shells beyond `from` (1/Å) that a mask brings it there.  Sharpened maps do.
///
/// @param half_1  the first map of the sums, whose power is that of all its terms.
bool is_outshone_by_corners(const PowerSums& unmasked, View3<const float> half_1, double from,
                            int threads = 0);

/// Whether terms about `d` (Å) hold as much power as those three times as coarse: never of a
/// molecule as it was reconstructed, always of one that was sharpened much.
bool is_rising(const PowerSums& unmasked, double d);

/// Radial factors that give terms of all shells the same power; 0 from shell `end` on.
ScaleFactors flattening(const PowerSums& unmasked, std::size_t end);

/// Those that undo them where they are not 0.
ScaleFactors undone(const ScaleFactors& flattening);

}  // namespace map_sharpening
