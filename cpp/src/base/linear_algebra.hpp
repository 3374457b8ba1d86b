// Small dense symmetric systems: Cholesky factor, solution, inverse.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "map_sharpening/errors.hpp"

namespace map_sharpening {

/// A symmetric positive definite matrix of order n, row by row.
class SymmetricMatrix {
 public:
  explicit SymmetricMatrix(std::size_t n) : n_(n), a_(n * n, 0.0) {}

  std::size_t order() const { return n_; }
  double& operator()(std::size_t i, std::size_t j) { return a_[i * n_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return a_[i * n_ + j]; }

  /// Add weight * v v^T.
  void add_outer(const double* v, double weight) {
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j) a_[i * n_ + j] += weight * v[i] * v[j];
  }

 private:
  std::size_t n_;
  std::vector<double> a_;
};

/// L with L L^T = matrix.
class Cholesky {
 public:
  /// @throws UnusableDataError if the matrix is not positive definite.
  explicit Cholesky(const SymmetricMatrix& matrix) : l_(matrix) {
    const std::size_t n = l_.order();
    for (std::size_t j = 0; j < n; ++j) {
      double diagonal = l_(j, j);
      for (std::size_t k = 0; k < j; ++k) diagonal -= l_(j, k) * l_(j, k);
      if (!(diagonal > 0)) throw UnusableDataError("the data do not determine the fit");
      l_(j, j) = std::sqrt(diagonal);
      for (std::size_t i = j + 1; i < n; ++i) {
        double sum = l_(i, j);
        for (std::size_t k = 0; k < j; ++k) sum -= l_(i, k) * l_(j, k);
        l_(i, j) = sum / l_(j, j);
      }
    }
  }

  std::vector<double> solve(std::vector<double> b) const {
    const std::size_t n = l_.order();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < i; ++k) b[i] -= l_(i, k) * b[k];
      b[i] /= l_(i, i);
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k) b[i] -= l_(k, i) * b[k];
      b[i] /= l_(i, i);
    }
    return b;
  }

  SymmetricMatrix inverse() const {
    const std::size_t n = l_.order();
    SymmetricMatrix inverse(n);
    for (std::size_t j = 0; j < n; ++j) {
      std::vector<double> unit(n, 0.0);
      unit[j] = 1;
      const auto column = solve(unit);
      for (std::size_t i = 0; i < n; ++i) inverse(i, j) = column[i];
    }
    return inverse;
  }

 private:
  SymmetricMatrix l_;
};

}  // namespace map_sharpening
