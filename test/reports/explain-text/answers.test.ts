import { describe, expect, it } from 'vitest'
import { explainPhase } from '../../../cost-model/explain/phase.ts'
import type { Phase } from '../../../cost-model/graph.ts'
import type { StepShape } from '../../../cost-model/step.ts'
import { communication, slowestOp } from '../../../reports/explain-text/answers.ts'
import { phaseLines } from '../../../reports/explain-text/phase.ts'
import type { Overlap } from '../../../spaces/engine.ts'
import { makePool } from '../../../spaces/fleet.ts'
import type { Layout } from '../../../spaces/plan.ts'
import { catalog, decode, modelOf, prefill, published } from '../../cost-model/layouts.ts'

const pool = makePool({ node: 'dgx-h200', nodes: 4 }, catalog)
const model = catalog.model('deepseek-v3')

function explained(phase: Phase, shape: StepShape, layout: Partial<Layout>, overlap: readonly Overlap[] = []) {
  const engine = { ...catalog.engine('generic'), overlap: [...overlap] }
  return explainPhase({ model, engine }, modelOf(model, pool, layout, published, engine), phase, shape)
}

describe('what explain says of a step', () => {
  const wide = { attentionDp: 32, ep: 32 }

  it('tells what is sent over all links from the one that it waits for: a token goes on inside its node', () => {
    const slowest = (layout: Partial<Layout>) => slowestOp(explained('prefill', prefill(32 * 8192, 64), layout), pool)
    const tensor = { tp: 32, ep: 32 }
    expect(slowest(tensor)).toMatch(/^(attn|moe)\.reduce .+ waits for network: each of 32 GPUs sends [\d.]+ GB over all its links /)
  })

  it('counts exchanges that another batch hides apart, and marks them in the table', () => {
    const both = explained('decode', decode(32 * 64, 4500), wide, ['two-batch-decode'])
    const [line] = communication(both, pool)
    expect(line).toMatch(/^network \(50 GB\/s\) .+; [\d.]+ ms more beside other work$/)
    const rows = phaseLines(both, pool, true)
    expect(rows.find((row) => row.startsWith('  moe.dispatch '))).toContain(' hidden ')
    expect(communication(explained('decode', decode(32 * 64, 4500), wide), pool)[0]).not.toContain('beside')
  })

  it('says that shares are of all stages where a segment is listed for one', () => {
    const lines = phaseLines(explained('decode', decode(64, 4500), { pp: 4, tp: 8 }), pool, true)
    expect(lines.find((row) => row.startsWith('  layers 3 to 15'))).toContain('(shares below: of all 58 alike)')
  })

  it('says how many tokens each request verifies', () => {
    const [headline] = phaseLines(explained('decode', { ...decode(128, 2250), decodeWidth: 2 }, wide), pool, false)
    expect(headline).toContain('DECODE step of 64 requests, 2 tokens each, behind 4500 cached tokens')
  })
})
