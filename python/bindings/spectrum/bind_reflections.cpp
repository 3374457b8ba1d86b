// Python names for reflections.hpp.
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/reflections.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kListDoc = R"(List the reflections of a map, as an MTZ file holds them.

Returns
-------
ndarray, shape (n, 5), float32
    H, K, L, amplitude, phase in degrees; one of each Friedel pair, without F(000) and the
    Nyquist planes of even axes, sorted by index. F(h) = (V / N) sum map(x) exp(2 pi i h x).
)";

py::array list(const Array<float>& map, const CellParameters& cell, double d_min,
               int threads) {
  const auto in = readable(map, "map");
  std::vector<float> rows = without_gil([&] {
    const Grid grid(in.shape, to_cell(cell));
    if (!(d_min > 0)) throw std::invalid_argument("d_min is not above 0");
    const Shape shape = grid.half_complex_shape();
    const std::unique_ptr<float[]> memory(new float[2 * shape[0] * shape[1] * shape[2]]);
    const View3<std::complex<float>> f(reinterpret_cast<std::complex<float>*>(memory.get()),
                                       shape);
    forward_transform<float>(in, f, Columns::within(grid, 1 / d_min), threads);
    return list_reflections(f, grid, d_min, threads);
  });
  const auto n = static_cast<py::ssize_t>(rows.size() / kReflectionColumns);
  return to_numpy(std::move(rows)).reshape({n, static_cast<py::ssize_t>(kReflectionColumns)});
}

}  // namespace

void bind_reflections(py::module_& m) {
  m.def("list_reflections", &list, "map"_a.noconvert(), "cell"_a, "d_min"_a, "threads"_a = 0,
        kListDoc);
  m.def(
      "count_reflections",
      [](const Shape& shape, const CellParameters& cell, double d_min) {
        return count_reflections(Grid(shape, to_cell(cell)), d_min);
      },
      "shape"_a, "cell"_a, "d_min"_a, "How many rows list_reflections returns.");
}

}  // namespace map_sharpening::python
