// Python names for map_statistics.hpp.
#include "map_sharpening/map_statistics.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {

void bind_map_statistics(py::module_& m) {
  py::class_<MapStatistics>(m, "MapStatistics", "What one pass over a map's values finds.")
      .def_readonly("minimum", &MapStatistics::minimum)
      .def_readonly("maximum", &MapStatistics::maximum)
      .def_readonly("mean", &MapStatistics::mean)
      .def_readonly("standard_deviation", &MapStatistics::standard_deviation,
                    "About the mean.")
      .def_readonly("n_at_maximum", &MapStatistics::n_at_maximum,
                    "Values that are equal to the largest.")
      .def_readonly("n_not_finite", &MapStatistics::n_not_finite,
                    "NaN or infinite values, left out of the others.")
      .def_readonly("first_not_finite", &MapStatistics::first_not_finite,
                    "Place of the first of these, counted in memory order.");
  m.def(
      "map_statistics",
      [](const Array<float>& map, int threads) {
        const auto view = readable(map, "map");
        py::gil_scoped_release unlock;
        return map_statistics(view, threads);
      },
      "map"_a.noconvert(), "threads"_a = 0,
      "Smallest, largest, mean and standard deviation of a float32 map (nz, ny, nx).");
  m.def(
      "relative_scale",
      [](const Array<float>& half_1, const Array<float>& half_2, int threads) {
        const auto first = readable(half_1, "half_1"), second = readable(half_2, "half_2");
        py::gil_scoped_release unlock;
        return relative_scale(first, second, threads);
      },
      "half_1"_a.noconvert(), "half_2"_a.noconvert(), "threads"_a = 0,
      "How many times larger half_2's values are; exactly 1 within 5 %.");
}

}  // namespace map_sharpening::python
