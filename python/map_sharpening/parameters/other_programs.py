"""What other programs call our parameters: proposed where such a name is given."""

from __future__ import annotations

_MAPS = "input_files.map_model"
_CALLED = {
    f"{_MAPS}.half_map": "i i1 i2 half half1 half2 half_1 half_2 half_map1 half_map2 halfmap "
    "halfmap1 halfmap2 half_maps halfmaps",
    f"{_MAPS}.full_map": "vol volume input_map in_map",
    f"{_MAPS}.model": "pdb cif mmcif",
    "sharpening.mask": "mask_in input_mask",
    "input_files.mtz_in": "mtz hkl",
    "input_files.map_coeff_labels": "fphi lab labin",
    "crystal_info.resolution": "d r res reso d_min dmin high_res",
    "crystal_info.voxel_size": "angpix apix a_pix pix pixel pixelsize "
    "pixel_size psize voxelsize sampling",
    "b_factor_sharpening.map_modification.b_sharpen": "b bfac b_fac bfactor b_factor adhoc_bfac",
    "output.output_directory": "o out odir outdir out_dir output output_dir output_folder",
    "output.sharpened_map_file": "outfile out_file output_file output_map",
    "output.overwrite": "y force",
    "control.nproc": "j np cpus ncpus threads nthreads num_threads processes jobs",
}

#: The paths of parameters, by what other programs call them (RELION, EMAN2, CCP4, CryoSPARC ...).
CALLED_ELSEWHERE = {name: path for path, names in _CALLED.items() for name in names.split()}
