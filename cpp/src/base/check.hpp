// Checks of arguments: messages that name the argument, its value and what was expected.
#pragma once

#include <cmath>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>

#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

template <class... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <class... Parts>
void require(bool holds, const Parts&... message) {
  if (!holds) throw std::invalid_argument(text_of(message...));
}

inline void require_positive(const char* name, double value, const char* unit = "") {
  require(std::isfinite(value) && value > 0, name, " is ", value, unit,
          "; it must be above 0");
}

inline std::string text_of_shape(const Shape& shape) {
  return text_of("(", shape[0], ", ", shape[1], ", ", shape[2], ")");
}

inline void require_shape(const char* name, const Shape& shape, const Shape& expected) {
  if (shape != expected)
    throw std::invalid_argument(text_of(name, " has shape ", text_of_shape(shape),
                                        ", expected ", text_of_shape(expected)));
}

/// The requirements of array_view.hpp for every array.
template <class T>
void require_array(const char* name, const View3<T>& array) {
  if (array.size() == 0) return;
  require(array.data != nullptr, name, " has no memory; expected an array");
  require(reinterpret_cast<std::uintptr_t>(array.data) % alignof(T) == 0, name,
          " is not aligned in memory; expected an address that ", alignof(T), " divides");
  require(array.row_stride >= array.shape[2], name, " has rows ", array.row_stride,
          " apart, of ", array.shape[2], " elements; expected no overlap");
}

template <class T>
void require_array(const char* name, const View3<T>& array, const Shape& expected) {
  require_shape(name, array.shape, expected);
  require_array(name, array);
}

/// Two arrays of a shape, or neither.
template <class T>
void require_pair(const char* name_1, const View3<T>& array_1, const char* name_2,
                  const View3<T>& array_2, const Shape& expected) {
  require(array_1.empty() == array_2.empty(), "one of ", name_1, " and ", name_2,
          " is given; expected both or none");
  if (array_1.empty()) return;
  require_array(name_1, array_1, expected);
  require_array(name_2, array_2, expected);
}

}  // namespace map_sharpening
