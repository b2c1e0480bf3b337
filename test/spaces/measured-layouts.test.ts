import { describe, expect, it } from 'vitest'
import { makePool } from '../../spaces/fleet.ts'
import type { Model } from '../../spaces/model.ts'
import { completeLayout } from '../../spaces/plan-key.ts'
import { expertCounts } from '../../spaces/rules/experts.ts'
import { firstBrokenRule } from '../../spaces/rules/index.ts'
import type { RuleContext } from '../../spaces/rules/rule.ts'
import { needs } from '../needs.ts'
import { catalog } from './inputs.ts'
import { readTable } from './table.ts'

const shared = needs('shared')

type Row = ReturnType<typeof readTable>[number]
type Role = 'prefill' | 'decode' | undefined

/** What was served: the checkpoint as published where it is in that precision, else a format that its makers publish too. */
function formatsOf(model: Model, { precision, model: name }: Row): { readonly weights: string; readonly activations: string } {
  switch (precision) {
    case 'fp8': {
      const perTensor = name === 'llama-3.3-70b'
      return { weights: model.checkpoint.quantization !== 'none' ? 'shipped' : perTensor ? 'fp8' : 'fp8-block', activations: 'fp8' }
    }
    case 'mxfp4':
      return { weights: 'shipped', activations: 'bf16' }
    default:
      return { weights: precision!, activations: precision! }
  }
}

/** The plan that a row measured; of a disaggregated one the plan of a worker. */
function planOf(row: Row, role: Role): RuleContext {
  const column = (name: string) => Number(row[role === undefined ? name : `${role}_${name}`])
  const model = catalog.model(row.model === 'llama-3.3-70b' ? 'llama-3.3-70b-instruct' : row.model!)
  const engine = catalog.engine(row.engine!)
  const gpus = column('gpus') / (role === undefined ? 1 : column('workers'))
  const pool = makePool({ gpu: row.gpu!, gpus }, catalog)
  const [tp, attentionDp] = [column('tp'), column('dp')]
  const [ep, experts = 0] = [column('ep'), ...expertCounts(model)]
  const layout = completeLayout({
    ...{ replicas: 1, pp: role === undefined ? Number(row.pp) : 1, attentionDp, sp: 1, spKind: undefined, tp, dcp: 1 },
    ...{ ep, moeTp: experts > 0 ? column('moe_tp') : attentionDp * tp, moeDp: 1 },
    // The table does not say how many: as many as it takes, for example 32 beside 256 experts on 48 ranks.
    redundantExperts: (ep - (experts % ep)) % ep,
  })
  const [isl, osl] = [Number(row.isl), Number(row.osl)]
  const workload = { ...catalog.workload('1k-1k'), isl: { kind: 'fixed', tokens: isl }, osl: { kind: 'fixed', tokens: osl } } as const
  const precision = { ...formatsOf(model, row), kv: row.kv_dtype === 'fp8' ? 'fp8' : 'bf16', comm: 'bf16' }
  // Requests of all workers together: any number that keeps every attention-DP rank busy is as good.
  const batch = role === undefined ? Number(row.concurrency) : attentionDp
  const chunk = Math.max(Number(row.max_batched_tokens), 16384)
  return { model, engine, pool, workload, role, plan: { kind: 'colocated', pool: pool.id, layout, precision, batch, chunk } }
}

/** Rows by what our rules say of them. */
function verdicts(mode: string, roles: readonly Role[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const row of readTable(`${shared}/measured/serving.csv`).filter((r) => r.serving_mode === mode)) {
    for (const role of roles) {
      const reason = firstBrokenRule(planOf(row, role))
      const said = reason === null ? 'legal' : `${row.model} ${row.gpu} ${row.engine} ${row.precision} ${row.layout}: ${reason.code}`
      counts[said] = (counts[said] ?? 0) + 1
    }
  }
  return counts
}

describe.skipIf(!shared)('layouts that were measured', () => {
  it('are legal, but for two that cannot have run as labelled', () => {
    expect(verdicts('colocated', [undefined])).toEqual({
      legal: 1525,
      // 192 rows of an expert beside blocks of 128: vLLM's loader refuses that. The launch script of those days switches EP on.
      'minimax-m2.5 h200-sxm vllm fp8 tp8pp1dp1ep1: quantisation-block': 36,
      // Experts cut in four on two GPUs.
      'qwen3-235b-a22b h200-sxm vllm fp8 tp2pp1dp1ep1: expert-view-agrees': 6,
    })
  })

  it('are legal on separate prefill and decode workers too, but for one label', () => {
    expect(verdicts('disaggregated', ['prefill', 'decode'])).toEqual({
      legal: 467,
      // An expert cut in 32 has 64 rows beside blocks of 128: SGLang's DeepEP back end sets EP itself, whatever the label says.
      'deepseek-r1 gb200-nvl72 sglang fp8 P2xtp1dp8ep1_D1xtp1dp32ep1: quantisation-block': 1,
      'deepseek-r1 gb200-nvl72 sglang fp8 P5xtp1dp8ep1_D1xtp1dp32ep1: quantisation-block': 4,
    })
  })
})
