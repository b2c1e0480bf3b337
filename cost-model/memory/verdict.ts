import type { Reason } from '../../spaces/reason.ts'
import { formatQuantity } from '../../spaces/units.ts'

import type { Fill } from './fill.ts'
import type { LayoutMemory } from './layout.ts'
import type { MemoryTerms } from './terms.ts'

/** Order in which an engine takes memory before requests come; the term that goes over is the binding one. */
const taken: readonly { readonly term: keyof MemoryTerms; readonly code: string; readonly name: string }[] = [
  { term: 'weights', code: 'memory-weights', name: 'weights' },
  { term: 'nonTorch', code: 'memory-non-torch', name: 'contexts and NCCL' },
  { term: 'communication', code: 'memory-communication', name: 'communication buffers' },
  { term: 'activations', code: 'memory-activations', name: 'activations' },
  { term: 'graphs', code: 'memory-graphs', name: 'CUDA graphs' },
]

/** Why a plan does not fit: the term that binds on the fullest GPU; null: every attention-DP rank holds at least one request. */
export function verdictOf(layout: LayoutMemory, fill: Fill, terms: MemoryTerms): Reason | null {
  const shortage = shortageOf(layout, fill, terms)
  if (shortage === null) return null
  const { bytes: capacity, basis } = layout.pool.memory
  const kept = fill.reserve > 0 ? `, ${size(fill.reserve)} of them kept free by ${layout.engine.policy}` : ''
  return {
    code: shortage.code,
    message: `${shortage.message}: the GPU has ${size(capacity)} (${basis})${kept}`,
    numbers: { ...terms, capacity, stage: fill.stage.index, ...shortage.numbers },
  }
}

function shortageOf(layout: LayoutMemory, fill: Fill, terms: MemoryTerms): Reason | null {
  if (fill.budget < 0) return beforeRequests(layout, fill, terms)
  if (fill.reserve < 0) return layout.engine.blocks === undefined ? graphsOutside(fill, terms) : tooManyBlocks(layout.engine.blocks, fill)
  const { state, kv } = fill.stage.request
  return state + kv.full > fill.budget ? oneRequest(layout, fill) : null
}

function beforeRequests(layout: LayoutMemory, fill: Fill, terms: MemoryTerms): Reason {
  let left = layout.pool.memory.bytes - Math.max(0, fill.reserve)
  let at = 0
  while (at < taken.length - 1 && terms[taken[at]!.term] <= left) left -= terms[taken[at++]!.term]
  const { term, code, name } = taken[at]!
  const beside =
    at === 0
      ? ''
      : ` beside ${taken
          .slice(0, at)
          .map((t) => `${t.name} of ${size(terms[t.term])}`)
          .join(', ')}`
  return { code, message: `${name} need ${size(terms[term])} per GPU${beside}`, numbers: { needed: terms[term], left } }
}

/** vLLM captures graphs after it has handed out its share of the memory: they must fit beside it. */
function graphsOutside({ reserve }: Fill, { graphs }: MemoryTerms): Reason {
  const left = graphs + reserve
  const message = `CUDA graphs need ${size(graphs)} per GPU, the engine's share leaves ${size(left)}`
  return { code: 'memory-graphs', message, numbers: { needed: graphs, left } }
}

function tooManyBlocks(blocks: number, { budget, reserve }: Fill): Reason {
  const message = `${blocks} KV blocks need ${size(budget)} per GPU, ${size(budget + reserve)} are left`
  return { code: 'memory-blocks', message, numbers: { needed: budget, left: budget + reserve, blocks } }
}

function oneRequest({ lengths }: LayoutMemory, { stage, budget }: Fill): Reason {
  const { state, kv } = stage.request
  const [code, name] = state > budget ? ['memory-state', 'recurrent state'] : ['memory-kv', `KV cache for ${lengths.full} tokens`]
  const needed = state + kv.full
  const message = `one request needs ${size(needed)} of ${name} per GPU, ${size(budget)} are left`
  return { code, message, numbers: { needed, left: budget, tokens: lengths.full } }
}

function size(bytes: number): string {
  return formatQuantity('bytes', bytes, 4)
}
