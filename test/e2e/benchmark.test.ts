import { describe, expect, it } from 'vitest'
import { emptyFolder, run, write } from './run.ts'

const plan = ['--model', 'gpt-oss-120b', '--gpu', 'h100-sxm', '--tp', '4', '--batch', '64']
const values = async (...args: readonly string[]) => JSON.parse((await run(['estimate', ...plan, ...args, '--json'])).out).values

describe('a benchmark as a workload', () => {
  it('has the start of the InferenceX client in its TTFT, and its end in its throughput', async () => {
    const [benchmark, steady] = [await values('--workload', 'inferencex-1k-1k'), await values('--isl', '922', '--osl', '922')]
    expect(benchmark.ttft_ms).toBeGreaterThan(1.3 * steady.ttft_ms)
    expect(benchmark.out_tok_s).toBeLessThan(steady.out_tok_s)
    expect(Math.abs(benchmark.tpot_ms / steady.tpot_ms - 1)).toBeLessThan(0.02)
    const { out } = await run(['estimate', ...plan, '--workload', 'inferencex-1k-1k'])
    expect(out).toContain('mean of a benchmark of 10 prompts per slot, all slots started at once')
  })

  const study = (more: string) => `name: b
model: gpt-oss-120b
fleet: [{ gpu: h100-sxm, gpus: 4 }]
workload: { isl: 1024, osl: 1024, benchmark: { promptsPerSlot: 5, randomRange: 0.8, statistic: p90 } }
axes: { tp: 4, batch: [32, 64] }
${more}`

  it('is swept by the statistic that it prints', async () => {
    const folder = emptyFolder()
    const { code, err } = await run(['sweep', write(folder, 's.yaml', study('')), '--out', `${folder}/out`, '--workers', '0', '--quiet'])
    expect([code, err]).toEqual([0, ''])
  })

  it('cannot have arrivals beside it', async () => {
    const { code, err } = await run(['sweep', write(emptyFolder(), 's.yaml', study('arrivals: { rate: 2 req/s }'))])
    expect(code).toBe(1)
    expect(err).toContain('arrivals: a benchmark is a closed loop, and arrivals are not')
  })
})
