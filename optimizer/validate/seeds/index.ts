import { planMeasures } from '../plans.ts'
import { checksOf } from '../rows.ts'
import { checkMetrics, type Metric, type SideBySide, type Suite } from '../suite.ts'
import { type Comparison, compareDeepSeek } from './compare.ts'
import { graphMeasures } from './graphs.ts'
import { hardwareMeasures, memoryWall } from './hardware.ts'
import { kvMeasures } from './kv.ts'
import { shallowMeasures } from './shallowsim.ts'
import { stepMeasures } from './steps.ts'

const files = ['kv', 'memory', 'performance', 'dag', 'hardware', 'shallowsim']

/** What the documents that this product implements state: their tables, rules and systems, and where they are wrong. */
export const seedsSuite: Suite = {
  name: 'seeds',
  summary: "the seed documents' tables, rules and ShallowSim",
  run: () => {
    const measures = { ...kvMeasures, ...planMeasures, ...stepMeasures, ...graphMeasures, ...hardwareMeasures, ...shallowMeasures }
    const checks = files.flatMap((file) => checksOf(`${file}.yaml`, measures))
    const compared = compareDeepSeek()
    return {
      checks,
      sideBySide: [wallTable(), comparisonTable(compared)],
      metrics: [...checkMetrics(checks), ...compared.flatMap(comparisonMetrics)],
      skipped: compared
        .filter(({ published }) => published.length === 0)
        .map(({ gpu, phase }) => ({ row_id: `deepseek-v3/${gpu}/${phase}`, reason: 'nothing was published' })),
    }
  },
}

function wallTable(): SideBySide {
  const { rows, notes } = memoryWall()
  const growth = (now: number, before: number | undefined) => (before === undefined ? null : Number((now / before).toPrecision(3)))
  return {
    title: 'AI memory wall, corrected',
    header: ['year', 'model', '10^9 parameters', 'growth', 'GPU', 'FP16 TFLOP/s', 'growth', 'TB/s', 'growth', 'FLOP/B'],
    rows: rows.map((row, i) => {
      const before = rows[i - 1]
      return [
        ...[row.year, row.model, row.parameters, growth(row.parameters, before?.parameters)],
        ...[row.gpu, row.tflops, growth(row.tflops, before?.tflops), row.bandwidth, growth(row.bandwidth, before?.bandwidth)],
        Number((row.tflops / row.bandwidth).toPrecision(4)),
      ]
    }),
    notes: [notes],
  }
}

function comparisonTable(compared: readonly Comparison[]): SideBySide {
  const whole = (value: number) => Math.round(value)
  return {
    title: 'DeepSeek-V3, tokens/s per GPU: ShallowSim, this product, published',
    header: ['GPU', 'phase', 'ShallowSim', 'ours', 'published', 'by'],
    rows: compared.flatMap(({ gpu, phase, shallowsim, ours, published }) => {
      const figures = published.length === 0 ? [undefined] : published
      return figures.map((figure, i) => [
        ...(i === 0 ? [gpu, phase, whole(shallowsim), whole(ours)] : [null, null, null, null]),
        ...[figure === undefined ? null : whole(figure.value), figure?.who ?? null],
      ])
    }),
    notes: [
      'decode: output tokens; prefill: prompt tokens with those found in the cache. Ours: one static batch of the plan, phases apart.',
      ...compared.map(({ gpu, phase, plan, confidence }) => `${gpu} ${phase}: ${plan} (${confidence})`),
      ...compared.flatMap(({ gpu, published }) =>
        published.map(({ who, value, note, source }) => `${gpu}, ${who} ${value}: ${note}; ${source}`),
      ),
    ],
  }
}

function comparisonMetrics({ gpu, phase, shallowsim, ours, published }: Comparison): readonly Metric[] {
  const group = `deepseek-v3/${gpu}/${phase}`
  return [
    { group, metric: 'shallowsim_tok_s_per_gpu', value: shallowsim, n: 1 },
    { group, metric: 'ours_tok_s_per_gpu', value: ours, n: 1 },
    ...published.map(({ who, value }) => ({ group, metric: `published_tok_s_per_gpu (${who})`, value, n: 1 })),
  ]
}
