import type { Catalog } from '../../../spaces/catalog.ts'
import { type Engine, valueForMemory } from '../../../spaces/engine.ts'
import type { Measured } from './measured.ts'
import type { Recipe } from './recipe.ts'

/** The engine that served a point: of its release where the catalogue has one, with what its launch script set. */
export function engineOf(row: Measured, recipe: Recipe, catalog: Catalog): Engine {
  const engine = { ...releaseOf(row, catalog), version: versionOf(row) }
  const { streamInterval, receiveInterval, staticShare } = recipe
  const most = row.number('max_seqs')
  const scheduler = {
    ...engine.scheduler,
    ...(most !== undefined && { maxSequences: [{ value: most }] }),
    ...(streamInterval !== undefined && { streamInterval }),
    ...(receiveInterval !== undefined && { receiveInterval }),
  }
  if (staticShare === undefined) return { ...engine, scheduler }
  const { staticReserve: _, ...memory } = engine.memory
  return { ...engine, scheduler, memory: { ...memory, utilization: staticShare } }
}

/** The release that a row names, without what only packages it; else the month of its measurement stands for it. */
export function versionOf(row: Measured): string {
  const [release] = /^\d[^+]*?(?=\.post|\+|$)/.exec(row.text('engine_version')) ?? []
  return release || row.text('engine_version') || row.text('measured_on').slice(0, 7)
}

/** The entry whose name ends in the first two numbers of the version, like vllm-0.10, else the newest. */
function releaseOf(row: Measured, catalog: Catalog): Engine {
  const name = row.text('engine')
  const [release] = /^\d+\.\d+/.exec(row.text('engine_version')) ?? []
  const older = release === undefined ? undefined : catalog.list('engine').find((id) => id === `${name}-${release}`)
  return catalog.engine(older ?? name)
}

/** Token budget of a step: what the row says, else what launch scripts make of its lengths, else the engine's default. */
export function budgetOf(row: Measured, { budget }: Recipe, engine: Engine, memory: number): number {
  const stated = row.number('max_batched_tokens')
  if (stated !== undefined) return stated
  if (budget === undefined) return valueForMemory(engine.scheduler.tokenBudget, memory)
  const wanted = budget.prompts * row.number('isl')! + budget.requests * row.number('concurrency')! + budget.more
  return Math.max(budget.least, 64 * Math.ceil(wanted / 64))
}
