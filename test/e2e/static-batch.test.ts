import { expect, it } from 'vitest'
import { estimateSchema } from '../../optimizer/result-schema.ts'
import { run } from './run.ts'

const flags = [
  'estimate',
  '--model',
  'llama-3.3-70b-instruct',
  '--gpu',
  'h100-sxm',
  '--tp',
  '8',
  '--weights',
  'fp8',
  '--isl',
  '4000',
  '--osl',
  '500',
]
const estimate = async (batch: number) => estimateSchema.parse(JSON.parse((await run([...flags, '--batch', `${batch}`, '--json'])).out))

it('one request alone takes as long in a closed loop as in a static batch', async () => {
  const { values, staticBatch } = await estimate(1)
  expect([values.ttft_ms, values.tpot_ms]).toEqual([staticBatch?.ttft_ms, staticBatch?.tpot_ms])
})

it('a static batch answers its first tokens together, later than a loop does, and then decodes undisturbed', async () => {
  const { values, staticBatch } = await estimate(32)
  expect(staticBatch!.ttft_ms).toBeGreaterThan(5 * (values.ttft_ms as number))
  expect(staticBatch!.tpot_ms).toBeLessThan(values.tpot_ms as number)
  expect((await run([...flags, '--batch', '32'])).out).toContain(
    `as one static batch on one replica: ttft_ms ${Number(staticBatch!.ttft_ms.toPrecision(5))}`,
  )
})
