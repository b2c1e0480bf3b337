import { columnIndex, rowWidth } from '../../cost-model/column.ts'
import { limitsOf } from '../../optimizer/limit.ts'
import type { Search } from '../../optimizer/search-range.ts'
import { statusAt, statusNumber } from '../../optimizer/table.ts'
import type { ColocatedPlan } from '../../spaces/plan.ts'
import { completeLayout } from '../../spaces/plan-key.ts'
import { twoObjectives } from './rows.ts'

const widths = {
  replicas: 1,
  pp: 1,
  attentionDp: 1,
  sp: 1,
  spKind: undefined,
  tp: 1,
  dcp: 1,
  ep: 1,
  moeTp: 1,
  moeDp: 1,
  redundantExperts: 0,
}
const layout = completeLayout(widths)
const precision = { weights: 'fp8', activations: 'fp8', kv: 'fp8', comm: 'bf16' }

/** Plan number i has batch i + 1. */
function planAt(i: number): ColocatedPlan {
  return { kind: 'colocated', pool: 'h100', layout, precision, batch: i + 1, chunk: 8192 }
}

/** One block in five of a hundred plans breaks a rule. */
const block = 100
const isLegal = (i: number) => Math.floor(i / block) % 5 !== 4

/** Scattered over [0, 1), the same for the same number. */
export function scatter(i: number, multiplier: number): number {
  return ((i * multiplier) % 10_007) / 10_007
}

/** For runners of tests that replay nothing. */
export function noReplays(): never {
  throw new Error('nothing is to be replayed')
}

/**
 * A search that costs nothing: rules, memory and two noisy objectives that pull against each other, so that a front has some dozens of
 * plans. TTFT is 0.1 to 1.1 s, TPOT 10 to 60 ms.
 */
export function fakeSearch(size: number, slo = { ttft: 1, tpot: 0.03 }): Search {
  return {
    space: {
      size,
      walk: (from, to, onPlan, onSkip) => {
        for (let i = from; i < to; ) {
          const end = Math.min(to, (Math.floor(i / block) + 1) * block)
          if (isLegal(i)) onPlan(i, planAt(i))
          else onSkip(i, end, { code: 'fake-rule', message: `block ${Math.floor(i / block)} is illegal`, numbers: {} })
          i = isLegal(i) ? i + 1 : end
        }
      },
    },
    evaluate: ({ batch }, rows, offset) => {
      const i = batch - 1
      const speed = scatter(i, 7919)
      rows.fill(Number.NaN, offset, offset + rowWidth)
      if (batch % 13 === 0) {
        rows[offset + statusAt] = statusNumber('out-of-memory')
        rows[offset + columnIndex('headroom_gib')] = -1 - Math.abs(batch - 1118)
        return { code: 'memory-kv', message: `batch ${batch} does not fit`, numbers: { batch } }
      }
      rows[offset + columnIndex('ttft_ms')] = 0.1 + scatter(i, 31)
      rows[offset + columnIndex('tpot_ms')] = 0.01 + 0.05 * speed
      rows[offset + columnIndex('out_tok_s_per_gpu')] = 100 * speed + 300 * scatter(i, 104_729)
      return null
    },
    objectives: twoObjectives,
    limits: limitsOf(slo, {}),
    keepsNear: false,
  }
}
