// Python names for the surface at every level, of regions.hpp.
#include "map_sharpening/regions.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kSurfaceByLevelDoc =
    R"(Count what contours at evenly spaced levels enclose, in one pass.

Parameters
----------
map : ndarray, shape (nz, ny, nx), float32, C order
    Density; levels go from 0 to its largest value.
region : ndarray, shape (nz, ny, nx), float32, C order
    Values of 0.5 and more are inside.
n_levels : int
    2 to 65536.
plane_step : int
    Voxels of every so many planes along z are counted, from the first on.

Raises
------
ValueError
    If shapes differ, or the map holds values that are not finite.
)";

using Member = std::vector<std::size_t> SurfaceByLevel::*;

auto counts_of(Member member) {
  return [member](const SurfaceByLevel& self) {
    const auto& counts = self.*member;
    return to_numpy(std::vector<std::int64_t>(counts.begin(), counts.end()));
  };
}

}  // namespace

void bind_surface_by_level(py::module_& m) {
  using Class = SurfaceByLevel;
  py::class_<Class>(m, "SurfaceByLevel",
                    "Voxels above each level, and those of them at its surface.")
      .def_readonly("step", &Class::step, "From one level to the next; the first is 0.")
      .def_readonly("n_inside", &Class::n_inside, "Voxels of the region that were looked at.")
      .def_property_readonly("above_inside", counts_of(&Class::above_inside),
                             "In the region, by level.")
      .def_property_readonly("above_outside", counts_of(&Class::above_outside))
      .def_property_readonly("surface_inside", counts_of(&Class::surface_inside),
                             "Those that share a face with a voxel not above the level.")
      .def_property_readonly("surface_outside", counts_of(&Class::surface_outside));
  m.def(
      "surface_by_level",
      [](const Array<float>& map, const Array<float>& region, std::size_t n_levels,
         std::size_t plane_step, int threads) {
        const auto values = readable(map, "map"), inside = readable(region, "region");
        py::gil_scoped_release unlock;
        return surface_by_level(values, inside, n_levels, plane_step, threads);
      },
      "map"_a.noconvert(), "region"_a.noconvert(), "n_levels"_a, "plane_step"_a = 1,
      "threads"_a = 0, kSurfaceByLevelDoc);
}

}  // namespace map_sharpening::python
