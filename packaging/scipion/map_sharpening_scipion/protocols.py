"""The protocol."""

import json
import shlex
import shutil
from pathlib import Path

import pyworkflow.protocol.params as params
from pwem.objects import Volume, VolumeMask
from pwem.protocols import EMProtocol
from pyworkflow.constants import BETA

_MAP, _MASK, _LOCAL = "sharpened_map.mrc", "mask.mrc", "local_resolution_map.mrc"


class ProtMapSharpening(EMProtocol):
    """Sharpen a volume by the agreement of its two half maps.

    Statistics are taken in a mask, by default an automatic one. Outputs are the sharpened volume,
    the mask and the local resolution; the report is in the folder of the protocol.
    """

    _label = "sharpen half maps"
    _devStatus = BETA
    _possibleOutputs = {
        "sharpenedVolume": Volume,
        "mask": VolumeMask,
        "localResolution": Volume,
    }

    def _defineParams(self, form):
        form.addSection(label="Input")
        form.addParam(
            "inputVolume",
            params.PointerParam,
            pointerClass="Volume",
            important=True,
            label="Volume with half maps",
            help="Half maps as reconstructed: not filtered, masked or sharpened",
        )
        form.addParam(
            "inputMask",
            params.PointerParam,
            pointerClass="VolumeMask",
            allowsNull=True,
            label="Mask",
            help="Of the statistics; by default one is made from the half maps",
        )
        form.addParam(
            "resolution",
            params.FloatParam,
            allowsNull=True,
            label="Resolution (Å)",
            help="Where the corrected FSC falls to 0.143 if it is left empty",
        )
        form.addParam(
            "otherParameters",
            params.StringParam,
            default="",
            expertLevel=params.LEVEL_ADVANCED,
            label="Other parameters",
            help="Words of map_sharpening's command line, such as n_bins=40; all are listed by "
            "'map_sharpening --show-defaults'",
        )
        form.addParallelSection(threads=4, mpi=0)

    def _insertAllSteps(self):
        self._insertFunctionStep(self.sharpenStep)
        self._insertFunctionStep(self.createOutputStep)

    def sharpenStep(self):
        """Run map_sharpening."""
        words = [f"half_map={_plain(name)}" for name in self._halves()]
        if self.inputMask.get() is not None:
            words.append(f"mask={_plain(self.inputMask.get().getFileName())}")
        words += [
            f"resolution={self.resolution.get() or 'Auto'}",
            f"voxel_size={self.inputVolume.get().getSamplingRate()}",
            f"output.output_directory={self._getExtraPath()}",
            f"output.sharpened_map_file={_MAP}",
            f"control.nproc={self.numberOfThreads.get()}",
            *shlex.split(self.otherParameters.get()),
            *("--progress", "none", "--overwrite"),
        ]
        self.runJob(shutil.which("map_sharpening") or "map_sharpening", shlex.join(words))

    def createOutputStep(self):
        """Name what was written, where the input volume lies."""
        source = self.inputVolume.get()
        outputs = {}
        for name, kind, file in (
            ("sharpenedVolume", Volume, _MAP),
            ("mask", VolumeMask, _MASK),
            ("localResolution", Volume, _LOCAL),
        ):
            if Path(self._getExtraPath(file)).is_file():
                made = kind(location=self._getExtraPath(file))
                made.setSamplingRate(source.getSamplingRate())
                made.setOrigin(source.getOrigin(force=True).clone())
                outputs[name] = made
        outputs["sharpenedVolume"].setHalfMaps(self._halves())
        self._defineOutputs(**outputs)
        for made in outputs.values():
            self._defineSourceRelation(self.inputVolume, made)

    def _halves(self):
        return list(self.inputVolume.get().getHalfMaps(asList=True))

    def _validate(self):
        volume = self.inputVolume.get()
        if volume is None or volume.hasHalfMaps():
            return []
        return [f"{volume.getFileName()} has no half maps; import it with its half maps"]

    def _summary(self):
        results = Path(self._getExtraPath("results.json"))
        if not results.is_file():
            return []
        found = json.loads(results.read_text(encoding="utf-8"))
        facts = [f"{fact['name']}: {fact['value']} {fact['note']}" for fact in found["facts"]]
        return facts + [f"Warning: {text}" for text in found["warnings"]]


def _plain(name):
    """Return a file's name without what Scipion adds to it."""
    return name.removesuffix(":mrc")
