// Python names for density_modification.hpp.
#include "map_sharpening/density_modification.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kDensityModificationDoc =
    R"(What the positive part of density tells of a map; see density_modification.hpp.

Parameters
----------
half_1, half_2
    Sharpened alike, mean 0.
unsharpened_1, unsharpened_2 : ndarray, shape (nz, ny, nx), float32, C order, or None
    The half maps before they were sharpened: what terms finer than d_min are judged by.

Returns
-------
contribution : ndarray, shape (nz, ny, nx), float32
    To be added to the mean of the half maps.
found : ModificationFindings

Raises
------
UnusableDataError
    If the halves hold no common signal inside the mask.
)";

py::typing::Tuple<Array<float>, ModificationFindings> modify(
    const Array<float>& half_1, const Array<float>& half_2, const Array<float>& mask,
    const CellParameters& cell, const ModificationOptions& options,
    const std::optional<Array<float>>& unsharpened_1,
    const std::optional<Array<float>>& unsharpened_2, const py::object& new_array) {
  ModificationMaps maps;
  maps.half_1 = readable(half_1, "half_1");
  maps.half_2 = readable(half_2, "half_2");
  maps.mask = readable(mask, "mask");
  if (unsharpened_1) maps.unsharpened_1 = readable(*unsharpened_1, "unsharpened_1");
  if (unsharpened_2) maps.unsharpened_2 = readable(*unsharpened_2, "unsharpened_2");
  auto contribution = made_by<float>(new_array, maps.half_1.shape);
  maps.contribution = writable(contribution, "contribution");
  const auto work = work_arrays(maps, new_array);
  ModificationFindings found =
      without_gil([&] { return modify_density(maps, to_cell(cell), options); });
  return py::make_tuple(contribution, std::move(found));
}

constexpr const char* kAverageCopiesDoc =
    R"(What copies of a molecule tell of each other; see density_modification.hpp.

Parameters
----------
half_1, half_2
    As of modify_density; overwritten by what they are averaged over copies, as far as the other
    half map confirms it. They change where the mask is above 0 only.
operators : list of 12 floats each
    Where each point x, y, z is found in a copy: three rows of a rotation and of a shift in Å, as
    BIOMT records have them, from the first grid point on. At least two, the first the identity.
centres : list of 3 floats each
    Of the copies, in Å from the first grid point on, if the operators make no closed group; empty
    if they do.
)";

SymmetryFindings average(Array<float> half_1, Array<float> half_2, const Array<float>& mask,
                         const CellParameters& cell,
                         const std::vector<SymmetryOperator>& operators,
                         const ModificationOptions& options,
                         const std::vector<Vector>& centres, const py::object& new_array) {
  SymmetryMaps maps;
  maps.half_1 = writable(half_1, "half_1");
  maps.half_2 = writable(half_2, "half_2");
  maps.mask = readable(mask, "mask");
  const auto work = work_arrays(maps, new_array);
  return without_gil(
      [&] { return average_copies(maps, to_cell(cell), operators, options, centres); });
}

constexpr const char* kSupportDoc =
    R"(What the other half map confirms of a contribution; see density_modification.hpp.

Parameters
----------
half_1, half_2
    As of modify_density.
contribution : ndarray, shape (nz, ny, nx), float32, C order
    What was added.
linear, positive, signal_share : sequence of float
    Of the ModificationFindings, one value per shell.

Returns
-------
support : ndarray, shape (nz, ny, nx), float32
    Share of the map's power, -1 to 1; 0 outside the mask.
found : SupportFindings
)";

py::typing::Tuple<Array<float>, SupportFindings> support_of(
    const Array<float>& half_1, const Array<float>& half_2, const Array<float>& mask,
    const Array<float>& contribution, const CellParameters& cell,
    const std::vector<double>& linear, const std::vector<double>& positive,
    const std::vector<double>& signal_share, const ModificationOptions& options,
    const py::object& new_array) {
  SupportMaps maps;
  maps.half_1 = readable(half_1, "half_1");
  maps.half_2 = readable(half_2, "half_2");
  maps.mask = readable(mask, "mask");
  maps.contribution = readable(contribution, "contribution");
  auto support = made_by<float>(new_array, maps.half_1.shape);
  maps.support = writable(support, "support");
  const auto work = work_arrays(maps, new_array);
  ModificationFindings weights;
  weights.linear = linear;
  weights.positive = positive;
  weights.signal_share = signal_share;
  SupportFindings found = without_gil(
      [&] { return support_of_modification(maps, to_cell(cell), weights, options); });
  return py::make_tuple(support, std::move(found));
}

}  // namespace

void bind_density_modification(py::module_& m) {
  options_class<ModificationOptions>(m, "ModificationOptions",
                                     "How density is modified; see density_modification.hpp.");
  result_class<ModificationFindings>(m, "ModificationFindings",
                                     "Weights by shell, and what the guard says.")
      .def_property_readonly(
          "shell_width", [](const ModificationFindings& f) { return f.shells.width; }, "1/Å.");
  m.attr("MOST_OF_NOISE") = kMostOfNoise;
  m.attr("MOST_OF_ONE_SIDED") = kMostOfOneSided;
  m.def("modify_density", &modify, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "cell"_a, "options"_a,
        "unsharpened_1"_a.noconvert() = py::none(), "unsharpened_2"_a.noconvert() = py::none(),
        "new_array"_a = py::none(), kDensityModificationDoc);
  result_class<SymmetryFindings>(m, "SymmetryFindings", "Weights of copies by shell.")
      .def_property_readonly(
          "shell_width", [](const SymmetryFindings& f) { return f.shells.width; }, "1/Å.");
  m.def("average_copies", &average, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "cell"_a, "operators"_a, "options"_a,
        "centres"_a = std::vector<Vector>{}, "new_array"_a = py::none(), kAverageCopiesDoc);
  result_class<SupportFindings>(m, "SupportFindings",
                                "Support and change by block of voxels.");
  m.attr("SUPPORT_NEIGHBOURHOOD") = kSupportNeighbourhood;
  m.def("support_of_modification", &support_of, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "contribution"_a.noconvert(), "cell"_a, "linear"_a, "positive"_a,
        "signal_share"_a, "options"_a, "new_array"_a = py::none(), kSupportDoc);
}

}  // namespace map_sharpening::python
