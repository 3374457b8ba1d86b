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
    const pictures = document.getElementById(id)?.querySelectorAll("img");
    if (!answer.ok || !pictures) return; // what is wrong is told beside the sliders
    Object.values(await answer.json()).forEach((slice, n) => { pictures[n].src = slice; });
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
