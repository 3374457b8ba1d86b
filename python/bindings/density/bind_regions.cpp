// Python names for contour levels, regions.hpp and map_score.hpp.
#include "map_part.hpp"
#include "map_sharpening/map_score.hpp"
#include "map_sharpening/regions.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kLevelDoc = R"(The level above which a number of voxels lie.

Parameters
----------
map : ndarray, shape (nz, ny, nx), float32, C order
    Density; values must be finite.
n_above : int
    Number of voxels with a larger value. Where values tie there are fewer, never more.

Returns
-------
float
    The (n_above + 1)th largest value.

Raises
------
ValueError
    If there are no more than n_above voxels.
)";

constexpr const char* kRegionsDoc =
    R"(Connected regions of voxels above a level that share faces.

Parameters
----------
level : float
    Voxels with a value above it count.
periodic : bool
    Regions go on across the faces of the map.
n_listed : int
    Of how many of the largest regions to list the voxels.

Returns
-------
(ndarray, list of ndarray)
    Volumes in voxels, largest first, equal ones in the order of their first voxels in memory;
    all voxels of the largest, by their places in the flattened map, int64.
)";

constexpr const char* kSurfaceDoc = R"(Count the voxels around a region.

These are in contact with it by a face, an edge or a corner and not part of it.

Parameters
----------
voxels : ndarray, int64
    The region: increasing places in the flattened map.
periodic : bool
    The surface goes on across the faces; otherwise it ends there.

Raises
------
ValueError
    If the voxels are not in order or not in the map.
)";

constexpr const char* kScoreDoc = R"(Score a map by its regions' surface and by its moments.

Parameters
----------
mask : ndarray, shape (nz, ny, nx), float32, C order, optional
    Only voxels with a value above 0.5 count.
molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
    The skewness is taken where its values are above 0.5, within the options' box; NaN if that
    is nowhere. Without it there is no skewness.

Raises
------
ValueError
    If the map is constant or not finite, or an option does not fit.

Notes
-----
Terwilliger et al. (2018), Acta Cryst. D74, 545.
)";

constexpr const char* kWeightDoc = R"(Weight of the number of regions against the surface.

Parameters
----------
sharp, middle, blurred : MapScore
    Of trials with increasing b_iso.
factor : float
    The weight is multiplied by it before it is bounded.
buffer : float
    Share of the distance between the bounds that is left out at both ends.
)";

std::vector<std::int64_t> signed_places(const std::vector<std::size_t>& places) {
  return {places.begin(), places.end()};
}

using RegionArrays =
    py::typing::Tuple<Array<std::int64_t>, py::typing::List<Array<std::int64_t>>>;

RegionArrays regions(const Array<float>& map, float level, bool periodic, std::size_t n_listed,
                     int threads) {
  const auto view = readable(map, "map");
  const Regions found =
      without_gil([&] { return connected_regions(view, level, periodic, n_listed, threads); });
  py::typing::List<Array<std::int64_t>> voxels;
  for (const auto& region : found.voxels) voxels.append(to_numpy(signed_places(region)));
  return py::make_tuple(to_numpy(signed_places(found.volumes)), voxels);
}

std::size_t surface(const Array<std::int64_t>& voxels, const Shape& shape, bool periodic,
                    int threads) {
  // A place below 0 becomes a very large one, which is refused as outside.
  const auto given = values_of(voxels, "voxels");
  const std::vector<std::size_t> places(given.begin(), given.end());
  py::gil_scoped_release unlock;
  return surface_area(places, shape, periodic, threads);
}

MapScore score(const Array<float>& map, ScoreOptions options, const OptionalMask& mask,
               int threads, const OptionalMask& molecule) {
  const auto view = readable(map, "map");
  options.part.mask = mask_view(mask);
  options.molecule = mask_view(molecule, "molecule");
  py::gil_scoped_release unlock;
  return score_map(view, options, threads);
}

OptionalBox box_of_part(const ScoreOptions& options) {
  const auto& box = options.part.box;
  return box ? OptionalBox({box->first, box->last}) : std::nullopt;
}

void set_box_of_part(ScoreOptions& options, const OptionalBox& box) {
  options.part.box = box ? std::optional<Box>({box->first, box->second}) : std::nullopt;
}

void bind_enums(py::module_& m) {
  py::enum_<LevelRule>(m, "LevelRule", "How the contour level is found.")
      .value("exact", LevelRule::exact)
      .value("bisection", LevelRule::bisection, "By ten halvings, as other programs do.");
  py::enum_<RegionWeightRule>(m, "RegionWeightRule",
                              "What the weight of regions follows from.")
      .value("by_difference", RegionWeightRule::by_difference,
             "The sharp and the blurred trial score alike.")
      .value("by_ratio", RegionWeightRule::by_ratio, "The sharp one scores 0.");
}

void bind_region_options(py::module_& m) {
  options_class<ScoreOptions>(m, "ScoreOptions", "What a map is scored by; see map_score.hpp.")
      .def_property("box", &box_of_part, &set_box_of_part,
                    "First and last grid point (z, y, x) that count. None: all do.");
}

void bind_results(py::module_& m) {
  result_class<MapScore>(m, "MapScore", "NaN is what was not looked at; see map_score.hpp.");
  py::class_<RegionWeight>(m, "RegionWeight", "Weight of the number of regions.")
      .def_readonly("weight", &RegionWeight::weight)
      .def_readonly("by_difference", &RegionWeight::by_difference, "Before it is bounded.")
      .def_readonly("by_ratio", &RegionWeight::by_ratio, "Before it is bounded.")
      .def_readonly("lower_bound", &RegionWeight::lower_bound)
      .def_readonly("upper_bound", &RegionWeight::upper_bound)
      .def_readonly("is_usable", &RegionWeight::is_usable,
                    "Surface and regions fall from sharp to blurred.")
      .def_readonly("is_bounded", &RegionWeight::is_bounded, "A bound had to be applied.");
}

}  // namespace

void bind_regions(py::module_& m) {
  bind_enums(m);
  bind_region_options(m);
  bind_results(m);
  m.def(
      "contour_level",
      [](const Array<float>& map, std::size_t n_above, int threads) {
        const auto view = readable(map, "map");
        py::gil_scoped_release unlock;
        return contour_level(view, n_above, threads);
      },
      "map"_a.noconvert(), "n_above"_a, "threads"_a = 0, kLevelDoc);
  m.def("connected_regions", &regions, "map"_a.noconvert(), "level"_a, "periodic"_a = false,
        "n_listed"_a = 0, "threads"_a = 0, kRegionsDoc);
  m.def("surface_area", &surface, "voxels"_a.noconvert(), "shape"_a, "periodic"_a = false,
        "threads"_a = 0, kSurfaceDoc);
  m.def("score_map", &score, "map"_a.noconvert(), "options"_a,
        "mask"_a.noconvert() = py::none(), "threads"_a = 0,
        "molecule"_a.noconvert() = py::none(), kScoreDoc);
  m.def(
      "fit_region_weight",
      [](const MapScore& sharp, const MapScore& middle, const MapScore& blurred,
         RegionWeightRule rule, double factor, double buffer) {
        return fit_region_weight(sharp, middle, blurred, rule, factor, buffer);
      },
      "sharp"_a, "middle"_a, "blurred"_a, "rule"_a = RegionWeightRule::by_difference,
      "factor"_a = 1.0, "buffer"_a = 0.1, kWeightDoc);
}

}  // namespace map_sharpening::python
