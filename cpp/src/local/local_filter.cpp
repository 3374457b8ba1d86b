#include "map_sharpening/local_filter.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/grid_piece.hpp"
#include "base/parallel.hpp"
#include "fourier/simd/window_kernels.hpp"
#include "fourier/transform_length.hpp"
#include "local/local_model_power.hpp"
#include "local/local_power.hpp"
#include "local/windows.hpp"

namespace map_sharpening {
namespace {

// Edge of a core over the resolution: a model tells less of a place, and wants a wider view.
constexpr double kCoreOfHalfMaps = 2, kCoreOfModel = 3;
// Fewer points hold too few terms; more are no longer local.
constexpr std::size_t kLeastCore = 4, kLeastChosenCore = 6, kLargestCore = 48;

// Nearest number without prime factors above 11: transforms of twice that length are fast.
std::size_t fast_length(double wanted) {
  // Longer ones are cut to kLargestCore by the caller.
  const double bounded = std::clamp(std::round(wanted), 1.0, 2.0 * kLargestCore);
  const auto nearest = static_cast<std::size_t>(bounded);
  for (std::size_t off = 0;; ++off) {
    if (is_smooth(nearest + off, 11)) return nearest + off;
    if (nearest > off && is_smooth(nearest - off, 11)) return nearest - off;
  }
}

// Memory of a thread for windows side by side.
struct Workspace {
  std::vector<std::size_t> columns;
  std::vector<float> density, factor;
  std::vector<float> map, other;
  WindowFits fits;

  Workspace(const Shape& edge, const WindowTerms& terms)
      : columns(edge[2] * kWindows),
        density(edge[0] * edge[1] * edge[2] * kWindows),
        factor(terms.size() * kWindows),
        map(2 * terms.size() * kWindows),
        other(map.size()),
        fits(terms.empty_fits()) {}
};

std::size_t pieces_of_row(const WindowLattice& lattice) {
  return (lattice.count[2] + kWindows - 1) / kWindows;
}

// Pieces of rows that are worked on at once: as every second one of them along y and x.
int most_at_once(const WindowLattice& lattice) {
  return static_cast<int>((lattice.count[1] + 1) / 2 * ((pieces_of_row(lattice) + 1) / 2));
}

// Windows, layer after layer; a derived class defines the filter.
class LocalRun {
 public:
  LocalRun(const Grid& grid, const SharpenedPower& expected, const WindowLattice& lattice,
           const LocalOptions& options, int threads)
      : lattice_(lattice),
        edge_(lattice.edge()),
        periodic_(options.periodic),
        threads_(std::min(thread_count(threads), most_at_once(lattice))),
        taper_(edge_),
        terms_(piece_of(grid, edge_), taper_, expected, grid.size(), options) {
    for (int i = 0; i < threads_; ++i) workspaces_.emplace_back(edge_, terms_);
    found_.lattice = lattice_;
    found_.signal_scale.assign(lattice_.size(), 1.0);
    found_.excess_b.assign(lattice_.size(), 0.0);
    found_.noise_scale.assign(lattice_.size(), 1.0);
    found_.gain.assign(lattice_.size(), 1.0);
    found_.resolution.assign(lattice_.size(), terms_.resolution(terms_.empty_fit()));
  }
  virtual ~LocalRun() = default;
  LocalRun(const LocalRun&) = delete;
  LocalRun& operator=(const LocalRun&) = delete;

  LocalFilter filter(const LayerRange& layers) {
    const std::size_t end = std::min(layers.end, lattice_.count[0]);
    // The layer before the first one reaches into its planes.
    const std::size_t begin = layers.first > 0 ? layers.first - 1 : 0;
    for (std::size_t layer = begin; layer < end; ++layer) {
      is_noted_ = layer >= layers.first;
      filter_layer(layer);
      for (WindowSink& sink : sinks_) sink.finish_layer(layer, is_noted_, threads_);
    }
    return std::move(found_);
  }

 protected:
  virtual void filter_windows(WindowRow& windows, Workspace& work) = 0;

  WindowSource source(View3<const float> map) const { return {map, lattice_, periodic_}; }

  void transform(const WindowSource& source, const WindowRow& windows, Workspace& work,
                 std::vector<float>& out) const {
    source.cut(windows, taper_, work.columns.data(), work.density.data());
    kernel_.forward(work.density.data(), out.data(), edge_[0], edge_[1], edge_[2]);
  }

  // Overwrites the terms.
  void filter_into(WindowSink& sink, const WindowRow& windows, std::vector<float>& terms,
                   Workspace& work, double* gain) const {
    terms_.multiply(terms.data(), work.factor.data(), gain);
    kernel_.inverse(terms.data(), work.density.data(), edge_[0], edge_[1], edge_[2]);
    sink.add(windows, taper_, work.density.data());
  }

  void note(const WindowRow& windows, const Workspace& work, const double* gain) {
    if (!is_noted_) return;
    for (std::size_t k = 0; k < windows.count; ++k) {
      if (!windows.is_used[k]) continue;
      const Shape window = windows.window(k);
      const WindowFit& fit = work.fits.fit[k];
      const std::size_t i =
          (window[0] * lattice_.count[1] + window[1]) * lattice_.count[2] + window[2];
      found_.signal_scale[i] = std::exp(fit.ln_k);
      found_.excess_b[i] = 2 * fit.c;
      found_.noise_scale[i] = fit.noise_scale;
      found_.gain[i] = gain[k];
      found_.resolution[i] = terms_.resolution(fit);
    }
  }

  const WindowLattice& lattice_;
  const Shape edge_;
  bool periodic_;
  int threads_;  // no more than there is work for
  SineTaper taper_;
  WindowTerms terms_;
  std::vector<WindowSink> sinks_;  // of the map, then of the halves if they are wanted

 private:
  // Every other row of windows at a time, and in it every other piece: those do not overlap,
  // so that threads never add to the same point, and each point gets its windows in the same
  // order.
  void filter_layer(std::size_t layer) {
    const std::size_t n_pieces = pieces_of_row(lattice_);
    for (std::size_t odd_y = 0; odd_y < 2; ++odd_y)
      for (std::size_t odd_piece = 0; odd_piece < 2; ++odd_piece) {
        const std::size_t n_y = (lattice_.count[1] + 1 - odd_y) / 2;
        const std::size_t n_x = (n_pieces + 1 - odd_piece) / 2;
        for_each_index(n_y * n_x, threads_, [&](std::size_t i) {
          const std::size_t first = (2 * (i % n_x) + odd_piece) * kWindows;
          WindowRow windows{{layer, 2 * (i / n_x) + odd_y, first},
                            std::min(kWindows, lattice_.count[2] - first)};
          std::fill_n(windows.is_used.begin(), windows.count, true);
          filter_windows(windows, workspaces_[thread_index()]);
        });
      }
  }

  const WindowKernels& kernel_ = window_kernels();
  std::vector<Workspace> workspaces_;
  bool is_noted_ = true;
  LocalFilter found_;
};

// The filter by two half maps.
class HalfMapRun : public LocalRun {
 public:
  HalfMapRun(const LocalMaps& maps, const Grid& grid, const SharpenedPower& expected,
             const WindowLattice& lattice, const LocalOptions& options, int threads)
      : LocalRun(grid, expected, lattice, options, threads),
        half_1_(source(maps.half_1)),
        half_2_(source(maps.half_2)) {
    if (!maps.full.empty()) full_.emplace(source(maps.full));
    for (const auto& out : {maps.sharpened, maps.sharpened_half_1, maps.sharpened_half_2})
      if (!out.empty()) sinks_.emplace_back(out, lattice);
    for (int i = 0; i < threads_; ++i) {
      sums_.push_back(terms_.empty_sums());
      means_.emplace_back(2 * terms_.size() * kWindows);
    }
  }

 private:
  void filter_windows(WindowRow& windows, Workspace& work) override {
    const std::size_t thread = thread_index();
    WindowSums& sums = sums_[thread];
    std::vector<float>&half_1 = work.map, &half_2 = work.other, &mean = means_[thread];
    transform(half_1_, windows, work, half_1);
    transform(half_2_, windows, work, half_2);
    terms_.measure(half_1.data(), half_2.data(), sums);
    for (std::size_t k = 0; k < windows.count; ++k) terms_.fit(sums, k, work.fits.fit[k]);
    terms_.factors(work.fits, work.factor.data());
    if (full_) {
      transform(*full_, windows, work, mean);
    } else {
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = 0.5f * (half_1[i] + half_2[i]);
    }
    double gain[kWindows], gain_of_half[kWindows];
    filter_into(sinks_[0], windows, mean, work, gain);
    note(windows, work, gain);
    if (sinks_.size() == 1) return;
    filter_into(sinks_[1], windows, half_1, work, gain_of_half);
    filter_into(sinks_[2], windows, half_2, work, gain_of_half);
  }

  WindowSource half_1_, half_2_;
  std::optional<WindowSource> full_;
  std::vector<WindowSums> sums_;  // a thread's each
  std::vector<std::vector<float>> means_;
};

// The filter by a model, in the windows of its region.
class ModelRun : public LocalRun {
 public:
  ModelRun(const ModelledMaps& maps, const Grid& grid, const SharpenedPower& expected,
           const std::vector<double>& explained, const WindowLattice& lattice,
           const LocalOptions& options, int threads)
      : LocalRun(grid, expected, lattice, options, threads),
        region_(maps.region),
        window_model_(terms_, expected, explained, options.priors),
        map_(source(maps.map)),
        model_(source(maps.model)) {
    const auto add_sink = [&](View3<const float> from, View3<float> to) {
      sinks_.emplace_back(to, lattice, Blend{from, maps.region});
    };
    add_sink(maps.map, maps.sharpened);
    if (!maps.half_1.empty()) {
      halves_.push_back(source(maps.half_1));
      halves_.push_back(source(maps.half_2));
      add_sink(maps.half_1, maps.sharpened_half_1);
      add_sink(maps.half_2, maps.sharpened_half_2);
    }
    for (int i = 0; i < threads_; ++i)
      sums_.push_back({window_model_.empty_sums_of_windows(), window_model_.empty_sums()});
  }

 private:
  void filter_windows(WindowRow& windows, Workspace& work) override {
    bool any = false;
    for (std::size_t k = 0; k < windows.count; ++k) {
      windows.is_used[k] = is_in_region(windows.window(k));
      any = any || windows.is_used[k];
    }
    if (!any) return;
    auto& [of_windows, of_one] = sums_[thread_index()];
    transform(map_, windows, work, work.map);
    transform(model_, windows, work, work.other);
    window_model_.measure(work.map.data(), work.other.data(), of_windows);
    for (std::size_t k = 0; k < windows.count; ++k) {
      if (!windows.is_used[k]) continue;
      WindowModel::take(of_windows, k, of_one);
      window_model_.fit(of_one, work.fits.fit[k]);
    }
    terms_.factors(work.fits, work.factor.data(), kLeastRatioByModel);
    double gain[kWindows], gain_of_half[kWindows];
    filter_into(sinks_[0], windows, work.map, work, gain);
    note(windows, work, gain);
    for (std::size_t i = 0; i < halves_.size(); ++i) {
      transform(halves_[i], windows, work, work.map);
      filter_into(sinks_[i + 1], windows, work.map, work, gain_of_half);
    }
  }

  bool is_in_region(const Shape& window) const {
    const auto range = [&](std::size_t axis) {
      const std::ptrdiff_t start = lattice_.start(axis, window[axis]);
      const auto n = static_cast<std::ptrdiff_t>(region_.shape[axis]);
      const auto edge = static_cast<std::ptrdiff_t>(edge_[axis]);
      return std::pair{static_cast<std::size_t>(std::max<std::ptrdiff_t>(start, 0)),
                       static_cast<std::size_t>(std::min(start + edge, n))};
    };
    const auto [z_from, z_to] = range(0);
    const auto [y_from, y_to] = range(1);
    const auto [x_from, x_to] = range(2);
    for (std::size_t z = z_from; z < z_to; ++z)
      for (std::size_t y = y_from; y < y_to; ++y) {
        const float* row = region_.row(z, y);
        if (std::any_of(row + x_from, row + x_to, [](float share) { return share > 0; }))
          return true;
      }
    return false;
  }

  View3<const float> region_;
  WindowModel window_model_;
  WindowSource map_, model_;
  std::vector<WindowSource> halves_;
  std::vector<std::pair<WindowsModelSums, ModelSums>> sums_;  // a thread's each
};

void require_layers(const LayerRange& layers, const WindowLattice& lattice) {
  require(layers.first < layers.end && layers.first < lattice.count[0], "layers from ",
          layers.first, " to before ", layers.end, " are asked for; expected some of the ",
          lattice.count[0], " that there are");
}

WindowLattice lattice_of(const Grid& grid, double resolution, const LocalOptions& options,
                         double core_per_resolution) {
  const auto spacing = grid.spacing();  // x, y, z
  WindowLattice lattice;
  lattice.box = grid.shape;
  require_positive("resolution", resolution, " Å");
  if (options.n_windows)
    require(*options.n_windows > 0, "n_windows is 0; expected at least 1");
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t n = grid.shape[axis];
    std::size_t core = options.core_points.value_or(0);
    const std::size_t largest = std::min(kLargestCore, n);
    if (options.n_windows) {
      const double edge =
          std::cbrt(grid.cell.volume() / static_cast<double>(*options.n_windows));
      core = static_cast<std::size_t>(
          std::min(std::round(edge / spacing[2 - axis]), static_cast<double>(largest)));
    } else if (!options.core_points) {
      core = std::max(fast_length(core_per_resolution * resolution / spacing[2 - axis]),
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

}  // namespace

WindowLattice window_lattice(const Grid& grid, double resolution,
                             const LocalOptions& options) {
  return lattice_of(grid, resolution, options, kCoreOfHalfMaps);
}

LocalFilter filter_locally(const LocalMaps& maps, const Grid& grid,
                           const SharpenedPower& expected, double resolution,
                           const LocalOptions& options, int threads,
                           const LayerRange& layers) {
  require_array("half_1", maps.half_1, grid.shape);
  require_array("half_2", maps.half_2, grid.shape);
  if (!maps.full.empty()) require_array("full", maps.full, grid.shape);
  require_array("sharpened", maps.sharpened, grid.shape);
  require_pair("sharpened_half_1", maps.sharpened_half_1, "sharpened_half_2",
               maps.sharpened_half_2, grid.shape);
  const WindowLattice lattice = window_lattice(grid, resolution, options);
  require_layers(layers, lattice);
  return HalfMapRun(maps, grid, expected, lattice, options, threads).filter(layers);
}

LocalFilter filter_locally_by_model(const ModelledMaps& maps, const Grid& grid,
                                    const SharpenedPower& expected,
                                    const std::vector<double>& explained, double resolution,
                                    const LocalOptions& options, int threads,
                                    const LayerRange& layers) {
  require_array("map", maps.map, grid.shape);
  require_array("model", maps.model, grid.shape);
  require_array("region", maps.region, grid.shape);
  require_array("sharpened", maps.sharpened, grid.shape);
  require(maps.half_1.empty() == maps.sharpened_half_1.empty(),
          "half maps are given without outputs, or these alone; expected both or none");
  require_pair("half_1", maps.half_1, "half_2", maps.half_2, grid.shape);
  require_pair("sharpened_half_1", maps.sharpened_half_1, "sharpened_half_2",
               maps.sharpened_half_2, grid.shape);
  const WindowLattice lattice = lattice_of(grid, resolution, options, kCoreOfModel);
  require_layers(layers, lattice);
  return ModelRun(maps, grid, expected, explained, lattice, options, threads).filter(layers);
}

}  // namespace map_sharpening
