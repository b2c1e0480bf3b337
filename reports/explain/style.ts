/** Style sheet of an explanation's page and drawings, after the one of every page. Colours: Wong 2011 (safe for colour-blind readers). */
export const explainStyle = `
:root { color-scheme: light dark; --paper: #fff; --card: #fff; --compute: #0072b2; --memory: #00805d; --communication: #b3560a;
  --overhead: #6e7781; --critical: #c01048; --bar: #d8dee4; --good: #00805d; --bad: #c01048; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --line: #343c46; --tint: #151b23; --accent: #58b4e8; --paper: #0d1117;
  --card: #12181f; --compute: #58b4e8; --memory: #3ecf9f; --communication: #f0a050; --overhead: #a3adb8; --critical: #ff6b93; --bar: #343c46;
  --good: #3ecf9f; --bad: #ff6b93; } }
body { background: var(--paper); }
header { padding: 14px 28px 10px; }
header h1 { margin: 0 0 2px; }
header code { color: var(--soft); }
header dl { margin-top: 8px; gap: 4px 26px; }
header dd b { font-size: 16px; font-weight: 650; }
h2 { margin: 30px 0 6px; }
h2 + p, .hint { margin: 0 0 10px; color: var(--soft); font-size: 13px; max-width: 110ch; }
.note { background: color-mix(in srgb, #e69f00 12%, var(--paper)); }
.answers { grid-template-columns: repeat(4, minmax(0, 1fr)); margin-top: 14px; }
@media (max-width: 1050px) { .answers { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 620px) { .answers { grid-template-columns: 1fr; } }
.answers article { background: var(--card); padding: 12px 14px; }
.answers h3 { color: var(--soft); font-size: 11px; }
.answers h4 { margin: 10px 0 0; font-size: 11px; font-weight: 600; color: var(--soft); }
.answers .answer { margin: 1px 0 2px; font-size: 17px; font-weight: 650; line-height: 1.3; overflow-wrap: anywhere; }
.answers .answer b { white-space: nowrap; font-weight: 650; color: var(--accent); }
.answers p { margin: 2px 0; font-size: 13px; line-height: 1.42; }
.answers ul { margin: 2px 0 0; padding: 0; list-style: none; font-size: 13px; }
.answers li { display: flex; justify-content: space-between; gap: 10px; line-height: 1.5; }
.answers li b { white-space: nowrap; font-weight: 600; }
.bound-compute { color: var(--compute); } .bound-memory { color: var(--memory); }
.bound-communication { color: var(--communication); } .bound-overhead { color: var(--overhead); }
.stack { display: flex; height: 12px; margin: 6px 0; border-radius: 3px; overflow: hidden; background: var(--bar); }
.stack span { display: block; height: 100%; border-right: 1px solid var(--card); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 10px; padding: 0; list-style: none; font-size: 12px; color: var(--soft); }
.legend svg { vertical-align: -3px; margin-right: 6px; }
.figure { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; padding: 10px; background: var(--card); }
.figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
svg.graph, svg.timeline { min-width: 860px; }
details { border-top: 1px solid var(--line); }
details > summary { cursor: pointer; padding: 6px 0; }
summary h2 { display: inline; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg text { font: 11px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
svg .stage > rect { fill: var(--tint); stroke: var(--line); }
svg .stage text { font-size: 13px; fill: var(--soft); } svg .stage .name { font-weight: 650; fill: var(--ink); }
svg .segment > rect { fill: var(--card); stroke: var(--line); }
svg .segment .name { font-size: 12.5px; font-weight: 650; } svg .segment .times { fill: var(--soft); font-size: 12px; }
.compute { --tone: var(--compute); } .memory { --tone: var(--memory); } .communication { --tone: var(--communication); } .overhead { --tone: var(--overhead); }
svg .op .body { fill: color-mix(in srgb, var(--tone) var(--heat), var(--card)); stroke: color-mix(in srgb, var(--tone) 55%, var(--card)); stroke-width: 1.2; }
svg:not(.serial) .op.critical .body { stroke: var(--critical); stroke-width: 2.2; }
svg .op.control .body { stroke-dasharray: 5 3; }
svg .op .name { font: 600 11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
svg .op .times { font-variant-numeric: tabular-nums; } svg .op .exchange { fill: var(--soft); }
svg .op .bound { text-anchor: end; fill: color-mix(in srgb, var(--tone) 72%, var(--ink)); font-weight: 600; }
svg .op .share { fill: var(--tone); }
svg .edge { fill: none; stroke: var(--soft); stroke-width: 1.3; }
svg .edge.pipeline { stroke-width: 3.2; } svg .edge.sync { stroke-dasharray: 2 3; }
svg .edge.critical { stroke: var(--critical); stroke-width: 2.2; } svg .edge.critical.pipeline { stroke-width: 4; }
svg .arrow path { fill: var(--soft); } svg .arrow.critical path { fill: var(--critical); }
svg .axis line { stroke: var(--line); } svg .axis text, svg .lane text { fill: var(--soft); }
svg .block rect { fill: color-mix(in srgb, var(--tone) 30%, var(--card)); stroke: var(--card); stroke-width: 0.75; }
svg .block.second rect { fill: color-mix(in srgb, var(--tone) 14%, var(--card)); }
svg .block .free { fill: var(--tint); stroke: var(--line); }
svg .block .busy { fill: color-mix(in srgb, var(--tone) 38%, var(--card)); }
svg .block.critical .mark { fill: var(--critical); stroke: none; }
svg .lane rect { fill: var(--tint); }
table.ops { width: 100%; } table.ops td, table.ops th { padding: 3px 12px 3px 0; } table.ops td { font-size: 13px; }
table.ops td:first-child { white-space: normal; min-width: 210px; padding-left: 16px; }
table.ops .group td { font-weight: 650; background: var(--tint); } table.ops .group td:first-child { padding-left: 6px; }
.bar { display: inline-block; vertical-align: middle; height: 9px; border-radius: 2px; background: var(--tone, var(--accent)); }
.bar-cell { width: 130px; text-align: left !important; }
.signed { display: grid; grid-template-columns: 62px 70px 70px; align-items: center; justify-content: end; }
.signed i { display: block; height: 10px; border-radius: 2px; }
.signed .left { justify-self: end; } .signed .good { background: var(--good); } .signed .bad { background: var(--bad); }
.signed .minus { border-right: 1px solid var(--soft); display: flex; justify-content: end; height: 18px; align-items: center; } .signed .plus { height: 18px; display: flex; align-items: center; }
.highlight { font-weight: 650; color: var(--ink); }
figure { margin: 0 0 14px; } figcaption { margin: 8px 0 4px; font-weight: 600; }
table.helps th:not(:first-child) { text-align: right; } table.helps td { padding-right: 28px; } table.helps th { padding-right: 28px; }
.memory { border-spacing: 0; border-collapse: separate; } .memory th { white-space: normal; vertical-align: bottom; }
.memory .stack { width: 130px; margin: 0; }
td small { color: var(--soft); }
`
