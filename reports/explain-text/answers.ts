import type { OpExplanation, PhaseExplanation } from '../../cost-model/explain/explanation.ts'
import { figureValue } from '../../spaces/figure.ts'
import type { Pool } from '../../spaces/fleet.ts'
import type { MathDtype } from '../../spaces/precision.ts'
import { hostWaits, opsBySize, type PlacedOp } from './phase-ops.ts'
import { bandwidth, flop, percent, time, traffic } from './quantity.ts'

/** The op that takes most of a phase, in all layers that have it, and what it waits for. */
export function slowestOp(phase: PhaseExplanation, pool: Pool): string {
  const ops = opsBySize(phase)
  const [slowest] = ops
    .map((first) => ({ ...first, total: sumOf(ops.filter(({ op }) => op.name === first.op.name)) }))
    .toSorted((a, b) => b.total - a.total)
  const waits = hostWaits(phase)
  if (slowest === undefined || waits > slowest.total) {
    return `no op but the host, which launches kernels more slowly than they run: ${ofPhase(waits, phase)}`
  }
  const { op, segment, total } = slowest
  const places = phase.stages.flatMap(({ segments }) => segments).filter(({ ops }) => ops.some(({ name }) => name === op.name))
  const others = places.length > 1 ? ' (and other layers)' : ''
  return `${op.name} of ${segment.title}${others}: ${ofPhase(total, phase)}, ${why(op, pool)} (${op.basis}, ${op.pedigree})`
}

function sumOf(ops: readonly PlacedOp[]): number {
  return ops.reduce((sum, { total }) => sum + total, 0)
}

function ofPhase(seconds: number, phase: PhaseExplanation): string {
  return `${time(seconds)}, ${percent(seconds / phase.seconds)}`
}

function why(op: OpExplanation, pool: Pool): string {
  const { efficiency, read, write, floor, seconds, sent, exchange, flops } = op
  switch (op.bound) {
    case 'compute': {
      const peak = pool.gpu.flops[efficiency!.math as MathDtype]
      const ceiling = peak === undefined ? '' : ` of ${flop(figureValue(peak))}/s ${efficiency!.math}`
      return `waits for arithmetic: ${flop(flops)} at ${percent(efficiency!.compute)}${ceiling}`
    }
    case 'memory':
      return `waits for memory: ${traffic(read + write)} at ${percent(efficiency!.memory)} of ${bandwidth(figureValue(pool.gpu.memory.bandwidth))}`
    case 'communication': {
      // What is sent inside nodes counts too, though the outermost link is what it waits for.
      const all = op.kind === 'send' || pool.links[0]!.kind === exchange!.link ? '' : ' over all its links'
      return `waits for ${linkName(pool, exchange!.link)}: each of ${exchange!.size} GPUs sends ${traffic(sent)}${all}`
    }
    case 'overhead':
      return `mostly the fixed time of its kernels: ${time(floor)} of ${time(seconds)}`
  }
}

/** A link level as people call it: `NVLink4`, `PCIe`, `network`. */
export function linkName({ gpu }: Pool, kind: string): string {
  const names: Readonly<Record<string, string>> = {
    'scale-up': gpu.scaleUp?.kind ?? 'scale-up links',
    pcie: 'PCIe',
    'scale-out': 'network',
  }
  return names[kind] ?? kind
}

/** A line for each link that a phase uses, the one that takes longest first: how long, at what bandwidth, and for what. */
export function communication(phase: PhaseExplanation, pool: Pool): readonly string[] {
  const ops = opsBySize(phase).filter(({ op }) => op.exchange !== undefined)
  if (ops.length === 0) return ['none: nothing leaves a GPU']
  const links = [...new Set(ops.map(({ op }) => op.exchange!.link))]
  return links
    .map((link) =>
      linkUse(
        phase,
        pool,
        link,
        ops.filter(({ op }) => op.exchange!.link === link),
      ),
    )
    .toSorted((a, b) => b.seconds - a.seconds)
    .map(({ text }) => text)
}

/** Exchanges that are named of each link. */
const mostNamed = 2

function linkUse(
  phase: PhaseExplanation,
  pool: Pool,
  link: string,
  ops: readonly PlacedOp[],
): { readonly seconds: number; readonly text: string } {
  const level = pool.links.find(({ kind }) => kind === link)
  const speed = level === undefined ? '' : ` (${bandwidth(level.bandwidth)})`
  const byName = new Map<string, number>()
  for (const { op, total } of ops) {
    const name = `${op.name} over ${op.exchange!.size} GPUs`
    byName.set(name, (byName.get(name) ?? 0) + total)
  }
  const named = [...byName].map(([name, seconds]) => `${name} ${percent(seconds / phase.seconds)}`)
  const shown = named.length > mostNamed ? [...named.slice(0, mostNamed), `${named.length - mostNamed} more`] : named
  const seconds = sumOf(ops)
  const hidden = ops.reduce((sum, op) => sum + op.hidden, 0)
  const beside = hidden > 0 ? `; ${time(hidden)} more beside other work` : ''
  return { seconds, text: `${linkName(pool, link)}${speed} ${ofPhase(seconds, phase)}: ${shown.join(', ')}${beside}` }
}
