import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findTables } from '../../../optimizer/perf-database/find.ts'
import { type Measurement, readTables } from '../../../optimizer/perf-database/read.ts'
import { refuseSlow } from '../../../optimizer/perf-database/refuse.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { needs } from '../../needs.ts'
import { tablesFolder } from './folders.ts'

const tables = (folder: string) => findTables(folder, openCatalog()).tables
const shared = needs('shared')
const measured = `${shared}/measured/operators`

describe('an operator table', () => {
  it('that is no parquet file is refused in one line with its path', async () => {
    const folder = tablesFolder({ 'h100_sxm/gemm/vllm/1/gemm_perf.parquet': 'm,n,k,latency\n1,2,3,4\n' })
    await expect(readTables(tables(folder), 10)).rejects.toThrow(/^.+gemm_perf\.parquet: cannot be read as parquet: .+$/)
  })
})

describe.skipIf(!shared)('a measured operator table', () => {
  const nccl = 'h100_sxm/comm/nccl/2.29.2/nccl_perf.parquet'
  const mla = ['sglang/0.5.14', 'trtllm/1.3.0rc20', 'vllm/0.24.0'].map((engine) => `h100_sxm/mla_bmm/${engine}/mla_bmm_perf.parquet`)

  it('gives seconds of each of its rows', async () => {
    const folder = tablesFolder({ [nccl]: { from: `${measured}/${nccl}` } })
    const { measurements, rows, sampled, leftOut } = await readTables(tables(folder), 1e9)
    expect([rows, sampled, measurements.length, leftOut]).toEqual([504, 504, 504, []])
    const largest = measurements.find(
      ({ dtype, op, rows }) => dtype === 'all-gather half' && 'group' in op && op.group.size === 8 && rows === 2 ** 28,
    )
    // 0.5 GB on eight GPUs of an H100 server: seven eighths of it in 1.4 ms are 335 GB/s.
    expect(largest!.seconds).toBeCloseTo(1.4015e-3, 6)
  })

  it('is looked at in a part that is the same for all engines, and by less where another engine is faster', async () => {
    const folder = tablesFolder(Object.fromEntries(mla.map((name) => [name, { from: `${measured}/${name}` }])))
    const { measurements, rows, sampled } = await readTables(tables(folder), 300)
    expect(sampled).toBe(measurements.length)
    expect(sampled / rows).toBeGreaterThan(0.15)
    expect(sampled / rows).toBeLessThan(0.35)
    const calls = (engine: string) =>
      new Set(measurements.filter((one) => one.table.engine === engine && one.dtype === 'bfloat16').map((one) => one.call))
    expect([...calls('trtllm')].filter((call) => !calls('sglang').has(call))).toEqual([])
    const { accepted, refused } = refuseSlow(measurements)
    expect(accepted.length + refused.length).toBe(sampled)
    expect(refused.length).toBeGreaterThan(0)
    for (const { times } of refused) expect(times).toBeGreaterThan(1.15)
  })

  it('that is cut short is refused; one of another schema is left out', async () => {
    const whole = readFileSync(`${measured}/${nccl}`)
    const folder = tablesFolder({ [nccl]: '' })
    for (const bytes of [whole.subarray(0, 3000), Buffer.concat([whole.subarray(0, 2000), whole.subarray(3000)])]) {
      writeFileSync(join(folder, nccl), bytes)
      await expect(readTables(tables(folder), 10)).rejects.toThrow(/nccl_perf\.parquet: cannot be read as parquet/)
    }
    const gemm = 'h100_sxm/gemm/vllm/1/gemm_perf.parquet'
    const renamed = tablesFolder({ [gemm]: { from: `${measured}/${nccl}` } })
    const { measurements, leftOut } = await readTables(tables(renamed), 10)
    expect([measurements, leftOut]).toEqual([[], [{ name: gemm, reason: 'has another schema: no column gemm_dtype' }]])
  })
})

describe('times of one call', () => {
  it('are believed up to 1.15 x the fastest', () => {
    const of = (engine: string, call: string, seconds: number) => ({ table: { engine, version: '1' }, call, seconds }) as Measurement
    const all = [of('a', 'x', 1), of('b', 'x', 1.14), of('c', 'x', 1.16), of('c', 'y', 9)]
    const { accepted, refused } = refuseSlow(all)
    expect(accepted.map(({ table, call }) => table.engine + call)).toEqual(['ax', 'bx', 'cy'])
    expect(refused).toEqual([{ measurement: all[2], times: 1.16, fastest: 'a 1' }])
  })
})
