import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { runStudy } from '../../optimizer/run.ts'
import { makeSpace } from '../../spaces/space.ts'

// What a second worker thread gains where a sweep is long enough that starting threads, and compiling what they run (seconds of CPU each),
// does not show: the default study with many chunks. A machine that slows down slows both runs of a pair: the median of their ratios counts.
const { study, where } = readStudy('llama-3.3-70b-on-64-h100')
const setting = resolveStudy({ study: { ...study, axes: { ...study.axes, chunk: { from: 512, to: 16384, step: 4 } } }, where })

async function seconds(workers: number): Promise<number> {
  const start = performance.now()
  const end = await runStudy(setting, { workers, keepBytes: 0 })
  if (end.kind !== 'done') throw new Error(`the sweep failed: ${end.message}`)
  return (performance.now() - start) / 1e3
}

const pairs: { readonly one: number; readonly two: number }[] = []
for (let round = 0; round < 3; round++) pairs.push({ one: await seconds(1), two: await seconds(2) })
const ratios = pairs.map(({ one, two }) => one / two).sort((a, b) => a - b)
console.log(`sweep, ${makeSpace(setting.scenario, setting.axes).size.toLocaleString('en')} plans, three pairs of runs`)
for (const { one, two } of pairs) console.log(`  1 worker ${one.toFixed(1)} s, 2 workers ${two.toFixed(1)} s: ${(one / two).toFixed(2)} x`)
console.log(`  the median ${ratios[1]!.toFixed(2)} x`)
