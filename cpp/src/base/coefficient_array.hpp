// Arrays of the maps' size to work in.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/grid_check.hpp"

namespace map_sharpening {

/// An array of the maps' size: the first part of the caller's or, if that is empty, one of its
/// own.  That is not initialised: its pages exist once they are written, large ones where the
/// system has them, since page faults of small ones cost as much as a transform.
class CoefficientArray {
 public:
  using Value = std::complex<float>;

  CoefficientArray(const Shape& shape, View3<Value> given) : view_(given.data, shape) {
    if (!given.empty()) return;
    const std::size_t wanted = shape[0] * shape[1] * shape[2] * sizeof(Value);
    const std::size_t bytes = (wanted + kLargePage - 1) / kLargePage * kLargePage;
    owned_.reset(static_cast<Value*>(::operator new(bytes, std::align_val_t(kLargePage))));
#ifdef __linux__
    madvise(owned_.get(), bytes, MADV_HUGEPAGE);  // only a request: refusal does no harm
#endif
    view_ = {owned_.get(), shape};
  }
  View3<Value> view() const { return view_; }
  /// The same memory as a map of this shape, to be transformed in place.
  View3<float> map(const Shape& shape) const {
    return {reinterpret_cast<float*>(view_.data), shape, 2 * view_.shape[2]};
  }
  void release() {
    owned_.reset();
    view_ = {};
  }

 private:
  static constexpr std::size_t kLargePage = std::size_t{1} << 21;
  struct Free {
    void operator()(Value* data) const {
      ::operator delete(data, std::align_val_t(kLargePage));
    }
  };
  View3<Value> view_;
  std::unique_ptr<Value, Free> owned_;
};

/// All of the caller's arrays, or none.
template <std::size_t N>
void require_work(const std::array<View3<std::complex<float>>, N>& work, const Shape& shape) {
  for (const auto& array : work) {
    require(array.empty() == work[0].empty(), "some arrays to work in are given; expected ", N,
            " or none");
    if (!array.empty()) require_coefficients("work", array, shape);
  }
}

}  // namespace map_sharpening
