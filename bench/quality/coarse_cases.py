"""Coarse cases, 8 to 34 Å, such as subtomogram averages: stationary noise, and reconstructed.

The resolution of each is near that at which its masked FSC falls to 0.143, as users give it.
Defaults were chosen by these together with the other suites.
"""

from __future__ import annotations

from bench.quality.cases import Case, Particles
from map_sharpening.simulation.simulate import WHITE, NoiseColour

_HAEMOGLOBIN, _CHANNEL = "em/5ni1_updated.cif", "models/7l2i.cif.gz"
_GALACTOSIDASE, _HEXAMER = "em/8bk7.cif.gz", "models/8uv2.cif.gz"
_RIBOZYME = "models/7yc8.cif.gz"
_COLOURED = NoiseColour(b_factor=200.0, white_floor=0.2)


def _case(
    name: str,
    model: str,
    resolution: float,
    voxel_size: float,
    box: int,
    b: tuple[float, float],
    seed: int,
    *,
    coloured: bool = False,
    particles: Particles | None = None,
) -> Case:
    colour = _COLOURED if coloured else WHITE
    return Case(
        name,
        model,
        resolution,
        voxel_size,
        box,
        *b,
        noise_colour=colour,
        particles=particles,
        seed=seed,
    )


COARSE = (
    _case("haemoglobin_8A", _HAEMOGLOBIN, 8.0, 2.2, 64, (200.0, 500.0), 501),
    _case("galactosidase_8A", _GALACTOSIDASE, 8.0, 2.2, 112, (200.0, 500.0), 502, coloured=True),
    _case("ribozyme_8A", _RIBOZYME, 8.0, 2.2, 80, (200.0, 500.0), 503),
    _case("haemoglobin_10A", _HAEMOGLOBIN, 10.0, 2.8, 56, (300.0, 700.0), 504),
    _case("hexamer_10A", _HEXAMER, 10.0, 2.8, 96, (300.0, 700.0), 505, coloured=True),
    _case("channel_12A", _CHANNEL, 12.0, 3.3, 56, (400.0, 900.0), 506),
    _case("ribozyme_12A", _RIBOZYME, 12.0, 3.3, 56, (400.0, 900.0), 507, coloured=True),
    _case("galactosidase_15A", _GALACTOSIDASE, 15.0, 4.0, 64, (600.0, 1500.0), 508),
    _case("hexamer_15A", _HEXAMER, 15.0, 4.0, 64, (600.0, 1500.0), 509),
    _case("galactosidase_20A", _GALACTOSIDASE, 20.0, 5.5, 56, (1000.0, 2500.0), 510),
    _case("hexamer_20A", _HEXAMER, 20.0, 5.5, 56, (1000.0, 2500.0), 511, coloured=True),
    _case("galactosidase_30A", _GALACTOSIDASE, 30.0, 8.0, 48, (2000.0, 4000.0), 512),
    _case("hexamer_30A", _HEXAMER, 30.0, 8.0, 48, (2000.0, 4000.0), 513),
    _case(
        "haemoglobin_particles_8A",
        _HAEMOGLOBIN,
        7.8,
        2.0,
        72,
        (150.0, 300.0),
        521,
        particles=Particles(2500, 0.05, angular_error=3.0, shift_error=1.2),
    ),
    _case(
        "channel_particles_11A",
        _CHANNEL,
        11.2,
        2.2,
        80,
        (200.0, 400.0),
        522,
        particles=Particles(2500, 0.05, angular_error=3.0, shift_error=1.5, belt=True),
    ),
    _case(
        "ribozyme_particles_10A",
        _RIBOZYME,
        10.5,
        2.2,
        80,
        (200.0, 400.0),
        523,
        particles=Particles(2000, 0.05, angular_error=3.0, shift_error=1.5, preferred=0.4),
    ),
    _case(
        "haemoglobin_particles_18A",
        _HAEMOGLOBIN,
        17.7,
        2.8,
        56,
        (300.0, 600.0),
        524,
        particles=Particles(900, 0.03, angular_error=6.0, shift_error=2.5),
    ),
    _case(
        "galactosidase_particles_23A",
        _GALACTOSIDASE,
        22.6,
        2.8,
        88,
        (300.0, 600.0),
        525,
        particles=Particles(600, 0.03, angular_error=4.0, shift_error=2.5),
    ),
    _case(
        "hexamer_particles_28A",
        _HEXAMER,
        27.5,
        3.3,
        80,
        (400.0, 900.0),
        526,
        particles=Particles(500, 0.03, angular_error=5.0, shift_error=3.0, turn=10.0),
    ),
    _case(
        "ribozyme_particles_22A",
        _RIBOZYME,
        22.3,
        3.3,
        56,
        (400.0, 900.0),
        527,
        particles=Particles(600, 0.03, angular_error=6.0, shift_error=3.0),
    ),
    _case(
        "galactosidase_particles_34A",
        _GALACTOSIDASE,
        34.1,
        4.0,
        64,
        (600.0, 1200.0),
        528,
        particles=Particles(300, 0.02, angular_error=6.0, shift_error=4.0),
    ),
)
