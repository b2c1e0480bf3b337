import { planMeasures } from '../plans.ts'
import { checksOf } from '../rows.ts'
import { type Check, checkMetrics, type Metric, type SideBySide, type Suite } from '../suite.ts'
import { batchesOf, benchMeasures } from './measures.ts'
import { categories, readSpec, type Spec, steps } from './spec.ts'
import { type Tried, tryStatement, verdictOf } from './statements.ts'
import { type Bench, makeBench } from './timing.ts'

/** What seed 004 measured of InternLM-20B on TGI, in its own categories: where our times agree, where they cannot, and why. */
export const tgiSuite: Suite = {
  name: 'tgi',
  summary: "a seed document's analysis of InternLM-20B on TGI: shares of time by op, batches",
  run: () => {
    const spec = readSpec()
    const bench = makeBench(spec)
    const tried = spec.statements.map((statement) => tryStatement(spec, bench, statement))
    const checks = [...checksOf('tgi-rows.yaml', { ...planMeasures, ...benchMeasures(bench) }), ...tried.flatMap(checkOf)]
    return {
      checks,
      sideBySide: [shareTable(spec, bench), statementTable(tried), batchTable(bench)],
      metrics: [...checkMetrics(checks), ...shareMetrics(spec, bench)],
      skipped: [{ row_id: 'R-TGI-3/latencies', reason: "the seed's results.zip and figures are not in the document" }],
    }
  },
}

/** A statement that must hold, as the number of configurations in which it does. */
function checkOf({ statement: { id, says, checked }, tried, held }: Tried): readonly Check[] {
  if (!checked) return []
  return [{ id, group: 'TGI', what: says, unit: 'configurations', expected: { value: tried, tolerance: 0 }, ours: held }]
}

function configurations({ gpus, tps }: Spec) {
  return gpus.flatMap((gpu) => tps.flatMap((tp) => steps.map((step) => ({ gpu, tp, step }))))
}

function shareTable(spec: Spec, bench: Bench): SideBySide {
  const { clients, prompts } = spec
  return {
    title: `TGI, InternLM-20B: share of a step in percent, ${clients} clients`,
    header: ['GPU', 'TP', 'step', 'ms', 'bound', ...categories],
    rows: configurations(spec).map((at) => {
      const { seconds, parts, bound } = bench.timing(at)
      const shares = categories.map((name) => Number(((100 * parts[name]) / seconds).toFixed(1)))
      return [at.gpu, at.tp, at.step, Number((1e3 * seconds).toPrecision(3)), bound, ...shares]
    }),
    notes: [
      `prefill: ${prompts.prefill} prompt; burst: ${prompts.burst} prompts; decode: ${clients} requests halfway through their output.`,
      'all_reduce: with the all-gather of the logits; attention: _context_attention_kernel or _token_attention_kernel; cache: _post_cache_kv',
      'and _pre_cache_kv; norms: _att_norm and _ffn_norm; head: embedding, logits, sampling; launch: waits for the host to launch kernels.',
      'A replica on 2 GPUs of an A40 node has an NVLink bridge, larger ones use PCIe. The seed seems to have timed Python calls, whose kernels run later.',
    ],
  }
}

function statementTable(tried: readonly Tried[]): SideBySide {
  // Why a statement does not hold or, where it must, why it does.
  const why = tried.flatMap(({ statement, held, tried: all }, i) =>
    statement.why !== undefined && (held < all || statement.checked) ? [`${i + 1}: ${statement.why}`] : [],
  )
  return {
    title: 'TGI: what the seed says, and ours',
    header: ['', 'row', 'says', 'ours, for example', 'verdict'],
    rows: tried.map((one, i) => [i + 1, one.statement.id, one.statement.says, one.example, verdictOf(one)]),
    notes: why,
  }
}

function batchTable(bench: Bench): SideBySide {
  const batches = batchesOf(bench)
  const clients = [...new Set(batches.map((batch) => batch.clients))]
  const replicas = [...new Map(batches.map((batch) => [`${batch.gpu} ${batch.tp}`, batch])).values()]
  return {
    title: 'TGI: requests of one replica, what fits and what runs',
    header: ['GPU', 'TP', 'fit', ...clients.map((count) => `${count} clients`)],
    rows: replicas.map(({ gpu, tp, largest }) => {
      const running = clients.map((count) => batches.find((one) => one.gpu === gpu && one.tp === tp && one.clients === count)?.running)
      return [gpu, tp, largest, ...running.map((mean) => (mean === undefined ? null : Number(mean.toPrecision(3))))]
    }),
    notes: [
      "fit: of the study's short chats, reserved whole. The seed saw 25 run in the mean of its tests with 10 to 100 clients, of 110 at 2,048 tokens.",
    ],
  }
}

function shareMetrics(spec: Spec, bench: Bench): readonly Metric[] {
  return configurations(spec).map((at) => {
    const { seconds, parts } = bench.timing(at)
    return { group: `${at.gpu}/tp${at.tp}/${at.step}`, metric: 'all_reduce_share', value: parts.all_reduce / seconds, n: 1 }
  })
}
