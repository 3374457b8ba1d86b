#include "map_sharpening/local_filter.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "check.hpp"
#include "local_model_power.hpp"
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
  std::vector<Complex> map, other, filtered;
  WindowFit fit;

  Workspace(std::size_t n_points, const WindowTerms& terms)
      : density(n_points),
        factor(terms.size()),
        map(terms.size()),
        other(terms.size()),
        filtered(terms.size()),
        fit(terms.empty_fit()) {}
};

// Windows, layer after layer: what they are filtered by is told by a derived class.
class LocalRun {
 public:
  LocalRun(const Grid& grid, const SharpenedPower& expected, const WindowLattice& lattice,
           const LocalOptions& options, int threads)
      : lattice_(lattice),
        edge_(lattice.edge()),
        wraps_(options.wraps),
        threads_(threads),
        taper_(edge_),
        terms_(window_grid(grid, edge_), taper_, expected, grid.size(), options) {
    for (int i = 0; i < thread_count(threads); ++i)
      workspaces_.emplace_back(edge_[0] * edge_[1] * edge_[2], terms_);
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
      for (WindowSink* sink : sinks()) sink->finish_layer(layer, is_noted_, threads_);
    }
    return std::move(found_);
  }

 protected:
  virtual void filter_window(const Shape& window, Workspace& work) = 0;
  virtual std::vector<WindowSink*> sinks() = 0;

  WindowSource source(View3<const float> map) const { return {map, lattice_, wraps_}; }

  void transform(const WindowSource& source, const Shape& window, Workspace& work,
                 std::vector<Complex>& out) const {
    source.cut(window, taper_, work.density.data());
    kernel_.forward_window(work.density.data(), out.data(), edge_[0], edge_[1], edge_[2]);
  }

  void filter_into(WindowSink& sink, const Shape& window, const std::vector<Complex>& in,
                   Workspace& work) const {
    for (std::size_t i = 0; i < in.size(); ++i) work.filtered[i] = work.factor[i] * in[i];
    kernel_.inverse_window(work.filtered.data(), work.density.data(), edge_[0], edge_[1],
                           edge_[2]);
    sink.add(window, taper_, work.density.data());
  }

  void note(const Shape& window, const std::vector<Complex>& map, const Workspace& work) {
    if (!is_noted_) return;
    const std::size_t i =
        (window[0] * lattice_.count[1] + window[1]) * lattice_.count[2] + window[2];
    found_.signal_scale[i] = std::exp(work.fit.ln_k);
    found_.excess_b[i] = 2 * work.fit.c;
    found_.noise_scale[i] = work.fit.noise_scale;
    found_.gain[i] = terms_.gain(map.data(), work.factor.data());
    found_.resolution[i] = terms_.resolution(work.fit);
  }

  const WindowLattice& lattice_;
  const Shape edge_;
  bool wraps_;
  int threads_;
  SineTaper taper_;
  WindowTerms terms_;

 private:
  // Every other row of windows at a time, and in it every other block of windows: those do not
  // overlap, so that threads never add to the same point, and each point gets its windows in
  // the same order.  In a block each window finds half of its points in the cache.
  void filter_layer(std::size_t layer) {
    const std::size_t n_blocks = (lattice_.count[2] + kBlock - 1) / kBlock;
    for (std::size_t odd_y = 0; odd_y < 2; ++odd_y)
      for (std::size_t odd_block = 0; odd_block < 2; ++odd_block) {
        const std::size_t n_y = (lattice_.count[1] + 1 - odd_y) / 2;
        const std::size_t n_x = (n_blocks + 1 - odd_block) / 2;
        for_each_index(n_y * n_x, threads_, [&](std::size_t i) {
          Workspace& work = workspaces_[static_cast<std::size_t>(thread_index())];
          const std::size_t y = 2 * (i / n_x) + odd_y;
          const std::size_t first = (2 * (i % n_x) + odd_block) * kBlock;
          const std::size_t end = std::min(first + kBlock, lattice_.count[2]);
          for (std::size_t x = first; x < end; ++x) filter_window({layer, y, x}, work);
        });
      }
  }

  static constexpr std::size_t kBlock = 8;
  const Kernels<float>& kernel_ = kernels<float>();
  std::vector<Workspace> workspaces_;
  bool is_noted_ = true;
  LocalFilter found_;
};

// Two half maps tell what a window holds.
class HalfMapRun : public LocalRun {
 public:
  HalfMapRun(const LocalMaps& maps, const Grid& grid, const SharpenedPower& expected,
             const WindowLattice& lattice, const LocalOptions& options, int threads)
      : LocalRun(grid, expected, lattice, options, threads),
        half_1_(source(maps.half_1)),
        half_2_(source(maps.half_2)),
        into_sharpened_(maps.sharpened, lattice) {
    if (!maps.full.empty()) full_ = std::make_unique<WindowSource>(source(maps.full));
    if (!maps.sharpened_half_1.empty()) {
      into_half_1_ = std::make_unique<WindowSink>(maps.sharpened_half_1, lattice);
      into_half_2_ = std::make_unique<WindowSink>(maps.sharpened_half_2, lattice);
    }
    for (int i = 0; i < thread_count(threads); ++i) {
      sums_.push_back(terms_.empty_sums());
      means_.emplace_back(terms_.size());
    }
  }

 private:
  void filter_window(const Shape& window, Workspace& work) override {
    const auto thread = static_cast<std::size_t>(thread_index());
    std::vector<Complex>&half_1 = work.map, &half_2 = work.other, &mean = means_[thread];
    transform(half_1_, window, work, half_1);
    transform(half_2_, window, work, half_2);
    terms_.measure(half_1.data(), half_2.data(), sums_[thread]);
    terms_.fit(sums_[thread], work.fit);
    terms_.factors(work.fit, work.factor.data());
    if (full_) {
      transform(*full_, window, work, mean);
    } else {
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = 0.5f * (half_1[i] + half_2[i]);
    }
    note(window, mean, work);
    filter_into(into_sharpened_, window, mean, work);
    if (!into_half_1_) return;
    filter_into(*into_half_1_, window, half_1, work);
    filter_into(*into_half_2_, window, half_2, work);
  }

  std::vector<WindowSink*> sinks() override {
    if (!into_half_1_) return {&into_sharpened_};
    return {&into_sharpened_, into_half_1_.get(), into_half_2_.get()};
  }

  WindowSource half_1_, half_2_;
  std::unique_ptr<WindowSource> full_;
  WindowSink into_sharpened_;
  std::unique_ptr<WindowSink> into_half_1_, into_half_2_;
  std::vector<WindowSums> sums_;  // a thread's each
  std::vector<std::vector<Complex>> means_;
};

// A model tells what a window of its region holds.
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
    const auto add = [&](View3<const float> from, View3<float> to) {
      sinks_.push_back(std::make_unique<WindowSink>(to, lattice, Blend{from, maps.region}));
    };
    add(maps.map, maps.sharpened);
    if (!maps.half_1.empty()) {
      halves_.push_back(std::make_unique<WindowSource>(source(maps.half_1)));
      halves_.push_back(std::make_unique<WindowSource>(source(maps.half_2)));
      add(maps.half_1, maps.sharpened_half_1);
      add(maps.half_2, maps.sharpened_half_2);
    }
    for (int i = 0; i < thread_count(threads); ++i)
      sums_.push_back(window_model_.empty_sums());
  }

 private:
  void filter_window(const Shape& window, Workspace& work) override {
    if (!is_in_region(window)) return;
    ModelSums& sums = sums_[static_cast<std::size_t>(thread_index())];
    transform(map_, window, work, work.map);
    transform(model_, window, work, work.other);
    window_model_.measure(work.map.data(), work.other.data(), sums);
    window_model_.fit(sums, work.fit);
    terms_.factors(work.fit, work.factor.data(), kLeastRatioByModel);
    note(window, work.map, work);
    filter_into(*sinks_[0], window, work.map, work);
    for (std::size_t i = 0; i < halves_.size(); ++i) {
      transform(*halves_[i], window, work, work.map);
      filter_into(*sinks_[i + 1], window, work.map, work);
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

  std::vector<WindowSink*> sinks() override {
    std::vector<WindowSink*> all;
    for (const auto& sink : sinks_) all.push_back(sink.get());
    return all;
  }

  View3<const float> region_;
  WindowModel window_model_;
  WindowSource map_, model_;
  std::vector<std::unique_ptr<WindowSource>> halves_;
  std::vector<std::unique_ptr<WindowSink>> sinks_;
  std::vector<ModelSums> sums_;  // a thread's each
};

void require_sharpened_halves(View3<const float> half_1, View3<const float> half_2,
                              const Grid& grid) {
  require(half_1.empty() == half_2.empty(),
          "one of sharpened_half_1 and _2 is given; expected both or none");
  if (half_1.empty()) return;
  require_shape("sharpened_half_1", half_1.shape, grid.shape);
  require_shape("sharpened_half_2", half_2.shape, grid.shape);
}

void require_layers(const LayerRange& layers, const WindowLattice& lattice) {
  require(layers.first < layers.end && layers.first < lattice.count[0], "layers from ",
          layers.first, " to before ", layers.end, " are asked for; expected some of the ",
          lattice.count[0], " that there are");
}

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
                           const LocalOptions& options, int threads,
                           const LayerRange& layers) {
  require_shape("half_1", maps.half_1.shape, grid.shape);
  require_shape("half_2", maps.half_2.shape, grid.shape);
  if (!maps.full.empty()) require_shape("full", maps.full.shape, grid.shape);
  require_shape("sharpened", maps.sharpened.shape, grid.shape);
  require_sharpened_halves(maps.sharpened_half_1, maps.sharpened_half_2, grid);
  const WindowLattice lattice = window_lattice(grid, resolution, options);
  require_layers(layers, lattice);
  return HalfMapRun(maps, grid, expected, lattice, options, threads).filter(layers);
}

LocalFilter filter_locally_by_model(const ModelledMaps& maps, const Grid& grid,
                                    const SharpenedPower& expected,
                                    const std::vector<double>& explained, double resolution,
                                    const LocalOptions& options, int threads,
                                    const LayerRange& layers) {
  require_shape("map", maps.map.shape, grid.shape);
  require_shape("model", maps.model.shape, grid.shape);
  require_shape("region", maps.region.shape, grid.shape);
  require_shape("sharpened", maps.sharpened.shape, grid.shape);
  require(maps.half_1.empty() == maps.half_2.empty() &&
              maps.half_1.empty() == maps.sharpened_half_1.empty(),
          "half maps are given without outputs, or one of them; expected both or none");
  if (!maps.half_1.empty()) {
    require_shape("half_1", maps.half_1.shape, grid.shape);
    require_shape("half_2", maps.half_2.shape, grid.shape);
  }
  require_sharpened_halves(maps.sharpened_half_1, maps.sharpened_half_2, grid);
  const WindowLattice lattice = window_lattice(grid, resolution, options);
  require_layers(layers, lattice);
  return ModelRun(maps, grid, expected, explained, lattice, options, threads).filter(layers);
}

}  // namespace map_sharpening
