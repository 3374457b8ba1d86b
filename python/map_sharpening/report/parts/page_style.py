"""The style sheet of the HTML report, for screens wide and narrow and for paper."""

PAGE_STYLE = """
:root { color-scheme: light dark; --ink: #1f2429; --quiet: #59636c; --paper: #f3f5f7;
  --card: #fff; --edge: #dfe4e8; --line: #e8ecef; --head: #3d454c; --code: #f6f8fa;
  --warned: #fff8e6; --warned-edge: #e0b54a; --chosen: #e8f1f8; --bar: #0072b2; --link: #0063a0;
  --plot: #33393f; --faint: #9aa3ab; --grid: #e4e8eb; --band: #eef3f7; --black: #000; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e3e7ea; --quiet: #a3adb5; --paper: #14171a; --card: #1d2125; --edge: #343b41;
    --line: #2d3338; --head: #c6cdd3; --code: #15181b; --warned: #2d2613; --warned-edge: #8a6c20;
    --chosen: #203343; --bar: #4ba3d9; --link: #79bdf0; --plot: #c6cdd3; --faint: #6d767e;
    --grid: #30363b; --band: #252c32; --black: #e8ebee; }
  svg.plot [stroke="#0072b2"] { stroke: #56a9df; }
  svg.plot [fill="#0072b2"] { fill: #56a9df; }
}
svg.plot [fill="#33393f"] { fill: var(--plot); }
svg.plot [stroke="#33393f"] { stroke: var(--plot); }
svg.plot [stroke="#9aa3ab"] { stroke: var(--faint); }
svg.plot [fill="#9aa3ab"] { fill: var(--faint); }
svg.plot [stroke="#e4e8eb"] { stroke: var(--grid); }
svg.plot [fill="#eef3f7"] { fill: var(--band); }
svg.plot [stroke="#000000"] { stroke: var(--black); }
svg.plot [fill="#000000"] { fill: var(--black); }
svg.plot [stroke="white"] { stroke: var(--card); }
a { color: var(--link); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
header { margin-bottom: 18px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 4px; font-weight: 650; }
h2 { font-size: 1.15rem; margin: 0 0 10px; font-weight: 650; }
h3 { font-size: 1rem; margin: 0 0 2px; font-weight: 600; }
p { margin: 0 0 10px; }
section > p:last-child { margin: 8px 0 0; }
.quiet { color: var(--quiet); font-size: 0.92rem; overflow-wrap: anywhere; }
section, details { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
  padding: 18px 20px; margin: 0 0 18px; }
.warnings { border-color: var(--warned-edge); background: var(--warned); }
.warnings ul, .notes ul { margin: 0; padding-left: 1.2em; overflow-wrap: anywhere; }
.tiles { display: grid; gap: 12px; margin: 0 0 18px;
  grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); }
.tile { background: var(--card); border: 1px solid var(--edge); border-radius: 10px;
  padding: 12px 16px; }
.tile dt { color: var(--quiet); font-size: 0.85rem; }
.tile dd { margin: 0; }
.tile .value { font-size: 1.45rem; font-weight: 650; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.tile .value.words { font-size: 1.05rem; padding: 5px 0 4px; }
.tile .hint { color: var(--quiet); font-size: 0.82rem; line-height: 1.35; }
dl { margin: 0; }
.two { display: grid; gap: 18px; margin: 0 0 18px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); }
.two > section { margin: 0; }
.two > section:last-child:nth-child(odd) { grid-column: 1 / -1; }
.two > section:last-child:nth-child(odd) svg { max-width: 560px; margin: 0 auto; }
svg.plot { display: block; width: 100%; height: auto; }
svg.plot text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
  Arial, "DejaVu Sans", sans-serif !important; }
.wide { max-width: 780px; margin: 6px auto 0; }
.slices { display: grid; gap: 16px; grid-template-columns: repeat(3, 1fr); }
.slices h3 { text-align: center; }
.pair { display: grid; gap: 8px; }
figure { margin: 0; }
figcaption { color: var(--quiet); font-size: 0.85rem; text-align: center; margin-top: 2px; }
svg.slice { display: block; width: 100%; height: auto; border-radius: 4px; background: #000; }
svg.slice .outline { fill: none; stroke: #e69f00; stroke-width: 1.5px;
  vector-effect: non-scaling-stroke; }
svg.slice .bar { fill: #fff; stroke: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--head); vertical-align: bottom; }
tbody th { text-align: left; }
td { white-space: nowrap; }
td .error { color: var(--quiet); font-size: 0.82em; }
td.text { text-align: left; white-space: normal; }
.tensors { width: 100%; }
.tensors tbody th { min-width: 15em; }
.tensors tbody th span { display: block; font-weight: 400; color: var(--quiet);
  font-size: 0.88em; }
.shells { font-size: 0.82rem; }
.trials { font-size: 0.84rem; min-width: 100%; }
.trials th, .trials td { padding: 4px 8px; }
.trials td:first-child, .trials th:first-child { text-align: left; }
thead span { display: block; font-weight: 400; color: var(--quiet); font-size: 0.85em; }
tr.chosen td { background: var(--chosen); font-weight: 600; }
svg.slice.coloured .bar { paint-order: stroke; stroke: #000; stroke-width: 2px;
  vector-effect: non-scaling-stroke; }
summary { font-size: 1.05rem; font-weight: 650; cursor: pointer; }
details > *:not(summary) { margin-top: 12px; }
pre { margin: 0; overflow-x: auto; font-size: 0.82rem; line-height: 1.45; background: var(--code);
  padding: 12px 14px; border-radius: 6px; }
.stages td:nth-child(3) { width: 50%; min-width: 120px; }
.share { height: 10px; border-radius: 3px; background: var(--bar); min-width: 1px;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.stages { width: 100%; max-width: 640px; }
@media (max-width: 700px) {
  main { padding: 16px 10px 32px; }
  section, details { padding: 14px 12px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .tile { padding: 10px 12px; }
  .slices { grid-template-columns: 1fr; }
  .pair { grid-template-columns: 1fr 1fr; }
  .single .pair { grid-template-columns: 1fr; }
}
.viewer canvas { display: block; width: 100%; height: auto;
  background: #000; border-radius: 4px; cursor: crosshair; touch-action: pan-y; }
.viewer canvas:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 10px 0; }
.controls fieldset { display: flex; flex-wrap: wrap; gap: 4px 14px; border: 0; margin: 0;
  padding: 0; }
.controls legend { float: left; padding: 0; margin-right: 10px; color: var(--quiet); }
.wide-control { flex: 1 1 100%; }
.wide-control input { display: block; width: 100%; margin: 4px 0 0; accent-color: var(--bar); }
.controls input { accent-color: var(--bar); }
.place { color: var(--quiet); font-variant-numeric: tabular-nums; }
button { font: inherit; color: var(--ink); background: var(--code); border: 1px solid var(--faint);
  border-radius: 6px; padding: 2px 14px; cursor: pointer; }
.readout { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 8px; min-height: 3.2em;
  font-variant-numeric: tabular-nums; }
.readout dt { color: var(--quiet); font-size: 0.82rem; }
.readout dd { margin: 0; font-weight: 600; }
.surface img { display: block; width: 100%; max-width: 500px; height: auto; margin: 0 auto; }
.key { display: flex; gap: 10px; align-items: center; max-width: 500px; margin: 8px auto;
  font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.key .strip { flex: 1; height: 12px; border-radius: 3px; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.column { display: grid; gap: 18px; align-content: start; min-width: 0; }
.column > section { margin: 0; }
code { font-size: 0.92em; background: var(--code); padding: 1px 4px; border-radius: 4px; }
.next li { margin: 0 0 6px; }
.next ul { margin: 0; padding-left: 1.2em; overflow-wrap: anywhere; }
@media print {
  @page { size: A4; margin: 11mm 13mm; }
  body { background: #fff; font-size: 9.5pt; line-height: 1.35; }
  main { max-width: none; padding: 0; }
  section, details, .tile { border-color: #c5ccd2; padding: 8px 10px; }
  section, details { margin-bottom: 10px; }
  h1, h2, h3, section > p:has(+ *) { break-after: avoid; }
  .views, .next li { margin-bottom: 3px; }
  .tile, figure, tr, .two > section, .column > section, .slices, svg { break-inside: avoid; }
  .viewer { display: none; }
  .two { grid-template-columns: 1fr 1fr; gap: 10px; margin-bottom: 10px; }
  .views { display: block; }
  .column { display: flex; gap: 10px; margin-bottom: 10px; }
  .column > section { flex: 1 1 0; }
  .surface img { width: 48mm; }
  .key { max-width: 60mm; margin: 3px auto; }
  .slices h3 { font-size: 0.9rem; }
  .files { font-size: 7.5pt; }
  .files th, .files td { padding: 1px 8px; }
  #files { display: flex; flex-wrap: wrap; gap: 4mm; }
  .slices { gap: 8px; }
  svg.slice { width: auto; max-width: 100%; max-height: 43mm; margin: 0 auto; }
  section > p:last-child { break-before: avoid; }
  #files { break-inside: avoid; }
  .single .slices { max-width: 150mm; margin: 0 auto; }
  .wide { max-width: 120mm; }
  details::details-content { content-visibility: visible; display: block; }
  .scroll { overflow: visible; }
  .tiles { grid-template-columns: repeat(5, 1fr); gap: 5px; margin-bottom: 10px; }
  .tile { padding: 5px 8px; }
  .tile .value { font-size: 1.15rem; font-weight: 700; }
  .tile .hint, .tile dt, .quiet { font-size: 0.78rem; }
  .tile .value.words { font-size: 0.95rem; padding: 0; }
  .tensors { font-size: 0.85em; }
  .shells, .trials { font-size: 6.5pt; }
  .shells th, .shells td, .trials th, .trials td { padding: 1px 3px; }
  pre { white-space: pre-wrap; column-count: 3; column-gap: 14px; font-size: 5.6pt;
    line-height: 1.3; }
}
"""
