// The Guinier plot: the B of an isotropic sharpening.
#pragma once

#include <vector>

#include "map_sharpening/power_model.hpp"  // GuinierLine

namespace map_sharpening {

/// Line through ln(rms amplitude times C_ref) of the shells from `d_low` to `d_high` (Å).
GuinierLine fit_guinier(const Shells& shells, const std::vector<double>& rms_amplitude,
                        const std::vector<double>& fsc, double d_low, double d_high);

}  // namespace map_sharpening
