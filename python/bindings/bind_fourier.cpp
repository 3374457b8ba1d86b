// Python names for fourier.hpp.
#include "map_sharpening/fourier.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kForwardDoc = R"(Transform a real map to half-complex coefficients.

Returns
-------
ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128
    F(h) = sum of map(x) exp(-2 pi i h x), unscaled.
)";

constexpr const char* kInverseDoc = R"(Transform half-complex coefficients to a real map.

Parameters
----------
coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
    Fourier coefficients; a copy of them is used up.
nx : int
    Number of points along x, which the coefficients alone do not tell.

Returns
-------
ndarray, shape (nz, ny, nx), float32 or float64
    1 / N sum of F(h) exp(+2 pi i h x), N the number of points.
)";

constexpr const char* kInPlaceDoc = R"(Transform a padded map in place, there or back.

Parameters
----------
padded : ndarray, shape (nz, ny, 2 * (nx // 2 + 1)), float32 or float64, C order
    Rows of nx values with padding behind (forward), or of nx // 2 + 1 coefficients as
    pairs of real and imaginary part (backward). Overwritten.
nx : int
    Number of points along x.
forward : bool
    Direction of the transform.
cell, d_min : (a, b, c, alpha, beta, gamma) in Å and degrees, float in Å; optional
    Only columns with terms of at least this spacing are transformed, the others left out.

Raises
------
ValueError
    If nx does not fit the shape, or the array is read-only.
)";

Columns all_columns(const Shape& shape) { return Columns::all(Grid(shape, {1, 1, 1})); }

template <class Real>
Array<std::complex<Real>> forward(const Array<Real>& map, int threads) {
  const auto in = readable(map, "map");
  auto result = empty3<std::complex<Real>>(half_complex_shape(in.shape));
  const auto out = writable(result, "coefficients");
  without_gil([&] { forward_transform<Real>(in, out, all_columns(in.shape), threads); });
  return result;
}

template <class Real>
Array<Real> inverse(const Array<std::complex<Real>>& coefficients, std::size_t nx,
                    int threads) {
  const auto in = readable(coefficients, "coefficients");
  if (nx / 2 + 1 != in.shape[2])
    throw py::value_error("nx is " + std::to_string(nx) + ", but the coefficients have " +
                          std::to_string(in.shape[2]) + " columns; expected nx // 2 + 1");
  const Shape shape{in.shape[0], in.shape[1], nx};
  auto result = empty3<Real>(shape);
  const auto out = writable(result, "map");
  without_gil([&] {
    std::vector<std::complex<Real>> used(in.data, in.data + in.size());
    inverse_transform<Real>({used.data(), in.shape}, out, all_columns(shape), 1, threads);
  });
  return result;
}

template <class Real>
void in_place(Array<Real>& padded, std::size_t nx, bool is_forward, int threads,
              const std::optional<CellParameters>& cell, double d_min) {
  const auto view = writable(padded, "padded");
  const std::size_t nxc = nx / 2 + 1;
  if (view.shape[2] != 2 * nxc)
    throw py::value_error("nx is " + std::to_string(nx) + ", but rows have " +
                          std::to_string(view.shape[2]) + " values; expected " +
                          std::to_string(2 * nxc));
  const Shape shape{view.shape[0], view.shape[1], nx};
  const View3<Real> map(view.data, shape, 2 * nxc);
  const View3<std::complex<Real>> coefficients(
      reinterpret_cast<std::complex<Real>*>(view.data), half_complex_shape(shape));
  if (cell && !(d_min > 0))
    throw py::value_error("d_min is " + std::to_string(d_min) + " Å; it must be above 0");
  py::gil_scoped_release unlock;
  const Columns columns =
      cell ? Columns::within(Grid(shape, to_cell(*cell)), 1 / d_min) : all_columns(shape);
  if (is_forward)
    forward_transform<Real>(map, coefficients, columns, threads);
  else
    inverse_transform<Real>(coefficients, map, columns, 1, threads);
}

template <class Real>
void def_fourier(py::module_& m) {
  m.def("forward_transform", &forward<Real>, "map"_a.noconvert(), "threads"_a = 0,
        told_once<Real>(kForwardDoc));
  m.def("inverse_transform", &inverse<Real>, "coefficients"_a.noconvert(), "nx"_a,
        "threads"_a = 0, told_once<Real>(kInverseDoc));
  m.def("transform_in_place", &in_place<Real>, "padded"_a.noconvert(), "nx"_a, "forward"_a,
        "threads"_a = 0, "cell"_a = py::none(), "d_min"_a = 0.0, told_once<Real>(kInPlaceDoc));
}

}  // namespace

void bind_fourier(py::module_& m) {
  def_fourier<float>(m);
  def_fourier<double>(m);
}

}  // namespace map_sharpening::python
