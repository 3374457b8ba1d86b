// Borrowing numpy arrays as View3, and handing vectors over to numpy without a copy.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <array>
#include <complex>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening::python {

namespace py = pybind11;
using namespace py::literals;

/// C order, exact dtype: with .noconvert() anything else is a TypeError, not a copy.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

/// The text about a function of both precisions, told with the first of them alone.
template <class Real>
constexpr const char* told_once(const char* doc) {
  return std::is_same_v<Real, float> ? doc : "";
}

/// A dict by name, its values arrays and numbers.
using NamedValues = py::typing::Dict<py::str, py::object>;

using CellParameters = std::array<double, 6>;

inline UnitCell to_cell(const CellParameters& p) {
  return {p[0], p[1], p[2], p[3], p[4], p[5]};
}

/// @throws ValueError if the array's elements lie where the processor may not read them.
inline void require_aligned(const py::array& array, const char* name) {
  if ((array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) == 0)
    throw py::value_error(std::string(name) +
                          " is not aligned in memory; expected an array as "
                          "numpy.require(array, requirements='A') returns");
}

/// All values of an array, in memory order.
template <class T>
std::vector<T> values_of(const Array<T>& array, const char* name) {
  require_aligned(array, name);
  return {array.data(), array.data() + array.size()};
}

inline Shape shape3(const py::array& array, const char* name) {
  require_aligned(array, name);
  if (array.ndim() != 3)
    throw py::value_error(std::string(name) + " has " + std::to_string(array.ndim()) +
                          " dimensions; expected 3 (z, y, x)");
  return {static_cast<std::size_t>(array.shape(0)), static_cast<std::size_t>(array.shape(1)),
          static_cast<std::size_t>(array.shape(2))};
}

template <class T>
View3<const T> readable(const Array<T>& array, const char* name) {
  return {array.data(), shape3(array, name)};
}

/// @throws ValueError if the array is read-only.
template <class T>
View3<T> writable(Array<T>& array, const char* name) {
  return {array.mutable_data(), shape3(array, name)};
}

template <class T>
Array<T> empty3(const Shape& shape) {
  return Array<T>({shape[0], shape[1], shape[2]});
}

/// What Python's `new_array(shape, dtype)` makes; it is to be an Array<T> as it stands. None:
/// an array is allocated.
template <class T>
Array<T> made_by(const py::object& new_array, const Shape& shape) {
  if (new_array.is_none()) return empty3<T>(shape);
  const auto wanted = py::make_tuple(shape[0], shape[1], shape[2]);
  return new_array(wanted, py::dtype::of<T>()).template cast<Array<T>>();
}

/// An array of any row stride: planes without gaps, x contiguous.
template <class T>
using PaddedArray = py::array_t<T>;

/// @throws ValueError if the array's layout is not that of a View3.
template <class T>
Shape padded_shape(const PaddedArray<T>& array, const char* name) {
  const Shape shape = shape3(array, name);
  const auto item = static_cast<py::ssize_t>(sizeof(T));
  if (array.strides(2) != item || array.strides(1) % item != 0 ||
      array.strides(1) < item * array.shape(2) ||
      array.strides(0) != array.strides(1) * array.shape(1))
    throw py::value_error(
        std::string(name) +
        " has gaps between its planes or points; expected at most padded rows");
  return shape;
}

template <class T>
View3<const T> readable_padded(const PaddedArray<T>& array, const char* name) {
  const Shape shape = padded_shape(array, name);
  return {array.data(), shape, static_cast<std::size_t>(array.strides(1)) / sizeof(T)};
}

/// @throws ValueError if the array is read-only.
template <class T>
View3<T> writable_padded(PaddedArray<T>& array, const char* name) {
  const Shape shape = padded_shape(array, name);
  return {array.mutable_data(), shape, static_cast<std::size_t>(array.strides(1)) / sizeof(T)};
}

/// An array over a view's memory, which must outlive it; read-only if the view is.
template <class T>
py::array borrowed(const View3<T>& view) {
  using Value = std::remove_const_t<T>;
  constexpr py::ssize_t item = sizeof(Value);
  const auto row = static_cast<py::ssize_t>(view.row_stride) * item;
  auto* data = const_cast<Value*>(view.data);
  const py::capsule no_owner(data, [](void*) {});
  PaddedArray<Value> array({view.shape[0], view.shape[1], view.shape[2]},
                           {row * static_cast<py::ssize_t>(view.shape[1]), row, item}, data,
                           no_owner);
  if constexpr (std::is_const_v<T>) array.attr("setflags")("write"_a = false);
  return std::move(array);
}

template <class T>
py::object borrowed_if_any(const View3<T>& view) {
  if (view.empty()) return py::none();
  return borrowed(view);
}

/// Lets `maps` work in arrays that new_array makes, which must live as long; None: it makes
/// them.
template <class Maps>
std::vector<Array<std::complex<float>>> work_arrays(Maps& maps, const py::object& new_array) {
  std::vector<Array<std::complex<float>>> work;
  if (new_array.is_none()) return work;
  for (auto& view : maps.work) {
    work.push_back(
        made_by<std::complex<float>>(new_array, half_complex_shape(maps.half_1.shape)));
    view = writable(work.back(), "work");
  }
  return work;
}

/// Before anything of the map's shape is allocated.
/// @throws ValueError if coefficients are not those of a map of a shape.
inline void require_coefficients_of(const Shape& map, const Shape& coefficients,
                                    const char* name) {
  if (coefficients != half_complex_shape(map))
    throw py::value_error(std::string(name) +
                          " have another shape than (nz, ny, nx // 2 + 1) of the map");
}

/// What `work` returns, done while Python's other threads run.
template <class Work>
auto without_gil(Work&& work) {
  const py::gil_scoped_release unlock;
  return work();
}

/// A Python function, which is borrowed, as one that any thread may call; None: an empty one.
template <class... Told>
std::function<void(Told...)> told_to(const py::object& function) {
  if (function.is_none()) return {};
  return [&function](Told... told) {
    const py::gil_scoped_acquire lock;
    function(told...);
  };
}

/// The vector's memory moves into the array.
template <class T>
Array<T> to_numpy(std::vector<T>&& values) {
  auto* owned = new std::vector<T>(std::move(values));
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return Array<T>({owned->size()}, {sizeof(T)}, owned->data(), owner);
}

/// A vector that is a member of a class, as a property: an array that is a copy.
template <class Class, class T>
auto array_of(std::vector<T> Class::* member) {
  return [member](const Class& self) { return to_numpy(std::vector<T>(self.*member)); };
}

}  // namespace map_sharpening::python
