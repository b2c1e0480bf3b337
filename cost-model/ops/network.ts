import type { LinkLevel } from '../../spaces/fleet.ts'
import type { Group } from '../../spaces/placement.ts'
import { format } from '../../spaces/precision.ts'
import type { AllToAll, NetworkOp } from '../graph.ts'
import { exchangeTime } from '../link/exchange.ts'
import { sendTime, sentShare } from '../link/level.ts'
import { type LinkTime, linkSeconds } from '../link/time.ts'
import { collectiveTime, type Links } from '../link.ts'
import { type Choice, distinctTargets } from '../targets.ts'
import type { RowWork } from '../work.ts'

/** What one rank sends to others; `nodes`: domains of fast links that the group is spread over. */
export function networkWork(op: NetworkOp, nodes: number): RowWork {
  const [share, messages] = traffic(op, op.group.size, nodes)
  return { flops: 0, fixed: 0, read: 0, write: 0, sent: rowBytes(op) * share, messages }
}

/** Bytes sent per byte of the tensor, and messages. */
function traffic(op: NetworkOp, size: number, nodes: number): readonly [number, number] {
  if (op.kind === 'send') return [op.dims.rounds ?? 1, op.dims.rounds ?? 1]
  if (op.kind !== 'all-to-all') return [sentShare(op.kind, size), (op.kind === 'all-reduce' ? 2 : 1) * (size - 1)]
  if (op.pattern === 'heads') return [sentShare(op.kind, size), size - 1]
  return [distinctTargets(choiceOf(op), size, nodes) * (1 - 1 / size), size - 1]
}

/** Time of an op's exchange on its links, and the outermost of them: so many rounds, each of so many bytes for every row, and so much longer each than alone. */
export interface PlacedTime extends LinkTime {
  readonly link: LinkLevel['kind']
  readonly rounds: number
  readonly rowBytes: number
  readonly scale: number
}

/** On the links where the op's group lies. */
export function networkTime(op: NetworkOp, group: Pick<Group, 'size' | 'levels' | 'link'>, links: Links, scale = 1): PlacedTime {
  const rounds = op.kind === 'send' ? (op.dims.rounds ?? 1) : 1
  return { ...messageTime(op, group, links), link: group.link.kind, rounds, rowBytes: rowBytes(op), scale }
}

export function networkSeconds(time: PlacedTime, rows: number): number {
  return time.scale * time.rounds * linkSeconds(time, rows * time.rowBytes)
}

function messageTime(op: NetworkOp, group: Pick<Group, 'size' | 'levels' | 'link'>, links: Links): LinkTime {
  if (op.kind === 'send') return sendTime(links.calibration, group.link)
  if (op.kind !== 'all-to-all' || op.pattern === 'heads') return collectiveTime(links, op.kind, group)
  return exchangeTime(links, group, { pattern: op.pattern, ...choiceOf(op) })
}

function choiceOf({ dims: { experts = 1, topK = 1, redundant }, groups }: AllToAll): Choice {
  return { experts, topK, redundant, groups }
}

function rowBytes(op: NetworkOp): number {
  return op.dims.elements * format(op.format).bytes
}
