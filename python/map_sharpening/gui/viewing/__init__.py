"""Maps in the browser: what it gets of them, and the element that draws them."""
