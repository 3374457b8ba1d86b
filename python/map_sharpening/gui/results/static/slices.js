// Slices of the quick look: the browser asks for them as soon as a slider moves, one place at a
// time; places that were left before they were asked for are not.
"use strict";

(() => {
  const places = new Map(); // id of the element with the pictures -> where its sliders stand

  function addressOf({ run, b, resolution }) {
    // As the page rounds them, so that the map in 3-D is of the same place.
    const [shownB, cut] = [b, resolution].map((value) => Number(value.toFixed(3)));
    return `/results/quick/slices?${new URLSearchParams({ run, b: shownB, resolution: cut })}`;
  }

  async function show(id, address) {
    const answer = await fetch(address);
    const pictures = document.getElementById(id)?.querySelectorAll("canvas");
    if (!answer.ok || !pictures) return; // what is wrong is told beside the sliders
    const body = await answer.arrayBuffer();
    const shapes = new DataView(body);
    let place = 12; // of the first grey value: after rows and columns of three pictures
    pictures.forEach((picture, n) => {
      const [rows, columns] = [4 * n, 4 * n + 2].map((at) => shapes.getUint16(at, true));
      draw(picture, new Uint8Array(body, place, rows * columns), rows, columns);
      place += rows * columns;
    });
    pictures[0].parentElement.dataset.shown = address;
  }

  function draw(picture, greys, rows, columns) {
    if (picture.width !== columns || picture.height !== rows) {
      [picture.width, picture.height] = [columns, rows]; // which empties it
    }
    const context = picture.getContext("2d");
    const image = context.createImageData(columns, rows);
    const pixels = image.data; // red, green, blue, opacity
    for (let at = 0, to = 0; at < greys.length; at += 1, to += 4) {
      pixels[to] = pixels[to + 1] = pixels[to + 2] = greys[at];
      pixels[to + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  window.quickSlices = {
    // Go to a place: run, b, resolution; what is left out stays as it was.
    async at(id, moved) {
      if (!places.has(id)) places.set(id, { isAsking: false, shown: "" });
      const place = Object.assign(places.get(id), moved);
      if (place.isAsking) return; // it goes on to this place
      place.isAsking = true;
      try {
        while (place.shown !== addressOf(place)) {
          place.shown = addressOf(place);
          await show(id, place.shown);
        }
      } catch (error) {
        console.warn(error);
        place.shown = "";
      } finally {
        place.isAsking = false;
      }
    },
  };
})();
