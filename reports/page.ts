import { columns } from '../cost-model/column.ts'
import { planKey } from '../spaces/plan-key.ts'
import type { PageAssets } from './assets.ts'
import { type Html, html, raw, scriptJson } from './html.ts'
import { printGrouped, printValue } from './number.ts'
import { scriptHash } from './page-pack.ts'
import { pageStyle } from './page-style.ts'
import { pageData } from './page-table.ts'
import { layoutName } from './plan-fields.ts'
import type { Report } from './report.ts'

/** Columns of the front's table. */
const shown = [
  'ttft_ms',
  'tpot_ms',
  'e2e_ms',
  'out_tok_s_per_gpu',
  'tok_s_per_user',
  'concurrency',
  'memory_gib',
  'usd_per_mtok_out',
  'j_per_tok',
]

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
<div id="plot" role="img" aria-label="Plans by latency and throughput, with the Pareto front"></div>
</section>
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
  const cards = report.recommended.map(({ row, label, why }) => {
    const { plan } = report.rows[row]
    const name = plan.kind === 'colocated' ? layoutName(plan) : planKey(plan)
    return html`<article><h3>${label}</h3><p class="layout">${name}</p><p>${why}</p><code>${planKey(plan)}</code></article>`
  })
  return html`<section><h2>Recommended</h2><div class="cards">${cards}</div></section>`
}

function frontTable(report: Report): Html {
  const cells = columns.flatMap((c, i) => (shown.includes(c.name) ? [{ column: c, i }] : []))
  const rows = report.front.slice(0, longestTable).map((row) => {
    const { plan, values } = report.rows[row]
    return html`<tr><td><code>${planKey(plan)}</code></td>${cells.map(({ column, i }) => html`<td>${printValue({ ...column, digits: 4 }, values[i])}</td>`)}</tr>`
  })
  const more = report.front.length - rows.length
  return html`<section><h2>The front: ${report.front.length} plans nothing beats</h2>
<div class="wide"><table><thead><tr><th>plan</th>${cells.map(({ column }) => html`<th title="${column.doc}">${column.name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
${more > 0 ? html`<p>${more} more in front.csv.</p>` : html``}</section>`
}

function reasons(report: Report): Html {
  const rows = report.counts.map(
    (c) => html`<tr><td><code>${c.reason}</code></td><td>${printGrouped(c.plans)}</td><td>${c.example}</td></tr>`,
  )
  return html`<section><h2>What became of ${printGrouped(report.total)} plans</h2>
<div class="wide"><table class="reasons"><thead><tr><th>reason</th><th>plans</th><th>example</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
}
