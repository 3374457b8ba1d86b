#include "map_sharpening/local_filter.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "check.hpp"
#include "local_power.hpp"
#include "parallel.hpp"
#include "simd/kernels.hpp"
#include "windows.hpp"

namespace map_sharpening {
namespace {

using Complex = std::complex<float>;
constexpr double kCoresPerResolution = 3;
// Fewer points hold too few terms to tell anything; more are no longer local.
constexpr std::size_t kLeastCore = 4, kLeastChosenCore = 6, kLargestCore = 48;

// Nearest number without prime factors above 11: transforms of twice that length are fast.
std::size_t fast_length(double wanted) {
  const auto is_fast = [](std::size_t n) {
    for (std::size_t factor : {2, 3, 5, 7, 11})
      while (n % factor == 0) n /= factor;
    return n == 1;
  };
  const auto nearest = static_cast<std::size_t>(std::max(std::round(wanted), 1.0));
  for (std::size_t off = 0;; ++off) {
    if (is_fast(nearest + off)) return nearest + off;
    if (nearest > off && is_fast(nearest - off)) return nearest - off;
  }
}

// A window has the map's grid spacing and angles.
Grid window_grid(const Grid& grid, const Shape& edge) {
  UnitCell cell = grid.cell;
  cell.a *= static_cast<double>(edge[2]) / static_cast<double>(grid.shape[2]);
  cell.b *= static_cast<double>(edge[1]) / static_cast<double>(grid.shape[1]);
  cell.c *= static_cast<double>(edge[0]) / static_cast<double>(grid.shape[0]);
  return {edge, cell};
}

// What a thread needs to work on a window.
struct Workspace {
  std::vector<float> density, factor;
  std::vector<Complex> half_1, half_2, mean, filtered;
  WindowSums sums;
  WindowFit fit;

  Workspace(std::size_t n_points, const WindowTerms& terms)
      : density(n_points),
        factor(terms.size()),
        half_1(terms.size()),
        half_2(terms.size()),
        mean(terms.size()),
        filtered(terms.size()),
        sums(terms.empty_sums()),
        fit(terms.empty_fit()) {}
};

class LocalRun {
 public:
  LocalRun(const LocalMaps& maps, const Grid& grid, const SharpenedPower& expected,
           const WindowLattice& lattice, const LocalOptions& options, int threads)
      : maps_(maps),
        lattice_(lattice),
        edge_(lattice.edge()),
        threads_(threads),
        taper_(edge_),
        terms_(window_grid(grid, edge_), taper_, expected, grid.size(), options),
        half_1_(maps.half_1, lattice_, options.wraps),
        half_2_(maps.half_2, lattice_, options.wraps),
        into_sharpened_(maps.sharpened, lattice_) {
    if (!maps.sharpened_is_mean)
      full_ = std::make_unique<WindowSource>(maps.sharpened, lattice_, options.wraps);
    if (maps.filter_halves) {
      into_half_1_ = std::make_unique<WindowSink>(maps.half_1, lattice_);
      into_half_2_ = std::make_unique<WindowSink>(maps.half_2, lattice_);
    }
    for (int i = 0; i < thread_count(threads); ++i)
      workspaces_.emplace_back(edge_[0] * edge_[1] * edge_[2], terms_);
    found_.lattice = lattice_;
    for (auto* values : {&found_.signal_scale, &found_.excess_b, &found_.noise_scale,
                         &found_.gain, &found_.resolution})
      values->assign(lattice_.size(), 0.0);
  }

  LocalFilter filter() {
    for (std::size_t layer = 0; layer < lattice_.count[0]; ++layer) {
      filter_layer(layer);
      into_sharpened_.finish_layer(layer, threads_);
      if (!into_half_1_) continue;
      into_half_1_->finish_layer(layer, threads_);
      into_half_2_->finish_layer(layer, threads_);
    }
    return std::move(found_);
  }

 private:
  // Every other window along y and x at a time: those do not overlap, so that threads never
  // add to the same point, and each point gets its windows in the same order.
  void filter_layer(std::size_t layer) {
    for (std::size_t odd_y = 0; odd_y < 2; ++odd_y)
      for (std::size_t odd_x = 0; odd_x < 2; ++odd_x) {
        const std::size_t n_y = (lattice_.count[1] + 1 - odd_y) / 2;
        const std::size_t n_x = (lattice_.count[2] + 1 - odd_x) / 2;
        for_each_index(n_y * n_x, threads_, [&](std::size_t i) {
          filter_window({layer, 2 * (i / n_x) + odd_y, 2 * (i % n_x) + odd_x},
                        workspaces_[static_cast<std::size_t>(thread_index())]);
        });
      }
  }

  void filter_window(const Shape& window, Workspace& work) {
    transform(half_1_, window, work, work.half_1);
    transform(half_2_, window, work, work.half_2);
    terms_.measure(work.half_1.data(), work.half_2.data(), work.sums);
    terms_.fit(work.sums, work.fit);
    terms_.factors(work.fit, work.factor.data());
    if (full_) {
      transform(*full_, window, work, work.mean);
    } else {
      for (std::size_t i = 0; i < work.mean.size(); ++i)
        work.mean[i] = 0.5f * (work.half_1[i] + work.half_2[i]);
    }
    note(window, work);
    filter_into(into_sharpened_, window, work.mean, work);
    if (!into_half_1_) return;
    filter_into(*into_half_1_, window, work.half_1, work);
    filter_into(*into_half_2_, window, work.half_2, work);
  }

  void transform(const WindowSource& source, const Shape& window, Workspace& work,
                 std::vector<Complex>& out) {
    source.cut(window, taper_, work.density.data());
    kernel_.forward_window(work.density.data(), out.data(), edge_[0], edge_[1], edge_[2]);
  }

  void filter_into(WindowSink& sink, const Shape& window, const std::vector<Complex>& in,
                   Workspace& work) {
    for (std::size_t i = 0; i < in.size(); ++i) work.filtered[i] = work.factor[i] * in[i];
    kernel_.inverse_window(work.filtered.data(), work.density.data(), edge_[0], edge_[1],
                           edge_[2]);
    sink.add(window, taper_, work.density.data());
  }

  void note(const Shape& window, const Workspace& work) {
    const std::size_t i =
        (window[0] * lattice_.count[1] + window[1]) * lattice_.count[2] + window[2];
    found_.signal_scale[i] = std::exp(work.fit.ln_k);
    found_.excess_b[i] = 2 * work.fit.c;
    found_.noise_scale[i] = work.fit.noise_scale;
    found_.gain[i] = terms_.gain(work.mean.data(), work.factor.data());
    found_.resolution[i] = terms_.resolution(work.fit);
  }

  const LocalMaps& maps_;
  const WindowLattice& lattice_;
  const Shape edge_;
  int threads_;
  const Kernels<float>& kernel_ = kernels<float>();
  SineTaper taper_;
  WindowTerms terms_;
  WindowSource half_1_, half_2_;
  std::unique_ptr<WindowSource> full_;
  WindowSink into_sharpened_;
  std::unique_ptr<WindowSink> into_half_1_, into_half_2_;
  std::vector<Workspace> workspaces_;
  LocalFilter found_;
};

}  // namespace

WindowLattice window_lattice(const Grid& grid, double resolution,
                             const LocalOptions& options) {
  const auto spacing = grid.spacing();  // x, y, z
  WindowLattice lattice;
  lattice.box = grid.shape;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t n = grid.shape[axis];
    std::size_t core = options.core_points;
    const std::size_t largest = std::min(kLargestCore, n);
    if (options.n_windows > 0) {
      const double edge =
          std::cbrt(grid.cell.volume() / static_cast<double>(options.n_windows));
      core =
          std::min(static_cast<std::size_t>(std::lround(edge / spacing[2 - axis])), largest);
    } else if (core == 0) {
      core = std::max(fast_length(kCoresPerResolution * resolution / spacing[2 - axis]),
                      kLeastChosenCore);
      core = std::min(core, largest);
    }
    require(core >= kLeastCore && core <= largest, "windows have cores of ", core,
            " grid points on an axis of ", n, "; expected ", kLeastCore, " to ", largest);
    lattice.core[axis] = core;
    lattice.count[axis] = (n + core - 1) / core + 1;
  }
  return lattice;
}

LocalFilter filter_locally(const LocalMaps& maps, const Grid& grid,
                           const SharpenedPower& expected, double resolution,
                           const LocalOptions& options, int threads) {
  require_shape("half_1", maps.half_1.shape, grid.shape);
  require_shape("half_2", maps.half_2.shape, grid.shape);
  require_shape("sharpened", maps.sharpened.shape, grid.shape);
  const WindowLattice lattice = window_lattice(grid, resolution, options);
  return LocalRun(maps, grid, expected, lattice, options, threads).filter();
}

}  // namespace map_sharpening
