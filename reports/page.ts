import { columns } from '../cost-model/column.ts'
import type { ColocatedPlan, Plan } from '../spaces/plan.ts'
import { planKey } from '../spaces/plan-key.ts'
import type { PageAssets } from './assets.ts'
import { type Html, html, raw, scriptJson } from './html.ts'
import { printGrouped, printValue } from './number.ts'
import { scriptHash } from './page-pack.ts'
import { pageStyle } from './page-style.ts'
import { pageData } from './page-table.ts'
import { layoutName } from './plan-fields.ts'
import type { Report } from './report.ts'

/** Columns of the front's table, after the objectives. */
const shown = ['ttft_ms', 'tpot_ms', 'out_tok_s_per_gpu', 'tok_s_per_user', 'concurrency', 'usd_per_mtok_out', 'memory_gib']

/** And where plans were replayed. */
const shownOfReplay = ['fidelity', 'ttft_gap_percent', 'tpot_gap_percent', 'out_tok_s_gap_percent']

/** More front plans than this are left to front.csv. */
const longestTable = 200

/**
 * One self-contained page: no request leaves it (its policy forbids any), and everything that came from the study is escaped.
 * plotly's WebGL needs `unsafe-eval`; scripts are otherwise pinned by hash.
 */
export async function reportPage(report: Report, assets: PageAssets): Promise<string> {
  const data = scriptJson(await pageData(report))
  const hashes = await Promise.all([assets.plotly, assets.client].map(scriptHash))
  const scripts = hashes.map((h) => `'${h}'`).join(' ')
  const policy = `default-src 'none'; script-src ${scripts} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.title}</title>
<style>${raw(pageStyle)}</style>
</head>
<body>
<header><h1>${report.title}</h1>${facts(report)}</header>
<main>
${report.notes.map((note) => html`<p class="note">${note}</p>`)}
${recommended(report)}
<section>
<h2>Every plan</h2>
<p class="controls">
<label>x <select id="x-axis"></select></label>
<label>y <select id="y-axis"></select></label>
<label><input type="checkbox" id="feasible-only"> only plans that meet every limit</label>
<label><input type="checkbox" id="linear"> linear axes</label>
</p>
<p class="hint">Large points meet every limit, small faded ones miss one. The line is the front in the objectives of the study; bars are the 80 % bands of its plans.</p>
<div id="plot" role="img" aria-label="Plans by latency and throughput, with the Pareto front"></div>
</section>
${replayed(report)}
${frontTable(report)}
${reasons(report)}
</main>
<script type="application/json" id="data">${raw(data)}</script>
<script>${raw(assets.plotly)}</script>
<script>${raw(assets.client)}</script>
</body>
</html>
`
  return page.text
}

function facts(report: Report): Html {
  return html`<dl>${report.facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`
}

function recommended(report: Report): Html {
  if (report.recommended.length === 0) return html``
  const cards = report.recommended.map(({ row, label, why, sure }) => {
    const { plan } = report.rows[row]
    return html`<article><h3>${label}</h3><p class="layout">${planName(plan)}</p><p>${why}</p><p>${sure}</p><code>${planKey(plan)}</code></article>`
  })
  return html`<section><h2>Recommended</h2><div class="cards">${cards}</div></section>`
}

/** `h100-sxm tp4 x16, batch 40, chunk 2048`; of a pair `prefill h100-sxm tp2 x20, chunk 4096; decode h100-sxm tp4 x6, batch 128`. */
function planName(plan: Plan): string {
  if (plan.kind === 'colocated') return `${plan.pool} ${layoutName(plan)}, batch ${plan.batch}, chunk ${plan.chunk}`
  const { prefill, decode, prefillWorkers, decodeWorkers } = plan
  const workers = (of: ColocatedPlan, replicas: number) => `${of.pool} ${layoutName({ ...of, layout: { ...of.layout, replicas } })}`
  return `prefill ${workers(prefill, prefillWorkers)}, chunk ${prefill.chunk}; decode ${workers(decode, decodeWorkers)}, batch ${decode.batch}`
}

function replayed({ replay }: Report): Html {
  if (replay === undefined) return html``
  const heads = replay.gapHeadings.map((text) => html`<th>${text}</th>`)
  const rows = replay.gaps.map((cells) => html`<tr>${cells.map((text) => html`<td>${text}</td>`)}</tr>`)
  return html`<section id="replayed"><h2>Closed form against replay</h2>
${replay.sentences.map((text) => html`<p>${text}</p>`)}
<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div></section>`
}

function frontTable(report: Report): Html {
  if (report.front.length === 0) return html``
  const names = [...new Set([...report.objectives, ...shown, ...(report.replay === undefined ? [] : shownOfReplay)])]
  const cells = names.flatMap((name) => columns.flatMap((column, i) => (column.name === name ? [{ column, i }] : [])))
  const print = (row: number) => cells.map(({ column, i }) => printValue({ ...column, digits: 4 }, report.rows[row].values[i]))
  // Plans that print the same objectives share a line: a front of ties helps nobody choose.
  const lines = new Map<string, readonly number[]>()
  for (const row of report.front) {
    const key = print(row).slice(0, report.objectives.length).join(' ')
    lines.set(key, [...(lines.get(key) ?? []), row])
  }
  const first = cells[0].i
  const ordered = [...lines.values()].sort(([a], [b]) => report.rows[a].values[first] - report.rows[b].values[first])
  const body = ordered.slice(0, longestTable).map(([row, ...ties]) => {
    const { plan } = report.rows[row]
    const more = ties.length > 0 ? ` and ${ties.length} equal` : ''
    return html`<tr><td title="${planKey(plan)}">${planName(plan)}${more}</td>${print(row).map((text) => html`<td>${text}</td>`)}</tr>`
  })
  const heads = cells.map(({ column }) => html`<th title="${column.doc}">${column.name}</th>`)
  const rest = ordered.length - body.length
  return html`<section><h2>The front: ${report.front.length} plans nothing beats in ${report.objectives.join(' and ')}</h2>
<div class="wide"><table><thead><tr><th>plan</th>${heads}</tr></thead><tbody>${body}</tbody></table></div>
${rest > 0 ? html`<p>${rest} more in front.csv.</p>` : html``}</section>`
}

function reasons(report: Report): Html {
  const rows = report.counts.map(
    (c) => html`<tr><td><code>${c.reason}</code></td><td>${printGrouped(c.plans)}</td><td>${c.example}</td></tr>`,
  )
  return html`<section><h2>What became of ${printGrouped(report.total)} plans</h2>
<div class="wide"><table class="reasons"><thead><tr><th>reason</th><th>plans</th><th>example</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
}
