"""The style sheet of the HTML report, for screens wide and narrow and for paper."""

PAGE_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f7; color: #1f2429; line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
header { margin-bottom: 18px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 4px; font-weight: 650; }
h2 { font-size: 1.15rem; margin: 0 0 10px; font-weight: 650; }
h3 { font-size: 1rem; margin: 0 0 2px; font-weight: 600; }
p { margin: 0 0 10px; }
section > p:last-child { margin: 8px 0 0; }
.quiet { color: #59636c; font-size: 0.92rem; overflow-wrap: anywhere; }
section, details { background: #fff; border: 1px solid #dfe4e8; border-radius: 10px;
  padding: 18px 20px; margin: 0 0 18px; }
.warnings { border-color: #e0b54a; background: #fff8e6; }
.warnings ul, .notes ul { margin: 0; padding-left: 1.2em; overflow-wrap: anywhere; }
.tiles { display: grid; gap: 12px; margin: 0 0 18px;
  grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); }
.tile { background: #fff; border: 1px solid #dfe4e8; border-radius: 10px; padding: 12px 16px; }
.tile dt { color: #59636c; font-size: 0.85rem; }
.tile dd { margin: 0; }
.tile .value { font-size: 1.45rem; font-weight: 650; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.tile .value.words { font-size: 1.05rem; padding: 5px 0 4px; }
.tile .hint { color: #59636c; font-size: 0.82rem; line-height: 1.35; }
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
figcaption { color: #59636c; font-size: 0.85rem; text-align: center; margin-top: 2px; }
svg.slice { display: block; width: 100%; height: auto; border-radius: 4px; background: #000; }
svg.slice .outline { fill: none; stroke: #e69f00; stroke-width: 1.5px;
  vector-effect: non-scaling-stroke; }
svg.slice .bar { fill: #fff; stroke: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid #e8ecef; }
th { font-weight: 600; color: #3d454c; vertical-align: bottom; }
tbody th { text-align: left; }
td { white-space: nowrap; }
td .error { color: #59636c; font-size: 0.82em; }
td.text { text-align: left; white-space: normal; }
.tensors { width: 100%; }
.tensors tbody th { min-width: 15em; }
.tensors tbody th span { display: block; font-weight: 400; color: #59636c; font-size: 0.88em; }
.shells { font-size: 0.82rem; }
.trials { font-size: 0.84rem; min-width: 100%; }
.trials th, .trials td { padding: 4px 8px; }
.trials td:first-child, .trials th:first-child { text-align: left; }
thead span { display: block; font-weight: 400; color: #59636c; font-size: 0.85em; }
tr.chosen td { background: #e8f1f8; font-weight: 600; }
svg.slice.coloured .bar { paint-order: stroke; stroke: #000; stroke-width: 2px;
  vector-effect: non-scaling-stroke; }
summary { font-size: 1.05rem; font-weight: 650; cursor: pointer; }
details > *:not(summary) { margin-top: 12px; }
pre { margin: 0; overflow-x: auto; font-size: 0.82rem; line-height: 1.45; background: #f6f8fa;
  padding: 12px 14px; border-radius: 6px; }
.stages td:nth-child(3) { width: 50%; min-width: 120px; }
.share { height: 10px; border-radius: 3px; background: #0072b2; min-width: 1px;
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
@media print {
  @page { margin: 14mm; }
  body { background: #fff; font-size: 11pt; }
  main { max-width: none; padding: 0; }
  section, details, .tile { border-color: #c5ccd2; }
  section, .tile, figure, tr { break-inside: avoid; }
  .two { grid-template-columns: 1fr 1fr; gap: 10px; }
  details::details-content { content-visibility: visible; display: block; }
  .scroll { overflow: visible; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 6px; }
  .shells, .trials { font-size: 6.5pt; }
  .shells th, .shells td, .trials th, .trials td { padding: 1px 3px; }
  pre { white-space: pre-wrap; }
}
"""
