"""Jobs of map_sharpening for the CCP-EM Pipeliner and Doppio."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeliner.display_tools import (
    create_results_display_object,
    make_maps_slice_montage_and_3d_display,
)
from pipeliner.external_program_utils import ExternalProgram
from pipeliner.job_options import (
    BooleanJobOption,
    FileDescription,
    FloatJobOption,
    InputNodeJobOption,
    StringJobOption,
)
from pipeliner.nodes import (
    NODE_ATOMCOORDS,
    NODE_DENSITYMAP,
    NODE_IMAGE3D,
    NODE_LOGFILE,
    NODE_MASK3D,
    NODE_PROCESSDATA,
)
from pipeliner.pipeliner_job import PipelinerCommand, PipelinerJob, Ref

_MAP = "sharpened_map.mrc"
_MAPS = FileDescription("3D map", [".mrc", ".map", ".ccp4"])
_RESULTS = "results.json"


class _Job(PipelinerJob):
    """What the three jobs share."""

    OUT_DIR = "MapSharpening"
    CATEGORY_LABEL = "Map Postprocessing"
    #: What is said of the job.
    title = ""
    text = ""

    def __init__(self) -> None:
        super().__init__()
        self.jobinfo.display_name = f"map_sharpening: {self.title}"
        self.jobinfo.short_desc = self.text
        self.jobinfo.long_desc = f"{self.text}. Its report says what was found and done."
        self.jobinfo.programs = [
            ExternalProgram(
                "map_sharpening",
                vers_com=["map_sharpening", "--version"],
                onedep_categories={"OTHER": "em_image_processing"},
            )
        ]
        self.jobinfo.references = [
            Ref(
                authors=["Terwilliger TC", "Sobolev OV", "Afonine PV", "Adams PD", "Read RJ"],
                title="Density modification of cryo-EM maps",
                journal="Acta Crystallographica Section D",
                year="2020",
                volume="76",
            )
        ]
        self._add_inputs()
        self.joboptions["other_parameters"] = StringJobOption(
            label="Other parameters",
            help_text="Words of map_sharpening's command line, such as n_bins=40; all are listed "
            "by 'map_sharpening --show-defaults'",
        )
        self.get_runtab_options(threads=True)

    def _add_inputs(self) -> None:
        raise NotImplementedError

    def _words(self) -> list[str]:
        """Return the words for the inputs and options of this job."""
        raise NotImplementedError

    def _add_map(self, name: str, label: str, text: str, **given: Any) -> None:
        self.joboptions[name] = InputNodeJobOption(
            label=label, node_type=NODE_DENSITYMAP, pattern=_MAPS, help_text=text, **given
        )

    def _add_resolution(self, text: str, *, is_required: bool) -> None:
        self.joboptions["resolution"] = FloatJobOption(
            label="Resolution (Å)",
            hard_min=0.1,
            suggested_min=1.0,
            suggested_max=20.0,
            step_value=0.1,
            help_text=text,
            is_required=is_required,
        )

    def _given(self, name: str) -> str:
        return str(self.joboptions[name].get_string())

    def get_commands(self) -> list[PipelinerCommand]:
        """Return the one command of the job."""
        threads = self.joboptions["nr_threads"].get_number()
        words = [
            *self._words(),
            f"output.output_directory={self.output_dir}",
            f"output.sharpened_map_file={_MAP}",
            f"control.nproc={int(threads)}",
            *shlex.split(self._given("other_parameters")),
        ]
        return [PipelinerCommand(["map_sharpening", *words, "--progress", "none"])]

    def create_output_nodes(self) -> None:
        """Name the outputs that every run has."""
        self.add_output_node(_MAP, NODE_DENSITYMAP, ["map_sharpening", "sharpened"])
        self.add_output_node(_RESULTS, NODE_PROCESSDATA, ["map_sharpening"])
        self.add_output_node("log.txt", NODE_LOGFILE, ["map_sharpening"])

    def create_post_run_output_nodes(self) -> None:
        """Name the outputs that depend on the maps."""
        for name, kind, word in (
            ("mask.mrc", NODE_MASK3D, "mask"),
            ("local_resolution_map.mrc", NODE_IMAGE3D, "localresmap"),
            ("postprocess.star", NODE_PROCESSDATA, "postprocess"),
        ):
            if (Path(self.output_dir) / name).is_file():
                self.add_output_node(name, kind, ["map_sharpening", word])

    def _results(self) -> dict[str, Any]:
        text = (Path(self.output_dir) / _RESULTS).read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        return found

    def gather_metadata(self) -> dict[str, Any]:
        """Return all numbers of the result that are not curves, and the warnings."""
        found = self._results()
        numbers = {
            key: value
            for key, value in found["result"].items()
            if isinstance(value, (int, float, str)) or value is None
        }
        return {**numbers, "warnings": found["warnings"]}

    def get_additional_onedep_files(self) -> dict[str, str]:
        """Return the FSC for the EMDB, if the run has one."""
        fsc = Path(self.output_dir) / "fsc.xml"
        return {str(fsc): "Half-map FSC"} if fsc.is_file() else {}

    def create_results_display(self) -> Sequence[Any]:
        """Return figures, warnings, plots, slices and the report."""
        found, folder = self._results(), Path(self.output_dir)
        results = str(folder / _RESULTS)
        shown = [
            create_results_display_object(
                "table",
                title="Results",
                headers=["", "", ""],
                table_data=[[f["name"], f["value"], f["note"]] for f in found["facts"]],
                associated_data=[results],
            )
        ]
        if found["warnings"]:
            shown.append(
                create_results_display_object(
                    "table",
                    title="Warnings",
                    headers=["Warning"],
                    table_data=[[text] for text in found["warnings"]],
                    associated_data=[results],
                )
            )
        shown += self._plots(found["result"], results)
        maps = {str(folder / _MAP): "Sharpened map"}
        shown += make_maps_slice_montage_and_3d_display(in_maps=maps, output_dir=self.output_dir)
        report = folder / "report.html"
        if report.is_file():
            shown.append(
                create_results_display_object(
                    "html",
                    title="Report",
                    html_file=str(report),
                    associated_data=[str(report)],
                    start_collapsed=True,
                )
            )
        return shown

    def _plots(self, result: dict[str, Any], source: str) -> list[Any]:
        curves = {
            "fsc_corrected": "FSC, corrected",
            "fsc_unmasked": "FSC, unmasked",
            "fsc_randomised": "FSC, phases randomised",
            "correlation": "map and model",
        }
        shells = result.get("shells") or {}
        drawn = {}
        for key, name in curves.items():
            points = zip(shells.get("s_per_angstrom", []), shells.get(key, []), strict=False)
            known = [(x, y) for x, y in points if y is not None]
            if known:
                drawn[name] = known
        if not drawn:
            return []
        return [
            create_results_display_object(
                "graph",
                title="Correlation by resolution",
                xvalues=[[x for x, _ in known] for known in drawn.values()],
                yvalues=[[y for _, y in known] for known in drawn.values()],
                data_series_labels=list(drawn),
                modes=["lines"] * len(drawn),
                xaxis_label="1/resolution (1/Å)",
                yaxis_label="Correlation",
                associated_data=[source],
            )
        ]


class HalfMapJob(_Job):
    """Sharpening by the agreement of two half maps."""

    PROCESS_NAME = "map_sharpening.postprocess.half_maps"
    title = "half maps"
    text = "Sharpen two half maps by their agreement, with statistics in an automatic mask"

    def _add_inputs(self) -> None:
        what = "As reconstructed: not filtered, masked or sharpened"
        self._add_map("half_map_1", "Half map 1", what, is_required=True, node_kwds=["halfmap"])
        self._add_map("half_map_2", "Half map 2", what, is_required=True, node_kwds=["halfmap"])
        self.joboptions["mask"] = InputNodeJobOption(
            label="Mask",
            node_type=NODE_MASK3D,
            pattern=_MAPS,
            help_text="Of the statistics; by default one is made from the half maps",
        )
        self._add_resolution(
            "Where the corrected FSC falls to 0.143 if it is left empty", is_required=False
        )
        self.joboptions["local_sharpen"] = BooleanJobOption(
            label="Sharpen locally",
            default_value=False,
            help_text="Filter each part of the map by its own signal and noise",
        )

    def _words(self) -> list[str]:
        resolution, mask = self.joboptions["resolution"], self._given("mask")
        return [
            f"half_map={self._given('half_map_1')}",
            f"half_map={self._given('half_map_2')}",
            f"resolution={'Auto' if resolution.is_blank else resolution.get_string()}",
            *([f"sharpening.mask={mask}"] if mask else []),
            f"local_sharpen={self.joboptions['local_sharpen'].get_boolean()}",
        ]


class OneMapJob(_Job):
    """Sharpening of one map by the B factor that brings out most of its detail."""

    PROCESS_NAME = "map_sharpening.postprocess.one_map"
    title = "one map"
    text = "Sharpen or blur one map by the B factor that brings out most of its detail"

    def _add_inputs(self) -> None:
        self._add_map("full_map", "Map", "The map to sharpen", is_required=True)
        self._add_resolution("Of the map", is_required=True)

    def _words(self) -> list[str]:
        return [
            f"full_map={self._given('full_map')}",
            f"resolution={self._given('resolution')}",
        ]


class ModelJob(_Job):
    """Sharpening of one map by its agreement with a model."""

    PROCESS_NAME = "map_sharpening.postprocess.model"
    title = "by a model"
    text = "Sharpen one map by its agreement with a model in its place"

    def _add_inputs(self) -> None:
        self._add_map("full_map", "Map", "The map to sharpen", is_required=True)
        self.joboptions["model"] = InputNodeJobOption(
            label="Model",
            node_type=NODE_ATOMCOORDS,
            pattern=FileDescription("Atomic model", [".pdb", ".cif", ".mmcif"]),
            help_text="In the frame of the map",
            is_required=True,
        )
        self._add_resolution("Of the map", is_required=True)

    def _words(self) -> list[str]:
        return [
            f"full_map={self._given('full_map')}",
            f"model={self._given('model')}",
            "model_sharpen=True",
            f"resolution={self._given('resolution')}",
        ]
