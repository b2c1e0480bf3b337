import { describe, expect, it } from 'vitest'
import { drawnEdges, drawnStages } from '../../../reports/explain/drawn.ts'
import { type Box, layoutGraph } from '../../../reports/explain/graph-layout.ts'
import { graphSvg } from '../../../reports/explain/graph-svg.ts'
import { hostile, type SampleName, sampleExplanation, samples } from './sample.ts'

const overlap = (a: Box, b: Box) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const inside = (a: Box, b: Box) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height

describe.each(Object.keys(samples) as SampleName[])('the graph of %s', (name) => {
  const { phases } = sampleExplanation(name).explanation

  it('draws each distinct op once, apart from each other, inside its segment and its stage', () => {
    for (const phase of phases) {
      const stages = drawnStages(phase)
      const { ops, segments, stages: bands, width, height } = layoutGraph(stages, drawnEdges(stages))
      expect(new Set(ops.map(({ drawn }) => drawn.id)).size).toBe(ops.length)
      for (const [i, { box }] of ops.entries()) expect(ops.slice(i + 1).some((other) => overlap(box, other.box))).toBe(false)
      for (const [i, { box }] of segments.entries()) expect(segments.slice(i + 1).some((other) => overlap(box, other.box))).toBe(false)
      for (const { drawn, box } of ops) {
        const own = segments.find(({ segment }) => segment.ops.includes(drawn))
        expect(own && inside(box, own.box)).toBe(true)
      }
      for (const { box } of segments) expect(bands.some((band) => inside(box, band.box))).toBe(true)
      for (const { box } of bands) expect(inside(box, { x: 0, y: 0, width, height })).toBe(true)
    }
  })

  it('draws every edge from an op to an op, and gives the shares of the critical ops and the host as one whole', () => {
    for (const phase of phases) {
      const stages = drawnStages(phase)
      const edges = drawnEdges(stages)
      expect(layoutGraph(stages, edges).edges.length).toBe(edges.length)
      const segments = stages.flatMap((stage) => stage.segments.map((segment) => ({ segment, count: stage.count })))
      const ops = segments.flatMap(({ segment }) => segment.ops)
      const hosts = segments.reduce((sum, { segment, count }) => sum + count * segment.repeat * segment.hostWait, 0)
      const shares = ops.reduce((sum, { op, share }) => (op.critical ? sum + share : sum), hosts / phase.seconds)
      expect(shares).toBeCloseTo(1, 6)
    }
  })
})

describe('the graph as SVG', () => {
  const { explanation } = sampleExplanation('deepseek-v3 at TP8 x EP8 x PP2')

  it('is drawn in less than 2 s and fits a page for a 61-layer MoE at TP8 x EP8 x PP2', () => {
    const started = performance.now()
    const drawings = explanation.phases.map((phase) => graphSvg(phase).text)
    expect(performance.now() - started).toBeLessThan(2000)
    for (const svg of drawings) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []
      expect(Number(width)).toBeLessThan(1500)
      expect(Number(height)).toBeLessThan(2600)
      expect(svg).toContain('layers 3 to 30: MLA, MoE')
      expect(svg).toContain('× 28')
    }
  })

  it('draws stages that are alike once', () => {
    const [, decode] = sampleExplanation('405B at PP8').explanation.phases
    const stages = drawnStages(decode)
    expect(stages.length).toBeLessThan(8)
    expect(stages.reduce((n, { count }) => n + count, 0)).toBe(8)
    expect(graphSvg(decode).text).toMatch(/ × \d, drawn once: [\d.]+ ms each, /)
  })

  it('tells apart what exchanges, what controls and what is critical, and escapes all text', () => {
    const [, decode] = hostile(explanation).phases
    const svg = graphSvg(decode).text
    expect(svg).not.toContain('<script')
    expect(svg).toMatch(/class="op network communication critical"/)
    expect(svg).toMatch(/class="op control overhead critical"/)
    expect(svg).toMatch(/class="op compute memory"/)
    for (const edge of ['edge data critical', 'edge pipeline critical', 'edge sync', 'edge data plain']) expect(svg).toContain(edge)
    expect(svg).toMatch(/FLOP, reads [\d.]+ [kMG]?B.*\nefficiency/)
  })
})
