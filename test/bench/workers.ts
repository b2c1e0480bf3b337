import { readStudy } from '../../optimizer/read-study.ts'
import { resolveStudy } from '../../optimizer/resolve.ts'
import { runStudy } from '../../optimizer/run.ts'
import { makeSpace } from '../../spaces/space.ts'

// What a second worker thread gains on a study with enough plans that starting threads does not show: the default one with many chunks.
const { study, where } = readStudy('llama-3.3-70b-on-64-h100')
const setting = resolveStudy({ study: { ...study, axes: { ...study.axes, chunk: { from: 512, to: 16384, step: 32 } } }, where })

async function seconds(workers: number): Promise<number> {
  const start = performance.now()
  const end = await runStudy(setting, { workers, keepBytes: 0 })
  if (end.kind !== 'done') throw new Error(`the sweep failed: ${end.message}`)
  return (performance.now() - start) / 1e3
}

const [one, two] = [await seconds(1), await seconds(2)]
console.log(`sweep, ${makeSpace(setting.scenario, setting.axes).size.toLocaleString('en')} plans`)
console.log(`  1 worker   ${one.toFixed(2)} s`)
console.log(`  2 workers  ${two.toFixed(2)} s: ${(one / two).toFixed(2)} x`)
