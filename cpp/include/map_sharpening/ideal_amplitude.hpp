// Rms amplitude of an ideal map (point-like atoms, B = 0) as a smooth function of s.
#pragma once

#include <string>

namespace map_sharpening {

/// Which kind of molecule the curve describes.
enum class IdealCurve { protein, nucleic_acid, beta_galactosidase };

/// Below this s (10 Å) amplitudes depend on a molecule's size and shape rather than on its
/// kind; the tables are not meant to be imposed there.
inline constexpr double kIdealFrom = 0.1;

/// Rms amplitude relative to that at 4 Å; linear between tabulated points 0.01 1/Å apart.
///
/// Protein: geometric mean over ten proteins (PDB 8BK7, 8UV2, 7L2I, 1CBS, 5A3H, 2VTQ, 3PQR,
/// 5NI1, 7A4M, 3EK3); nucleic acid: PDB 7YC8, both from electron scattering factors of the
/// non-hydrogen atoms at B = 0 without solvent.  Beta-galactosidase: the table that the
/// Phenix documentation names as its standard (cctbx, BSD-3-Clause LBNL), averaged in steps
/// of 0.01 1/Å.  Clamped outside 0.03 <= s <= 1.
double ideal_amplitude(IdealCurve curve, double s);

/// "protein", "nucleic_acid" or "beta_galactosidase".
/// @throws std::invalid_argument if it is none of these.
IdealCurve ideal_curve_named(const std::string& name);

}  // namespace map_sharpening
