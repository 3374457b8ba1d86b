// The one place that knows OpenMP: the number of threads and a loop over independent items.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <vector>

#include "base/check.hpp"
#include "map_sharpening/array_view.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace map_sharpening {

inline constexpr int kMostThreads = 1024;

/// `threads` as asked; 0 means all that OpenMP would use.  1 without OpenMP.
/// @throws std::invalid_argument if it is below 0 or above kMostThreads.
inline int thread_count(int threads) {
  require(threads >= 0 && threads <= kMostThreads, "threads is ", threads,
          "; expected 0 (all) to ", kMostThreads);
#ifdef _OPENMP
  return threads > 0 ? threads : omp_get_max_threads();
#else
  return 1;
#endif
}

inline std::size_t thread_index() {
#ifdef _OPENMP
  return static_cast<std::size_t>(omp_get_thread_num());
#else
  return 0;
#endif
}

/// Run body(i) for 0 <= i < count on several threads.
///
/// Items must be independent: which thread runs which is not fixed, so a sum over items is
/// made per item and added in order afterwards.  An exception of a body (out of memory, for
/// example) is thrown again when all have ended; if there are several, one of them.
template <class Body>
void for_each_index(std::size_t count, int threads, const Body& body) {
  const int n_threads = thread_count(threads);
  (void)n_threads;
  const auto n = static_cast<std::ptrdiff_t>(count);
  std::exception_ptr error;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
#endif
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    try {
      body(static_cast<std::size_t>(i));
    } catch (...) {
#ifdef _OPENMP
#pragma omp critical(map_sharpening_for_each_index)
#endif
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

template <std::size_t N>
std::array<double, N>& operator+=(std::array<double, N>& total,
                                  const std::array<double, N>& part) {
  for (std::size_t i = 0; i < N; ++i) total[i] += part[i];
  return total;
}

/// The sum of item(i) for 0 <= i < count, made on several threads and added up in order.
template <class Sum, class Item>
Sum sum_over(std::size_t count, int threads, const Item& item) {
  std::vector<Sum> by_item(count);
  for_each_index(count, threads, [&](std::size_t i) { by_item[i] = item(i); });
  Sum total{};
  for (const Sum& part : by_item) total += part;
  return total;
}

/// Run body(z, y) for each row of a map, planes side by side.
template <class Body>
void for_each_row(const Shape& shape, int threads, const Body& body) {
  for_each_index(shape[0], threads, [&](std::size_t z) {
    for (std::size_t y = 0; y < shape[1]; ++y) body(z, y);
  });
}

/// A sum over a map, in a fixed order: add(sum, z, y) adds a row to that of its plane.
template <class Sum, class Add>
Sum sum_over_rows(const Shape& shape, int threads, const Add& add) {
  return sum_over<Sum>(shape[0], threads, [&](std::size_t z) {
    Sum sum{};
    for (std::size_t y = 0; y < shape[1]; ++y) add(sum, z, y);
    return sum;
  });
}

}  // namespace map_sharpening
