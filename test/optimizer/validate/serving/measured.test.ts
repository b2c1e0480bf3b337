import { describe, expect, it } from 'vitest'
import { versionOf } from '../../../../optimizer/validate/serving/engine.ts'
import { predictAll } from '../../../../optimizer/validate/serving/predict.ts'
import { good, header, rowsOf } from './rows.ts'

const changed = (column: string, value: string) =>
  header
    .split(',')
    .map((name, i) => (name === column ? value : good.split(',')[i]))
    .join(',')

describe('measured points of a CSV file', () => {
  it('name the release that served them, without what packages it, or the month stands for it', () => {
    const of = (version: string) => versionOf(rowsOf(`${header},engine_version,measured_on`, `${good},${version},2025-11-02`)[0]!)
    expect(['0.5.10.post1', '1.2.0rc6.post2', '0.19.0', '0.6.4+cu12', 'nightly-5b8c', ''].map(of)).toEqual([
      ...['0.5.10', '1.2.0rc6', '0.19.0', '0.6.4', 'nightly-5b8c', '2025-11'],
    ])
  })

  it('may lack what has a default, and be named by their line', () => {
    const [row] = rowsOf('model,gpu,engine,precision,isl,osl,concurrency,tpot_ms', 'qwen3-32b,h100-sxm,vllm,bf16,1000,100,4,20')
    expect(row!.id).toBe('line 2')
    const [found] = predictAll([row!])
    expect(found!.reason).toBeUndefined()
    expect(found!.predicted!.tpot_ms).toBeGreaterThan(5)
    expect(found!.measured).toEqual({ ttft_ms: undefined, tpot_ms: 20, e2e_ms: undefined, out_tok_s_per_gpu: undefined })
  })

  it('may name units of time in the header', () => {
    const of = (ttft: string, tpot: string) => {
      const [row] = rowsOf(`model,gpu,engine,precision,isl,osl,concurrency,${ttft},${tpot}`, 'm,g,e,p,1,1,1,0.5,0.02')
      return [row!.number('ttft_ms'), row!.number('tpot_ms')]
    }
    expect(of('TTFT (s)', 'tpot_s')).toEqual([500, 20])
    expect(of('ttft_ms', 'tpot_ms [s]')).toEqual([0.5, 20])
    expect(() => of('ttft (h)', 'tpot_ms')).toThrow('"h" in the header ttft (h) is no unit of time')
  })

  it('need the columns that every prediction needs, once each', () => {
    expect(() => rowsOf('model,gpu,engine,precision,isl,osl,concurency,tpot_ms', good)).toThrow('fields')
    expect(() => rowsOf('model,gpu,engine,precision,isl,osl,concurency,tpot_ms')).toThrow(/no column concurrency.*concurency/)
    expect(() => rowsOf('model,gpu,engine,precision,isl,osl,concurrency,tpot_ms,tpot_s')).toThrow('column tpot_ms is there twice')
  })

  it('are skipped with a reason each where a cell is blank or no number, a name is unknown, or the plan cannot be', () => {
    const reason = (column: string, value: string) => predictAll(rowsOf(header, changed(column, value)))[0]!.reason?.code
    expect(reason('row_id', 'r1')).toBeUndefined()
    expect(reason('isl', '')).toBe('blank-cell')
    expect(reason('isl', 'many')).toBe('bad-number')
    expect(reason('concurrency', '0')).toBe('bad-number')
    expect(reason('model', 'lama-3.3-70b')).toBe('unknown-name')
    expect(reason('gpu', 'h1000')).toBe('unknown-name')
    expect(reason('engine', 'vlm')).toBe('unknown-name')
    expect(reason('precision', 'fp9')).toBe('unknown-name')
    expect(reason('tp', '3')).toBe('layout')
    expect(reason('tp', '1')).toBe('memory-activations')
    expect(reason('tp', '2')).toBeUndefined()
    expect(predictAll(rowsOf(`${header},spec_decode`, `${good},mtp`))[0]!.reason!.code).toBe('speculation')
  })

  it('may be served by prefill and decode workers, with the requests of the row in all of their stages', () => {
    const pair = 'serving_mode,prefill_gpus,prefill_workers,prefill_tp,decode_gpus,decode_workers,decode_tp'
    const [found, more] = predictAll(
      rowsOf(`${header},${pair}`, `${good},disaggregated,4,1,4,8,2,4`, `${changed('concurrency', '48')},disaggregated,4,1,4,8,2,4`),
    )
    const requests = ({ ttft_ms, tpot_ms, out_tok_s_per_gpu }: NonNullable<typeof found>['predicted'] & object) =>
      (out_tok_s_per_gpu * 12 * (ttft_ms + 1023 * tpot_ms)) / 1e3 / 1024
    expect([found!.reason, more!.reason]).toEqual([undefined, undefined])
    expect(requests(found!.predicted!)).toBeCloseTo(16, 1)
    expect(requests(more!.predicted!)).toBeCloseTo(48, 1)
    expect(predictAll(rowsOf(`${header},${pair}`, `${good},disaggregated,4,1,3,8,2,4`))[0]!.reason!.code).toBe('layout')
  })
})
