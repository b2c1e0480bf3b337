import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costliestSegment, layerSvg } from '../../../reports/explain/layer-svg.ts'
import { timeTicks } from '../../../reports/explain/time-axis.ts'
import { timelineSvg } from '../../../reports/explain/timeline-svg.ts'
import { hostile, sampleExplanation } from './sample.ts'

describe('ticks of a time axis', () => {
  it('start at 0, are round, at most eleven, and cover the time', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-7, max: 1e3, noNaN: true }), (most) => {
        const ticks = timeTicks(most)
        expect(ticks[0]).toBe(0)
        expect(ticks.length).toBeLessThanOrEqual(11)
        expect(ticks.length).toBeGreaterThanOrEqual(5)
        expect(ticks.at(-1)).toBeLessThanOrEqual(most * (1 + 1e-8))
        expect(['1', '2', '5']).toContain(ticks[1].toExponential(6)[0])
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})

const rects = (svg: string, kind: string) =>
  [...svg.matchAll(new RegExp(`<rect${kind} x="([\\d.]+)" y="[\\d.]+" width="([\\d.]+)"`, 'g'))].map(([, x, width]) => [+x, +width])

describe('the timeline', () => {
  const { explanation } = sampleExplanation('deepseek-v3 at TP8 x EP8 x PP2')

  it('shows the segments of all stages to scale, one after another, and the host last', () => {
    for (const phase of explanation.phases) {
      const blocks = rects(timelineSvg(phase).text, ' class="free"')
      const segments = phase.stages.flatMap((stage) => [...stage.segments, ...stage.segments])
      expect(blocks.length).toBe(segments.length)
      for (const [i, [, width]] of blocks.entries()) {
        const part = (segments[i].repeat * segments[i].seconds) / (phase.seconds + phase.host)
        expect(Math.abs(width - 1048 * part)).toBeLessThan(0.56)
      }
    }
  })

  it('shows one layer of the segment that takes most of the time, op by op to scale', () => {
    const [, decode] = explanation.phases
    const segment = costliestSegment(decode)
    expect(segment.title).toMatch(/MoE/)
    const blocks = rects(layerSvg(segment).text, '')
    const network = segment.ops.filter((op) => op.lane === 'network')
    const [x, width] = blocks.at(-1) ?? [0, 0]
    const last = network.at(-1)
    expect(x).toBeCloseTo(128 + (1048 * (last?.start ?? 0)) / segment.seconds, 0)
    expect(width).toBeCloseTo((1048 * (last?.seconds ?? 0)) / segment.seconds, 0)
  })

  it('escapes all text', () => {
    for (const phase of hostile(explanation).phases) {
      expect(timelineSvg(phase).text + layerSvg(costliestSegment(phase)).text).not.toContain('<script')
    }
  })
})
