// View3: a borrowed three-dimensional array in the order (z, y, x).
#pragma once

#include <array>
#include <cstddef>

namespace map_sharpening {

/// Number of points along z, y, x.
using Shape = std::array<std::size_t, 3>;

/// A borrowed (z, y, x) array, x fastest.  It owns nothing.
///
/// As in std::span, `const` belongs to the element: `View3<const float>` reads, `View3<float>`
/// writes.  Rows may be padded: `row_stride` elements lie between the starts of neighbouring
/// rows, and planes follow each other without a gap.  Functions check that an array has
/// memory, that it is aligned as its elements need, and its shape; that the memory is as
/// large, and that outputs don't overlap inputs, is up to the caller, and so are the places
/// that the members below are asked for.
template <class T>
struct View3 {
  T* data = nullptr;
  Shape shape{0, 0, 0};
  std::size_t row_stride = 0;

  View3() = default;
  View3(T* data_, Shape shape_) : data(data_), shape(shape_), row_stride(shape_[2]) {}
  View3(T* data_, Shape shape_, std::size_t row_stride_)
      : data(data_), shape(shape_), row_stride(row_stride_) {}

  /// A writable view can be read as well.
  operator View3<const T>() const { return {data, shape, row_stride}; }

  T& operator()(std::size_t z, std::size_t y, std::size_t x) const { return row(z, y)[x]; }
  T* row(std::size_t z, std::size_t y) const { return plane(z) + y * row_stride; }
  T* plane(std::size_t z) const { return data + z * shape[1] * row_stride; }

  std::size_t size() const { return shape[0] * shape[1] * shape[2]; }
  bool empty() const { return data == nullptr; }
  bool is_contiguous() const { return row_stride == shape[2]; }
};

}  // namespace map_sharpening
