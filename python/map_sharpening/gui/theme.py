"""The looks: one small style sheet, for bright and dark, wide and narrow."""

#: Of buttons, switches and tabs.
ACCENT = "#1c6598"

STYLE = """
:root { --ink: #1c2530; --quiet: #56626e; --paper: #f4f6f8; --card: #ffffff; --line: #dde3e9;
  --accent: #14517a; --tint: #eaf2f8; --warn: #7a5200; --warn-paper: #fff6e0;
  --bad: #a3241c; --bad-paper: #fdeceb; --good: #1c6b42; color-scheme: light; }
.body--dark { --ink: #e6eaee; --quiet: #9eaab6; --paper: #12161b; --card: #1a2027;
  --line: #2c353f; --accent: #7cbde8; --tint: #1d2f3d; --warn: #f0c674; --warn-paper: #2e2714;
  --bad: #ff9d94; --bad-paper: #3a1d1b; --good: #7fd1a3; color-scheme: dark; }
body, .q-layout, .nicegui-content { background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  "DejaVu Sans", sans-serif; }
.nicegui-content { padding: 20px; align-items: center; }
.top { background: var(--card) !important; color: var(--ink) !important; padding: 0 20px;
  border-bottom: 1px solid var(--line); box-shadow: none !important; }
.topbar { width: 100%; max-width: 1240px; margin: 0 auto; align-items: center; gap: 20px;
  flex-wrap: nowrap; }
.name { font-weight: 680; letter-spacing: -0.01em; white-space: nowrap; }
.root { margin-left: auto; color: var(--quiet); font-size: 0.85rem;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 24em; }
.tabs .q-tab { text-transform: none; min-height: 52px; padding: 0 14px; color: var(--quiet); }
.tabs .q-tab--inactive { opacity: 1; }
.tabs .q-tab--active { color: var(--accent); }
.tabs .q-tab__label { font-weight: 550; font-size: 0.93rem; }
.screen { width: 100%; max-width: 1240px; gap: 18px; align-items: stretch; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) 360px; gap: 18px;
  align-items: start; width: 100%; }
.main { gap: 18px; width: 100%; min-width: 0; align-items: stretch; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 18px 20px; gap: 12px; width: 100%; align-items: stretch; min-width: 0; }
.panel.items-center { align-items: center; }
.side { position: sticky; top: 72px; max-height: calc(100vh - 92px); overflow-y: auto;
  flex-wrap: nowrap; }
.title { font-size: 1.35rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.3; }
.heading { font-size: 1.02rem; font-weight: 650; }
.quiet { color: var(--quiet); font-size: 0.88rem; line-height: 1.45; }
.line { align-items: center; gap: 10px; width: 100%; }
.grow { flex: 1 1 0; min-width: 0; } .heading.grow { flex-basis: auto; }
.wide { width: 100%; }
.run { font-weight: 600; min-height: 42px; border-radius: 8px; }
.file { display: grid; gap: 8px; padding: 12px 0; border-top: 1px solid var(--line); }
.file .line { flex-wrap: nowrap; }
.filename { font-weight: 600; overflow-wrap: anywhere; flex: 1 1 0; min-width: 0; }
.role { width: 150px; flex: none; }
.facts { gap: 6px 28px; }
.fact-heading { color: var(--quiet); font-size: 0.78rem; line-height: 1.3; }
.fact { font-size: 0.9rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.slices { display: grid; grid-template-columns: repeat(3, minmax(0, 170px)); gap: 10px;
  min-height: 110px; }
.slices figure { margin: 0; }
.slice svg { display: block; width: 100%; height: auto; border-radius: 6px; background: #000; }
.slice .bar { fill: #fff; }
.slices-beside { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px;
  width: 100%; }
.slices-beside figure, .slices-two figure { margin: 0; }
.slices-two { display: grid; grid-template-columns: repeat(2, minmax(0, 520px)); gap: 14px;
  width: 100%; }
.tiles { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 12px;
  width: 100%; }
.tiles > .panel { overflow-wrap: anywhere; padding: 14px 16px; }
.quick { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px;
  width: 100%; }
.quick .slices-beside canvas { display: block; width: 100%; border-radius: 6px;
  background: #000; }
.report { height: 75vh; border: 0; background: #fff; }
.shells { max-height: 420px; }
.table { border-collapse: collapse; width: 100%; font-size: 0.9rem;
  font-variant-numeric: tabular-nums; }
.table th { text-align: left; color: var(--quiet); font-weight: 550; font-size: 0.8rem; }
.table th, .table td { padding: 5px 12px 5px 0; border-top: 1px solid var(--line);
  overflow-wrap: break-word; vertical-align: top; }
.scrolled:not(.shells) .table { table-layout: fixed; }
.scrolled:not(.shells) .table td { overflow-wrap: anywhere; }
.table .differs { font-weight: 650; color: var(--accent); }
.scrolled { overflow: auto; width: 100%; }
.caption { color: var(--quiet); font-size: 0.75rem; }
.caution, .problem, .no-effect { font-size: 0.86rem; line-height: 1.45; border-radius: 6px;
  overflow-wrap: anywhere; }
.caution { color: var(--warn); background: var(--warn-paper); padding: 6px 10px; }
.problem { color: var(--bad); background: var(--bad-paper); padding: 6px 10px; }
.no-effect { color: var(--warn); } .in-run { color: var(--accent); font-size: 0.86rem; }
.problem:empty, .caution:empty, .no-effect:empty, .in-run:empty, .proposal:empty, .quiet:empty {
  display: none; }
.proposal { color: var(--accent); background: var(--tint); border-radius: 6px;
  padding: 6px 10px; font-size: 0.86rem; line-height: 1.45; }
.verdict { gap: 8px; width: 100%; align-items: stretch; min-height: 34px; }
.plan { margin: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 3px 12px;
  font-size: 0.84rem; }
.plan dt { color: var(--quiet); } .plan dd { margin: 0; overflow-wrap: anywhere; }
.command, .log { font: 0.8rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas,
  "DejaVu Sans Mono", monospace; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; padding: 8px 10px; white-space: pre-wrap; overflow-wrap: anywhere; }
.log { max-height: 260px; overflow: auto; }
.browser { display: grid; grid-template-columns: minmax(0, 1fr); width: 100%;
  max-height: 330px; overflow-y: auto;
  border: 1px solid var(--line); border-radius: 8px; padding: 4px; }
.entry { color: var(--ink) !important; width: 100%; min-height: 34px; padding: 2px 10px; }
.entry .q-btn__content { color: var(--ink); flex-wrap: nowrap; gap: 10px;
  width: 100%; justify-content: start; }
.entry-icon { color: var(--quiet); font-size: 18px; }
.entry-name { text-align: left; overflow-wrap: anywhere; min-width: 0; line-height: 1.3; }
.entry-note { margin-left: auto; color: var(--quiet); font-size: 0.8rem; white-space: nowrap; }
.drop { width: 100%; box-shadow: none; border-color: var(--line); max-height: 160px;
  background: transparent; }
.drop .q-uploader__header, .load .q-uploader__header { background: transparent;
  color: var(--quiet); }
.drop .q-uploader__list { padding: 0; min-height: 8px; }
.load { width: 150px; box-shadow: none; background: transparent; }
.load .q-uploader__list { display: none; }
.field { display: grid; grid-template-columns: minmax(0, 11em) minmax(0, 13em) minmax(0, 1fr);
  gap: 6px 18px; padding: 10px 0; border-top: 1px solid var(--line); align-items: start; }
.field-label { font-weight: 550; font-size: 0.92rem; line-height: 1.35; }
.keyword { font: 0.76rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas,
  "DejaVu Sans Mono", monospace; color: var(--quiet); overflow-wrap: anywhere; }
.field-help { display: grid; gap: 2px; }
.expected { color: var(--quiet); font-size: 0.78rem; overflow-wrap: anywhere; }
.group { border-top: 1px solid var(--line); width: 100%; }
.group .q-item { padding: 8px 0; } .group .q-expansion-item__content { padding: 0 0 8px; }
.group .q-item__label--caption { color: var(--quiet); }
.state { color: var(--quiet); font-size: 0.88rem; }
.run-card.running { border-color: var(--accent); }
.run-card.running .state { color: var(--accent); } .run-card.done .state { color: var(--good); }
.run-card.failed .state, .run-card.died .state { color: var(--bad); }
.stages { width: 100%; gap: 12px; align-items: stretch; }
.stage { display: grid; grid-template-columns: 9em minmax(0, 1fr) minmax(0, 24em); gap: 12px;
  width: 100%; align-items: center; font-size: 0.86rem; }
.stage-words { color: var(--quiet); font-variant-numeric: tabular-nums; }
.body--dark .q-btn--flat, .body--dark .q-btn--outline { --q-primary: var(--accent); }
.body--dark .q-toggle, .body--dark .q-slider { --q-primary: var(--accent); }
.body--dark .q-btn.bg-primary { --q-primary: #2b76ab; }
.nicegui-link { color: var(--accent) !important; overflow-wrap: anywhere; }
.q-notification .q-notification__actions { color: inherit; }
.q-notification__message { overflow-wrap: anywhere; }
.q-loading-bar { display: none; }
.nicegui-error-popup { max-width: min(30em, calc(100vw - 24px)); margin: 12px;
  border-radius: 10px; }
.top .q-tabs__content { max-width: 100%; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.q-btn:focus-visible, .q-tab:focus-visible { box-shadow: inset 0 0 0 2px var(--accent); }
@media (max-width: 1000px) { .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 900px) {
  .split { grid-template-columns: minmax(0, 1fr); }
  .side { position: static; max-height: none; }
  .field { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .field-help { grid-column: 1 / -1; }
}
@media (max-width: 600px) {
  .nicegui-content { padding: 12px 10px; }
  .top { padding: 0 4px; } .name, .root { display: none; }
  .topbar { gap: 0; } .tabs { width: 100%; } .tabs .q-tab { padding: 0 6px;
    min-height: 48px; } .tabs .q-tab__label { font-size: 0.82rem; }
  .panel { padding: 14px 12px; border-radius: 10px; }
  .file .line { flex-wrap: wrap; } .filename { flex-basis: 100%; }
  .field, .quick { grid-template-columns: minmax(0, 1fr); }
  .pair { flex-wrap: wrap !important; } .pair > * { flex-basis: 100% !important; }
  .slices-beside, .slices-two { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .stage { grid-template-columns: 1fr; gap: 4px; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important;
  animation: none !important; } }
"""
