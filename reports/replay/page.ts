import { e2eOf, tpotOf, ttftOf } from '../../cost-model/serve/replay/summary.ts'
import type { FoundPlan } from '../../optimizer/find-plan.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { planKey } from '../../spaces/plan-key.ts'
import { explainStyle } from '../explain/style.ts'
import { time } from '../explain-text/quantity.ts'
import { studyFacts } from '../facts.ts'
import { type Html, html, raw } from '../html.ts'
import { pageStyle } from '../page-style.ts'
import { chart } from './chart.ts'
import { type Done, describeLoad, describeOverload, describeRates } from './words.ts'

const statistics = ['mean', 'p50', 'p90', 'p95', 'p99'] as const

/** One self-contained page without a script: percentiles, what happened over time, and how the times are distributed. */
export function replayPage(setting: Setting, { plan, why }: FoundPlan, done: Done): string {
  const overload = describeOverload(done)
  const facts = [...(why === undefined ? [] : [['chosen', why] as const]), ...studyFacts(setting)]
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="fleetfront replay">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${setting.name}: replay of ${planKey(plan)}</title>
<style>${raw(pageStyle + explainStyle)}
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 4px 18px; }
svg.chart { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
svg.chart polyline { fill: none; stroke-width: 1.6; }</style>
</head>
<body>
<header><h1>${setting.name}</h1><code>${planKey(plan)}</code></header>
<main>
${overload === undefined ? [] : [html`<p class="note">${overload}</p>`]}
<section><h2>What requests saw</h2><p>${describeLoad(done)}.</p>${percentiles(done)}${describeRates(done).map((line) => html`<p>${line}</p>`)}</section>
<section><h2>Over time</h2><p>Of ${done.workers !== undefined ? 'all workers together' : done.simulated === 1 ? 'one replica' : `${done.simulated} replicas together`}, means over ${time(done.replayed.series.width)}.</p><div class="charts">${overTime(done)}</div></section>
<section><h2>Distributions</h2><p>Percent of requests that took at most so long.</p><div class="charts">${distributions(done)}</div></section>
<section><h2>What this assumes</h2><dl>${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl></section>
</main>
</body>
</html>
`
  return page.text
}

function percentiles({ summary }: Done): Html {
  const rows = (['ttft', 'tpot', 'itl', 'e2e'] as const).map(
    (name) =>
      html`<tr><td>${name === 'e2e' ? 'end to end' : name.toUpperCase()}</td>${statistics.map((of) => html`<td>${time(summary[name][of])}</td>`)}</tr>`,
  )
  return html`<table><thead><tr><th></th>${statistics.map((of) => html`<th>${of}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
}

function overTime({ replayed: { series } }: Done): readonly Html[] {
  const { width, queue, batch, kv, outputTokens } = series
  const x = Array.from(queue, (_, i) => (i + 0.5) * width)
  const over = (title: string, values: Iterable<number>, color: string) => chart({ title, x, y: [...values], xUnit: 'seconds', color })
  return [
    over('Requests waiting', queue, 'communication'),
    over('Requests running', batch, 'compute'),
    over(
      'KV blocks in use, percent',
      kv.map((share) => 100 * share),
      'memory',
    ),
    over('Output tokens per second', outputTokens, 'accent'),
  ]
}

/** Points of a curve: more than a drawing shows. */
const mostPoints = 200

function distributions(done: Done): readonly Html[] {
  const curves = [
    ['TTFT', ttftOf(done.replayed)],
    ['TPOT', tpotOf(done.replayed).filter((value) => !Number.isNaN(value))],
    ['End to end', e2eOf(done.replayed)],
  ] as const
  return curves.flatMap(([title, values]) => {
    if (values.length === 0) return []
    const sorted = values.toSorted()
    const ranks = Array.from({ length: mostPoints + 1 }, (_, i) => Math.round((i / mostPoints) * (sorted.length - 1)))
    const y = ranks.map((rank) => (100 * (rank + 1)) / sorted.length)
    return [chart({ title, x: ranks.map((rank) => 1e3 * sorted[rank]), y, xUnit: 'ms', color: 'accent' })]
  })
}
