import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { runStudy } from '../../optimizer/run.ts'
import { makeSpace } from '../../spaces/space.ts'

// What a second worker thread gains where a sweep is long enough that starting threads, and compiling what they run, does not show: the
// default study with many chunks. Runs alternate, so that a machine that slows down slows both; the medians are compared.
const { study, where } = readStudy('llama-3.3-70b-on-64-h100')
const setting = resolveStudy({ study: { ...study, axes: { ...study.axes, chunk: { from: 512, to: 16384, step: 16 } } }, where })

async function seconds(workers: number): Promise<number> {
  const start = performance.now()
  const end = await runStudy(setting, { workers, keepBytes: 0 })
  if (end.kind !== 'done') throw new Error(`the sweep failed: ${end.message}`)
  return (performance.now() - start) / 1e3
}

const times: Record<1 | 2, number[]> = { 1: [], 2: [] }
for (let round = 0; round < 3; round++) {
  for (const workers of [1, 2] as const) times[workers].push(await seconds(workers))
}
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[1]!
const [one, two] = [median(times[1]), median(times[2])]
const shown = (values: readonly number[]) => values.map((t) => t.toFixed(1)).join(', ')
console.log(`sweep, ${makeSpace(setting.scenario, setting.axes).size.toLocaleString('en')} plans, three runs each`)
console.log(`  1 worker   ${one.toFixed(2)} s (${shown(times[1])})`)
console.log(`  2 workers  ${two.toFixed(2)} s (${shown(times[2])}): ${(one / two).toFixed(2)} x`)
