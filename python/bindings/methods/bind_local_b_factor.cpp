// Python names for tiles.hpp and local_b_factor.hpp.
#include "map_part.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kTilesDoc = R"(Cover a map with overlapping boxes on a regular lattice.

Parameters
----------
map_shape : (int, int, int)
    Shape (nz, ny, nx) of the map.
box_size : (int, int, int)
    Points of a box along z, y, x; cut to the map's.
overlap : int
    Points that neighbours share, at least.
periodic : bool
    Boxes go on across the faces of the map.

Raises
------
ValueError
    If a length is 0 or the overlap is not below the box size.
)";

constexpr const char* kCentresDoc = R"(Middles of the tiles.

Parameters
----------
cell : six floats
    Of the map, Å and degrees.

Returns
-------
ndarray, shape (n, 3), float64
    Cartesian x, y, z in Å from the map's first point.
)";

constexpr const char* kContentsDoc = R"(Count the molecule's voxels in each tile.

Parameters
----------
tiles : Tiles
molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
    Above 0.5 inside; all of the map by default.
threads : int
    Number of threads; 0 means all.

Raises
------
ValueError
    If the shape does not match or the molecule has no voxel.
)";

constexpr const char* kScoreDoc = R"(Score a trial map and each of its tiles.

Parameters
----------
map : ndarray, shape (nz, ny, nx), float32, C order
    Density.
tiles : Tiles
contents : TileContents
target : str
    fall_off: mean squared density in the molecule less the solvent's variance.
    adjusted_sa, kurtosis: see `score_map`; the logarithm of the latter.
options : ScoreOptions
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
TileScores

Raises
------
ValueError
    If shapes do not match, an option does not fit, or the map is constant or not finite.
)";

constexpr const char* kSmoothDoc = R"(Mean of the scores of each tile's surroundings.

Tiles count by the molecule in them and by a Gaussian of their distance; the whole map counts
like `shrinkage` tiles full of molecule.

Parameters
----------
tiles : Tiles
cell : six floats
    Of the map, Å and degrees.
contents : TileContents
scores : sequence of TileScores
    Of each trial.
radius : float
    Å, standard deviation of the Gaussian.
shrinkage : float, optional
    By default one that suits the target.
places : sequence of sequences of (float, float, float)
    For each tile the places whose surroundings count (Å, as `Tiles.centres`), such as the
    copies of its middle by symmetry. Empty: its own middle.
target : str
    As in `score_tiles`; for the default of `shrinkage`.
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
list of lists of float
    By tile, then by trial.

Raises
------
ValueError
    If numbers do not match or `radius` or `shrinkage` is not above 0.
)";

constexpr const char* kLocalDoc =
    R"(B factor of a tile, from how its curve lies to that of the map.

Parameters
----------
b_sharpen : sequence of float
    Å² of the trials, increasing.
curve, of_map : sequence of float
    Scores of the tile, from `smooth_scores`, and of the whole map.
centre : float
    Å², B factor of the whole map.
target : str
    As in `score_tiles`.

Returns
-------
float
    Within the trials; the centre where the curves do not tell.

Raises
------
ValueError
    If lengths differ or b_sharpen does not increase.
)";

constexpr const char* kInterpolateDoc = R"(Fill a map with values between the tiles' middles.

Parameters
----------
tiles : Tiles
values : sequence of float
    One for each tile.
threads : int
    Number of threads; 0 means all.

Returns
-------
ndarray, shape (nz, ny, nx), float32
    Never beyond the smallest and largest value.
)";

constexpr const char* kTrialDoc = R"(The map of coefficients times factors, on their own scale.

Unlike those of `make_sharpened_map`, maps by different factors agree at low resolution.

Parameters
----------
coefficients, shape, cell, d_min, factors, threads
    As in `make_sharpened_map`.

Returns
-------
ndarray, shape (nz, ny, nx), float32

Raises
------
ValueError
    If shapes do not match or no density is left.
)";

constexpr const char* kBlendDoc = R"(Add a trial's share of a blend of trial maps.

The share is 1 where `b_map` is the trial's b_sharpen, falls linearly to 0 at those of its
neighbours, and stays 1 beyond the ends of the list.

Parameters
----------
trial, b_map : ndarray, shape (nz, ny, nx), float32, C order
    Trial map, and b_sharpen (Å²) at each voxel.
b_sharpen : sequence of float
    Å² of all trials, increasing.
index : int
    Which of them this is.
out : ndarray, shape (nz, ny, nx), float32, C order
    Added to.
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
None

Raises
------
ValueError
    If shapes do not match or there is no such trial.
)";

LocalTarget target_of(const std::string& name) {
  if (name == "fall_off") return LocalTarget::fall_off;
  if (name == "adjusted_sa") return LocalTarget::adjusted_surface_area;
  if (name == "kurtosis") return LocalTarget::kurtosis;
  throw py::value_error("target is " + name + "; expected fall_off, adjusted_sa or kurtosis");
}

Array<double> centres_of(const Tiles& tiles, const CellParameters& cell) {
  const auto centres = tile_centres(tiles, to_cell(cell));
  Array<double> result({centres.size(), std::size_t{3}});
  auto out = result.mutable_unchecked<2>();
  for (std::size_t tile = 0; tile < centres.size(); ++tile)
    for (std::size_t i = 0; i < 3; ++i)
      out(static_cast<py::ssize_t>(tile), static_cast<py::ssize_t>(i)) = centres[tile][i];
  return result;
}

// Keeps the molecule's memory alive beside the view of it.
struct HeldContents {
  OptionalMask molecule;
  TileContents contents;
};

HeldContents count_contents(const Tiles& tiles, const OptionalMask& molecule, int threads) {
  const auto view = mask_view(molecule);
  py::gil_scoped_release unlock;
  return {molecule, tile_contents(tiles, view, threads)};
}

TileScores score(const Array<float>& map, const Tiles& tiles, const HeldContents& held,
                 const std::string& target, const ScoreOptions& options, int threads) {
  const auto in = readable(map, "map");
  const LocalTarget wanted = target_of(target);
  py::gil_scoped_release unlock;
  return score_tiles(in, tiles, held.contents, wanted, options, threads);
}

std::vector<std::vector<double>> smooth(const Tiles& tiles, const CellParameters& cell,
                                        const HeldContents& held,
                                        const std::vector<TileScores>& scores, double radius,
                                        std::optional<double> shrinkage,
                                        std::vector<std::vector<Vector>> places,
                                        const std::string& target, int threads) {
  const SmoothingOptions options{
      radius, shrinkage.value_or(usual_shrinkage(target_of(target))), std::move(places)};
  py::gil_scoped_release unlock;
  return smooth_scores(tiles, to_cell(cell), held.contents, scores, options, threads);
}

Array<float> interpolated(const Tiles& tiles, const std::vector<double>& values, int threads) {
  auto result = empty3<float>(tiles.map_shape);
  const auto out = writable(result, "map");
  {
    py::gil_scoped_release unlock;
    interpolate_tiles(tiles, values, out, threads);
  }
  return result;
}

Array<float> trial_map(const Array<std::complex<float>>& coefficients, const Shape& shape,
                       const CellParameters& cell, double d_min, const ScaleFactors& factors,
                       int threads) {
  const auto in = readable(coefficients, "coefficients");
  const Grid grid(shape, to_cell(cell));
  auto result = empty3<float>(shape);
  const auto out = writable(result, "map");
  {
    py::gil_scoped_release unlock;
    make_trial_map(in, grid, d_min, factors, out, threads);
  }
  return result;
}

void blend(const Array<float>& trial, const Array<float>& b_map,
           const std::vector<double>& b_sharpen, std::size_t index, Array<float>& out,
           int threads) {
  const auto values = readable(trial, "trial");
  const auto b = readable(b_map, "b_map");
  const auto sums = writable(out, "out");
  const HatFunction hat = hat_of_trial(b_sharpen, index);
  py::gil_scoped_release unlock;
  add_blended(values, b, hat, sums, threads);
}

void normalise(Array<float>& map, int threads) {
  const auto values = writable(map, "map");
  py::gil_scoped_release unlock;
  normalise_map(values, threads);
}

}  // namespace

void bind_local_b_factor(py::module_& m) {
  const TileOptions usual;
  py::class_<Tiles>(m, "Tiles", "Equal boxes on a regular lattice that covers a map.")
      .def("__len__", &Tiles::size)
      .def_property_readonly("counts", &Tiles::counts, "Tiles along z, y, x.")
      .def_readonly("box_size", &Tiles::box_size, "Points along z, y, x.")
      .def("first", &Tiles::first, "tile"_a, "First point (z, y, x) of a tile.")
      .def("centres", &centres_of, "cell"_a, kCentresDoc);
  m.def(
      "make_tiles",
      [](const Shape& map_shape, const Shape& box_size, std::size_t overlap, bool periodic) {
        return make_tiles(map_shape, {box_size, overlap, periodic});
      },
      "map_shape"_a, "box_size"_a = usual.box_size, "overlap"_a = usual.overlap,
      "periodic"_a = usual.periodic, kTilesDoc);
  py::class_<HeldContents>(m, "TileContents", "How much of the molecule is in each tile.")
      .def_property_readonly(
          "n_voxels", [](const HeldContents& held) { return held.contents.n_voxels; },
          "Of the molecule, by tile; 0 where hardly any.")
      .def_property_readonly(
          "n_voxels_of_map",
          [](const HeldContents& held) { return held.contents.n_voxels_of_map; },
          "Of the molecule.");
  m.def("tile_contents", &count_contents, "tiles"_a, "molecule"_a.noconvert() = py::none(),
        "threads"_a = 0, kContentsDoc);
  py::class_<TileScores>(m, "TileScores", "Scores of one trial map.")
      .def(py::init([](std::vector<double> of_tiles, double of_map) {
             return TileScores{std::move(of_tiles), of_map};
           }),
           "of_tiles"_a, "of_map"_a)
      .def_readonly("of_tiles", &TileScores::of_tiles, "NaN of tiles without molecule.")
      .def_readonly("of_map", &TileScores::of_map, "Of the whole map.");
  m.def("score_tiles", &score, "map"_a.noconvert(), "tiles"_a, "contents"_a, "target"_a,
        "options"_a, "threads"_a = 0, kScoreDoc);
  m.def(
      "usual_smoothing_radius",
      [](const Tiles& tiles, const CellParameters& cell) {
        return usual_smoothing_radius(tile_centres(tiles, to_cell(cell)));
      },
      "tiles"_a, "cell"_a,
      "Two thirds of the mean distance (Å) of a tile's middle from the nearest other.");
  m.def("smooth_scores", &smooth, "tiles"_a, "cell"_a, "contents"_a, "scores"_a, "radius"_a,
        "shrinkage"_a = py::none(), "places"_a = std::vector<std::vector<Vector>>{},
        "target"_a = "fall_off", "threads"_a = 0, kSmoothDoc);
  m.def(
      "local_b_factor",
      [](const std::vector<double>& b_sharpen, const std::vector<double>& curve,
         const std::vector<double>& of_map, double centre, const std::string& target) {
        return local_b_factor(b_sharpen, curve, of_map, centre, target_of(target));
      },
      "b_sharpen"_a, "curve"_a, "of_map"_a, "centre"_a, "target"_a = "fall_off", kLocalDoc);
  m.def("interpolate_tiles", &interpolated, "tiles"_a, "values"_a, "threads"_a = 0,
        kInterpolateDoc);
  m.def("make_trial_map", &trial_map, "coefficients"_a.noconvert(), "shape"_a, "cell"_a,
        "d_min"_a, "factors"_a, "threads"_a = 0, kTrialDoc);
  m.def("add_blended", &blend, "trial"_a.noconvert(), "b_map"_a.noconvert(), "b_sharpen"_a,
        "index"_a, "out"_a.noconvert(), "threads"_a = 0, kBlendDoc);
  m.def("normalise_map", &normalise, "map"_a.noconvert(), "threads"_a = 0,
        "Bring a float32 map to mean 0 and standard deviation 1, in place.");
}

}  // namespace map_sharpening::python
