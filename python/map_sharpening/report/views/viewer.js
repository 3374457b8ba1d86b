// Shows the sections that a report brings along, and their values under the mouse.
(function () {
  "use strict";
  const viewer = document.getElementById("viewer");
  if (!viewer || !window.DecompressionStream) return;
  const facts = JSON.parse(viewer.dataset.facts);
  const canvas = viewer.querySelector("canvas"), pen = canvas.getContext("2d");
  const slider = viewer.querySelector("input[type=range]");
  const choices = Array.from(viewer.querySelectorAll("input[name=viewer-map]"));
  const axes = Array.from(viewer.querySelectorAll("input[name=viewer-axis]"));
  const outline = viewer.querySelector("input[type=checkbox]");
  const swap = viewer.querySelector("button");
  const small = document.createElement("canvas");
  const point = { row: 0, column: 0, isShown: false };
  let layers = [], inside = null, after = 0;
  let view = null, count = 0, rows = 0, columns = 0; // of the sections that are shown

  async function unpacked(name) {
    const text = viewer.querySelector(`template[data-name="${name}"]`).content.textContent;
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // In the file, a code is less the one before it in its row.
  function codesOf(bytes) {
    for (const { start, shape } of facts.views) {
      const end = start + shape[0] * shape[1] * shape[2];
      for (let row = start; row < end; row += shape[2]) {
        for (let i = row + 1; i < row + shape[2]; i++) bytes[i] += bytes[i - 1];
      }
    }
    return bytes;
  }

  function valueOf(layer, code) {
    if (code > facts.codes) return NaN;
    const bent = layer.low + layer.step * code;
    return layer.bend ? layer.bend * Math.sinh(bent) : bent;
  }

  // Colours by code: grey from black to white, or those of the report's other pictures.
  function shadesOf(layer) {
    const shades = [];
    for (let code = 0; code < 256; code++) {
      const value = valueOf(layer, code);
      const share = Math.min(Math.max((value - layer.black) / (layer.white - layer.black || 1), 0), 1);
      const grey = Math.round(255 * share), place = share * (facts.palette.length - 1);
      if (!layer.isColoured) shades.push([grey, grey, grey]);
      else shades.push(Number.isNaN(value) ? facts.nowhere : facts.palette[Math.round(place)]);
    }
    return shades;
  }

  function firstPoint() {
    return view.start + slider.valueAsNumber * rows * columns;
  }

  function shown() {
    return choices.findIndex((choice) => choice.checked);
  }

  function draw() {
    const layer = layers[shown()], start = firstPoint();
    const picture = new ImageData(columns, rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = 4 * ((rows - 1 - row) * columns + column);
        picture.data.set(layer.shades[layer.codes[start + row * columns + column]], at);
        picture.data[at + 3] = 255;
      }
    }
    small.getContext("2d").putImageData(picture, 0, 0);
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    if (inside && outline.checked) drawOutline(start);
    drawBar();
    if (point.isShown) drawCross();
    describe();
  }

  function isInside(start, row, column) {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return false;
    const at = start + row * columns + column;
    return Boolean((inside[at >> 3] >> (7 - (at & 7))) & 1);
  }

  function drawOutline(start) {
    const width = canvas.width / columns, height = canvas.height / rows;
    pen.beginPath();
    for (let row = 0; row <= rows; row++) {
      const y = canvas.height - row * height;
      for (let column = 0; column <= columns; column++) {
        const here = isInside(start, row, column), x = column * width;
        if (here !== isInside(start, row - 1, column)) {
          pen.moveTo(x, y);
          pen.lineTo(x + width, y);
        }
        if (here !== isInside(start, row, column - 1)) {
          pen.moveTo(x, y);
          pen.lineTo(x, y - height);
        }
      }
    }
    pen.strokeStyle = "#e69f00";
    pen.lineWidth = 2;
    pen.stroke();
  }

  function drawBar() {
    const angstrom = canvas.width / (columns * view.pointWidth);
    const most = canvas.width / 3 / angstrom, power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((step) => step * power).find((each) => each <= most);
    pen.font = "22px system-ui, sans-serif";
    pen.lineWidth = 4;
    pen.strokeStyle = "#000";
    pen.fillStyle = "#fff";
    pen.strokeRect(20, canvas.height - 26, length * angstrom, 6);
    pen.fillRect(20, canvas.height - 26, length * angstrom, 6);
    pen.strokeText(`${length} Å`, 20, canvas.height - 36);
    pen.fillText(`${length} Å`, 20, canvas.height - 36);
  }

  function drawCross() {
    const x = ((point.column + 0.5) * canvas.width) / columns;
    const y = canvas.height - ((point.row + 0.5) * canvas.height) / rows;
    for (const [width, colour] of [[6, "#000"], [2, "#fff"]]) {
      pen.beginPath();
      pen.moveTo(x - 14, y);
      pen.lineTo(x + 14, y);
      pen.moveTo(x, y - 14);
      pen.lineTo(x, y + 14);
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  }

  // A value with as many decimals as its byte can tell.
  function written(layer, code) {
    const value = valueOf(layer, code);
    if (Number.isNaN(value)) return "outside";
    const slope = layer.bend ? Math.hypot(value, layer.bend) : 1;
    const most = layer.isColoured ? 2 : 12;
    const decimals = Math.max(0, Math.min(most, -Math.floor(Math.log10(layer.step * slope))));
    return `${value.toFixed(decimals)}${layer.unit}`;
  }

  function describe() {
    const at = firstPoint() + point.row * columns + point.column;
    const values = layers.map((layer) => [layer.name, written(layer, layer.codes[at])]);
    const grid = gridPoint(), half = [0, 0, 0], along = view.directions[2];
    for (const i of [0, 1]) half[view.directions[i]] = (view.thinned[i] - 1) / 2;
    const place = grid.map((n, i) => (facts.origin[i] + (n + half[i]) * facts.voxel[i]).toFixed(1));
    const rest = facts.isOrthogonal ? [["x, y, z (Å)", place.join(", ")]] : [];
    rest.push(["grid point", grid.join(", ")]);
    const cells = [...values, ...rest].map(([name, value]) => {
      const cell = document.createElement("div");
      const [term, what] = [document.createElement("dt"), document.createElement("dd")];
      [term.textContent, what.textContent] = [name, value];
      cell.append(term, what);
      return cell;
    });
    viewer.querySelector("dl").replaceChildren(...cells);
    const height = facts.isOrthogonal
      ? `${view.axis} = ${place[along]} Å`
      : `grid point ${grid[along]}`;
    const where = `section ${slider.valueAsNumber + 1} of ${count}, ${height}`;
    viewer.querySelector(".place").textContent = where;
    slider.setAttribute("aria-valuetext", where);
  }

  function choose(index) {
    choices[index].checked = true;
    draw();
  }

  function swapped() {
    const now = shown();
    if (now > 0 && !layers[now].isColoured) after = now;
    choose(now === 0 ? after : 0);
  }

  // The point that the cross marks, along x, y, z.
  function gridPoint() {
    const grid = [0, 0, 0], [right, up, along] = view.directions;
    grid[right] = view.first[0] + point.column * view.thinned[0];
    grid[up] = view.first[1] + point.row * view.thinned[1];
    grid[along] = view.planes[slider.valueAsNumber];
    return grid;
  }

  // Show the sections normal to an axis, near the point that was marked.
  function turnTo(axis, grid) {
    view = facts.views.find((each) => each.axis === axis);
    [count, rows, columns] = view.shape;
    const [right, up, along] = view.directions, names = ["x", "y", "z"];
    [small.width, small.height, canvas.height] = [columns, rows, view.height];
    const far = view.planes.map((plane) => Math.abs(plane - grid[along]));
    slider.max = count - 1;
    slider.value = far.indexOf(Math.min(...far));
    moveTo(
      Math.floor((grid[up] - view.first[1]) / view.thinned[1]),
      Math.floor((grid[right] - view.first[0]) / view.thinned[0]),
    );
    axes.find((each) => each.value === axis).checked = true;
    viewer.querySelector(".axis").textContent = axis;
    const directions = `${names[right]} to the right and ${names[up]} up`;
    canvas.setAttribute("aria-label", `A section of the map, ${directions}. ${facts.keys}`);
  }

  function turn(axis) {
    turnTo(axis, gridPoint());
    draw();
  }

  function moveTo(row, column) {
    point.row = Math.min(Math.max(row, 0), rows - 1);
    point.column = Math.min(Math.max(column, 0), columns - 1);
  }

  function underMouse(event) {
    const box = canvas.getBoundingClientRect();
    moveTo(
      Math.floor(((box.bottom - event.clientY) / box.height) * rows),
      Math.floor(((event.clientX - box.left) / box.width) * columns),
    );
    const hadCross = point.isShown;
    point.isShown = false;
    if (hadCross) draw();
    else describe();
  }

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    if (step) {
      moveTo(point.row + step[0], point.column + step[1]);
      point.isShown = true;
    } else if (event.key === "PageUp") slider.stepUp();
    else if (event.key === "PageDown") slider.stepDown();
    else if (event.key.toLowerCase() === "s" && swap) swap.click();
    else if (["x", "y", "z"].includes(event.key.toLowerCase())) turn(event.key.toLowerCase());
    else return;
    event.preventDefault();
    draw();
  }

  async function start() {
    let next = 0;
    for (const each of facts.views) {
      each.start = next;
      next += each.shape[0] * each.shape[1] * each.shape[2];
    }
    layers = await Promise.all(
      facts.layers.map(async (layer) => ({ ...layer, codes: codesOf(await unpacked(layer.name)) })),
    );
    for (const layer of layers) layer.shades = shadesOf(layer);
    if (facts.hasMask) inside = await unpacked("mask");
    after = layers.findIndex((layer) => layer.name === "sharpened");
    const middle = [0, 0, 0];
    for (const { directions, planes } of facts.views) middle[directions[2]] = planes[planes.length >> 1];
    turnTo(facts.views[0].axis, middle);
    canvas.addEventListener("pointermove", underMouse);
    canvas.addEventListener("pointerdown", underMouse);
    canvas.addEventListener("keydown", pressed);
    slider.addEventListener("input", draw);
    for (const choice of choices) choice.addEventListener("change", draw);
    for (const axis of axes) axis.addEventListener("change", () => turn(axis.value));
    if (outline) outline.addEventListener("change", draw);
    if (swap) swap.addEventListener("click", swapped);
    viewer.hidden = false;
    draw();
    viewer.dataset.state = "ready";
  }

  start();
})();
