import { median } from '../serving/errors.ts'
import { grouped } from '../serving/groups.ts'
import { type Check, type Metric, relativeError, type SideBySide, type Suite } from '../suite.ts'
import { type PublishedFigure, readPublished } from './spec.ts'
import { computeFigure, computeSplitwise } from './steps.ts'

/** Step times and system figures that others measured and published. */
export const publishedSuite: Suite = {
  name: 'published',
  summary: 'published step times and system figures: Splitwise, DeepSeek, LMSYS, single GPUs',
  run: () => {
    const { splitwise, figures } = readPublished()
    const rows = computeSplitwise(splitwise)
    const checks = [...phases.map((phase) => medianCheck(rows, phase)), ...figures.map(figureCheck)]
    return {
      checks: checks.filter(({ id }) => !figures.some((figure) => figure.id === id && figure.why !== undefined)),
      sideBySide: [figureTable(figures, checks), splitwiseTable(rows)],
      metrics: splitwiseMetrics(rows),
      skipped: figures.flatMap(({ id, why }) => (why === undefined ? [] : [{ row_id: id, reason: why }])),
    }
  },
}

type Row = ReturnType<typeof computeSplitwise>[number]

const phases = ['prefill', 'decode'] as const

/** Prefill of an engine of 2023 grows faster than its tokens beyond 2,048 of them, and hardly gets faster with more GPUs: nothing of ours explains that. */
const mostMedian = { prefill: 0.4, decode: 0.2 }

function errorsOf(rows: readonly Row[], phase: (typeof phases)[number]): readonly number[] {
  return rows.map((row) => row[phase].ours / row[phase].published - 1)
}

function medianCheck(rows: readonly Row[], phase: (typeof phases)[number]): Check {
  const ours = median(errorsOf(rows, phase).map(Math.abs))
  const what = `${phase} of ${rows.length} static batches: median error`
  return { id: `splitwise-${phase}`, group: 'Splitwise', what, unit: '', expected: { most: mostMedian[phase], tolerance: 0 }, ours }
}

function figureCheck(figure: PublishedFigure): Check {
  const { id, model, gpu, gpus, phase, tokens, batch, value, unit, source } = figure
  const what = `${model} on ${gpus} ${gpu}, ${phase} of ${batch} x ${tokens} tokens`
  return { id, group: source, what, unit, expected: { value, tolerance: 0.3 }, ours: computeFigure(figure) }
}

function figureTable(figures: readonly PublishedFigure[], checks: readonly Check[]): SideBySide {
  const compared = figures.map((figure) => ({ figure, check: checks.find(({ id }) => id === figure.id)! }))
  return {
    title: 'figures that ours may be far from, and why',
    header: ['row', 'what', 'unit', 'published', 'ours', 'difference in percent', 'why'],
    rows: compared
      .filter(({ figure }) => figure.why !== undefined)
      .map(({ figure, check }) => {
        const { id, what, unit } = check
        return [id, what, unit, figure.value, digits(Number(check.ours)), percent(relativeError(check)!), figure.why!]
      }),
    notes: [],
  }
}

function splitwiseTable(rows: readonly Row[]): SideBySide {
  return {
    title: 'Splitwise: step times of static batches, errors in percent',
    header: ['', 'rows', ...phases.flatMap((phase) => [`${phase} median`, 'bias'])],
    rows: [...grouped(rows, ({ configuration }) => configuration)].map(([configuration, own]) => [
      configuration,
      own.length,
      ...phases.flatMap((phase) => {
        const errors = errorsOf(own, phase)
        return [percent(median(errors.map(Math.abs))), percent(errors.reduce((sum, error) => sum + error, 0) / errors.length)]
      }),
    ]),
    notes: [
      'vLLM of 2023. Three constants of its host are fitted to the decode steps, none to the prefills.',
      'On 2 GPUs a batch of 64 ran in parts: the published prefill is shorter than that of 32.',
    ],
  }
}

function splitwiseMetrics(rows: readonly Row[]): readonly Metric[] {
  return phases.flatMap((phase) =>
    [...grouped(rows, ({ configuration }) => configuration)].map(([configuration, own]) => ({
      ...{ group: `splitwise ${configuration}`, metric: `${phase}_median_ape`, n: own.length },
      value: median(errorsOf(own, phase).map(Math.abs)),
    })),
  )
}

function percent(share: number): number {
  return Number((100 * share).toFixed(1))
}

function digits(value: number): number {
  return Number(value.toPrecision(4))
}
