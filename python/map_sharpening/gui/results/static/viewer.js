// Drives Mol*: maps, their levels and colours, a model, cameras that move together.
// Each view is an element; it says how far it is in data-state: empty, busy, ready, failed.
"use strict";

(() => {
  const views = new Map();
  const QUIET = {
    layoutIsExpanded: false, layoutShowControls: false, layoutShowSequence: false,
    layoutShowLog: false, layoutShowLeftPanel: false, collapseLeftPanel: true,
    viewportShowExpand: false, viewportShowToggleFullscreen: false, viewportShowControls: false,
    viewportShowSettings: false, viewportShowSelectionMode: false, viewportShowAnimation: false,
    viewportShowTrajectoryControls: false, viewportShowScreenshotControls: false,
    viewportShowReset: false, viewportShowXR: "never", viewportShowIllumination: false,
  };
  const REST = 250; // milliseconds
  const after = (time) => new Promise((done) => setTimeout(done, time));
  const painted = () => new Promise((done) => requestAnimationFrame(done));
  const number = (colour) => parseInt(colour.slice(1), 16);
  const inOne = (colour) => (
    { name: "uniform", params: { value: number(colour), saturation: 0, lightness: 0 } });

  // Software renderers extract surfaces faster on the processor.
  function isSoftware() {
    const gl = document.createElement("canvas").getContext("webgl2");
    if (!gl) return true;
    const known = gl.getExtension("WEBGL_debug_renderer_info");
    const name = known ? gl.getParameter(known.UNMASKED_RENDERER_WEBGL) : "";
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return /swiftshader|llvmpipe|software|basic render/i.test(name);
  }

  class View {
    constructor(element) {
      this.element = element;
      this.parts = new Map(); // name -> {root, volume, surface}
      this.model = null;
      this.queue = Promise.resolve();
      this.waiting = new Map(); // what is still to be done, the latest of a kind only
    }

    async start() {
      this.say("busy", "Starting the 3-D view …");
      const inner = document.createElement("div");
      inner.className = "map-view-inner";
      this.element.prepend(inner);
      this.viewer = await molstar.Viewer.create(inner, QUIET);
      this.plugin = this.viewer.plugin;
      this.plugin.canvas3d.setProps({
        camera: { helper: { axes: { name: "off", params: {} } } },
        postprocessing: {
          occlusion: { name: "off", params: {} },
          // Software renderers pay for each pass over the picture.
          ...(View.inSoftware() ? { antialiasing: { name: "off", params: {} } } : {}),
        },
        ...(View.inSoftware() ? { multiSample: { mode: "off" } } : {}),
      });
      this.dark(document.body.classList.contains("body--dark"));
    }

    say(state, text) {
      this.element.dataset.state = state;
      const place = this.element.querySelector(".map-view-text");
      if (place) place.textContent = text || "";
    }

    // Do things one after another; of those with one name only the latest.
    run(name, text, work) {
      const task = { work, text };
      this.waiting.set(name, task);
      this.queue = this.queue.then(async () => {
        if (this.waiting.get(name) !== task) return;
        this.waiting.delete(name);
        this.say("busy", task.text);
        await after(0);
        try {
          await task.work();
          if (this.waiting.size === 0) await this.drawn();
          if (this.waiting.size === 0) this.say("ready", "");
        } catch (error) {
          this.say("failed", `The 3-D view failed: ${error.message || error}`);
        }
      });
      return this.queue;
    }

    // Until the picture shows what was made; pages in the background and lost contexts draw none.
    async drawn() {
      const canvas = this.plugin.canvas3d;
      do {
        let watch, isNew = false; // the last picture is told of at once
        const picture = new Promise((done) => {
          watch = canvas.didDraw.subscribe(() => { if (isNew) done(); });
        });
        isNew = true;
        canvas.requestDraw();
        await Promise.race([picture, after(12 * REST)]);
        watch.unsubscribe();
      } while (canvas.commitQueueSize.value > 0 && !document.hidden && this.waiting.size === 0);
      if (!document.hidden) await painted();
    }

    map(name, map) {
      return this.run(`map ${name}`, `Loading ${map.label} ...`, async () => {
        if (map.moves && View.inSoftware()) {
          // Drawing would hold up what moves the map: not before that rests and is painted.
          await after(REST);
          await Promise.race([after(12 * REST), painted().then(painted)]);
          if (this.waiting.has(`map ${name}`)) return; // it has moved on
        }
        const before = this.parts.get(name); // stays until the new one is there
        if (map.moves && before?.surface) {
          await this.move(before, map);
          return;
        }
        const part = await this.load(map);
        this.parts.set(name, part);
        if (map.hidden) this.show(name, false, true);
        if (part.surface && !this.isPlaced) {
          this.isPlaced = true;
          this.plugin.managers.camera.focusSphere(map.sphere, { durationMs: 0 });
          this.holdCamera();
        }
        if (before) await this.plugin.build().delete(before.root).commit();
      });
    }

    // Have a volume, and its surface unless there is to be none.
    async load(map) {
      const part = {};
      await this.plugin.dataTransaction(async () => {
        const data = await this.plugin.builders.data.download(
          { url: map.url, isBinary: true, label: map.label }, { state: { isGhost: true } });
        const { volume } = await this.plugin.dataFormats.get("ccp4").parse(this.plugin, data);
        if (!volume?.isOk) throw new Error("the map can't be read");
        part.root = data.ref;
        part.volume = this.plugin.state.data.cells.get(volume.ref);
        if (map.surface === false) return;
        const { VolumeRepresentation3D } = molstar.lib.plugin.StateTransforms.Representation;
        const type = {
          isoValue: { kind: "absolute", absoluteValue: map.level }, alpha: map.alpha ?? 1,
          tryUseGpu: !View.inSoftware(),
        };
        const surface = await this.plugin.build().to(volume).apply(VolumeRepresentation3D, {
          type: { name: "isosurface", params: type }, colorTheme: inOne(map.colour),
        }).commit();
        part.surface = surface.ref;
      });
      return part;
    }

    // Give a part another map; its surface is made anew, once.
    async move(part, map) {
      const { cells } = this.plugin.state.data;
      const data = { ...cells.get(part.root).transform.params, url: map.url };
      const surface = this.surfaceParams(part);
      surface.type.params.isoValue = { kind: "absolute", absoluteValue: map.level };
      const build = this.plugin.build();
      build.to(part.root).update(data);
      build.to(part.surface).update(surface);
      await build.commit({ revertOnError: true });
    }

    surfaceParams(part) {
      const { params } = this.plugin.state.data.cells.get(part.surface).transform;
      const copy = structuredClone({ ...params, colorTheme: undefined });
      copy.colorTheme = params.colorTheme; // it may hold a function
      return copy;
    }

    // What is drawn from now on leaves the camera where it is, and is not cut off behind.
    holdCamera() {
      const canvas = this.plugin.canvas3d;
      canvas.setProps({ camera: { manualReset: true } });
      canvas.reprCount.subscribe(() => {
        const radius = canvas.boundingSphere?.radius || 0;
        if (radius > canvas.camera.state.radiusMax) {
          canvas.camera.setState({ radiusMax: radius }, 0);
        }
      });
    }

    static inSoftware() {
      View.isSoftware ??= isSoftware();
      return View.isSoftware;
    }

    async change(name, edit) {
      const part = this.parts.get(name);
      if (!part?.surface) return;
      const params = this.surfaceParams(part);
      edit(params);
      await this.plugin.build().to(part.surface).update(params).commit();
    }

    level(name, value) {
      return this.run(`level ${name}`, "Drawing …", () => this.change(name, (params) => {
        params.type.params.isoValue = { kind: "absolute", absoluteValue: value };
      }));
    }

    // By another map: colours from low to high, in the numbers of that map; or all in one.
    colour(name, by) {
      return this.run(`colour ${name}`, "Colouring …", () => this.change(name, (params) => {
        const volume = by.map && this.parts.get(by.map)?.volume;
        params.colorTheme = !volume
          ? inOne(by.colour)
          : {
            name: "external-volume",
            params: {
              volume: { ref: volume.transform.ref, getValue: () => volume.obj.data },
              normalOffset: 0, usePalette: false, defaultColor: 0xb4bcc4,
              coloring: {
                name: "absolute-value",
                params: {
                  domain: { name: "custom", params: [by.low, by.high] },
                  list: {
                    kind: "interpolate",
                    colors: by.colours.map(
                      (entry) => Array.isArray(entry) ? [number(entry[0]), entry[1]] : number(entry)),
                  },
                },
              },
            },
          };
      }));
    }

    show(name, is, now) {
      const work = () => {
        for (const ref of this.refs(name)) {
          this.plugin.state.data.updateCellState(ref, { isHidden: !is });
        }
      };
      return now ? work() : this.run(`show ${name}`, "Drawing …", work);
    }

    refs(name) {
      if (name === "ribbon" || name === "sticks") return this.model ? [this.model[name]] : [];
      const ref = this.parts.get(name)?.surface;
      return ref ? [ref] : [];
    }

    atoms(url) {
      return this.run("atoms", "Loading the model …", async () => {
        const build = this.plugin.builders;
        const data = await build.data.download({ url, isBinary: false }, { state: { isGhost: true } });
        const trajectory = await build.structure.parseTrajectory(data, "mmcif");
        const model = await build.structure.createModel(trajectory);
        const structure = await build.structure.createStructure(model);
        const all = await build.structure.tryCreateComponentStatic(structure, "all");
        const add = (props) => build.structure.representation.addRepresentation(all, props);
        const ribbon = await add({ type: "cartoon", color: "chain-id" });
        const sticks = await add({
          type: "ball-and-stick", color: "element-symbol", typeParams: { sizeFactor: 0.12 },
        });
        this.model = { ribbon: ribbon.ref, sticks: sticks.ref };
        this.show("sticks", false, true);
      });
    }

    residue(chain, sequenceNumber) {
      return this.run("residue", "Going there …", async () => {
        const elements = { auth_asym_id: chain, auth_seq_id: sequenceNumber };
        this.viewer.structureInteractivity({ elements, action: "focus" });
        this.viewer.structureInteractivity({ elements, action: "highlight" });
      });
    }

    // Depth that is shown about the middle, as a share of all.
    slab(share) {
      this.plugin.canvas3d.setProps({
        cameraClipping: { radius: Math.round(100 * (1 - share)), far: true },
      });
    }

    whole() { this.plugin.managers.camera.reset(); }

    dark(is) {
      this.plugin.canvas3d.setProps({ renderer: { backgroundColor: is ? 0x14181c : 0xffffff } });
    }

    // From now on this view and another one have one camera.
    async follow(id) {
      const other = await view(id);
      const join = (from, to) => from.plugin.canvas3d.camera.changed.subscribe(() => {
        const { radiusMax, ...place } = from.plugin.canvas3d.camera.getSnapshot();
        to.plugin.canvas3d?.camera.setState(place, 0);
        to.plugin.canvas3d?.requestDraw();
      });
      join(this, other);
      join(other, this);
    }
  }

  async function view(id) {
    const element = document.getElementById(id);
    if (!element) throw new Error(`no view ${id}`);
    if (views.get(id)?.element !== element) {
      views.get(id)?.plugin?.dispose();
      const made = new View(element);
      made.started = made.start().catch((error) => {
        made.say("failed", `This browser can't show 3-D: ${error.message || error}. ` +
          "WebGL 2 is needed; the maps can be downloaded.");
        throw error;
      });
      views.set(id, made);
    }
    const found = views.get(id);
    await found.started;
    return found;
  }

  new MutationObserver(() => {
    const is = document.body.classList.contains("body--dark");
    for (const each of views.values()) if (each.plugin?.canvas3d) each.dark(is);
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });

  // Views whose page has gone give their memory back.
  setInterval(() => {
    for (const [id, each] of views) {
      if (!document.contains(each.element)) { each.plugin?.dispose(); views.delete(id); }
    }
  }, 5000);

  window.mapView = {
    async do(id, name, ...args) {
      try { return await (await view(id))[name](...args); } catch (error) { console.warn(error); }
    },
  };
})();
