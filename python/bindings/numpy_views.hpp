// Borrowing numpy arrays as View3, and handing vectors over to numpy without a copy.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <array>
#include <string>
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

/// A dict by name, its values arrays and numbers.
using NamedValues = py::typing::Dict<py::str, py::object>;

using CellParameters = std::array<double, 6>;

inline UnitCell to_cell(const CellParameters& p) {
  return {p[0], p[1], p[2], p[3], p[4], p[5]};
}

template <class T>
Shape shape3(const Array<T>& array, const char* name) {
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

inline Shape half_complex(const Shape& shape) {
  return {shape[0], shape[1], shape[2] / 2 + 1};
}

/// The vector's memory moves into the array.
template <class T>
Array<T> to_numpy(std::vector<T>&& values) {
  auto* owned = new std::vector<T>(std::move(values));
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return Array<T>({owned->size()}, {sizeof(T)}, owned->data(), owner);
}

}  // namespace map_sharpening::python
